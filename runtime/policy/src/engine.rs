//! The machine behind a gate: a verified bundle in the deterministic VM, its data loaded once.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use gatos_canon::Value;
use gatos_elc::map::{Place, SourceMap};
use gatos_elc::program::{DocumentKind, Program};
use gatos_elc::verify::Verified;
use gatos_vm::policy::{DecideError, Input};
use gatos_vm::{Limit, Limits, Silent, TraceFrame, Vm};

use crate::bundle::VerifiedBundle;
use crate::gate::Gate;
use crate::missing::sentence;
use crate::model::ErrorCode;
use crate::ports::{Answer, Fault, Machine, Ruling, Trace};
use crate::rules::{Role, role};
use crate::watch::{Lack, Sources, Watcher};

/// A document that takes part in decisions.
pub(crate) struct Judge {
    pub(crate) id: u32,
    pub(crate) role: Role,
    pub(crate) name: String,
}

/// A policy loaded into a machine.
pub struct Engine {
    vm: Vm,
    judges: Vec<Judge>,
    program: Verified<Program>,
    map: SourceMap,
    sources: Sources,
}

/// The gate of a bundle.
///
/// # Errors
/// A sentence when the machine does not take the policy or its data.
pub fn open(bundle: VerifiedBundle, limits: Limits) -> Result<Gate, String> {
    let root = bundle.policy_root;
    Ok(Gate::new(Box::new(Engine::load(bundle, limits)?), root))
}

impl Engine {
    /// Loads a bundle. Its rules are strict: an error of a library function ends the decision, as a denial.
    ///
    /// # Errors
    /// As [`open`].
    pub fn load(bundle: VerifiedBundle, limits: Limits) -> Result<Engine, String> {
        let VerifiedBundle { program, map, data, bundle, .. } = bundle;
        let library = gatos_stdlib::rgs::library();
        let mut vm = Vm::new(&program, &library, limits, Box::new(Silent)).map_err(|e| e.to_string())?;
        vm.load_data(data.to_json_string().as_bytes()).map_err(|e| format!("its data cannot be loaded: {e}"))?;
        let documents = program.program().policy.iter().flat_map(|policy| &policy.documents);
        let judges = (0u32..)
            .zip(documents)
            .filter_map(|(id, document)| {
                let role = role(&document.path)?;
                // A function of that name answers no question of the gate's.
                let is_function = matches!(document.kind, DocumentKind::Function(_));
                (!is_function).then(|| Judge { id, role, name: document.path.join(".") })
            })
            .collect();
        // An error of a library function in a `deny` would otherwise let through what it should have stopped.
        vm.set_strict(true);
        Ok(Engine { vm, judges, sources: Sources::new(&bundle.sources), program, map })
    }

    fn begin(&mut self, input: &[u8]) -> Result<(), Fault> {
        self.vm.begin_decision(Input::Json(input)).map_err(|e| fault(&self.vm, &self.map, e))
    }

    fn value(&self, value: gatos_vm::Value) -> Result<Option<Value>, Fault> {
        if value.is_nil() {
            return Ok(None);
        }
        let wrong =
            |message: String| Fault { code: ErrorCode::Contract, message, place: None, fuel: self.vm.usage().fuel };
        let mut bytes = Vec::new();
        self.vm.doc_json(value, &mut bytes).map_err(|e| wrong(e.reason.text().to_string()))?;
        Value::from_json_bytes(&bytes).map(Some).map_err(|e| wrong(e.to_string()))
    }
}

impl Machine for Engine {
    fn ask(&mut self, input: &[u8]) -> Result<Ruling, Fault> {
        self.begin(input)?;
        let mut answers = Vec::with_capacity(self.judges.len());
        for at in 0..self.judges.len() {
            let Some(Judge { id, role, name }) = self.judges.get(at) else { break };
            let (id, role, document) = (*id, *role, name.clone());
            let value = self.vm.ask(id).map_err(|e| fault(&self.vm, &self.map, e))?;
            answers.push(Answer { role, document, value: self.value(value)? });
        }
        let rules = self.program.program().policy.as_ref().map_or(&[][..], |policy| &policy.rules);
        let fired = self.vm.fired().iter();
        let fired = fired.filter_map(|id| Some(rules.get(usize::try_from(*id).ok()?)?.name.clone())).collect();
        Ok(Ruling { answers, fired, fuel: self.vm.usage().fuel })
    }

    fn trace(&mut self, input: &[u8]) -> Result<Trace, Fault> {
        self.begin(input)?;
        let tree = Value::from_json_bytes(input).unwrap_or(Value::Null);
        let mut watcher = Watcher::new(self.program.program(), &self.map, &self.sources, &self.judges, &tree);
        for judge in &self.judges {
            let question = gatos_vm::policy::Question::Document(judge.id);
            self.vm.ask_traced(question, &mut watcher).map_err(|e| fault(&self.vm, &self.map, e))?;
        }
        let (mut trace, lacks) = watcher.finish();
        for (miss, lack) in trace.misses.iter_mut().zip(lacks) {
            miss.missing = match lack {
                Some(Lack::Check(call)) => sentence(&call),
                Some(Lack::Said(text)) => Some(text),
                None => None,
            };
        }
        Ok(trace)
    }
}

/// A failure as a gate's fault.
fn fault(vm: &Vm, map: &SourceMap, error: DecideError) -> Fault {
    let fuel = vm.usage().fuel;
    let (code, mut message, place) = match error {
        DecideError::Input(_) => (ErrorCode::Input, error.to_string(), None),
        DecideError::NoSuchDocument => (ErrorCode::Runtime, error.to_string(), None),
        DecideError::Failed(mut failure) => {
            let starts = |prefix: &str| failure.message.starts_with(prefix);
            let code = match failure.limit {
                Some(Limit::Fuel) => ErrorCode::Fuel,
                Some(Limit::Memory) => ErrorCode::Memory,
                Some(Limit::Depth) => ErrorCode::Depth,
                None if starts("eval_conflict_error") => ErrorCode::Conflict,
                None if starts("eval_builtin_error") || starts("eval_type_error") => ErrorCode::Builtin,
                None => ErrorCode::Runtime,
            };
            if code == ErrorCode::Conflict
                && let Some(name) = failure.trace.iter().find_map(|frame| document(vm, frame))
            {
                failure.message.push_str(&format!(" (data.{name})"));
            }
            let place = failure.trace.iter().find_map(|frame| match frame {
                TraceFrame::Function { proto, op } => Some(line(map, map.place(*proto, *op)?)),
                TraceFrame::Library(_) => None,
            });
            (code, failure.message, place)
        }
    };
    let setting = match code {
        ErrorCode::Fuel => Some("fuel"),
        ErrorCode::Memory => Some("memory"),
        ErrorCode::Depth => Some("depth"),
        _ => None,
    };
    if let Some(setting) = setting {
        message.push_str(&format!(" (policy.limits.{setting})"));
    }
    Fault { code, message, place, fuel }
}

/// The document that a frame of a failure computes.
fn document(vm: &Vm, frame: &TraceFrame) -> Option<String> {
    let TraceFrame::Function { proto, .. } = frame else { return None };
    let documents = &vm.policy()?.documents;
    documents.iter().find(|document| document.proto == *proto).map(|document| document.path.join("."))
}

/// A place without its column, as SPEC writes rules: `policies/exec.rgs:12`.
pub(crate) fn line(map: &SourceMap, place: Place) -> String {
    map.show(Place { col: 0, ..place })
}
