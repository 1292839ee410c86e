//! Calls: frames, library functions, protected calls, and the way errors travel.

use crate::code::Code;
use crate::host::MAX_REGISTERS;
use crate::native::Special;
use crate::trap::{Limit, TraceFrame, Trap, TrapKind};
use crate::value::{Tag, Value};
use crate::vm::{Closure, Frame, FrameKind, Vm};

const DEPTH: Trap = Trap(TrapKind::Limit(Limit::Depth));

impl Vm {
    /// Begins a call of the value at `func` with the `nargs` values after it. True when a
    /// frame was pushed; false when the call is over and its results are in place, `nret` of them.
    pub(crate) fn enter(&mut self, func: usize, nargs: usize, nres: i32) -> Result<bool, Trap> {
        let (mut func, mut nargs, mut nres) = (func, nargs, nres);
        let mut chain = 0;
        loop {
            // SAFETY: `func` is a register in use.
            let f = unsafe { *self.stack.add(func) };
            match f.tag {
                Tag::Closure => {
                    // SAFETY: a live closure, whose arguments lie after `func`.
                    unsafe { self.push_frame(f.closure_ptr(), func, nargs, nres)? };
                    return Ok(true);
                }
                Tag::Native => {
                    let n = f.native_ptr();
                    // SAFETY: library functions live as long as the machine.
                    unsafe {
                        match (*n).special {
                            Special::Pcall | Special::Xpcall => {
                                let handler = (*n).special == Special::Xpcall;
                                if nargs < 1 + usize::from(handler) {
                                    return Err(self.error("pcall and xpcall need a function to call"));
                                }
                                self.charge(4)?;
                                if self.frames.len() >= self.limits.depth as usize {
                                    return Err(DEPTH);
                                }
                                let kind = if handler {
                                    // The handler takes the place of xpcall; the arguments move over its old place.
                                    *self.stack.add(func) = *self.stack.add(func + 2);
                                    for i in func + 2..func + nargs {
                                        *self.stack.add(i) = *self.stack.add(i + 1);
                                    }
                                    nargs -= 1;
                                    FrameKind::Xpcall
                                } else {
                                    FrameKind::Pcall
                                };
                                self.frames.push(Frame {
                                    code: core::ptr::null(),
                                    closure: core::ptr::null_mut(),
                                    pc: core::ptr::null(),
                                    base: func + 1,
                                    func,
                                    nres,
                                    extra: 0,
                                    kind,
                                });
                                let floor = self.frames.len();
                                func += 1;
                                nargs -= 1;
                                nres = -1;
                                let inner = *self.stack.add(func);
                                if inner.tag == Tag::Closure {
                                    match self.push_frame(inner.closure_ptr(), func, nargs, nres) {
                                        Ok(()) => return Ok(true),
                                        Err(t) => return Err(t),
                                    }
                                }
                                // A library function, or something called through `__call`.
                                return match self.enter_protected(func, nargs, floor) {
                                    Ok(true) => Ok(true),
                                    Ok(false) => {
                                        // A nested protected call may have ended this mark already.
                                        if self.frames.len() >= floor {
                                            let n = self.nret;
                                            self.finish(func, n);
                                        }
                                        Ok(false)
                                    }
                                    Err(t) => {
                                        self.catch(t, floor - 1)?;
                                        Ok(false)
                                    }
                                };
                            }
                            _ => {
                                let k = self.run_native(n, func, nargs)?;
                                self.adjust(func, k, nres);
                                return Ok(false);
                            }
                        }
                    }
                }
                Tag::Iter => {
                    // SAFETY: a live object.
                    unsafe {
                        let o = f.iter_ptr();
                        self.top = func + 1 + nargs;
                        let k = ((*o).f)(
                            self,
                            crate::native::Iter::new(o),
                            crate::native::Args { base: func + 1, n: nargs },
                        )?;
                        self.adjust(func, k as usize, nres);
                    }
                    return Ok(false);
                }
                _ => {
                    let h = self.metamethod(f, self.names.call);
                    if h.is_nil() {
                        return Err(self.error(&alloc::format!("attempt to call a {} value", f.type_name())));
                    }
                    chain += 1;
                    if chain > crate::slow::MAX_CHAIN {
                        return Err(self.error("'__call' chain too long; possibly a loop"));
                    }
                    if func + nargs + 8 > MAX_REGISTERS {
                        return Err(DEPTH);
                    }
                    self.charge(1)?;
                    // SAFETY: the bound was checked.
                    unsafe {
                        for i in (func..=func + nargs).rev() {
                            *self.stack.add(i + 1) = *self.stack.add(i);
                        }
                        *self.stack.add(func) = h;
                    }
                    nargs += 1;
                }
            }
        }
    }

