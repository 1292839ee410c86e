//! The machine: one verified program, its heap, stack and frames.

use crate::arena::Arena;
use crate::code::{Code, Decoder, Ic, RecordShape};
use crate::doc::{Indexes, Selection};
use crate::heap::{Fault, Heap};
use crate::host::{Host, Limits, MAX_NATIVE_DEPTH, MAX_REGISTERS, Usage};
use crate::native::{Args, Library, NativeFn, Special};
use crate::string::StrObj;
use crate::table::{FROZEN, Table};
use crate::trace::Tracer;
use crate::trap::{Failure, Limit, TraceFrame, Trap, TrapKind};
use crate::value::{Tag, Value};
use alloc::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::ptr::NonNull;
use gatos_elc::program::{Const, Policy, Program};
use gatos_elc::verify::Verified;

/// A closure; its upvalues follow.
#[repr(C)]
pub(crate) struct Closure {
    pub(crate) code: *const Code,
    pub(crate) count: u32,
    pub(crate) frozen: u32,
}

impl Closure {
    #[inline(always)]
    pub(crate) unsafe fn ups(this: *mut Closure) -> *mut Value {
        (this as *mut u8).add(core::mem::size_of::<Closure>()) as *mut Value
    }
}

/// A captured variable.
#[repr(C)]
pub(crate) struct CellObj {
    pub(crate) value: Value,
    pub(crate) frozen: u64,
}

/// A library function.
pub(crate) struct NativeObj {
    pub(crate) f: NativeFn,
    pub(crate) name: &'static str,
    pub(crate) special: Special,
}

/// A library function with values of its own, which follow.
#[repr(C)]
pub(crate) struct IterObj {
    pub(crate) f: crate::native::IterFn,
    pub(crate) count: u32,
    pub(crate) frozen: u32,
}

impl IterObj {
    #[inline(always)]
    pub(crate) unsafe fn slots(this: *mut IterObj) -> *mut Value {
        (this as *mut u8).add(core::mem::size_of::<IterObj>()) as *mut Value
    }
}

/// What a frame is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum FrameKind {
    /// A function of the program.
    Function,
    /// The mark of a `pcall`: errors stop here.
    Pcall,
    /// The mark of an `xpcall`; its handler is in the function slot.
    Xpcall,
}

/// An active call.
#[derive(Clone, Copy)]
pub(crate) struct Frame {
    pub(crate) code: *const Code,
    pub(crate) closure: *mut Closure,
    pub(crate) pc: *const crate::code::Insn,
    /// First register.
    pub(crate) base: usize,
    /// Where the function value was, and where results go.
    pub(crate) func: usize,
    /// Results wanted; -1 for all.
    pub(crate) nres: i32,
    /// Extra arguments, just below `base`.
    pub(crate) extra: u32,
    pub(crate) kind: FrameKind,
}

/// A module's value, once loaded.
#[derive(Clone, Copy)]
pub(crate) enum ModuleState {
    Absent,
    Loading,
    Loaded(Value),
}

/// Names of metamethods, interned once.
pub(crate) struct Names {
    pub(crate) index: *const StrObj,
    pub(crate) newindex: *const StrObj,
    pub(crate) call: *const StrObj,
    pub(crate) eq: *const StrObj,
    pub(crate) lt: *const StrObj,
    pub(crate) le: *const StrObj,
    pub(crate) len: *const StrObj,
    pub(crate) concat: *const StrObj,
    pub(crate) unm: *const StrObj,
    pub(crate) bnot: *const StrObj,
    pub(crate) tostring: *const StrObj,
    /// In the order of `Arith`.
    pub(crate) arith: [*const StrObj; 12],
}

