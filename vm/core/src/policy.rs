//! Running policies: data once, then decisions, each over an input.
//!
//! ```text
//! let mut vm = Vm::new(&program, &library, limits, host)?;
//! vm.load_data(br#"{"roles": {…}}"#)?;                  // indexes are built here
//! let allow = vm.find_document(&["gatos", "allow"])?;
//! let v = vm.decide(Question::Document(allow), Input::Json(text))?;
//! ```
//!
//! What does not read input is computed before the first decision and remembered for all; an
//! error there is met again, and reported, by each decision that needs it. Everything a
//! decision makes lives until the next one begins, and is then forgotten at once.
//!
//! Several documents asked in one decision ([`Vm::begin_decision`], then [`Vm::ask`]) share
//! what was computed, and one account of fuel and memory.

use crate::data::DecodeError;
use crate::doc::{Indexes, Lasting, UNSET};
use crate::trace::Tracer;
use crate::trap::{Failure, Trap, TrapKind};
use crate::value::{Tag, Value};
use crate::vm::{Closure, Vm};
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use gatos_elc::program::{DocumentKind, Policy};

/// An input that was decoded beforehand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InputId(u32);

/// What a decision is about.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// Nothing: `input` is undefined.
    None,
    /// JSON text; only what the policy reads is decoded, the rest is stepped over.
    Json(&'a [u8]),
    /// An input from [`Vm::prepare_input`].
    Prepared(InputId),
}

/// What is asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Question {
    /// A document, by its place in the policy.
    Document(u32),
    /// The query that was compiled along.
    Query,
}

/// Why there is no decision.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DecideError {
    /// The input is not what it should be.
    Input(String),
    /// The policy failed while it ran.
    Failed(Failure),
    /// There is no such document or query, it is a function, or the program is no policy.
    NoSuchDocument,
}

impl fmt::Display for DecideError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DecideError::Input(e) => write!(f, "the input is not JSON as accepted here: {e}"),
            DecideError::Failed(e) => f.write_str(&e.message),
            DecideError::NoSuchDocument => f.write_str("the policy has no such document"),
        }
    }
}

impl core::error::Error for DecideError {}

impl From<Failure> for DecideError {
    fn from(f: Failure) -> DecideError {
        DecideError::Failed(f)
    }
}

impl Vm {
    /// Makes room for a policy's slots.
    pub(crate) fn load_policy(&mut self, policy: &Policy) {
        self.memos = alloc::vec![UNSET; policy.memos as usize];
        self.loaded_memos = self.memos.clone();
        self.envs = alloc::vec![Value::NIL; policy.envs as usize];
        self.fired_marks = alloc::vec![false; policy.rules.len()];
        self.fired = Vec::with_capacity(policy.rules.len());
        self.rules = self.codes.iter().map(|c| Closure { code: c, count: 0, frozen: 0 }).collect();
        self.selection = self.make_selection(&policy.input_reads);
        self.policy = Some(Rc::new(policy.clone()));
    }

    /// The policy that the machine runs.
    pub fn policy(&self) -> Option<&Policy> {
        self.policy.as_deref()
    }

    /// The place of a document by its path below `data`.
    pub fn find_document<S: AsRef<str>>(&self, path: &[S]) -> Option<u32> {
        let documents = &self.policy.as_ref()?.documents;
        let wanted = path.iter().map(AsRef::as_ref);
        documents
            .binary_search_by(|d| d.path.iter().map(String::as_str).cmp(wanted.clone()))
            .ok()
            .and_then(|i| u32::try_from(i).ok())
    }

    /// Whether builtin errors end a decision; otherwise they make an expression undefined.
    pub fn set_strict(&mut self, strict: bool) {
        self.prepared &= self.strict == strict;
        self.strict = strict;
    }

