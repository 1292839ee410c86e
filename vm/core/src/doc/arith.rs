//! `DocArith` beyond two integers: mixed numbers, whole results, sets, and errors, which make
//! the result undefined unless the rules are strict.

use super::build::Keep;
use super::{BuiltinError, DocKind};
use crate::trap::Trap;
use crate::value::{Tag, Value};
use crate::vm::Vm;
use gatos_num::{Num, NumError};

/// `DocArith`'s kinds.
pub(crate) const ADD: u8 = 0;
pub(crate) const SUB: u8 = 1;
pub(crate) const MUL: u8 = 2;
const DIV: u8 = 3;
const REM: u8 = 4;
const AND: u8 = 5;
const OR: u8 = 6;

/// The names that Rego's operators have as functions, for messages.
const NAMES: [&str; 7] = ["plus", "minus", "mul", "div", "rem", "and", "or"];

impl Vm {
    /// Arithmetic of policies.
    ///
    /// # Errors
    /// The limits; under strict rules, builtin errors.
    #[inline(never)]
    pub(crate) fn doc_arith(&mut self, kind: u8, a: Value, b: Value) -> Result<Value, Trap> {
        if let (Some(x), Some(y)) = (a.as_num(), b.as_num()) {
            let r = match kind {
                ADD => x.add(y),
                SUB => x.sub(y),
                MUL => x.mul(y),
                DIV => x.quotient(y),
                REM => match (x, y) {
                    (Num::Int(_), Num::Int(_)) => x.trunc_rem(y),
                    _ => Err(NumError::NotInteger),
                },
                _ => return self.wrong_operand(kind, 1, "set", a),
            };
            return match r {
                Ok(n) => Ok(self.doc_number(n)),
                Err(e) => self.arith_error(kind, BuiltinError::Builtin, &alloc::format!("{e}")),
            };
        }
        let sets = (self.doc_kind(a) == DocKind::Set, self.doc_kind(b) == DocKind::Set);
        match kind {
            SUB | AND | OR if sets == (true, true) => {
                let keep = match kind {
                    SUB => Keep::Left,
                    AND => Keep::Both,
                    _ => Keep::Any,
                };
                self.merge_sets(a, b, keep)
            }
            AND | OR if sets.0 => self.wrong_operand(kind, 2, "set", b),
            AND | OR => self.wrong_operand(kind, 1, "set", a),
            SUB if sets.0 => self.wrong_operand(kind, 2, "set", b),
            SUB if a.as_num().is_none() => self.wrong_operand(kind, 1, "one of {number, set}", a),
            _ if a.as_num().is_none() => self.wrong_operand(kind, 1, "number", a),
            _ => self.wrong_operand(kind, 2, "number", b),
        }
    }

    #[cold]
    fn wrong_operand(&mut self, kind: u8, operand: u8, wanted: &str, got: Value) -> Result<Value, Trap> {
        let got = self.doc_kind(got).name();
        self.arith_error(kind, BuiltinError::Type, &alloc::format!("operand {operand} must be {wanted} but got {got}"))
    }

    #[cold]
    fn arith_error(&mut self, kind: u8, code: BuiltinError, text: &str) -> Result<Value, Trap> {
        if !self.strict {
            return Ok(Value::NIL);
        }
        let name = NAMES.get(usize::from(kind)).copied().unwrap_or("?");
        Err(self.error(&alloc::format!("{}: {name}: {text}", code.code())))
    }

    /// The order that `JLtK` and its like go by in a policy, where any two documents compare.
    #[inline(never)]
    pub(crate) fn doc_compare_kind(&mut self, kind: u8, a: Value, b: Value) -> Result<bool, Trap> {
        let o = self.doc_cmp(a, b)?;
        Ok(match kind {
            0 => o.is_lt(),
            1 => o.is_le(),
            2 => o.is_gt(),
            _ => o.is_ge(),
        })
    }
}

/// Two integers, where nothing can go wrong.
#[inline(always)]
pub(crate) fn fast(kind: u8, a: Value, b: Value) -> Option<Value> {
    if a.tag != Tag::Int || b.tag != Tag::Int {
        return None;
    }
    let (x, y) = (a.bits as i64, b.bits as i64);
    match kind {
        ADD => x.checked_add(y),
        SUB => x.checked_sub(y),
        MUL => x.checked_mul(y),
        REM => x.checked_rem(y),
        _ => None,
    }
    .map(Value::int)
}
