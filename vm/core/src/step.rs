//! The interpreter: one loop over private instructions.
//!
//! Unsafe here rests on the verifier's promises: every register operand lies inside the
//! frame, every register is written before it is read, every jump goes to a block, every
//! constant has the type its op needs, and the last instruction does not fall through.
//! `push_frame` checks that the frame fits the stack. Pointers in values are live for the
//! length of the outermost call (see `heap.rs`).

use crate::code::{Arith, I, Ic, Insn};
use crate::heap::{CELL_BYTES, CLOSURE_BYTES, INT_KEY_BYTES, KEY_BYTES, UPVALUE_BYTES};
use crate::loops::{div_pos, mod_pos};
use crate::string::StrObj;
use crate::table::{FRESH, SEQ, SPECIAL, Table};
use crate::trap::{Limit, Trap, TrapKind};
use crate::value::{Tag, Value};
use crate::vm::{CellObj, Closure, FrameKind, Vm};
use gatos_elc::program::Capture;

const FUEL: Trap = Trap(TrapKind::Limit(Limit::Fuel));
const MEMORY: Trap = Trap(TrapKind::Limit(Limit::Memory));

/// Keeps the two ways of a conditional jump apart: as a select, the next instruction's
/// address would wait for the comparison instead of being predicted.
#[inline(always)]
fn real_branch() {
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    // SAFETY: no instruction at all.
    unsafe {
        core::arch::asm!("", options(nomem, nostack, preserves_flags));
    }
}

/// For each register: return everything from it up to the open top, as a part of `TailCall`
/// (`c` is 1), which costs nothing more.
static RETURN_ALL: [Insn; 256] = {
    let mut all = [Insn { op: I::Return, a: 0, b: 0, c: 1, d: 0 }; 256];
    let mut k = 0;
    while k < 256 {
        all[k].a = k as u8;
        k += 1;
    }
    all
};

impl Vm {
    /// Runs the top frame until the frames are down to `floor`.
    pub(crate) fn exec(&mut self, floor: usize) -> Result<(), Trap> {
        // SAFETY: see the head of this file.
        unsafe {
            if self.tracer.is_none() {
                return self.exec_inner::<false>(floor);
            }
            self.trace_start();
            self.exec_inner::<true>(floor)
        }
    }