    /// Loads base data from JSON text, in place of what was loaded before, and builds the
    /// policy's indexes over it. Documents and values of earlier decisions must not be used
    /// any more.
    ///
    /// # Errors
    /// What is wrong with the text, which must be an object. The data from before stay.
    pub fn load_data(&mut self, json: &[u8]) -> Result<(), DecideError> {
        let mut arena = core::mem::replace(&mut self.heap.arena, crate::arena::Arena::new());
        self.unmeter();
        let loaded = self.decode_document(json, Lasting::Always).map_err(|e| match e {
            DecodeError::Malformed(m) => DecideError::Input(m),
            DecodeError::Trap(t) => DecideError::Failed(self.failure(t)),
        });
        let built = loaded.and_then(|data| {
            if self.doc_kind(data) != crate::doc::DocKind::Object {
                return Err(DecideError::Input("data must be an object".to_string()));
            }
            let indexes = match self.policy.clone() {
                Some(p) => self.build_indexes(&p.indexes, data).map_err(|t| DecideError::Failed(self.failure(t)))?,
                None => Indexes::default(),
            };
            Ok((data, indexes))
        });
        core::mem::swap(&mut self.heap.arena, &mut arena);
        let (data, indexes) = built?;
        self.data = data;
        self.indexes = indexes;
        // What the old data held is dropped here, together with what was computed from it.
        self.data_arena = arena;
        self.loaded_memos.fill(UNSET);
        self.envs.fill(Value::NIL);
        self.memos.fill(UNSET);
        self.prepared = false;
        Ok(())
    }

    /// The base data; nil before any were loaded.
    pub fn data(&self) -> Value {
        self.data
    }

