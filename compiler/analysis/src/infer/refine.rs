//! What a condition tells about locals where it holds, and where it does not.

use super::value::{Strs, Val};
use super::{Engine, Fx};
use gatos_compiler::hir::{Expr, ExprKind, LocalId};
use gatos_syntax::echolua::ast::{BinOp, UnOp};
use std::sync::Arc;

/// Conditions inside one another that are looked into.
const MAX_DEPTH: u32 = 64;

impl<'a> Engine<'a> {
    pub(crate) fn refine(&mut self, fx: &mut Fx<'a>, cond: &'a Expr, holds: bool) {
        self.refine_in(fx, cond, holds, MAX_DEPTH);
    }

    fn refine_in(&mut self, fx: &mut Fx<'a>, cond: &'a Expr, holds: bool, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else { return };
        match &cond.bare().kind {
            ExprKind::Local(id) => self.narrow(fx, *id, |v| if holds { v.truthy() } else { v.falsy() }),
            ExprKind::Unary(UnOp::Not, e) => self.refine_in(fx, e, !holds, depth),
            ExprKind::Binary { op: BinOp::And, left, right, .. } if holds => {
                self.refine_in(fx, left, true, depth);
                self.refine_in(fx, right, true, depth);
            }
            ExprKind::Binary { op: BinOp::Or, left, right, .. } if !holds => {
                self.refine_in(fx, left, false, depth);
                self.refine_in(fx, right, false, depth);
            }
            ExprKind::Binary { op: op @ (BinOp::Eq | BinOp::Ne), left, right, .. } => {
                self.equal(fx, left, right, (*op == BinOp::Eq) == holds);
            }
            ExprKind::Binary { op: op @ (BinOp::Lt | BinOp::Le | BinOp::Gt | BinOp::Ge), left, right, .. } => {
                let op = if holds { *op } else { opposite(*op) };
                self.order(fx, left, right, op);
            }
            _ => {}
        }
    }

    fn narrow(&mut self, fx: &mut Fx<'a>, id: LocalId, f: impl FnOnce(&Val) -> Val) {
        if let Ok(at) = fx.env.vals.binary_search_by_key(&id, |(l, _)| *l) {
            let val = f(&fx.env.vals[at].1);
            if val != *fx.env.vals[at].1 {
                fx.env.vals[at].1 = Arc::new(val);
            }
        }
    }

    fn equal(&mut self, fx: &mut Fx<'a>, left: &'a Expr, right: &'a Expr, is_equal: bool) {
        for (a, b) in [(left.bare(), right.bare()), (right.bare(), left.bare())] {
            if let ExprKind::Local(id) = a.kind {
                let other = match &b.kind {
                    ExprKind::Nil => Val::nothing(),
                    ExprKind::Bool(b) => Val::bool(*b),
                    ExprKind::Int(i) => Val::ints(*i, *i),
                    ExprKind::Str(s) => Val::text(s),
                    ExprKind::Lib(name) if name == "json.null" => Val { null: true, ..Val::default() },
                    _ => continue,
                };
                self.narrow(fx, id, |v| if is_equal { both(v, &other) } else { without(v, &other) });
            }
            // `type(x) == "string"`
            if let ExprKind::Call(callee, args) = &a.kind
                && matches!(&callee.kind, ExprKind::Lib(name) if name == "type")
                && let [arg] = args.as_slice()
                && let (ExprKind::Local(id), Some(name)) = (&arg.bare().kind, b.as_str())
            {
                self.narrow(fx, *id, |v| of_type(v, name, is_equal));
            }
        }
    }

    fn order(&mut self, fx: &mut Fx<'a>, left: &'a Expr, right: &'a Expr, op: BinOp) {
        for (a, b, op) in [(left, right, op), (right, left, mirrored(op))] {
            let ExprKind::Local(id) = a.bare().kind else { continue };
            let limit = match &b.bare().kind {
                ExprKind::Int(i) => Some((*i, *i)),
                ExprKind::Local(other) => self.lookup(fx, *other).bounds(),
                ExprKind::Unary(UnOp::Len, _) => Some((0, i64::MAX)),
                _ => None,
            };
            let Some((lo, hi)) = limit else { continue };
            self.narrow(fx, id, |v| {
                let mut out = v.clone();
                // Of what is anything, only the part that is known to be integers is narrowed.
                if let Some((from, to)) = &mut out.int {
                    match op {
                        BinOp::Lt => *to = (*to).min(hi.saturating_sub(1)),
                        BinOp::Le => *to = (*to).min(hi),
                        BinOp::Gt => *from = (*from).max(lo.saturating_add(1)),
                        _ => *from = (*from).max(lo),
                    }
                    if *from > *to {
                        out.int = None;
                    }
                }
                out
            });
        }
    }
}

