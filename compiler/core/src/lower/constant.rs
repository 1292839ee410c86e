//! What is known while compiling: literals, arithmetic on them, and locals that hold them.

use super::Lowerer;
use crate::hir::{Expr, ExprKind};
use crate::resolve::{lib_exists, lib_number};
use gatos_num::{Fix, Num};
use gatos_syntax::echolua::ast::{BinOp, UnOp};
use std::rc::Rc;

/// A known value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Static {
    Nil,
    Bool(bool),
    Int(i64),
    Fixed(i64),
    Str(Rc<[u8]>),
    /// A library function, table or constant, by its full name.
    Lib(Rc<str>),
}

impl Static {
    /// Whether a condition takes it for true.
    pub(super) fn truth(&self) -> bool {
        !matches!(self, Static::Nil | Static::Bool(false))
    }

    /// The value as source text.
    pub(super) fn text(&self) -> String {
        match self {
            Static::Nil => "nil".to_owned(),
            Static::Bool(b) => b.to_string(),
            Static::Int(i64::MIN) => "math.mininteger".to_owned(),
            Static::Int(v) => v.to_string(),
            Static::Fixed(raw) => Fix::from_raw(*raw).to_string(),
            Static::Str(s) => {
                let mut out = String::from("\"");
                for b in s.iter() {
                    match b {
                        b'"' | b'\\' => out.extend(['\\', char::from(*b)]),
                        0x20..=0x7e => out.push(char::from(*b)),
                        _ => out.push_str(&format!("\\{b:03}")),
                    }
                }
                out.push('"');
                out
            }
            Static::Lib(name) => name.to_string(),
        }
    }

    pub(super) fn num(&self) -> Option<Num> {
        match self {
            Static::Int(v) => Some(Num::Int(*v)),
            Static::Fixed(v) => Some(Num::Fixed(Fix::from_raw(*v))),
            _ => None,
        }
    }
}

impl From<Num> for Static {
    fn from(n: Num) -> Static {
        match n {
            Num::Int(v) => Static::Int(v),
            Num::Fixed(v) => Static::Fixed(v.raw()),
        }
    }
}

/// What arithmetic on two numbers gives.
pub(crate) enum Folded {
    Value(Num),
    /// It fails whenever it runs; the message says why.
    Fails(String),
    /// Not arithmetic on numbers, or not folded.
    No,
}

/// Arithmetic on two numbers, by the rules of run time.
pub(crate) fn fold_binary(op: BinOp, a: Num, b: Num) -> Folded {
    let result = match op {
        BinOp::Add => a.add(b),
        BinOp::Sub => a.sub(b),
        BinOp::Mul => a.mul(b),
        BinOp::Div => a.div(b),
        BinOp::IDiv => a.idiv(b),
        BinOp::Mod => a.modulo(b),
        BinOp::Pow => a.pow(b),
        BinOp::BAnd | BinOp::BOr | BinOp::BXor => {
            return match (a.require_int(), b.require_int()) {
                (Ok(x), Ok(y)) => Folded::Value(Num::Int(match op {
                    BinOp::BAnd => x & y,
                    BinOp::BOr => x | y,
                    _ => x ^ y,
                })),
                _ => Folded::No,
            };
        }
        BinOp::Shl | BinOp::Shr => {
            return match (a.require_int(), b.require_int()) {
                (Ok(x), Ok(n)) => {
                    Folded::Value(Num::Int(shift(x, if op == BinOp::Shl { n } else { n.saturating_neg() })))
                }
                _ => Folded::No,
            };
        }
        _ => return Folded::No,
    };
    match result {
        Ok(n) => Folded::Value(n),
        Err(e) => Folded::Fails(e.to_string()),
    }
}

/// A logical shift: left when `by` is positive, right when it is negative.
fn shift(x: i64, by: i64) -> i64 {
    match by {
        0..=63 => ((x as u64) << by) as i64,
        -63..=-1 => ((x as u64) >> -by) as i64,
        _ => 0,
    }
}

impl Lowerer<'_> {
    /// The value of an expression, when it is known.
    pub(super) fn constant(&self, e: &Expr) -> Option<Static> {
        let e = e.bare();
        match &e.kind {
            ExprKind::Nil => Some(Static::Nil),
            ExprKind::Bool(b) => Some(Static::Bool(*b)),
            ExprKind::Int(v) => Some(Static::Int(*v)),
            ExprKind::Fixed(v) => Some(Static::Fixed(*v)),
            ExprKind::Str(s) => Some(Static::Str(s.as_slice().into())),
            ExprKind::Lib(name) => Some(match lib_number(name) {
                Some(ExprKind::Int(v)) => Static::Int(v),
                Some(ExprKind::Fixed(v)) => Static::Fixed(v),
                _ => Static::Lib(name.as_str().into()),
            }),
            ExprKind::Local(id) => {
                let value = self.statics[id.0 as usize].clone()?;
                self.note_constant(*id);
                Some(value)
            }
            // A field of a local that stands for a library table.
            ExprKind::Index(object, key) => match (self.constant(object)?, key.as_str()) {
                (Static::Lib(table), Some(key)) => {
                    let full = format!("{table}.{}", std::str::from_utf8(key).ok()?);
                    lib_exists(&full).then(|| Static::Lib(full.into()))
                }
                _ => None,
            },
            ExprKind::Unary(UnOp::Neg, inner) => {
                self.constant(inner)?.num().and_then(|n| n.neg().ok()).map(Static::from)
            }
            ExprKind::Unary(UnOp::Not, inner) => Some(Static::Bool(!self.constant(inner)?.truth())),
            ExprKind::Unary(UnOp::BNot, inner) => {
                let n = self.constant(inner)?.num()?.require_int().ok()?;
                Some(Static::Int(!n))
            }
            ExprKind::Binary { .. } => self.constant_binary(e),
            _ => None,
        }
    }

    fn constant_binary(&self, e: &Expr) -> Option<Static> {
        // Right sides first: most chains end at once there.
        let mut spine = Vec::new();
        let mut at = e;
        while let ExprKind::Binary { op, left, right, .. } = &at.kind {
            if !is_arithmetic(*op) {
                return None;
            }
            spine.push((*op, self.constant(right)?.num()?));
            at = left.bare();
        }
        let mut acc = self.constant(at)?.num()?;
        while let Some((op, right)) = spine.pop() {
            match fold_binary(op, acc, right) {
                Folded::Value(n) => acc = n,
                _ => return None,
            }
        }
        Some(acc.into())
    }
}

/// Whether an operator computes on numbers.
pub(super) fn is_arithmetic(op: BinOp) -> bool {
    use BinOp::*;
    matches!(op, Add | Sub | Mul | Div | IDiv | Mod | Pow | BAnd | BOr | BXor | Shl | Shr)
}
