//! The private form: verified ELC decoded once into eight-byte instructions.
//!
//! Instructions are specialised by the constants they use; fields get inline caches in a
//! side table. Costs are those of the ELC ops: an instruction that jumps reads the cost of
//! the block it goes to from that block's own `Block` instruction and continues after it.

use crate::shape::Shape;
use crate::string::StrObj;
use crate::table::Table;
use crate::value::Value;
use alloc::vec::Vec;
use gatos_elc::ops::{N, Op};
use gatos_elc::program::{Capture, Const, Program, Proto};

/// Instructions. `a`, `b`, `c` are registers unless said otherwise; `d` is a constant,
/// cache, signed immediate or relative jump.
#[repr(u8)]
#[allow(clippy::enum_variant_names, reason = "a final I stands for an immediate operand")]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum I {
    Block,
    Move,
    LoadNil,
    LoadK,
    LoadI,
    SelfFn,
    Closure,
    Module,
    GGet,
    GSet,
    UpGet,
    UpCellGet,
    UpCellSet,
    CellNew,
    CellGet,
    CellSet,
    NewTable,
    Record,
    SetList,
    GetField,
    SetField,
    GetIndex,
    SetIndex,
    GetInt,
    SetInt,
    Method,
    Add,
    Sub,
    Mul,
    Div,
    IDiv,
    Mod,
    Pow,
    AddI,
    SubI,
    MulI,
    DivI,
    IDivI,
    ModI,
    ArithK,
    BAnd,
    BOr,
    BXor,
    Shl,
    Shr,
    Unm,
    BNot,
    Not,
    Len,
    Concat,
    Jump,
    JTrue,
    JFalse,
    JSetT,
    JSetF,
    JEq,
    JNe,
    JEqI,
    JNeI,
    JEqS,
    JNeS,
    JIsNil,
    JNotNil,
    JEqK,
    JLt,
    JNLt,
    JLe,
    JNLe,
    JLtI,
    JNLtI,
    JLeI,
    JNLeI,
    JGtI,
    JNGtI,
    JGeI,
    JNGeI,
    JCmpK,
    Data,
    ForPrep,
    ForLoop,
    GenCall,
    GenLoop,
    Call,
    TailCall,
    Return,
    Vararg,
    DGet,
    DField,
    JDGet,
    JDField,
    DIter,
    DNext,
    XIter,
    JDEq,
    JDCmp,
    JDIn,
    JDKind,
    DArith,
    DArray,
    DSet,
    DRecord,
    DNew,
    DPush,
    DPut,
    DSeal,
    EGet,
    ESet,
    WBegin,
    WEnd,
    MGet,
    MSet,
    CallRule,
    Fired,
    Raise,
}

/// One instruction.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Insn {
    pub(crate) op: I,
    pub(crate) a: u8,
    pub(crate) b: u8,
    pub(crate) c: u8,
    pub(crate) d: i32,
}

impl Insn {
    /// `b` and `c` as one signed number.
    #[inline(always)]
    pub(crate) fn imm16(&self) -> i64 {
        i64::from(i16::from_le_bytes([self.b, self.c]))
    }

    /// `b` and `c` as one index.
    #[inline(always)]
    pub(crate) fn idx16(&self) -> usize {
        usize::from(u16::from_le_bytes([self.b, self.c]))
    }
}

/// In `JDKind`, beside the kind: the number of members counts too.
pub(crate) const COUNTED: u8 = 4;

/// Kinds of comparison in `JCmpK`.
pub(crate) const CMP_LT: u8 = 0;
pub(crate) const CMP_LE: u8 = 1;
pub(crate) const CMP_GT: u8 = 2;
pub(crate) const CMP_GE: u8 = 3;

/// Arithmetic by number, for slow paths and `ArithK`.
#[repr(u8)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Arith {
    Add,
    Sub,
    Mul,
    Div,
    IDiv,
    Mod,
    Pow,
    BAnd,
    BOr,
    BXor,
    Shl,
    Shr,
}

/// An inline cache of one field access.
pub(crate) struct Ic {
    pub(crate) key: *const StrObj,
    pub(crate) shape: *const Shape,
    /// For writes that add the key: the shape after it.
    pub(crate) next: *mut Shape,
    pub(crate) slot: u32,
    /// For reads through a metatable: the epoch when `value` was found; 0 for own fields.
    pub(crate) epoch: u64,
    pub(crate) meta: *const Table,
    pub(crate) value: Value,
}