/// The machine.
pub struct Vm {
    pub(crate) heap: Heap,
    pub(crate) stack: *mut Value,
    /// First register that no active call uses.
    pub(crate) top: usize,
    /// End of the results that an open call left.
    pub(crate) open_top: usize,
    /// How many results the last finished call left.
    pub(crate) nret: usize,
    pub(crate) frames: Vec<Frame>,
    pub(crate) native_depth: u32,
    pub(crate) limits: Limits,
    pub(crate) codes: Vec<Code>,
    pub(crate) consts: Vec<Value>,
    pub(crate) ics: Vec<Ic>,
    pub(crate) records: Vec<RecordShape>,
    pub(crate) globals: Vec<Value>,
    pub(crate) global_names: Vec<String>,
    pub(crate) modules: Vec<(ModuleState, u32)>,
    pub(crate) string_lib: *mut Table,
    pub(crate) ipairs_next: Value,
    pub(crate) names: Names,
    pub(crate) host: Box<dyn Host>,
    pub(crate) frozen: bool,
    pub(crate) trace: Vec<TraceFrame>,
    /// Boxed, because values point at them while more are added.
    #[allow(clippy::vec_box, reason = "their addresses must not change")]
    natives: Vec<Box<NativeObj>>,
    kept: Vec<crate::arena::Arena>,
    start: Limits,
    peak: usize,
    /// What library functions keep; see [`Vm::library_data`].
    library_data: Vec<Box<dyn core::any::Any>>,
    /// What a policy has besides; see `policy.rs`.
    pub(crate) policy: Option<Rc<Policy>>,
    /// Builtin errors end a decision.
    pub(crate) strict: bool,
    /// The library function that was entered last.
    pub(crate) running: *const NativeObj,
    /// One closure a function, for `CallRule`.
    pub(crate) rules: Vec<Closure>,
    pub(crate) memos: Vec<Value>,
    /// Memo slots as each decision finds them: filled for what does not read input.
    pub(crate) loaded_memos: Vec<Value>,
    pub(crate) envs: Vec<Value>,
    /// Memo and environment slots that `WithBegin` put aside.
    pub(crate) kept_slots: Vec<Value>,
    pub(crate) fired: Vec<u32>,
    pub(crate) fired_marks: Vec<bool>,
    /// Base data, which lives in an arena of its own.
    pub(crate) data: Value,
    pub(crate) data_arena: Arena,
    pub(crate) indexes: Indexes,
    /// Scratch of glob indexes.
    pub(crate) hits: Vec<u32>,
    pub(crate) selection: Selection,
    /// Inputs decoded beforehand.
    pub(crate) inputs: Vec<Value>,
    pub(crate) inputs_arena: Arena,
    /// Whether what does not read input was computed.
    pub(crate) prepared: bool,
    pub(crate) tracer: Option<NonNull<dyn Tracer>>,
}

/// Why a program cannot be loaded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LoadError {
    /// It names a library function that this engine does not have.
    UnknownLibrary(String),
}

impl core::fmt::Display for LoadError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            LoadError::UnknownLibrary(n) => write!(f, "the program uses `{n}`, which this engine does not have"),
        }
    }
}

/// Results of a call from outside.
pub type Results = Vec<Value>;

/// How many frames there can be: each begins at a register of its own.
fn frame_room(limits: Limits) -> usize {
    (limits.depth as usize).min(MAX_REGISTERS) + 1
}

fn stack_layout() -> Layout {
    // Room for the slots that a call writes past the last checked register.
    match Layout::array::<Value>(MAX_REGISTERS + 1024) {
        Ok(l) => l,
        Err(_) => handle_alloc_error(Layout::new::<Value>()),
    }
}