    /// The loop, once as it is and once calling the tracer before each op.
    unsafe fn exec_inner<const TRACE: bool>(&mut self, floor: usize) -> Result<(), Trap> {
        let mut pc: *const Insn;
        let mut base: *mut Value;
        let mut closure: *mut Closure;
        let consts: *const Value = self.consts.as_ptr();
        let ics: *mut Ic = self.ics.as_mut_ptr();

        macro_rules! load_frame {
            () => {{
                let f = self.frames.last().unwrap_unchecked();
                pc = f.pc;
                base = self.stack.add(f.base);
                closure = f.closure;
            }};
        }
        macro_rules! save_pc {
            () => {
                self.frames.last_mut().unwrap_unchecked().pc = pc
            };
        }
        macro_rules! r {
            ($i:expr) => {
                *base.add($i as usize)
            };
        }
        macro_rules! fail {
            ($t:expr) => {{
                save_pc!();
                return Err($t);
            }};
        }
        // Slow paths may call back: they find free registers above the frame.
        macro_rules! slow {
            ($e:expr) => {{
                let f = self.frames.last_mut().unwrap_unchecked();
                f.pc = pc;
                self.top = f.base + (*f.code).frame as usize;
                match $e {
                    Ok(v) => v,
                    Err(t) => return Err(t),
                }
            }};
        }
        // Enters the block that `pc` points at.
        macro_rules! enter_block {
            () => {{
                self.heap.fuel -= i64::from((*pc).d);
                pc = pc.add(1);
                if self.heap.fuel < 0 {
                    fail!(FUEL);
                }
            }};
        }
        macro_rules! branch {
            ($cond:expr, $i:expr) => {{
                if $cond {
                    real_branch();
                    pc = pc.offset($i.d as isize);
                    enter_block!();
                } else {
                    enter_block!();
                }
            }};
        }
        macro_rules! mem {
            ($n:expr) => {{
                self.heap.mem_left = self.heap.mem_left.saturating_sub($n);
                if self.heap.mem_left < 0 {
                    fail!(MEMORY);
                }
            }};
        }
        macro_rules! arith {
            ($i:expr, $checked:ident, $kind:expr) => {{
                let (x, y) = (r!($i.b), r!($i.c));
                if x.tag == Tag::Int && y.tag == Tag::Int {
                    if let Some(v) = (x.bits as i64).$checked(y.bits as i64) {
                        r!($i.a) = Value::int(v);
                        continue;
                    }
                }
                r!($i.a) = slow!(self.arith($kind, x, y));
            }};
        }
        macro_rules! arith_i {
            ($i:expr, $checked:ident, $kind:expr) => {{
                let x = r!($i.b);
                if x.tag == Tag::Int {
                    if let Some(v) = (x.bits as i64).$checked(i64::from($i.d)) {
                        r!($i.a) = Value::int(v);
                        continue;
                    }
                }
                r!($i.a) = slow!(self.arith($kind, x, Value::int(i64::from($i.d))));
            }};
        }
        macro_rules! bits {
            ($i:expr, $op:tt, $kind:expr) => {{
                let (x, y) = (r!($i.b), r!($i.c));
                if x.tag == Tag::Int && y.tag == Tag::Int {
                    r!($i.a) = Value { tag: Tag::Int, bits: x.bits $op y.bits };
                    continue;
                }
                r!($i.a) = slow!(self.arith($kind, x, y));
            }};
        }
        macro_rules! compare {
            ($i:expr, $op:tt, $slow:ident, $sense:expr) => {{
                let (x, y) = (r!($i.a), r!($i.b));
                let c = if x.tag == Tag::Int && y.tag == Tag::Int {
                    (x.bits as i64) $op (y.bits as i64)
                } else {
                    slow!(self.$slow(x, y))
                };
                branch!(c == $sense, $i);
            }};
        }
        macro_rules! compare_i {
            ($i:expr, $op:tt, $kind:expr, $sense:expr) => {{
                let x = r!($i.a);
                let k = $i.imm16();
                let c = if x.tag == Tag::Int {
                    (x.bits as i64) $op k
                } else {
                    slow!(self.compare_kind($kind, x, Value::int(k)))
                };
                branch!(c == $sense, $i);
            }};
        }

        // Goes on in the frame on top, which may have just been pushed.
        macro_rules! entered {
            () => {{
                if TRACE {
                    self.trace_start();
                }
                load_frame!();
            }};
        }

        // As `branch`, for an instruction that is followed by a data word.
        macro_rules! branch2 {
            ($cond:expr, $i:expr) => {{
                if $cond {
                    real_branch();
                    pc = pc.offset($i.d as isize);
                } else {
                    pc = pc.add(1);
                }
                enter_block!();
            }};
        }

        load_frame!();
        loop {
            if TRACE {
                save_pc!();
                if self.trace_op() {
                    // Whoever watches has seen enough. No `pcall` catches a limit.
                    return Err(FUEL);
                }
            }
            let i = *pc;
            pc = pc.add(1);
            match i.op {
                I::Block => {
                    self.heap.fuel -= i64::from(i.d);
                    if self.heap.fuel < 0 {
                        fail!(FUEL);
                    }
                }
                I::Move => r!(i.a) = r!(i.b),
                I::LoadNil => {
                    for k in 0..i.d as usize {
                        *base.add(i.a as usize + k) = Value::NIL;
                    }
                }
                I::LoadK => r!(i.a) = *consts.add(i.d as usize),
                I::LoadI => r!(i.a) = Value::int(i64::from(i.d)),
                I::SelfFn => r!(i.a) = Value::from_closure(closure),
                I::Closure => {
                    let code = self.codes.as_ptr().add(i.d as usize);
                    let n = (*code).captures.len();
                    mem!(CLOSURE_BYTES + UPVALUE_BYTES * n as i64);
                    let c = self.heap.arena.alloc(core::mem::size_of::<Closure>() + 16 * n) as *mut Closure;
                    c.write(Closure { code, count: n as u32, frozen: 0 });
                    let ups = Closure::ups(c);
                    let cells = base.sub((*(*closure).code).cells as usize);
                    for (k, cap) in (*code).captures.iter().enumerate() {
                        *ups.add(k) = match *cap {
                            Capture::Reg(x) => r!(x),
                            Capture::Cell(x) => *cells.add(x as usize),
                            Capture::Up(x) => *Closure::ups(closure).add(x as usize),
                            Capture::SelfFn => Value::from_closure(closure),
                        };
                    }
                    r!(i.a) = Value::from_closure(c);
                }
                I::Module => {
                    let v = slow!(self.module(i.d as usize));
                    r!(i.a) = v;
                }
                I::GGet => r!(i.a) = *self.globals.get_unchecked(i.d as usize),
                I::GSet => {
                    if self.frozen {
                        fail!(self.error("attempt to assign a global after the fold module has loaded"));
                    }
                    *self.globals.get_unchecked_mut(i.d as usize) = r!(i.a);
                }
                I::UpGet => r!(i.a) = *Closure::ups(closure).add(i.b as usize),
                I::UpCellGet => r!(i.a) = (*(*Closure::ups(closure).add(i.b as usize)).cell_ptr()).value,
                I::UpCellSet => {
                    let c = (*Closure::ups(closure).add(i.b as usize)).cell_ptr();
                    if (*c).frozen != 0 {
                        fail!(self.error("attempt to change a variable that was captured while the fold module loaded; keep it in the state"));
                    }
                    (*c).value = r!(i.a);
                }
                I::CellNew => {
                    mem!(CELL_BYTES);
                    let c = self.heap.arena.alloc(core::mem::size_of::<CellObj>()) as *mut CellObj;
                    c.write(CellObj { value: r!(i.a), frozen: 0 });
                    *base.offset(i.d as isize) = Value::from_cell(c);
                }
                I::CellGet => r!(i.a) = (*(*base.offset(i.d as isize)).cell_ptr()).value,
                I::CellSet => {
                    let c = (*base.offset(i.d as isize)).cell_ptr();
                    (*c).value = r!(i.a);
                }
                I::NewTable => {
                    mem!(crate::heap::TABLE_BYTES);
                    let t = self.heap.table_unpaid((i.d & 0xffff) as u32, (i.d >> 16) as u32);
                    r!(i.a) = Value::from_table(t);
                }
                I::Record => {
                    let rec = self.records.as_ptr().add(i.d as usize);
                    let n = (*rec).keys.len();
                    let first = base.add(i.b as usize);
                    let mut nils = false;
                    if !(*rec).shape.is_null() {
                        for k in 0..n {
                            nils |= (*first.add(k)).is_nil();
                        }
                    } else {
                        nils = true;
                    }
                    if !nils {
                        mem!(crate::heap::TABLE_BYTES + KEY_BYTES * n as i64);
                        let t = self.heap.table_unpaid(0, n as u32);
                        (*t).shape = (*rec).shape;
                        if n > 0 {
                            (*t).flags = 0;
                        }
                        core::ptr::copy_nonoverlapping(first, (*t).slots, n);
                        r!(i.a) = Value::from_table(t);
                    } else {
                        mem!(crate::heap::TABLE_BYTES);
                        let live = (0..n).filter(|k| !(*first.add(*k)).is_nil()).count();
                        let t = self.heap.table_unpaid(0, live.min(64) as u32);
                        for k in 0..n {
                            let v = *first.add(k);
                            if let Err(f) = self.heap.set_str(t, *(*rec).keys.as_ptr().add(k), v) {
                                let e = self.fault(f);
                                fail!(e);
                            }
                        }
                        r!(i.a) = Value::from_table(t);
                    }
                }
                I::SetList => {
                    let first = base.add(i.b as usize);
                    let n = if i.c == 0 {
                        self.open_top - (first.offset_from(self.stack) as usize)
                    } else {
                        i.c as usize - 1
                    };
                    self.heap.fuel -= n as i64;
                    if self.heap.fuel < 0 {
                        fail!(FUEL);
                    }
                    let t = r!(i.a);
                    if t.tag != Tag::Table {
                        fail!(self.error("attempt to fill a value that is not a table"));
                    }
                    for k in 0..n {
                        if let Err(f) =
                            self.heap.set(t.table_ptr(), Value::int(i64::from(i.d) + k as i64), *first.add(k))
                        {
                            let e = self.fault(f);
                            fail!(e);
                        }
                    }
                }
                I::GetField => {
                    let o = r!(i.b);
                    let ic = ics.add(i.d as usize);
                    if o.tag == Tag::Table {
                        let t = o.table_ptr();
                        if core::ptr::eq((*t).shape, (*ic).shape) {
                            if (*ic).epoch == 0 {
                                let v = *(*t).slots.add((*ic).slot as usize);
                                if !v.is_nil() || (*t).meta.is_null() {
                                    r!(i.a) = v;
                                    continue;
                                }
                            } else if core::ptr::eq((*t).meta, (*ic).meta) && (*ic).epoch == self.heap.epoch {
                                r!(i.a) = (*ic).value;
                                continue;
                            }
                        } else if (*(*t).shape).dict {
                            let v = Table::get_hash(t, Value::from_str((*ic).key));
                            if !v.is_nil() || (*t).meta.is_null() {
                                r!(i.a) = v;
                                continue;
                            }
                        }
                    }
                    let v = slow!(self.get_field_slow(i.d as usize, o));
                    r!(i.a) = v;
                }
                I::SetField => {
                    let o = r!(i.a);
                    let ic = ics.add(i.d as usize);
                    let v = r!(i.b);
                    if o.tag == Tag::Table {
                        let t = o.table_ptr();
                        if core::ptr::eq((*t).shape, (*ic).shape) && (*t).flags & SPECIAL == 0 {
                            if (*ic).next.is_null() {
                                let slot = (*t).slots.add((*ic).slot as usize);
                                if !(*slot).is_nil() {
                                    *slot = v;
                                    continue;
                                }
                                if v.is_nil() && (*t).meta.is_null() {
                                    continue;
                                }
                                if (*t).meta.is_null() {
                                    mem!(KEY_BYTES);
                                    *slot = v;
                                    (*t).flags &= !(FRESH | SEQ);
                                    continue;
                                }
                            } else if (*t).meta.is_null() {
                                if v.is_nil() {
                                    continue;
                                }
                                mem!(KEY_BYTES);
                                self.heap.push_slot(t, (*ic).next, v);
                                continue;
                            }
                        }
                    }
                    slow!(self.set_field_slow(i.d as usize, o, v));
                }
                I::GetIndex => {
                    let (o, k) = (r!(i.b), r!(i.c));
                    if o.tag == Tag::Table {
                        let t = o.table_ptr();
                        if k.tag == Tag::Int {
                            let at = k.bits.wrapping_sub(1);
                            let v = if at < u64::from((*t).arr_len) {
                                *(*t).arr.add(at as usize)
                            } else {
                                Table::get_hash(t, k)
                            };
                            if !v.is_nil() || (*t).meta.is_null() {
                                r!(i.a) = v;
                                continue;
                            }
                        } else if k.tag == Tag::Str && (*k.str_ptr()).len < 64 {
                            let v = Table::get_str(t, k.str_ptr());
                            if !v.is_nil() || (*t).meta.is_null() {
                                r!(i.a) = v;
                                continue;
                            }
                        }
                    }
                    let v = slow!(self.index(o, k));
                    r!(i.a) = v;
                }
                I::SetIndex => {
                    let (o, k, v) = (r!(i.a), r!(i.b), r!(i.c));
                    if o.tag == Tag::Table {
                        let t = o.table_ptr();
                        if (*t).flags & SPECIAL == 0 && ((*t).meta.is_null()) {
                            if k.tag == Tag::Int {
                                let at = k.bits.wrapping_sub(1);
                                let len = u64::from((*t).arr_len);
                                if at < len {
                                    let slot = (*t).arr.add(at as usize);
                                    if !v.is_nil() && !(*slot).is_nil() {
                                        *slot = v;
                                        continue;
                                    }
                                } else if at == len
                                    && at > 0
                                    && !v.is_nil()
                                    && (*t).arr_len < (*t).arr_cap
                                    && (*t).hash.is_null()
                                {
                                    mem!(INT_KEY_BYTES);
                                    *(*t).arr.add(at as usize) = v;
                                    if u64::from((*t).border) == len {
                                        (*t).border += 1;
                                    }
                                    (*t).arr_len += 1;
                                    continue;
                                }
                                match self.heap.set_int(t, k.bits as i64, v) {
                                    Ok(()) => continue,
                                    Err(f) => {
                                        let e = self.fault(f);
                                        fail!(e);
                                    }
                                }
                            } else if k.tag == Tag::Str && (*k.str_ptr()).len < 64 {
                                match self.heap.set_str(t, k.str_ptr(), v) {
                                    Ok(()) => continue,
                                    Err(f) => {
                                        let e = self.fault(f);
                                        fail!(e);
                                    }
                                }
                            }
                        }
                    }
                    slow!(self.set_index(o, k, v));
                }
                I::GetInt => {
                    let o = r!(i.b);
                    let k = i64::from(i.d);
                    if o.tag == Tag::Table {
                        let t = o.table_ptr();
                        let v = Table::get_int(t, k);
                        if !v.is_nil() || (*t).meta.is_null() {
                            r!(i.a) = v;
                            continue;
                        }
                    }
                    let v = slow!(self.index(o, Value::int(k)));
                    r!(i.a) = v;
                }
                I::SetInt => {
                    let (o, v) = (r!(i.a), r!(i.b));
                    if o.tag == Tag::Table {
                        let t = o.table_ptr();
                        if (*t).flags & SPECIAL == 0 && (*t).meta.is_null() {
                            match self.heap.set_int(t, i64::from(i.d), v) {
                                Ok(()) => continue,
                                Err(f) => {
                                    let e = self.fault(f);
                                    fail!(e);
                                }
                            }
                        }
                    }
                    slow!(self.set_index(o, Value::int(i64::from(i.d)), v));
                }
                I::Method => {
                    let o = r!(i.b);
                    let ic = ics.add(i.d as usize);
                    if o.tag == Tag::Table {
                        let t = o.table_ptr();
                        if core::ptr::eq((*t).shape, (*ic).shape) {
                            if (*ic).epoch == 0 {
                                let v = *(*t).slots.add((*ic).slot as usize);
                                if !v.is_nil() || (*t).meta.is_null() {
                                    *base.add(i.a as usize + 1) = o;
                                    r!(i.a) = v;
                                    continue;
                                }
                            } else if core::ptr::eq((*t).meta, (*ic).meta) && (*ic).epoch == self.heap.epoch {
                                *base.add(i.a as usize + 1) = o;
                                r!(i.a) = (*ic).value;
                                continue;
                            }
                        }
                    }
                    let v = slow!(self.get_field_slow(i.d as usize, o));
                    *base.add(i.a as usize + 1) = o;
                    r!(i.a) = v;
                }
                I::Add => arith!(i, checked_add, Arith::Add),
                I::Sub => arith!(i, checked_sub, Arith::Sub),
                I::Mul => arith!(i, checked_mul, Arith::Mul),
                I::AddI => arith_i!(i, checked_add, Arith::Add),
                I::SubI => arith_i!(i, checked_sub, Arith::Sub),
                I::MulI => arith_i!(i, checked_mul, Arith::Mul),
                I::Div => {
                    let (x, y) = (r!(i.b), r!(i.c));
                    let v = slow!(self.arith(Arith::Div, x, y));
                    r!(i.a) = v;
                }
                I::DivI => {
                    let x = r!(i.b);
                    if x.tag == Tag::Int && i32::try_from(x.bits as i64).is_ok() {
                        // Exact: the quotient of 32-bit integers fits, and `/` truncates toward zero.
                        let q = ((x.bits as i64) << 31) / i64::from(i.d);
                        let rem = ((x.bits as i64) << 31) % i64::from(i.d);
                        if let (Some(q2), Some(r2)) = (q.checked_mul(2), rem.checked_mul(2)) {
                            let extra = r2 / i64::from(i.d);
                            r!(i.a) = Value { tag: Tag::Fixed, bits: (q2 + extra) as u64 };
                            continue;
                        }
                    }
                    let v = slow!(self.arith(Arith::Div, x, Value::int(i64::from(i.d))));
                    r!(i.a) = v;
                }
                I::IDiv => {
                    let (x, y) = (r!(i.b), r!(i.c));
                    if x.tag == Tag::Int && y.tag == Tag::Int && (y.bits as i64) > 0 {
                        r!(i.a) = Value::int(div_pos(x.bits as i64, y.bits as i64));
                        continue;
                    }
                    let v = slow!(self.arith(Arith::IDiv, x, y));
                    r!(i.a) = v;
                }
                I::IDivI => {
                    let x = r!(i.b);
                    if x.tag == Tag::Int {
                        r!(i.a) = Value::int(div_pos(x.bits as i64, i64::from(i.d)));
                        continue;
                    }
                    let v = slow!(self.arith(Arith::IDiv, x, Value::int(i64::from(i.d))));
                    r!(i.a) = v;
                }
                I::Mod => {
                    let (x, y) = (r!(i.b), r!(i.c));
                    if x.tag == Tag::Int && y.tag == Tag::Int && (y.bits as i64) > 0 {
                        r!(i.a) = Value::int(mod_pos(x.bits as i64, y.bits as i64));
                        continue;
                    }
                    let v = slow!(self.arith(Arith::Mod, x, y));
                    r!(i.a) = v;
                }
                I::ModI => {
                    let x = r!(i.b);
                    if x.tag == Tag::Int {
                        r!(i.a) = Value::int(mod_pos(x.bits as i64, i64::from(i.d)));
                        continue;
                    }
                    let v = slow!(self.arith(Arith::Mod, x, Value::int(i64::from(i.d))));
                    r!(i.a) = v;
                }
                I::Pow => {
                    let (x, y) = (r!(i.b), r!(i.c));
                    let v = slow!(self.arith(Arith::Pow, x, y));
                    r!(i.a) = v;
                }
                I::ArithK => {
                    const KINDS: [Arith; 6] = [Arith::Add, Arith::Sub, Arith::Mul, Arith::Div, Arith::IDiv, Arith::Mod];
                    let x = r!(i.b);
                    let k = *consts.add(i.d as usize);
                    let kind = *KINDS.get_unchecked(i.c as usize % 6);
                    if x.tag == Tag::Fixed && k.tag == Tag::Fixed {
                        let (a, b) = (x.bits as i64, k.bits as i64);
                        let v = match kind {
                            Arith::Add => a.checked_add(b),
                            Arith::Sub => a.checked_sub(b),
                            _ => None,
                        };
                        if let Some(v) = v {
                            r!(i.a) = Value { tag: Tag::Fixed, bits: v as u64 };
                            continue;
                        }
                    }
                    let v = slow!(self.arith(kind, x, k));
                    r!(i.a) = v;
                }
                I::BAnd => bits!(i, &, Arith::BAnd),
                I::BOr => bits!(i, |, Arith::BOr),
                I::BXor => bits!(i, ^, Arith::BXor),
                I::Shl => {
                    let (x, y) = (r!(i.b), r!(i.c));
                    if x.tag == Tag::Int && y.tag == Tag::Int && y.bits < 64 {
                        r!(i.a) = Value { tag: Tag::Int, bits: x.bits << y.bits };
                        continue;
                    }
                    let v = slow!(self.arith(Arith::Shl, x, y));
                    r!(i.a) = v;
                }
                I::Shr => {
                    let (x, y) = (r!(i.b), r!(i.c));
                    if x.tag == Tag::Int && y.tag == Tag::Int && y.bits < 64 {
                        r!(i.a) = Value { tag: Tag::Int, bits: x.bits >> y.bits };
                        continue;
                    }
                    let v = slow!(self.arith(Arith::Shr, x, y));
                    r!(i.a) = v;
                }
                I::Unm => {
                    let x = r!(i.b);
                    if x.tag == Tag::Int
                        && let Some(v) = (x.bits as i64).checked_neg()
                    {
                        r!(i.a) = Value::int(v);
                        continue;
                    }
                    let v = slow!(self.unm(x));
                    r!(i.a) = v;
                }
                I::BNot => {
                    let x = r!(i.b);
                    let v = slow!(self.bnot(x));
                    r!(i.a) = v;
                }
                I::Not => r!(i.a) = Value::bool(!r!(i.b).truthy()),
                I::Len => {
                    let x = r!(i.b);
                    if x.tag == Tag::Table && (*x.table_ptr()).meta.is_null() {
                        r!(i.a) = Value::int(i64::from((*x.table_ptr()).border));
                        continue;
                    }
                    if x.tag == Tag::Str {
                        r!(i.a) = Value::int(i64::from((*x.str_ptr()).len));
                        continue;
                    }
                    let v = slow!(self.length(x));
                    r!(i.a) = v;
                }
                I::Concat => {
                    let first = base.add(i.b as usize);
                    let v = slow!(self.concat(first, i.d as usize));
                    r!(i.a) = v;
                }
                I::Jump => {
                    pc = pc.offset(i.d as isize);
                    enter_block!();
                }
                I::JTrue => branch!(r!(i.a).truthy(), i),
                I::JFalse => branch!(!r!(i.a).truthy(), i),
                I::JSetT => {
                    let v = r!(i.b);
                    if v.truthy() {
                        r!(i.a) = v;
                    }
                    branch!(v.truthy(), i);
                }
                I::JSetF => {
                    let v = r!(i.b);
                    if !v.truthy() {
                        r!(i.a) = v;
                    }
                    branch!(!v.truthy(), i);
                }
                I::JEq | I::JNe => {
                    let (x, y) = (r!(i.a), r!(i.b));
                    let c = if x.tag == y.tag && x.bits == y.bits && x.tag != Tag::Str {
                        true
                    } else if x.tag == Tag::Int && y.tag == Tag::Int {
                        false
                    } else if x.tag == Tag::Str && y.tag == Tag::Str && (*x.str_ptr()).len < 64 {
                        StrObj::equals(x.str_ptr(), y.str_ptr())
                    } else {
                        slow!(self.equals(x, y))
                    };
                    branch!(c == (i.op == I::JEq), i);
                }
                I::JEqI | I::JNeI => {
                    let x = r!(i.a);
                    let k = i.imm16();
                    let c = if x.tag == Tag::Int {
                        x.bits as i64 == k
                    } else {
                        x.tag == Tag::Fixed && x.raw_equals(Value::int(k))
                    };
                    branch!(c == (i.op == I::JEqI), i);
                }
                I::JEqS | I::JNeS => {
                    let x = r!(i.a);
                    let c = if x.tag == Tag::Str {
                        let k = (*consts.add(i.idx16())).str_ptr();
                        let s = x.str_ptr();
                        if (*s).len == (*k).len {
                            if (*k).len >= 64 {
                                let l = (*k).len;
                                slow!(self.charge(u64::from(l) / 64));
                            }
                            StrObj::equals(s, k)
                        } else {
                            false
                        }
                    } else {
                        false
                    };
                    branch!(c == (i.op == I::JEqS), i);
                }
                I::JIsNil => branch!(r!(i.a).is_nil(), i),
                I::JNotNil => branch!(!r!(i.a).is_nil(), i),
                I::JEqK => {
                    let x = r!(i.a);
                    let k = *consts.add((*pc).d as usize);
                    let c = if x.tag == k.tag && x.tag != Tag::Str && x.tag != Tag::Table {
                        x.bits == k.bits
                    } else {
                        slow!(self.equals(x, k))
                    };
                    // Over the data word; the jump is relative to the word after this instruction.
                    if c == (i.c != 0) {
                        pc = pc.offset(i.d as isize);
                    } else {
                        pc = pc.add(1);
                    }
                    enter_block!();
                }
                I::JLt => compare!(i, <, less_than, true),
                I::JNLt => compare!(i, <, less_than, false),
                I::JLe => compare!(i, <=, less_equal, true),
                I::JNLe => compare!(i, <=, less_equal, false),
                I::JLtI => compare_i!(i, <, crate::code::CMP_LT, true),
                I::JNLtI => compare_i!(i, <, crate::code::CMP_LT, false),
                I::JLeI => compare_i!(i, <=, crate::code::CMP_LE, true),
                I::JNLeI => compare_i!(i, <=, crate::code::CMP_LE, false),
                I::JGtI => compare_i!(i, >, crate::code::CMP_GT, true),
                I::JNGtI => compare_i!(i, >, crate::code::CMP_GT, false),
                I::JGeI => compare_i!(i, >=, crate::code::CMP_GE, true),
                I::JNGeI => compare_i!(i, >=, crate::code::CMP_GE, false),
                I::JCmpK => {
                    let x = r!(i.a);
                    let k = *consts.add((*pc).d as usize);
                    let c = if x.tag == k.tag && x.tag != Tag::Str {
                        // Two integers, or two fixed: the raw bits have the order of the values.
                        let (x, k) = (x.bits as i64, k.bits as i64);
                        match i.b {
                            crate::code::CMP_LT => x < k,
                            crate::code::CMP_LE => x <= k,
                            crate::code::CMP_GT => x > k,
                            _ => x >= k,
                        }
                    } else {
                        slow!(self.compare_kind(i.b, x, k))
                    };
                    if c == (i.c != 0) {
                        pc = pc.offset(i.d as isize);
                    } else {
                        pc = pc.add(1);
                    }
                    enter_block!();
                }
                I::Data => {}
                I::ForPrep => {
                    let b = base.add(i.a as usize);
                    let runs = match (*b, *b.add(1), *b.add(2)) {
                        (s, l, st)
                            if s.tag == Tag::Int && l.tag == Tag::Int && st.tag == Tag::Int && (st.bits as i64) > 0 =>
                        {
                            let (s, l, st) = (s.bits as i64, l.bits as i64, st.bits);
                            if s > l {
                                false
                            } else {
                                let n = (l as u64).wrapping_sub(s as u64);
                                *b.add(1) = Value { tag: Tag::Int, bits: if st == 1 { n } else { n / st } };
                                true
                            }
                        }
                        (s, l, st) => slow!(self.for_prep(b, s, l, st)),
                    };
                    if runs {
                        *b.add(3) = *b;
                        enter_block!();
                    } else {
                        pc = pc.offset(i.d as isize);
                        enter_block!();
                    }
                }
                I::ForLoop => {
                    let b = base.add(i.a as usize);
                    let left = (*b.add(1)).bits;
                    if left > 0 && ((*b).tag == Tag::Int || (*b).tag == Tag::Fixed) {
                        (*b.add(1)).bits = left - 1;
                        let at = (*b).bits.wrapping_add((*b.add(2)).bits);
                        (*b).bits = at;
                        *b.add(3) = Value { tag: (*b).tag, bits: at };
                        pc = pc.offset(i.d as isize);
                    }
                    enter_block!();
                }
                I::GenCall => {
                    let b = base.add(i.a as usize);
                    let f = *b;
                    if f.tag == Tag::Native
                        && (*f.native_ptr()).special == crate::native::Special::IpairsNext
                        && i.b <= 2
                    {
                        let (o, k) = (*b.add(1), *b.add(2));
                        if o.tag == Tag::Table && (*o.table_ptr()).meta.is_null() && k.tag == Tag::Int {
                            let n = (k.bits as i64).wrapping_add(1);
                            let v = Table::get_int(o.table_ptr(), n);
                            *b.add(3) = if v.is_nil() { Value::NIL } else { Value::int(n) };
                            *b.add(4) = v;
                            continue;
                        }
                    }
                    // Function and arguments go where the results will be; every frame has room for them.
                    *b.add(3) = f;
                    *b.add(4) = *b.add(1);
                    *b.add(5) = *b.add(2);
                    let func = b.add(3).offset_from(self.stack) as usize;
                    save_pc!();
                    if f.tag == Tag::Closure {
                        self.push_frame(f.closure_ptr(), func, 2, i32::from(i.b))?;
                        entered!();
                        continue;
                    }
                    match self.enter(func, 2, i32::from(i.b)) {
                        Ok(true) => entered!(),
                        Ok(false) => {}
                        Err(t) => return Err(t),
                    }
                }
                I::GenLoop => {
                    let b = base.add(i.a as usize);
                    if !(*b.add(3)).is_nil() {
                        *b.add(2) = *b.add(3);
                        pc = pc.offset(i.d as isize);
                    }
                    enter_block!();
                }
                I::Call => {
                    let fp = base.add(i.a as usize);
                    let f = *fp;
                    let func = fp.offset_from(self.stack) as usize;
                    let nargs = if i.b == 0 { self.open_top - func - 1 } else { i.b as usize - 1 };
                    let nres = i32::from(i.c) - 1;
                    save_pc!();
                    if f.tag == Tag::Closure {
                        self.push_frame(f.closure_ptr(), func, nargs, nres)?;
                        entered!();
                        continue;
                    }
                    if f.tag == Tag::Native && (*f.native_ptr()).special == crate::native::Special::None {
                        match self.run_native(f.native_ptr(), func, nargs) {
                            Ok(n) => {
                                if nres == 1 && n == 1 {
                                    continue;
                                }
                                self.adjust(func, n, nres);
                            }
                            Err(t) => return Err(t),
                        }
                        continue;
                    }
                    match self.enter(func, nargs, nres) {
                        Ok(true) => entered!(),
                        Ok(false) => {}
                        Err(t) => return Err(t),
                    }
                }
                I::TailCall => {
                    let fp = base.add(i.a as usize);
                    let at = fp.offset_from(self.stack) as usize;
                    let nargs = if i.b == 0 { self.open_top - at - 1 } else { i.b as usize - 1 };
                    save_pc!();
                    let fr = *self.frames.last().unwrap_unchecked();
                    let f = *fp;
                    if f.tag == Tag::Closure {
                        core::ptr::copy(fp, self.stack.add(fr.func), nargs + 1);
                        self.frames.pop();
                        self.push_frame(f.closure_ptr(), fr.func, nargs, fr.nres)?;
                        entered!();
                        continue;
                    }
                    // Anything else is called here; then a return of all it gives runs in this frame.
                    self.frames.last_mut().unwrap_unchecked().pc = &raw const RETURN_ALL[i.a as usize];
                    match self.enter(at, nargs, -1) {
                        Ok(_) => entered!(),
                        Err(t) => {
                            save_pc!();
                            return Err(t);
                        }
                    }
                }
                I::Return => {
                    let from = base.add(i.a as usize);
                    let fr = *self.frames.last().unwrap_unchecked();
                    let n = if i.b == 0 {
                        self.open_top - (from.offset_from(self.stack) as usize)
                    } else {
                        i.b as usize - 1
                    };
                    if i.b == 0 && i.c == 0 && n >= 16 {
                        // What was paid for where it was made is moved once more here.
                        self.heap.fuel -= n as i64 / 16;
                        if self.heap.fuel < 0 {
                            fail!(FUEL);
                        }
                    }
                    if TRACE {
                        let v = if n > 0 { *from } else { Value::NIL };
                        self.trace_leave((*fr.code).proto, v);
                    }
                    let to = self.stack.add(fr.func);
                    let len = self.frames.len() - 1;
                    self.frames.set_len(len);
                    if fr.nres == 1 {
                        *to = if n > 0 { *from } else { Value::NIL };
                        self.nret = 1;
                    } else if fr.nres == 0 {
                        self.nret = 0;
                    } else {
                        core::ptr::copy(from, to, n);
                        self.adjust(fr.func, n, fr.nres);
                    }
                    if len <= floor {
                        return Ok(());
                    }
                    if self.frames.last().unwrap_unchecked().kind != FrameKind::Function {
                        self.finish(fr.func, n);
                        if self.frames.len() <= floor {
                            return Ok(());
                        }
                    }
                    load_frame!();
                }
                I::Vararg => {
                    let fr = self.frames.last().unwrap_unchecked();
                    let extra = fr.extra as usize;
                    let src = base.sub(extra + (*fr.code).cells as usize);
                    let dst = base.add(i.a as usize);
                    if i.b == 0 {
                        let at = dst.offset_from(self.stack) as usize;
                        if at + extra + 300 > crate::host::MAX_REGISTERS {
                            fail!(Trap(TrapKind::Limit(Limit::Depth)));
                        }
                        self.heap.fuel -= extra as i64;
                        if self.heap.fuel < 0 {
                            fail!(FUEL);
                        }
                        core::ptr::copy(src, dst, extra);
                        self.open_top = at + extra;
                    } else {
                        let n = i.b as usize - 1;
                        for k in 0..n {
                            *dst.add(k) = if k < extra { *src.add(k) } else { Value::NIL };
                        }
                    }
                }
                I::DGet => {
                    let (o, k) = (r!(i.b), r!(i.c));
                    let v = match self.doc_get_fast(o, k) {
                        Some(v) => v,
                        None => slow!(self.doc_get(o, k)),
                    };
                    r!(i.a) = v;
                }
                I::DField => {
                    let o = r!(i.b);
                    let ic = ics.add(i.d as usize);
                    if o.tag == Tag::Table && core::ptr::eq((*o.table_ptr()).shape, (*ic).shape) {
                        r!(i.a) = *(*o.table_ptr()).slots.add((*ic).slot as usize);
                        continue;
                    }
                    let v = slow!(self.doc_field_slow(i.d as usize, o));
                    r!(i.a) = v;
                }
                I::JDGet => {
                    let (o, k) = (r!(i.b), r!(i.c));
                    let v = match self.doc_get_fast(o, k) {
                        Some(v) => v,
                        None => slow!(self.doc_get(o, k)),
                    };
                    r!(i.a) = v;
                    branch!(v.is_nil(), i);
                }
                I::JDField => {
                    let o = r!(i.b);
                    let at = (*pc).d as usize;
                    let ic = ics.add(at);
                    if o.tag == Tag::Table && core::ptr::eq((*o.table_ptr()).shape, (*ic).shape) {
                        // No document holds nil, so this does not go.
                        r!(i.a) = *(*o.table_ptr()).slots.add((*ic).slot as usize);
                        pc = pc.add(1);
                        enter_block!();
                        continue;
                    }
                    let v = slow!(self.doc_field_slow(at, o));
                    r!(i.a) = v;
                    branch2!(v.is_nil(), i);
                }
                I::DIter => {
                    let b = base.add(i.a as usize);
                    self.heap.fuel -= crate::doc::walk_cost(*b);
                    if self.heap.fuel < 0 {
                        fail!(FUEL);
                    }
                    branch!(!crate::doc::walk_begin(b), i);
                }
                I::DNext => branch!(crate::doc::walk_step(base.add(i.a as usize)), i),
                I::XIter => {
                    let b = base.add(i.a as usize);
                    let key = r!(i.b);
                    let at = (*pc).d as usize;
                    *b = slow!(self.index_hits(at, key));
                    branch2!(!crate::doc::walk_begin(b), i);
                }
                I::JDEq => {
                    let (x, y) = (r!(i.a), r!(i.b));
                    let c = match Vm::same_fast(x, y) {
                        Some(c) => c,
                        None => slow!(self.doc_eq(x, y)),
                    };
                    branch!(c == (i.c != 0), i);
                }
                I::JDCmp => {
                    let (x, y) = (r!(i.a), r!(i.b));
                    let c = if x.tag == Tag::Int && y.tag == Tag::Int {
                        let (x, y) = (x.bits as i64, y.bits as i64);
                        match i.c >> 1 {
                            crate::code::CMP_LT => x < y,
                            crate::code::CMP_LE => x <= y,
                            crate::code::CMP_GT => x > y,
                            _ => x >= y,
                        }
                    } else {
                        slow!(self.doc_compare_kind(i.c >> 1, x, y))
                    };
                    branch!(c == (i.c & 1 != 0), i);
                }
                I::JDIn => {
                    let (x, y) = (r!(i.a), r!(i.b));
                    let c = match self.doc_in_fast(x, y) {
                        Some(c) => c,
                        None => slow!(self.doc_in(x, y)),
                    };
                    // What was charged for looking shows here, with the next block's cost.
                    branch!(c == (i.c != 0), i);
                }
                I::JDKind => {
                    let n = if i.b & crate::code::COUNTED != 0 { i32::from(i.c) } else { -1 };
                    branch!(!Vm::is_kind(r!(i.a), i.b & 3, n), i);
                }
                I::DArith => {
                    let (x, y) = (r!(i.b), r!(i.c));
                    let v = match crate::doc::arith_fast(i.d as u8, x, y) {
                        Some(v) => v,
                        None => slow!(self.doc_arith(i.d as u8, x, y)),
                    };
                    r!(i.a) = v;
                }
                I::DArray => {
                    let v = slow!(self.array_of(base.add(i.b as usize), i.d as usize));
                    r!(i.a) = v;
                }
                I::DSet => {
                    let v = slow!(self.set_of(base.add(i.b as usize), i.d as usize));
                    r!(i.a) = v;
                }
                I::DRecord => {
                    let v = slow!(self.record_of(i.d as usize, base.add(i.b as usize)));
                    r!(i.a) = v;
                }
                I::DNew => {
                    let v = slow!(self.collect(i.b));
                    r!(i.a) = v;
                }
                I::DPush => {
                    let (acc, v) = (r!(i.a), r!(i.b));
                    slow!(self.push_member(crate::doc::Collector::from_value(acc), v));
                }
                I::DPut => {
                    let (acc, k, v) = (r!(i.a), r!(i.b), r!(i.c));
                    slow!(self.push_entry(crate::doc::Collector::from_value(acc), k, v));
                }
                I::DSeal => {
                    let acc = r!(i.a);
                    let v = slow!(self.seal(crate::doc::Collector::from_value(acc)));
                    r!(i.a) = v;
                }
                I::EGet => r!(i.a) = *self.envs.get_unchecked(i.d as usize),
                I::ESet => *self.envs.get_unchecked_mut(i.d as usize) = r!(i.a),
                I::WBegin => slow!(self.with_begin()),
                I::WEnd => slow!(self.with_end()),
                I::MGet => {
                    let v = *self.memos.get_unchecked((*pc).d as usize);
                    let filled = v.tag != Tag::Inner;
                    r!(i.a) = if filled { v } else { Value::NIL };
                    branch2!(filled, i);
                }
                I::MSet => *self.memos.get_unchecked_mut(i.d as usize) = r!(i.a),
                I::CallRule => {
                    let func = base.add(i.a as usize).offset_from(self.stack) as usize;
                    save_pc!();
                    let callee = self.rules.as_mut_ptr().add(i.d as usize);
                    self.push_frame(callee, func, i.b as usize, 1)?;
                    entered!();
                }
                I::Fired => {
                    let mark = self.fired_marks.get_unchecked_mut(i.d as usize);
                    if !*mark {
                        *mark = true;
                        self.fired.push(i.d as u32);
                    }
                }
                I::Raise => {
                    let e = self.conflict(i.a);
                    fail!(e);
                }
            }
        }
    }
}
