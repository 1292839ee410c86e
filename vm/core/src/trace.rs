//! Watching a program run, op by op: for explanations and debuggers.
//!
//! A decision that is traced runs the same ops with the same results and the same fuel; the
//! ordinary loop has no trace of this.

use crate::code::{Code, LOOP_SLOTS};
use crate::value::{Tag, Value};
use crate::vm::{FrameKind, Vm};

/// Somebody who watches. Values must not be kept beyond the decision; turn them into text.
pub trait Tracer {
    /// Before each op, but for `Block`.
    fn op(&mut self, view: View<'_>);
    /// A function of the program was entered; its arguments are in its first registers.
    fn enter(&mut self, view: View<'_>);
    /// A function is left with this result, nil for undefined. One that an error ends is not
    /// left.
    fn leave(&mut self, vm: &Vm, proto: u32, result: Value);
}

/// The running function at one of its ops.
#[derive(Clone, Copy)]
pub struct View<'a> {
    vm: &'a Vm,
    code: &'a Code,
    base: usize,
    op: u32,
}

impl View<'_> {
    /// The machine, for turning values into text.
    pub fn vm(&self) -> &Vm {
        self.vm
    }

    /// The function.
    pub fn proto(&self) -> u32 {
        self.code.proto
    }

    /// The op that comes next.
    pub fn op(&self) -> u32 {
        self.op
    }

    /// How many calls are active, this one too.
    pub fn depth(&self) -> usize {
        self.vm.frames.len()
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
}

impl Vm {
    /// The function on top, at the op that its `pc` points to.
    unsafe fn view(&self) -> Option<View<'_>> {
        let f = self.frames.last()?;
        if f.kind != FrameKind::Function {
            return None;
        }
        let code = &*f.code;
        let at = (f.pc as usize).wrapping_sub(code.insns.as_ptr() as usize) / size_of::<crate::code::Insn>();
        Some(View { vm: self, code, base: f.base, op: code.origin.get(at).copied()? })
    }

    /// Calls the tracer before the op at the top frame's `pc`.
    #[cold]
    #[inline(never)]
    pub(crate) unsafe fn trace_op(&mut self) {
        let Some(mut tracer) = self.tracer else { return };
        if let Some(view) = self.view()
            && let Some(f) = self.frames.last()
            && (*f.pc).op != crate::code::I::Block
        {
            tracer.as_mut().op(view);
        }
    }

    /// [`Vm::trace_enter`] for a frame that the loop did not push itself.
    pub(crate) unsafe fn trace_start(&mut self) {
        if let Some(f) = self.frames.last()
            && f.kind == FrameKind::Function
            && f.pc == (*f.code).insns.as_ptr()
        {
            self.trace_enter();
        }
    }

    /// Clears the registers of the frame just pushed, as what lies there may be from a
    /// decision long over, and tells the tracer.
    #[cold]
    #[inline(never)]
    pub(crate) unsafe fn trace_enter(&mut self) {
        if let Some(f) = self.frames.last().copied()
            && f.kind == FrameKind::Function
        {
            for i in (*f.code).params as usize..(*f.code).frame as usize {
                *self.stack.add(f.base + i) = Value::NIL;
            }
        }
        let Some(mut tracer) = self.tracer else { return };
        if let Some(view) = self.view() {
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
}