impl Vm {
    /// A machine for one program. Nothing runs yet.
    ///
    /// # Errors
    /// When the program names a library function that `library` lacks.
    pub fn new(
        program: &Verified<Program>,
        library: &Library,
        limits: Limits,
        host: Box<dyn Host>,
    ) -> Result<Vm, LoadError> {
        let program = program.program();
        let mut heap = Heap::new();
        // SAFETY: interning only needs the heap; the layout is not zero-sized; zero bytes are nil values.
        let (names, stack) = unsafe {
            let mut n = |s: &str| heap.intern(s.as_bytes()) as *const StrObj;
            let names = Names {
                index: n("__index"),
                newindex: n("__newindex"),
                call: n("__call"),
                eq: n("__eq"),
                lt: n("__lt"),
                le: n("__le"),
                len: n("__len"),
                concat: n("__concat"),
                unm: n("__unm"),
                bnot: n("__bnot"),
                tostring: n("__tostring"),
                arith: [
                    "__add", "__sub", "__mul", "__div", "__idiv", "__mod", "__pow", "__band", "__bor", "__bxor",
                    "__shl", "__shr",
                ]
                .map(&mut n),
            };
            let stack = alloc_zeroed(stack_layout()) as *mut Value;
            if stack.is_null() {
                handle_alloc_error(stack_layout());
            }
            (names, stack)
        };
        let mut vm = Vm {
            heap,
            stack,
            top: 0,
            open_top: 0,
            nret: 0,
            frames: Vec::with_capacity(frame_room(limits)),
            native_depth: 0,
            limits,
            codes: Vec::new(),
            consts: Vec::new(),
            ics: Vec::new(),
            records: Vec::new(),
            globals: alloc::vec![Value::NIL; program.globals.len()],
            global_names: program.globals.clone(),
            modules: program.modules.iter().map(|m| (ModuleState::Absent, m.proto)).collect(),
            string_lib: core::ptr::null_mut(),
            ipairs_next: Value::NIL,
            names,
            host,
            frozen: false,
            trace: Vec::new(),
            natives: Vec::new(),
            kept: Vec::new(),
            start: limits,
            peak: 0,
            library_data: Vec::new(),
            policy: None,
            strict: false,
            running: core::ptr::null(),
            rules: Vec::new(),
            memos: Vec::new(),
            loaded_memos: Vec::new(),
            envs: Vec::new(),
            kept_slots: Vec::new(),
            fired: Vec::new(),
            fired_marks: Vec::new(),
            data: Value::NIL,
            data_arena: Arena::new(),
            indexes: Indexes::default(),
            hits: Vec::new(),
            selection: Selection::default(),
            inputs: Vec::new(),
            inputs_arena: Arena::new(),
            prepared: false,
            tracer: None,
        };
        vm.heap.fuel = i64::MAX;
        vm.heap.mem_left = i64::MAX;
        vm.load(program, library)?;
        if let Some(policy) = &program.policy {
            vm.load_policy(policy);
        }
        Ok(vm)
    }

    fn load(&mut self, program: &Program, library: &Library) -> Result<(), LoadError> {
        // SAFETY: all objects made here are permanent: strings through the interner, tables in
        // the arena that becomes the permanent one below.
        unsafe {
            self.string_lib = self.library_table(library, "string");
            if let Some(name) = library.special_name(Special::IpairsNext) {
                self.ipairs_next = self.native(library, name).unwrap_or(Value::NIL);
            }
            let mut consts = Vec::new();
            for c in &program.consts {
                consts.push(match c {
                    Const::Nil => Value::NIL,
                    Const::Bool(b) => Value::bool(*b),
                    Const::Int(i) => Value::int(*i),
                    Const::Fixed(raw) => Value::fixed(gatos_num::Fix::from_raw(*raw)),
                    Const::Str(s) => Value::from_str(self.heap.intern(s)),
                });
            }
            for name in &program.libs {
                let v = self.library_value(library, name).ok_or_else(|| LoadError::UnknownLibrary(name.clone()))?;
                // What a policy can take from a library are functions and plain values.
                if program.policy.is_some() && v.tag() == Tag::Table {
                    return Err(LoadError::UnknownLibrary(name.clone()));
                }
                consts.push(v);
            }
            consts.extend([Value::NIL, Value::FALSE, Value::TRUE]);
            for list in &program.key_lists {
                let keys: Vec<*const StrObj> = list.iter().map(|k| consts[*k as usize].str_ptr()).collect();
                let mut shape = self.heap.shapes.empty;
                for k in &keys {
                    shape = match self.heap.shapes.extend(shape, *k) {
                        Some(s) => s,
                        None => {
                            shape = core::ptr::null_mut();
                            break;
                        }
                    };
                }
                self.records.push(RecordShape { keys, shape });
            }
            let mut d = Decoder { program, consts, ics: Vec::new() };
            for (i, p) in program.protos.iter().enumerate() {
                let code = d.function(i as u32, p);
                self.codes.push(code);
            }
            self.consts = d.consts;
            self.ics = d.ics;
            self.heap.loaded = core::mem::replace(&mut self.heap.arena, crate::arena::Arena::new());
        }
        Ok(())
    }

    unsafe fn native(&mut self, library: &Library, name: &str) -> Option<Value> {
        let (f, name, special) = library.function(name)?;
        if let Some(n) = self.natives.iter().find(|n| n.name == name) {
            return Some(Value::from_native(&raw const **n));
        }
        self.natives.push(Box::new(NativeObj { f, name, special }));
        self.natives.last().map(|n| Value::from_native(&raw const **n))
    }