/// One function, ready to run.
pub(crate) struct Code {
    pub(crate) insns: Vec<Insn>,
    /// The ELC op of each instruction.
    pub(crate) origin: Vec<u32>,
    pub(crate) params: u32,
    pub(crate) vararg: bool,
    /// Cell slots. They lie just below the base: above the registers they would be in the way of
    /// the frames of calls, which begin inside the caller's registers.
    pub(crate) cells: u32,
    /// Registers and three slots for a loop's call.
    pub(crate) frame: u32,
    pub(crate) captures: Vec<Capture>,
    pub(crate) proto: u32,
}

/// What `Record` makes: keys, and the shape when all of them fit one.
pub(crate) struct RecordShape {
    pub(crate) keys: Vec<*const StrObj>,
    pub(crate) shape: *mut Shape,
}

pub(crate) struct Decoder<'a> {
    pub(crate) program: &'a Program,
    /// The program's constants, then the library values, then nil, false and true.
    pub(crate) consts: Vec<Value>,
    pub(crate) ics: Vec<Ic>,
}

fn bytes16(v: u16) -> (u8, u8) {
    let [b, c] = v.to_le_bytes();
    (b, c)
}

/// A generic loop calls its iterator from `base+3` on, two slots past its first variable.
pub(crate) const LOOP_SLOTS: i32 = 3;