    /// Decodes an input for many decisions, as far as the policy reads it.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn prepare_input(&mut self, json: &[u8]) -> Result<InputId, DecideError> {
        core::mem::swap(&mut self.heap.arena, &mut self.inputs_arena);
        self.unmeter();
        let r = self.read_input(json, Lasting::Decisions);
        core::mem::swap(&mut self.heap.arena, &mut self.inputs_arena);
        let v = r?;
        self.inputs.push(v);
        Ok(InputId(self.inputs.len() as u32 - 1))
    }

    /// Forgets the inputs that were prepared; their ids must not be used any more.
    pub fn forget_inputs(&mut self) {
        self.inputs.clear();
        self.envs.fill(Value::NIL);
        self.inputs_arena.reset();
    }

    fn read_input(&mut self, json: &[u8], lasting: Lasting) -> Result<Value, DecideError> {
        self.decode_selected(json, lasting).map_err(|e| match e {
            DecodeError::Malformed(m) => DecideError::Input(m),
            DecodeError::Trap(t) => DecideError::Failed(self.failure(t)),
        })
    }

    /// Computes what does not read input, once.
    fn prepare(&mut self) {
        self.prepared = true;
        let Some(policy) = self.policy.clone() else { return };
        // What is remembered lives as long as the data.
        core::mem::swap(&mut self.heap.arena, &mut self.data_arena);
        self.loaded_memos.fill(UNSET);
        self.memos.fill(UNSET);
        if self.data.is_nil() {
            self.unmeter();
            self.data = self.doc_object(Vec::new()).unwrap_or(Value::NIL);
        }
        for (d, i) in policy.documents.iter().zip(0u32..) {
            if d.reads_input || d.memo.is_none() {
                continue;
            }
            self.open();
            self.start_environment(Value::NIL);
            // A failure here is met again by whoever asks for the document.
            _ = self.ask(i);
        }
        self.loaded_memos.copy_from_slice(&self.memos);
        core::mem::swap(&mut self.heap.arena, &mut self.data_arena);
    }

    fn start_environment(&mut self, input: Value) {
        self.envs.fill(Value::NIL);
        self.envs[0] = input;
        self.envs[1] = self.data;
        self.kept_slots.clear();
        for rule in self.fired.drain(..) {
            self.fired_marks[rule as usize] = false;
        }
    }

    /// Begins a decision: opens its accounts and forgets what the last one made. `input` is
    /// undefined until [`Vm::set_input`].
    pub fn open_decision(&mut self) {
        if self.policy.is_none() {
            return;
        }
        if !self.prepared {
            self.prepare();
        }
        self.heap.arena.reset();
        self.open();
        self.memos.copy_from_slice(&self.loaded_memos);
        self.start_environment(Value::NIL);
    }

    /// Sets the input of the decision under way to a document of it, before anything is asked.
    pub fn set_input(&mut self, input: Value) {
        if let Some(slot) = self.envs.first_mut() {
            *slot = input;
        }
    }

    /// Begins a decision over an input.
    ///
    /// # Errors
    /// What is wrong with the input; the memory limit, when it is too large.
    pub fn begin_decision(&mut self, input: Input<'_>) -> Result<(), DecideError> {
        self.open_decision();
        let value = match input {
            Input::None => Value::NIL,
            Input::Json(text) => self.read_input(text, Lasting::Decision)?,
            Input::Prepared(id) => match self.inputs.get(id.0 as usize) {
                Some(v) => *v,
                None => return Err(DecideError::Input("it was forgotten".to_string())),
            },
        };
        self.set_input(value);
        Ok(())
    }

    /// A document's value in the decision under way; nil when it is undefined. It may be used
    /// until the next decision begins.
    ///
    /// # Errors
    /// The failure of a rule, a limit, or no such document.
    pub fn ask(&mut self, document: u32) -> Result<Value, DecideError> {
        let Some((proto, memo)) = self.document(document) else { return Err(DecideError::NoSuchDocument) };
        if let Some(memo) = memo
            && self.memos[memo].tag != Tag::Inner
        {
            return Ok(self.memos[memo]);
        }
        let v = self.run_rule(proto, &[])?;
        if let Some(memo) = memo {
            self.memos[memo] = v;
        }
        Ok(v)
    }

    fn document(&self, document: u32) -> Option<(u32, Option<usize>)> {
        let d = self.policy.as_ref()?.documents.get(document as usize)?;
        let function = matches!(d.kind, DocumentKind::Function(_));
        (!function).then_some((d.proto, d.memo.map(|m| m as usize)))
    }

    /// The value of a function for these arguments, in the decision under way.
    ///
    /// # Errors
    /// As [`Vm::ask`]; another number of arguments.
    pub fn ask_function(&mut self, document: u32, args: &[Value]) -> Result<Value, DecideError> {
        let proto = match self.policy.as_ref().and_then(|p| p.documents.get(document as usize)) {
            Some(d) if d.kind == DocumentKind::Function(args.len().min(255) as u8) => d.proto,
            _ => return Err(DecideError::NoSuchDocument),
        };
        self.run_rule(proto, args)
    }

    /// What the query gives in the decision under way: what its function returns.
    ///
    /// # Errors
    /// As [`Vm::ask`].
    pub fn ask_query(&mut self) -> Result<Value, DecideError> {
        match self.policy.as_ref().and_then(|p| p.query) {
            Some(proto) => self.run_rule(proto, &[]),
            None => Err(DecideError::NoSuchDocument),
        }
    }

    fn run_rule(&mut self, proto: u32, args: &[Value]) -> Result<Value, DecideError> {
        self.top = 0;
        self.frames.clear();
        self.native_depth = 0;
        let closure = &raw mut self.rules[proto as usize];
        match self.call1(Value::from_closure(closure), args) {
            Ok(v) => Ok(v),
            Err(t) => {
                // Slots are those of the outermost environment again.
                if let (memos, true) = (self.memos.len(), !self.kept_slots.is_empty()) {
                    self.memos.copy_from_slice(&self.kept_slots[..memos]);
                    let envs = self.envs.len();
                    self.envs.copy_from_slice(&self.kept_slots[memos..memos + envs]);
                    self.kept_slots.clear();
                }
                Err(DecideError::Failed(self.failure(t)))
            }
        }
    }

    /// One question over one input.
    ///
    /// # Errors
    /// As [`Vm::begin_decision`] and [`Vm::ask`].
    pub fn decide(&mut self, question: Question, input: Input<'_>) -> Result<Value, DecideError> {
        self.begin_decision(input)?;
        match question {
            Question::Document(d) => self.ask(d),
            Question::Query => self.ask_query(),
        }
    }

    /// As [`Vm::ask`] or [`Vm::ask_query`], with somebody who watches.
    ///
    /// # Errors
    /// As there.
    pub fn ask_traced(&mut self, question: Question, tracer: &mut dyn Tracer) -> Result<Value, DecideError> {
        self.traced(tracer, |vm| match question {
            Question::Document(d) => vm.ask(d),
            Question::Query => vm.ask_query(),
        })
    }

    /// Rules that held in the decision so far, in the order in which each did first.
    pub fn fired(&self) -> &[u32] {
        &self.fired
    }

    /// A trap with this text, for a library function that must end the decision.
    pub fn policy_error(&mut self, text: &str) -> Trap {
        match self.new_string(text.as_bytes()) {
            Ok(v) => Trap(TrapKind::Error(v)),
            Err(t) => t,
        }
    }
}