    unsafe fn library_value(&mut self, library: &Library, name: &str) -> Option<Value> {
        if let Some(v) = library.constant(name) {
            return Some(match v {
                crate::native::ConstantValue::Value(v) => v,
                crate::native::ConstantValue::Text(t) => Value::from_str(self.heap.intern(t)),
            });
        }
        if let Some(v) = self.native(library, name) {
            return Some(v);
        }
        if name == "string" {
            return Some(Value::from_table(self.string_lib));
        }
        if library.members(name).next().is_some() {
            Some(Value::from_table(self.library_table(library, name)))
        } else {
            None
        }
    }

    unsafe fn library_table(&mut self, library: &Library, table: &str) -> *mut Table {
        let t = self.heap.table_unpaid(0, 24);
        let names: Vec<&'static str> = library.members(table).collect();
        for full in names {
            if let Some(v) = self.library_value(library, full) {
                let key = self.heap.intern(&full.as_bytes()[table.len() + 1..]);
                // The table is not frozen yet and the machine's account is open, so this cannot fail.
                let _ = self.heap.set(t, Value::from_str(key), v);
            }
        }
        (*t).flags |= FROZEN;
        t
    }

    /// Starts the accounts of a call from outside, before its arguments are made; then
    /// [`Vm::call_continued`] runs it.
    pub fn open(&mut self) {
        self.start = self.limits;
        self.heap.fuel = i64::try_from(self.limits.fuel).unwrap_or(i64::MAX);
        self.heap.mem_left = i64::try_from(self.limits.memory).unwrap_or(i64::MAX);
        self.heap.state.limit = i64::try_from(self.limits.memory).unwrap_or(i64::MAX);
        self.trace.clear();
    }

    /// Takes the limits off the call under way, for what the engine does on its own account:
    /// a state that was within its limit must always be read back.
    pub fn unmeter(&mut self) {
        self.heap.fuel = i64::MAX;
        self.heap.mem_left = i64::MAX;
    }

    /// What the last call from outside used.
    pub fn usage(&self) -> Usage {
        let used =
            |limit: u64, left: i64| (limit.min(i64::MAX as u64) as i64).saturating_sub(left.max(0)).max(0) as u64;
        Usage { fuel: used(self.start.fuel, self.heap.fuel), memory: used(self.start.memory, self.heap.mem_left) }
    }

    /// The limits of the calls to come.
    pub fn set_limits(&mut self, limits: Limits) {
        // What was computed beforehand may have met a limit.
        self.prepared &= self.limits == limits;
        self.limits = limits;
        self.frames.clear();
        self.frames.reserve(frame_room(limits));
    }

    /// The limits in force.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Bytes that the machine has taken from the system at most, without its fixed stack.
    pub fn peak_bytes(&self) -> usize {
        self.peak.max(self.held())
    }

    fn held(&self) -> usize {
        self.heap.arena.held()
            + self.data_arena.held()
            + self.inputs_arena.held()
            + self.heap.loaded.held()
            + self.heap.perm.held()
            + usize::try_from(self.heap.state.bytes).unwrap_or(0)
    }

    /// Calls a value from outside, with its own accounts.
    ///
    /// # Errors
    /// The trap as a [`Failure`]: message and trace.
    pub fn call_outer(&mut self, f: Value, args: &[Value]) -> Result<Results, Failure> {
        self.open();
        self.call_continued(f, args)
    }

    /// As [`Vm::call_outer`], going on with the accounts of the last call.
    ///
    /// # Errors
    /// As there.
    pub fn call_continued(&mut self, f: Value, args: &[Value]) -> Result<Results, Failure> {
        self.top = 0;
        self.frames.clear();
        self.native_depth = 0;
        let r = self.call(f, args);
        self.peak = self.peak.max(self.held());
        match r {
            Ok(results) => Ok(results),
            Err(t) => Err(self.failure(t)),
        }
    }

    /// The main chunk as a function value.
    pub fn main(&mut self) -> Value {
        // SAFETY: the main function captures nothing (verified), so its closure has no upvalues.
        unsafe { Value::from_closure(self.make_closure(0)) }
    }

    unsafe fn make_closure(&mut self, proto: usize) -> *mut Closure {
        let c = self.heap.arena.alloc(core::mem::size_of::<Closure>()) as *mut Closure;
        c.write(Closure { code: &raw const self.codes[proto], count: 0, frozen: 0 });
        c
    }

