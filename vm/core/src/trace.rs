//! Watching a program run, op by op: for explanations, debuggers, profilers and coverage.
//!
//! A run that is traced runs the same ops with the same results and the same fuel; the
//! ordinary loop has no trace of this. A call is entered whoever makes it: an op, a library
//! function, a metamethod, an iterator, `pcall`. Not all that are entered are left: an error
//! ends calls, and a tail call takes the place of its caller. So who keeps a stack of its own
//! cuts it to [`View::depth`] when it is told of the next op.

use crate::code::{Code, Insn, LOOP_SLOTS};
use crate::table::Table;
use crate::trap::{Limit, Trap, TrapKind};
use crate::value::{Tag, Value};
use crate::vm::{Closure, Frame, FrameKind, Vm};
use core::ptr::NonNull;

/// Somebody who watches. Values must not be kept beyond the call from outside that is watched;
/// turn them into text.
pub trait Tracer {
    /// Before each op, but for `Block`.
    fn op(&mut self, view: View<'_>);
    /// A function of the program was entered; its arguments are in its first registers.
    fn enter(&mut self, view: View<'_>);
    /// A function is left with this result, nil for undefined. One that an error ends is not
    /// left, nor one that ends with a tail call.
    fn leave(&mut self, vm: &Vm, proto: u32, result: Value);
    /// An error came up, and all calls are still there. It may come again for outer calls, with
    /// no op in between, as it travels through library functions.
    fn raise(&mut self, _raised: Raised, _view: View<'_>) {}
    /// Asked after each op that was told of: whether the run shall end here, as with fuel used
    /// up. What it gives means nothing then.
    fn is_done(&self) -> bool {
        false
    }
}

/// An error on its way.
#[derive(Clone, Copy, Debug)]
pub struct Raised {
    /// What was raised; none when a limit was reached.
    pub value: Option<Value>,
    /// The limit that was reached.
    pub limit: Option<Limit>,
    /// Whether a `pcall` or `xpcall` waits for it.
    pub is_caught: bool,
}

/// A running function at one of its ops.
#[derive(Clone, Copy)]
pub struct View<'a> {
    vm: &'a Vm,
    code: &'a Code,
    closure: *mut Closure,
    base: usize,
    extra: usize,
    /// Its frame.
    at: usize,
    op: u32,
}

impl<'a> View<'a> {
    /// The machine, for turning values into text.
    pub fn vm(&self) -> &'a Vm {
        self.vm
    }

    /// The function.
    pub fn proto(&self) -> u32 {
        self.code.proto
    }

    /// The op that comes next; of a function that called another, the one that called.
    pub fn op(&self) -> u32 {
        self.op
    }

    /// How many calls are active up to this one, with the marks of `pcall` among them.
    pub fn depth(&self) -> usize {
        self.at + 1
    }

    /// Fuel that is left.
    pub fn fuel_left(&self) -> u64 {
        self.vm.fuel_left()
    }

    /// The function of the program that called this one, maybe through a library function.
    pub fn caller(&self) -> Option<View<'a>> {
        // SAFETY: frames hold live functions, each with its `pc` saved when it called.
        (0..self.at).rev().find_map(|i| unsafe { self.vm.view_of(i, 1) })
    }

    /// How many registers there are.
    pub fn registers(&self) -> usize {
        (self.code.frame as usize).saturating_sub(LOOP_SLOTS as usize)
    }

    /// What a register holds: nil when it was not assigned yet, nothing when it is outside
    /// the frame or holds what is no value.
    pub fn register(&self, i: u8) -> Option<Value> {
        if usize::from(i) >= self.registers() {
            return None;
        }
        // SAFETY: inside the frame, whose registers were cleared when it was entered.
        let v = unsafe { *self.vm.stack.add(self.base + usize::from(i)) };
        if matches!(v.tag, Tag::Inner | Tag::Cell) { None } else { Some(v) }
    }

    /// What a cell slot's cell holds; nothing when it is not filled yet.
    pub fn cell(&self, i: u8) -> Option<Value> {
        if u32::from(i) >= self.code.cells {
            return None;
        }
        // SAFETY: the slots lie just below the base, and were cleared when the frame was entered.
        let v = unsafe { *self.vm.stack.add(self.base - self.code.cells as usize + usize::from(i)) };
        opened(v)
    }

    /// What an upvalue holds; nothing when there is none of that number.
    pub fn upvalue(&self, i: u8) -> Option<Value> {
        if self.closure.is_null() {
            return None;
        }
        // SAFETY: the closure of a running function is live, and the index is checked.
        unsafe {
            if u32::from(i) >= (*self.closure).count {
                return None;
            }
            let v = *Closure::ups(self.closure).add(usize::from(i));
            if v.tag == Tag::Cell { opened(v) } else { Some(v).filter(|v| v.tag != Tag::Inner) }
        }
    }

    /// The extra arguments of a function with `...`.
    pub fn extra(&self) -> impl Iterator<Item = Value> + 'a {
        let (vm, first) = (self.vm, self.base - self.code.cells as usize - self.extra);
        // SAFETY: they lie below the cells as long as the function runs.
        (0..self.extra).map(move |i| unsafe { *vm.stack.add(first + i) })
    }

    /// The running function itself.
    pub fn function(&self) -> Value {
        Value::from_closure(self.closure)
    }
}

/// What a cell holds.
fn opened(v: Value) -> Option<Value> {
    // SAFETY: a cell that a live frame or closure refers to is live.
    (v.tag == Tag::Cell).then(|| unsafe { (*v.cell_ptr()).value })
}