    /// A call whose errors stop at the mark below it, for callees without a frame of their own.
    fn enter_protected(&mut self, func: usize, nargs: usize, floor: usize) -> Result<bool, Trap> {
        self.native_depth += 1;
        let r =
            if self.native_depth > crate::host::MAX_NATIVE_DEPTH { Err(DEPTH) } else { self.enter(func, nargs, -1) };
        self.native_depth -= 1;
        if r.is_err() {
            self.frames.truncate(floor);
        }
        r
    }

    /// Pads or cuts the `n` results at `func` to what was asked for.
    #[inline(always)]
    pub(crate) fn adjust(&mut self, func: usize, n: usize, nres: i32) {
        if nres < 0 {
            self.nret = n;
            self.open_top = func + n;
        } else {
            let want = nres as usize;
            for i in n..want {
                // SAFETY: results wanted lie in the caller's registers, or in the slack.
                unsafe { *self.stack.add(func + i) = Value::NIL };
            }
            self.nret = want;
        }
    }

    /// Pushes the frame of a closure.
    #[inline(always)]
    pub(crate) unsafe fn push_frame(
        &mut self,
        closure: *mut Closure,
        func: usize,
        nargs: usize,
        nres: i32,
    ) -> Result<(), Trap> {
        let code: *const Code = (*closure).code;
        if self.frames.len() >= self.limits.depth as usize {
            return Err(DEPTH);
        }
        let params = (*code).params as usize;
        let mut base = func + 1;
        let mut extra = 0;
        if (*code).vararg {
            if base + nargs + params + 300 > MAX_REGISTERS {
                return Err(DEPTH);
            }
            // Fixed parameters move above the extra ones, which stay just below the base.
            for i in nargs..params {
                *self.stack.add(base + i) = Value::NIL;
            }
            if nargs > params {
                extra = nargs - params;
                // Rotate: extras to the front, parameters behind them.
                if params > 0 {
                    for i in 0..params {
                        *self.stack.add(base + nargs + i) = *self.stack.add(base + i);
                    }
                    for i in 0..extra {
                        *self.stack.add(base + i) = *self.stack.add(base + params + i);
                    }
                    for i in 0..params {
                        *self.stack.add(base + extra + i) = *self.stack.add(base + nargs + i);
                    }
                }
                base += extra;
            }
        } else {
            for i in nargs..params {
                *self.stack.add(base + i) = Value::NIL;
            }
        }
        let cells = (*code).cells as usize;
        if base + cells + (*code).frame as usize + 8 > MAX_REGISTERS {
            return Err(DEPTH);
        }
        if cells > 0 {
            // The parameters make room for the cells, which lie between the extra arguments and them.
            for i in (0..params).rev() {
                *self.stack.add(base + cells + i) = *self.stack.add(base + i);
            }
            base += cells;
        }
        // `Vm::new` and `Vm::set_limits` reserved room for as many frames as the depth limit allows.
        let len = self.frames.len();
        self.frames.as_mut_ptr().add(len).write(Frame {
            code,
            closure,
            pc: (*code).insns.as_ptr(),
            base,
            func,
            nres,
            extra: extra as u32,
            kind: FrameKind::Function,
        });
        self.frames.set_len(len + 1);
        Ok(())
    }