    /// A global by name.
    pub fn global(&self, name: &str) -> Option<Value> {
        let i = self.global_names.iter().position(|n| n == name)?;
        Some(self.globals[i])
    }

    /// Names of the globals, in order of declaration.
    pub fn global_names(&self) -> impl Iterator<Item = &str> {
        self.global_names.iter().map(String::as_str)
    }

    /// Loads a module, once.
    pub(crate) fn module(&mut self, index: usize) -> Result<Value, Trap> {
        match self.modules[index].0 {
            ModuleState::Loaded(v) => return Ok(v),
            ModuleState::Loading => return Err(self.error("a module requires itself while it loads")),
            ModuleState::Absent => {}
        }
        self.modules[index].0 = ModuleState::Loading;
        // SAFETY: a module's function captures nothing (verified).
        let f = unsafe { Value::from_closure(self.make_closure(self.modules[index].1 as usize)) };
        let r = self.call(f, &[]);
        match r {
            Ok(v) => {
                let v = v.first().copied().filter(|v| !v.is_nil()).unwrap_or(Value::TRUE);
                self.modules[index].0 = ModuleState::Loaded(v);
                Ok(v)
            }
            Err(t) => {
                self.modules[index].0 = ModuleState::Absent;
                Err(t)
            }
        }
    }

    /// Ends the loading of a fold module: modules that were not needed yet are loaded, and
    /// everything made so far freezes: tables, captured variables, generators, globals.
    /// What comes after lives for one call only.
    ///
    /// # Errors
    /// When a module fails to load.
    pub fn freeze(&mut self, extra: &[Value]) -> Result<(), Failure> {
        for i in 0..self.modules.len() {
            if let Err(t) = self.module(i) {
                return Err(self.failure(t));
            }
        }
        let mut work: Vec<Value> = extra.to_vec();
        work.extend(self.globals.iter().copied());
        for (m, _) in &self.modules {
            if let ModuleState::Loaded(v) = m {
                work.push(*v);
            }
        }
        // SAFETY: every value reachable from the roots is live, because nothing was reset since loading began.
        unsafe {
            while let Some(v) = work.pop() {
                match v.tag {
                    Tag::Table => {
                        let t = v.table_ptr();
                        if (*t).flags & FROZEN == 0 {
                            self.heap.compact(t);
                            (*t).flags |= FROZEN;
                            Table::for_each(t, |k, v| {
                                work.push(k);
                                work.push(v);
                            });
                            if !(*t).meta.is_null() {
                                work.push(Value::from_table((*t).meta));
                            }
                        }
                    }
                    Tag::Closure => {
                        let c = v.closure_ptr();
                        if (*c).frozen == 0 {
                            (*c).frozen = 1;
                            for i in 0..(*c).count {
                                work.push(*Closure::ups(c).add(i as usize));
                            }
                        }
                    }
                    Tag::Cell => {
                        let c = v.cell_ptr();
                        if (*c).frozen == 0 {
                            (*c).frozen = 1;
                            work.push((*c).value);
                        }
                    }
                    Tag::Iter => {
                        let o = v.iter_ptr();
                        if (*o).frozen == 0 {
                            (*o).frozen = 1;
                            for i in 0..(*o).count {
                                work.push(*IterObj::slots(o).add(i as usize));
                            }
                        }
                    }
                    _ => {}
                }
            }
        }
        self.frozen = true;
        // The arena of loading must not be reset; the library tables that came before stay too.
        let made = core::mem::replace(&mut self.heap.arena, crate::arena::Arena::new());
        let first = core::mem::replace(&mut self.heap.loaded, made);
        // Library objects are never freed before the machine.
        self.kept.push(first);
        Ok(())
    }

    /// Forgets everything that was made since the last reset, except state and what is frozen.
    pub fn reset(&mut self) {
        self.peak = self.peak.max(self.held());
        self.heap.arena.reset();
    }

    /// The state's value; nil before the first commit.
    pub fn state(&self) -> Value {
        self.heap.state.root()
    }

    /// Abstract size of the state; a function of its content alone.
    pub fn state_bytes(&self) -> u64 {
        u64::try_from(self.heap.state.bytes).unwrap_or(0)
    }