impl Decoder<'_> {
    fn ic(&mut self, key: u32) -> i32 {
        let key = self.consts[key as usize].str_ptr();
        self.ics.push(Ic {
            key,
            shape: core::ptr::null(),
            next: core::ptr::null_mut(),
            slot: 0,
            epoch: 0,
            meta: core::ptr::null(),
            value: Value::NIL,
        });
        self.ics.len() as i32 - 1
    }

    fn int_const(&self, k: u32) -> Option<i64> {
        match self.program.consts.get(k as usize) {
            Some(Const::Int(i)) => Some(*i),
            _ => None,
        }
    }

    pub(crate) fn function(&mut self, index: u32, proto: &Proto) -> Code {
        let mut insns: Vec<Insn> = Vec::with_capacity(proto.code.len());
        let mut origin = Vec::with_capacity(proto.code.len());
        let mut at: Vec<u32> = Vec::with_capacity(proto.code.len());
        let mut jumps: Vec<(usize, u32)> = Vec::new();
        let lib_base = self.program.consts.len() as i32;
        let n = |n: N| match n {
            N::Open => 0,
            N::Fixed(n) => n.wrapping_add(1),
        };
        for (op_index, op) in proto.code.iter().enumerate() {
            at.push(insns.len() as u32);
            if let Some(t) = op.target() {
                jumps.push((insns.len(), t.0));
            }
            let mut second = None;
            let i = |op: I, a: u8, b: u8, c: u8, d: i32| Insn { op, a, b, c, d };
            let insn = match *op {
                Op::Block { cost } => i(I::Block, 0, 0, 0, cost.0.min(i32::MAX as u32) as i32),
                Op::Move { dst, a } => i(I::Move, dst.0, a.0, 0, 0),
                Op::LoadNil { dst, n } => i(I::LoadNil, dst.0, 0, 0, n.0 as i32),
                Op::LoadBool { dst, value } => {
                    let base = lib_base + self.program.libs.len() as i32;
                    i(I::LoadK, dst.0, 0, 0, base + 1 + i32::from(value.0))
                }
                Op::LoadInt { dst, value } => i(I::LoadI, dst.0, 0, 0, value.0),
                Op::LoadK { dst, k } => i(I::LoadK, dst.0, 0, 0, k.0 as i32),
                Op::Lib { dst, lib } => i(I::LoadK, dst.0, 0, 0, lib_base + lib.0 as i32),
                Op::SelfFn { dst } => i(I::SelfFn, dst.0, 0, 0, 0),
                Op::Closure { dst, proto } => i(I::Closure, dst.0, 0, 0, proto.0 as i32),
                Op::Module { dst, module } => i(I::Module, dst.0, 0, 0, module.0 as i32),
                Op::GlobalGet { dst, global } => i(I::GGet, dst.0, 0, 0, global.0 as i32),
                Op::GlobalSet { global, a } => i(I::GSet, a.0, 0, 0, global.0 as i32),
                Op::UpGet { dst, up } => i(I::UpGet, dst.0, up.0, 0, 0),
                Op::UpCellGet { dst, up } => i(I::UpCellGet, dst.0, up.0, 0, 0),
                Op::UpCellSet { up, a } => i(I::UpCellSet, a.0, up.0, 0, 0),
                Op::CellNew { cell, a } => i(I::CellNew, a.0, 0, 0, i32::from(cell.0) - i32::from(proto.cells)),
                Op::CellGet { dst, cell } => i(I::CellGet, dst.0, 0, 0, i32::from(cell.0) - i32::from(proto.cells)),
                Op::CellSet { cell, a } => i(I::CellSet, a.0, 0, 0, i32::from(cell.0) - i32::from(proto.cells)),
                // A hint is believed only as far as an empty table pays for it.
                Op::NewTable { dst, array, record } => {
                    i(I::NewTable, dst.0, 0, 0, (array.0.min(16) as i32) | ((record.0.min(8) as i32) << 16))
                }
                Op::Record { dst, keys, first } => i(I::Record, dst.0, first.0, 0, keys.0 as i32),
                Op::SetList { table, first, n: count, start } => {
                    i(I::SetList, table.0, first.0, n(count), start.0.min(i32::MAX as u32) as i32)
                }
                Op::GetField { dst, table, key } => i(I::GetField, dst.0, table.0, 0, self.ic(key.0)),
                Op::SetField { table, key, a } => i(I::SetField, table.0, a.0, 0, self.ic(key.0)),
                Op::GetIndex { dst, table, key } => i(I::GetIndex, dst.0, table.0, key.0, 0),
                Op::SetIndex { table, key, a } => i(I::SetIndex, table.0, key.0, a.0, 0),
                Op::GetInt { dst, table, key } => i(I::GetInt, dst.0, table.0, 0, key.0),
                Op::SetInt { table, key, a } => i(I::SetInt, table.0, a.0, 0, key.0),
                Op::Method { dst, object, key } => i(I::Method, dst.0, object.0, 0, self.ic(key.0)),
                Op::Add { dst, a, b } => i(I::Add, dst.0, a.0, b.0, 0),
                Op::Sub { dst, a, b } => i(I::Sub, dst.0, a.0, b.0, 0),
                Op::Mul { dst, a, b } => i(I::Mul, dst.0, a.0, b.0, 0),
                Op::Div { dst, a, b } => i(I::Div, dst.0, a.0, b.0, 0),
                Op::IDiv { dst, a, b } => i(I::IDiv, dst.0, a.0, b.0, 0),
                Op::Mod { dst, a, b } => i(I::Mod, dst.0, a.0, b.0, 0),
                Op::Pow { dst, a, b } => i(I::Pow, dst.0, a.0, b.0, 0),
                Op::AddK { dst, a, k } => self.arith_k(I::AddI, Arith::Add, dst.0, a.0, k.0),
                Op::SubK { dst, a, k } => self.arith_k(I::SubI, Arith::Sub, dst.0, a.0, k.0),
                Op::MulK { dst, a, k } => self.arith_k(I::MulI, Arith::Mul, dst.0, a.0, k.0),
                Op::DivK { dst, a, k } => self.arith_k(I::DivI, Arith::Div, dst.0, a.0, k.0),
                Op::IDivK { dst, a, k } => self.arith_k(I::IDivI, Arith::IDiv, dst.0, a.0, k.0),
                Op::ModK { dst, a, k } => self.arith_k(I::ModI, Arith::Mod, dst.0, a.0, k.0),
                Op::BAnd { dst, a, b } => i(I::BAnd, dst.0, a.0, b.0, 0),
                Op::BOr { dst, a, b } => i(I::BOr, dst.0, a.0, b.0, 0),
                Op::BXor { dst, a, b } => i(I::BXor, dst.0, a.0, b.0, 0),
                Op::Shl { dst, a, b } => i(I::Shl, dst.0, a.0, b.0, 0),
                Op::Shr { dst, a, b } => i(I::Shr, dst.0, a.0, b.0, 0),
                Op::Unm { dst, a } => i(I::Unm, dst.0, a.0, 0, 0),
                Op::BNot { dst, a } => i(I::BNot, dst.0, a.0, 0, 0),
                Op::Not { dst, a } => i(I::Not, dst.0, a.0, 0, 0),
                Op::Len { dst, a } => i(I::Len, dst.0, a.0, 0, 0),
                Op::Concat { dst, first, n } => i(I::Concat, dst.0, first.0, 0, n.0 as i32),
                Op::Jump { .. } => i(I::Jump, 0, 0, 0, 0),
                Op::JTest { a, sense, .. } => i(if sense.0 { I::JTrue } else { I::JFalse }, a.0, 0, 0, 0),
                Op::JTestSet { dst, a, sense, .. } => i(if sense.0 { I::JSetT } else { I::JSetF }, dst.0, a.0, 0, 0),
                Op::JEq { a, b, sense, .. } => i(if sense.0 { I::JEq } else { I::JNe }, a.0, b.0, 0, 0),
                Op::JEqK { a, k, sense, .. } => match &self.program.consts[k.0 as usize] {
                    Const::Nil => i(if sense.0 { I::JIsNil } else { I::JNotNil }, a.0, 0, 0, 0),
                    Const::Int(v) if i16::try_from(*v).is_ok() => {
                        let (b, c) = bytes16(*v as i16 as u16);
                        i(if sense.0 { I::JEqI } else { I::JNeI }, a.0, b, c, 0)
                    }
                    Const::Str(_) if k.0 < 65536 => {
                        let (b, c) = bytes16(k.0 as u16);
                        i(if sense.0 { I::JEqS } else { I::JNeS }, a.0, b, c, 0)
                    }
                    _ => {
                        second = Some(i(I::Data, 0, 0, 0, k.0 as i32));
                        i(I::JEqK, a.0, 0, u8::from(sense.0), 0)
                    }
                },
                Op::JLt { a, b, sense, .. } => i(if sense.0 { I::JLt } else { I::JNLt }, a.0, b.0, 0, 0),
                Op::JLe { a, b, sense, .. } => i(if sense.0 { I::JLe } else { I::JNLe }, a.0, b.0, 0, 0),
                Op::JLtK { a, k, sense, .. } => self.cmp_k(I::JLtI, I::JNLtI, CMP_LT, a.0, k.0, sense.0, &mut second),
                Op::JLeK { a, k, sense, .. } => self.cmp_k(I::JLeI, I::JNLeI, CMP_LE, a.0, k.0, sense.0, &mut second),
                Op::JGtK { a, k, sense, .. } => self.cmp_k(I::JGtI, I::JNGtI, CMP_GT, a.0, k.0, sense.0, &mut second),
                Op::JGeK { a, k, sense, .. } => self.cmp_k(I::JGeI, I::JNGeI, CMP_GE, a.0, k.0, sense.0, &mut second),
                Op::ForPrep { base, .. } => i(I::ForPrep, base.0, 0, 0, 0),
                Op::ForLoop { base, .. } => i(I::ForLoop, base.0, 0, 0, 0),
                Op::GenCall { base, n } => i(I::GenCall, base.0, n.0.min(250) as u8, 0, 0),
                Op::GenLoop { base, .. } => i(I::GenLoop, base.0, 0, 0, 0),
                Op::Call { base, args, results } => i(I::Call, base.0, n(args), n(results), 0),
                Op::TailCall { base, args } => i(I::TailCall, base.0, n(args), 0, 0),
                Op::Return { first, n: count } => i(I::Return, first.0, n(count), 0, 0),
                Op::Vararg { dst, n: count } => i(I::Vararg, dst.0, n(count), 0, 0),
                Op::DocGet { dst, doc, key } => i(I::DGet, dst.0, doc.0, key.0, 0),
                Op::DocField { dst, doc, key } => i(I::DField, dst.0, doc.0, 0, self.ic(key.0)),
                Op::JDocGet { dst, doc, key, .. } => i(I::JDGet, dst.0, doc.0, key.0, 0),
                Op::JDocField { dst, doc, key, .. } => {
                    second = Some(i(I::Data, 0, 0, 0, self.ic(key.0)));
                    i(I::JDField, dst.0, doc.0, 0, 0)
                }
                Op::DocIter { base, .. } => i(I::DIter, base.0, 0, 0, 0),
                Op::DocNext { base, .. } => i(I::DNext, base.0, 0, 0, 0),
                Op::IndexIter { base, index, key, .. } => {
                    second = Some(i(I::Data, 0, 0, 0, index.0 as i32));
                    i(I::XIter, base.0, key.0, 0, 0)
                }
                Op::JDocEq { a, b, sense, .. } => i(I::JDEq, a.0, b.0, u8::from(sense.0), 0),
                Op::JDocCmp { a, b, kind, sense, .. } => {
                    i(I::JDCmp, a.0, b.0, (kind.0 & 3) << 1 | u8::from(sense.0), 0)
                }
                Op::JDocIn { a, doc, sense, .. } => i(I::JDIn, a.0, doc.0, u8::from(sense.0), 0),
                Op::JDocKind { a, kind, n: count, .. } => match count {
                    N::Open => i(I::JDKind, a.0, kind.0, 0, 0),
                    N::Fixed(n) => i(I::JDKind, a.0, kind.0 | COUNTED, n, 0),
                },
                Op::DocArith { dst, a, b, kind } => i(I::DArith, dst.0, a.0, b.0, kind.0.into()),
                Op::DocArray { dst, first, n } => i(I::DArray, dst.0, first.0, 0, n.0 as i32),
                Op::DocSet { dst, first, n } => i(I::DSet, dst.0, first.0, 0, n.0 as i32),
                Op::DocRecord { dst, keys, first } => i(I::DRecord, dst.0, first.0, 0, keys.0 as i32),
                Op::DocNew { dst, kind } => i(I::DNew, dst.0, kind.0, 0, 0),
                Op::DocPush { acc, a } => i(I::DPush, acc.0, a.0, 0, 0),
                Op::DocPut { acc, key, a } => i(I::DPut, acc.0, key.0, a.0, 0),
                Op::DocSeal { acc } => i(I::DSeal, acc.0, 0, 0, 0),
                Op::EnvGet { dst, env } => i(I::EGet, dst.0, 0, 0, env.0 as i32),
                Op::EnvSet { env, a } => i(I::ESet, a.0, 0, 0, env.0 as i32),
                Op::WithBegin {} => i(I::WBegin, 0, 0, 0, 0),
                Op::WithEnd {} => i(I::WEnd, 0, 0, 0, 0),
                Op::MemoGet { dst, memo, .. } => {
                    second = Some(i(I::Data, 0, 0, 0, memo.0 as i32));
                    i(I::MGet, dst.0, 0, 0, 0)
                }
                Op::MemoSet { memo, a } => i(I::MSet, a.0, 0, 0, memo.0 as i32),
                Op::CallRule { base, proto, n } => i(I::CallRule, base.0, n.0 as u8, 0, proto.0 as i32),
                Op::Fired { rule } => i(I::Fired, 0, 0, 0, rule.0 as i32),
                Op::Raise { kind } => i(I::Raise, kind.0, 0, 0, 0),
            };
            insns.push(insn);
            origin.push(op_index as u32);
            if let Some(s) = second {
                insns.push(s);
                origin.push(op_index as u32);
            }
        }
        for (from, target) in jumps {
            // Relative to the instruction after the jump.
            insns[from].d = at[target as usize] as i32 - (from as i32 + 1);
        }
        Code {
            insns,
            origin,
            params: u32::from(proto.params),
            vararg: proto.vararg,
            cells: u32::from(proto.cells),
            frame: u32::from(proto.regs) + LOOP_SLOTS as u32,
            captures: proto.captures.clone(),
            proto: index,
        }
    }

    fn arith_k(&self, fast: I, kind: Arith, dst: u8, a: u8, k: u32) -> Insn {
        if let Some(v) = self.int_const(k) {
            let positive = matches!(fast, I::ModI | I::IDivI | I::DivI);
            if i32::try_from(v).is_ok() && (!positive || v > 0) {
                return Insn { op: fast, a: dst, b: a, c: 0, d: v as i32 };
            }
        }
        Insn { op: I::ArithK, a: dst, b: a, c: kind as u8, d: k as i32 }
    }

    #[allow(clippy::too_many_arguments, reason = "one row of the decoding table")]
    fn cmp_k(&self, yes: I, no: I, kind: u8, a: u8, k: u32, sense: bool, second: &mut Option<Insn>) -> Insn {
        if let Some(v) = self.int_const(k).and_then(|v| i16::try_from(v).ok()) {
            let (b, c) = bytes16(v as u16);
            return Insn { op: if sense { yes } else { no }, a, b, c, d: 0 };
        }
        *second = Some(Insn { op: I::Data, a: 0, b: 0, c: 0, d: k as i32 });
        Insn { op: I::JCmpK, a, b: kind, c: u8::from(sense), d: 0 }
    }
}