impl Vm {
    /// Runs something with somebody who watches.
    pub fn traced<R>(&mut self, tracer: &mut dyn Tracer, run: impl FnOnce(&mut Vm) -> R) -> R {
        /// Takes the tracer off again, however the run ends: it lives no longer than that.
        struct Watched<'v>(&'v mut Vm, Option<NonNull<dyn Tracer>>);
        impl Drop for Watched<'_> {
            fn drop(&mut self) {
                self.0.tracer = self.1.take();
            }
        }
        let tracer: NonNull<dyn Tracer + '_> = NonNull::from(tracer);
        // SAFETY: the tracer is taken off before its lifetime ends, by `Watched`.
        let tracer = unsafe { core::mem::transmute::<NonNull<dyn Tracer + '_>, NonNull<dyn Tracer>>(tracer) };
        let before = self.tracer.replace(tracer);
        let watched = Watched(self, before);
        run(&mut *watched.0)
    }

    /// The program's function that a value is.
    pub fn function_of(&self, v: Value) -> Option<u32> {
        // SAFETY: a live closure, whose code lives as long as the machine.
        (v.tag == Tag::Closure).then(|| unsafe { (*(*v.closure_ptr()).code).proto })
    }

    /// The library function that a value is.
    pub fn library_name(&self, v: Value) -> Option<&'static str> {
        // SAFETY: library functions live as long as the machine.
        (v.tag == Tag::Native).then(|| unsafe { (*v.native_ptr()).name })
    }

    /// A global by its place in the program.
    pub fn global_at(&self, i: usize) -> Option<Value> {
        self.globals.get(i).copied()
    }

    /// A field by name, without metamethods, and without making the name a string of the machine.
    pub fn raw_get_named(&self, t: Value, name: &[u8]) -> Value {
        if t.tag != Tag::Table {
            return Value::NIL;
        }
        // SAFETY: a live table; interned strings live as long as the machine.
        unsafe {
            if let Some(key) = self.heap.intern.find(name, crate::string::hash_bytes(name)) {
                let v = Table::get_str(t.table_ptr(), key);
                if !v.is_nil() {
                    return v;
                }
            }
            let mut found = Value::NIL;
            Table::for_each(t.table_ptr(), |k, v| {
                if k.as_str() == Some(name) {
                    found = v;
                }
            });
            found
        }
    }

    /// A function's frame, at the op that its `pc` points to, or `back` instructions before that.
    unsafe fn view_of(&self, i: usize, back: usize) -> Option<View<'_>> {
        let f: &Frame = self.frames.get(i)?;
        if f.kind != FrameKind::Function {
            return None;
        }
        let code = &*f.code;
        let at = (f.pc as usize).wrapping_sub(code.insns.as_ptr() as usize) / size_of::<Insn>();
        let op = match code.origin.get(at.wrapping_sub(back)) {
            Some(op) => *op,
            // A tail call of a library function returns through an instruction that is not the function's own.
            None if back > 0 => u32::MAX,
            None => return None,
        };
        Some(View { vm: self, code, closure: f.closure, base: f.base, extra: f.extra as usize, at: i, op })
    }

    /// Calls the tracer before the op at the top frame's `pc`; says whether the run shall end.
    #[cold]
    #[inline(never)]
    pub(crate) unsafe fn trace_op(&mut self) -> bool {
        let Some(mut tracer) = self.tracer else { return false };
        if let Some(f) = self.frames.last()
            && f.kind == FrameKind::Function
            && (*f.pc).op != crate::code::I::Block
            && let Some(view) = self.view_of(self.frames.len() - 1, 0)
        {
            tracer.as_mut().op(view);
            return tracer.as_ref().is_done();
        }
        false
    }

    /// [`Vm::trace_enter`] when the frame on top has not begun yet.
    pub(crate) unsafe fn trace_start(&mut self) {
        if let Some(f) = self.frames.last()
            && f.kind == FrameKind::Function
            && f.pc == (*f.code).insns.as_ptr()
        {
            self.trace_enter();
        }
    }

    /// Clears the registers and cell slots of the frame just pushed, as what lies there may be
    /// from a call long over, and tells the tracer.
    #[cold]
    #[inline(never)]
    unsafe fn trace_enter(&mut self) {
        if let Some(f) = self.frames.last().copied()
            && f.kind == FrameKind::Function
        {
            for i in (*f.code).params as usize..(*f.code).frame as usize {
                *self.stack.add(f.base + i) = Value::NIL;
            }
            for i in 1..=(*f.code).cells as usize {
                *self.stack.add(f.base - i) = Value::NIL;
            }
        }
        let Some(mut tracer) = self.tracer else { return };
        if let Some(last) = self.frames.len().checked_sub(1)
            && let Some(view) = self.view_of(last, 0)
        {
            tracer.as_mut().enter(view);
        }
    }

    #[cold]
    #[inline(never)]
    pub(crate) unsafe fn trace_leave(&mut self, proto: u32, result: Value) {
        if let Some(mut tracer) = self.tracer {
            tracer.as_mut().leave(self, proto, result);
        }
    }

    /// Tells the tracer of an error before any call is given up for it.
    #[cold]
    #[inline(never)]
    pub(crate) unsafe fn trace_raise(&mut self, trap: Trap) {
        let Some(mut tracer) = self.tracer else { return };
        if tracer.as_ref().is_done() {
            return;
        }
        let (value, limit) = match trap.0 {
            TrapKind::Error(v) => (Some(v), None),
            TrapKind::Limit(l) => (None, Some(l)),
        };
        let is_caught = limit.is_none() && self.frames.iter().any(|f| f.kind != FrameKind::Function);
        // Its `pc` is past the op that failed.
        let view = (0..self.frames.len()).rev().find_map(|i| self.view_of(i, 1));
        if let Some(view) = view {
            tracer.as_mut().raise(Raised { value, limit, is_caught }, view);
        }
    }
}