    /// Makes a result the state; see `state.rs`.
    ///
    /// # Errors
    /// When it is not plain data, with the path of the first mistake in the order of keys; or
    /// when it is larger than the memory limit. The state must not be used after that.
    pub fn commit(&mut self, result: Value) -> Result<(), CommitError> {
        // SAFETY: `result` is a live value of this call, and the state heap belongs to this machine.
        unsafe { self.heap.commit(result) }.map_err(|e| match e.reason {
            crate::state::NotPlain::TooLarge => CommitError::TooLarge { limit: self.limits.memory },
            _ => CommitError::NotPlain(e),
        })
    }

    /// While set, writing to the state is an error.
    pub fn set_state_read_only(&mut self, on: bool) {
        self.heap.state.read_only = on;
    }

    /// Turns a trap into words.
    pub fn failure(&mut self, t: Trap) -> Failure {
        // What a metamethod does for the message is no part of the program's run.
        let tracer = self.tracer.take();
        let failure = self.failure_text(t);
        self.tracer = tracer;
        failure
    }

    fn failure_text(&mut self, t: Trap) -> Failure {
        let trace = core::mem::take(&mut self.trace).into_boxed_slice();
        match t.0 {
            TrapKind::Limit(l) => {
                let message = match l {
                    Limit::Fuel => alloc::format!("the fuel limit of {} units is used up", self.limits.fuel),
                    Limit::Memory => alloc::format!("the memory limit of {} bytes is used up", self.limits.memory),
                    Limit::Depth => alloc::format!("calls nest deeper than the limit of {}", self.limits.depth),
                };
                Failure { limit: Some(l), message, trace }
            }
            TrapKind::Error(v) => {
                let message = match v.tag {
                    Tag::Str => String::from_utf8_lossy(v.str_bytes()).into_owned(),
                    Tag::Int | Tag::Fixed => self.number_text(v),
                    Tag::Nil => String::from("nil"),
                    Tag::True => String::from("true"),
                    Tag::False => String::from("false"),
                    Tag::Null => String::from("json.null"),
                    Tag::Table => {
                        let m = self.metamethod(v, self.names.tostring);
                        let text = if m.is_nil() {
                            None
                        } else {
                            // The accounts of the call that failed are over, and stay as they are.
                            let (fuel, memory) = (self.heap.fuel, self.heap.mem_left);
                            (self.heap.fuel, self.heap.mem_left) = (1_000_000, 1 << 24);
                            let r = self.call(m, &[v]);
                            (self.heap.fuel, self.heap.mem_left) = (fuel, memory);
                            self.trace.clear();
                            r.ok().and_then(|r| r.first().copied()).filter(|r| r.tag == Tag::Str)
                        };
                        match text {
                            Some(t) => String::from_utf8_lossy(t.str_bytes()).into_owned(),
                            None => {
                                let mut data = Vec::new();
                                match self.encode_json(v, &mut data) {
                                    Ok(()) => String::from_utf8_lossy(&data).into_owned(),
                                    Err(_) => String::from("(error object is a table)"),
                                }
                            }
                        }
                    }
                    _ => alloc::format!("(error object is a {})", v.type_name()),
                };
                Failure { limit: None, message, trace }
            }
        }
    }

    /// The text of a number value.
    pub(crate) fn number_text(&self, v: Value) -> String {
        let mut s = String::new();
        if let Some(n) = v.as_num() {
            s = alloc::format!("{n}");
        }
        s
    }