    /// Gives `n` results at `from` to whoever is on top of the frames: ends the marks of
    /// protected calls on the way, and pads or cuts for the first real caller.
    #[inline(never)]
    pub(crate) fn finish(&mut self, from: usize, n: usize) {
        let (mut from, mut n) = (from, n);
        while let Some(m) = self.frames.last().copied() {
            if m.kind == FrameKind::Function || m.func + 1 != from {
                break;
            }
            self.frames.pop();
            // SAFETY: the mark's function slot is in use.
            unsafe { *self.stack.add(m.func) = Value::TRUE };
            from = m.func;
            n += 1;
            self.adjust(from, n, m.nres);
            if m.nres >= 0 {
                return;
            }
        }
        self.nret = n;
        self.open_top = from + n;
    }

    /// Looks for a protected call at or above `floor` that stops this trap, and gives it the
    /// error. Otherwise notes the trace, drops the frames above `floor` and passes the trap on.
    pub(crate) fn catch(&mut self, trap: Trap, floor: usize) -> Result<(), Trap> {
        if self.tracer.is_some() {
            // SAFETY: the frames are those of live functions, each with its `pc` saved.
            unsafe { self.trace_raise(trap) };
        }
        let TrapKind::Error(value) = trap.0 else {
            self.note_trace(floor);
            return Err(trap);
        };
        let mark = (floor..self.frames.len()).rev().find(|i| self.frames[*i].kind != FrameKind::Function);
        let Some(mark) = mark else {
            self.note_trace(floor);
            return Err(trap);
        };
        let m = self.frames[mark];
        self.frames.truncate(mark);
        self.trace.clear();
        // SAFETY: the mark's slots are in use.
        unsafe {
            if m.kind == FrameKind::Xpcall {
                let handler = *self.stack.add(m.func);
                self.top = m.func + 2;
                // As in Lua, a handler gives one value.
                let r = match self.call1(handler, &[value]) {
                    Ok(r) => r,
                    // Its own error takes the place of the first; going on to the next handler
                    // from here would nest as deep as protected calls do.
                    Err(Trap(TrapKind::Error(second))) => {
                        self.trace.clear();
                        second
                    }
                    Err(limit) => {
                        self.note_trace(floor);
                        return Err(limit);
                    }
                };
                *self.stack.add(m.func) = Value::FALSE;
                *self.stack.add(m.func + 1) = r;
                self.adjust(m.func, 2, m.nres);
            } else {
                *self.stack.add(m.func) = Value::FALSE;
                *self.stack.add(m.func + 1) = value;
                self.adjust(m.func, 2, m.nres);
            }
        }
        if m.nres < 0 {
            let n = self.nret;
            self.finish(m.func, n);
        }
        Ok(())
    }

    /// Adds the frames above `floor` to the trace, innermost first, and drops them.
    fn note_trace(&mut self, floor: usize) {
        while self.frames.len() > floor {
            if let Some(f) = self.frames.pop()
                && f.kind == FrameKind::Function
                && self.trace.len() < 64
            {
                // SAFETY: the code outlives its frames, and `pc` points into or just past it.
                let (proto, op) = unsafe {
                    let code = &*f.code;
                    let at =
                        (f.pc as usize).wrapping_sub(code.insns.as_ptr() as usize) / size_of::<crate::code::Insn>();
                    (code.proto, code.origin.get(at.saturating_sub(1)).copied().unwrap_or(0))
                };
                self.trace.push(TraceFrame::Function { proto, op });
            }
        }
    }

    /// Runs until the frames are down to `floor`.
    pub(crate) fn run(&mut self, floor: usize) -> Result<(), Trap> {
        loop {
            match self.exec(floor) {
                Ok(()) => return Ok(()),
                Err(t) => {
                    self.catch(t, floor)?;
                    if self.frames.len() <= floor {
                        return Ok(());
                    }
                }
            }
        }
    }
}