fn opposite(op: BinOp) -> BinOp {
    match op {
        BinOp::Lt => BinOp::Ge,
        BinOp::Le => BinOp::Gt,
        BinOp::Gt => BinOp::Le,
        _ => BinOp::Lt,
    }
}

fn mirrored(op: BinOp) -> BinOp {
    match op {
        BinOp::Lt => BinOp::Gt,
        BinOp::Le => BinOp::Ge,
        BinOp::Gt => BinOp::Lt,
        _ => BinOp::Le,
    }
}

/// The values that two sets share; `b` is one constant.
fn both(a: &Val, b: &Val) -> Val {
    if a.any {
        // An integer equals a fixed of the same value.
        let fixed = b.int.map(|(i, _)| (i.saturating_mul(1 << 32), i.saturating_mul(1 << 32)));
        return Val { fixed, ..b.clone() };
    }
    let int = match (a.int, b.int) {
        (Some(x), Some(y)) if x.0 <= y.0 && y.1 <= x.1 => Some(y),
        _ => None,
    };
    let strs = match (&a.strs, &b.strs) {
        (Strs::Any, s) => s.clone(),
        (Strs::These(all), Strs::These(some)) if some.iter().all(|s| all.contains(s)) => b.strs.clone(),
        _ => Strs::No,
    };
    Val {
        nil: a.nil && b.nil,
        null: a.null && b.null,
        yes: a.yes && b.yes,
        no: a.no && b.no,
        int,
        fixed: if b.int.is_some() { a.fixed } else { None },
        strs,
        tables: if b.nil || b.yes || b.no || b.int.is_some() || b.strs != Strs::No {
            Vec::new()
        } else {
            a.tables.clone()
        },
        ..Val::default()
    }
}

/// The values of `a` that are not the constant `b`.
fn without(a: &Val, b: &Val) -> Val {
    let mut out = a.clone();
    out.nil &= !b.nil;
    out.null &= !b.null;
    out.yes &= !b.yes;
    out.no &= !b.no;
    if let (Strs::These(all), Strs::These(gone)) = (&mut out.strs, &b.strs) {
        all.retain(|s| !gone.contains(s));
        if all.is_empty() {
            out.strs = Strs::No;
        }
    }
    if let (Some((lo, hi)), Some((x, _))) = (&mut out.int, b.int) {
        if *lo == x && *hi == x {
            out.int = None;
        } else if *lo == x {
            *lo += 1;
        } else if *hi == x {
            *hi -= 1;
        }
    }
    out
}

/// The values that `type` gives a name for, or the others.
fn of_type(v: &Val, name: &[u8], holds: bool) -> Val {
    let mut part = Val::default();
    match name {
        b"nil" => part.nil = v.nil || v.any,
        b"boolean" => (part.yes, part.no) = (v.yes || v.any, v.no || v.any),
        b"number" => {
            part = if v.any { Val::number() } else { Val { int: v.int, fixed: v.fixed, ..Val::default() } };
        }
        b"string" => {
            part.strs = if v.any { Strs::Any } else { v.strs.clone() };
            part.made = v.made || v.any;
        }
        b"null" => part.null = v.null || v.any,
        // A table or function that is not known stays anything.
        b"table" => (part.tables, part.any) = (v.tables.clone(), v.any),
        b"function" => (part.funcs, part.libs, part.any) = (v.funcs.clone(), v.libs.clone(), v.any),
        _ => return v.clone(),
    }
    if holds {
        return part;
    }
    let mut rest = v.clone();
    match name {
        b"nil" => rest.nil = false,
        b"boolean" => (rest.yes, rest.no) = (false, false),
        b"number" => (rest.int, rest.fixed) = (None, None),
        b"string" => rest.strs = Strs::No,
        b"null" => rest.null = false,
        b"table" => rest.tables.clear(),
        _ => (rest.funcs, rest.libs) = (Vec::new(), Vec::new()),
    }
    rest
}