    /// A runtime error with this text.
    #[cold]
    #[inline(never)]
    pub fn error(&mut self, text: &str) -> Trap {
        match self.new_string(text.as_bytes()) {
            Ok(v) => Trap(TrapKind::Error(v)),
            Err(t) => t,
        }
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn fault(&mut self, f: Fault) -> Trap {
        match f {
            Fault::Memory => Trap(TrapKind::Limit(Limit::Memory)),
            Fault::Fuel => Trap(TrapKind::Limit(Limit::Fuel)),
            Fault::Frozen => self.error("attempt to change a table that is frozen (made while the fold module loaded)"),
            Fault::ReadOnly => self.error("attempt to change the state in emit"),
            Fault::NilKey => self.error("table index is nil"),
            Fault::TooLong => self.error("string too long"),
        }
    }

    /// Calls a value; for library functions and the machine itself.
    ///
    /// # Errors
    /// What the callee raises.
    pub fn call(&mut self, f: Value, args: &[Value]) -> Result<Results, Trap> {
        let (at, n) = self.call_raw(f, args, -1)?;
        // SAFETY: the results lie in the stack from `at` on.
        Ok(unsafe { core::slice::from_raw_parts(self.stack.add(at), n) }.to_vec())
    }

    /// Calls a value for its first result.
    ///
    /// # Errors
    /// What the callee raises.
    #[inline]
    pub fn call1(&mut self, f: Value, args: &[Value]) -> Result<Value, Trap> {
        let (at, _) = self.call_raw(f, args, 1)?;
        // SAFETY: one result was asked for, so it is there.
        Ok(unsafe { *self.stack.add(at) })
    }

    pub(crate) fn call_raw(&mut self, f: Value, args: &[Value], nres: i32) -> Result<(usize, usize), Trap> {
        if self.native_depth >= MAX_NATIVE_DEPTH {
            return Err(Trap(TrapKind::Limit(Limit::Depth)));
        }
        let func = self.top;
        if func + args.len() + 8 > MAX_REGISTERS {
            return Err(Trap(TrapKind::Limit(Limit::Depth)));
        }
        // SAFETY: the bound was checked; the stack has slack past it.
        unsafe {
            *self.stack.add(func) = f;
            for (i, a) in args.iter().enumerate() {
                *self.stack.add(func + 1 + i) = *a;
            }
        }
        self.top = func + 1 + args.len();
        self.native_depth += 1;
        let floor = self.frames.len();
        let r = match self.enter(func, args.len(), nres) {
            Ok(true) => self.run(floor),
            Ok(false) => Ok(()),
            Err(t) => {
                self.frames.truncate(floor);
                Err(t)
            }
        };
        self.native_depth -= 1;
        self.top = func;
        r?;
        Ok((func, self.nret))
    }

    /// Charges fuel for work that depends on sizes.
    ///
    /// # Errors
    /// The fuel limit.
    #[inline]
    pub fn charge(&mut self, n: u64) -> Result<(), Trap> {
        self.heap.take_fuel(n).map_err(|_| Trap(TrapKind::Limit(Limit::Fuel)))
    }

    /// What library functions of one kind keep as long as the machine: compiled patterns, say.
    /// It must never change what a call gives or costs.
    pub fn library_data<T: Default + 'static>(&mut self) -> &mut T {
        let at = self.library_data.iter().position(|d| d.is::<T>()).unwrap_or_else(|| {
            self.library_data.push(Box::<T>::default());
            self.library_data.len() - 1
        });
        self.library_data[at].downcast_mut().expect("the place holds this type")
    }

    /// Fuel that is left.
    pub fn fuel_left(&self) -> u64 {
        self.heap.fuel.max(0) as u64
    }

    /// The iterator that `ipairs` returns.
    pub fn ipairs_next(&self) -> Value {
        self.ipairs_next
    }

    /// Abstract memory that is left, so that a library function can stop before it builds
    /// what it could not pay for.
    pub fn memory_left(&self) -> u64 {
        self.heap.mem_left.max(0) as u64
    }

    /// Charges abstract memory.
    ///
    /// # Errors
    /// The memory limit.
    #[inline]
    pub fn charge_memory(&mut self, n: u64) -> Result<(), Trap> {
        self.heap.take_mem(i64::try_from(n).unwrap_or(i64::MAX)).map_err(|_| Trap(TrapKind::Limit(Limit::Memory)))
    }

    /// Sends a line to the log.
    pub fn log(&mut self, line: &[u8]) {
        self.host.log(line);
    }

    /// Runs a library function whose arguments lie in the stack.
    #[inline(always)]
    pub(crate) unsafe fn run_native(&mut self, n: *const NativeObj, func: usize, nargs: usize) -> Result<usize, Trap> {
        self.top = func + 1 + nargs;
        self.running = n;
        let r = ((*n).f)(self, Args { base: func + 1, n: nargs });
        match r {
            Ok(k) => Ok(k as usize),
            Err(t) => {
                self.trace.push(TraceFrame::Library((*n).name));
                Err(t)
            }
        }
    }
}

/// Why a result cannot become the state.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CommitError {
    /// It is not plain data.
    NotPlain(crate::state::StateError),
    /// It is larger than the memory limit.
    TooLarge {
        /// The limit.
        limit: u64,
    },
}

impl Drop for Vm {
    fn drop(&mut self) {
        // SAFETY: the stack came from `alloc_zeroed` with this layout.
        unsafe { dealloc(self.stack as *mut u8, stack_layout()) };
    }
}
