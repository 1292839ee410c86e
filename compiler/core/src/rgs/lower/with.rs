//! `with`: a literal evaluated in a changed environment.
//!
//! The values are computed outside. Inside, the literal's solutions are collected: what they give
//! variables is kept in an array, which is walked once the environment is as it was before. So
//! code that follows never runs with the changed one, and every way out passes `WithEnd`.

use super::expr::Collect;
use super::fx::Fx;
use super::scan;
use crate::ir::build::Label;
use crate::rgs::hir::{EnvId, Literal, Scalar, Target, VarId, WithValue};
use gatos_elc::ops::{Count, Env, Flag, Imm, Op, Reg};

impl Fx<'_, '_> {
    pub(super) fn with_literal(&mut self, literal: &Literal) {
        let mark = self.mark();
        // Values first, in the environment as it is.
        let mut values = Vec::new();
        for w in &literal.with {
            let at = match (&w.target, &w.value) {
                (Target::Function(slot), WithValue::Function(f)) => {
                    let n = self.cx.fn_value(*slot, f);
                    let at = self.alloc();
                    self.load_int(at, n.into());
                    at
                }
                (target, WithValue::Value(e)) => {
                    self.prepare(e);
                    let at = self.expr(e, None);
                    match target {
                        Target::Function(_) => {
                            let list = self.alloc();
                            self.emit(Op::DocArray { dst: Reg(list), first: Reg(at), n: Count(1) });
                            list
                        }
                        _ => at,
                    }
                }
                // Only a function stands for a function; analysis refuses the rest.
                (_, WithValue::Function(_)) => {
                    let at = self.alloc();
                    self.scalar(&Scalar::Null, at);
                    at
                }
            };
            let inside = match &w.target {
                Target::Data { inside: Some((slot, document, rest)), .. } => {
                    let value = self.document(*document, None);
                    self.patch(value, rest, at);
                    Some((*slot, value))
                }
                _ => None,
            };
            values.push((at, inside));
        }
        // Variables that others ask for later.
        let given: Vec<VarId> = scan::binds(literal, &|v| self.var(v).is_some())
            .into_iter()
            .filter(|v| self.counts.get(v.0 as usize).copied().unwrap_or(2) > scan::count_in(literal, *v))
            .collect();
        let result = self.alloc();
        if !given.is_empty() {
            self.begin(Collect::Array, result);
        }
        let found = self.label();
        self.emit(Op::WithBegin {});
        for (w, (value, inside)) in literal.with.iter().zip(values) {
            self.replace(&w.target, value, inside);
        }
        let hides = scan::replaces_env(literal);
        self.with += u32::from(hides);
        self.solutions(|fx| {
            fx.literal(literal);
            fx.solution(&given, result, found);
        });
        self.with -= u32::from(hides);
        if given.is_empty() {
            self.emit(Op::LoadBool { dst: Reg(result), value: Flag(false) });
            self.bind(found);
            self.emit(Op::WithEnd {});
            let fail = self.fail;
            self.if_true(result, false, fail);
            self.release(mark);
            return;
        }
        self.emit(Op::WithEnd {});
        self.emit(Op::DocSeal { acc: Reg(result) });
        let walk = self.walk_base();
        self.move_to(walk, result);
        self.open_walk(walk);
        match given[..] {
            [v] => self.set_var(v, walk + 4),
            _ => {
                for (v, i) in given.into_iter().zip(0i32..) {
                    let member = self.alloc();
                    self.emit(Op::LoadInt { dst: Reg(member), value: Imm(i) });
                    self.emit(Op::DocGet { dst: Reg(member), doc: Reg(walk + 4), key: Reg(member) });
                    self.set_var(v, member);
                }
            }
        }
    }

    /// Inside: keeps what a solution gives, or notes that there is one and stops.
    fn solution(&mut self, given: &[VarId], result: u8, found: Label) {
        let (result, mark) = (Reg(result), self.mark());
        match *given {
            [] => {
                self.emit(Op::LoadBool { dst: result, value: Flag(true) });
                self.jump(found);
            }
            [v] => {
                let a = Reg(self.var(v).unwrap_or(0));
                self.emit(Op::DocPush { acc: result, a });
            }
            _ => {
                let first = self.alloc_run(given.len() as u32);
                for (v, i) in given.iter().zip(0u32..) {
                    let from = self.var(*v).unwrap_or(0);
                    self.move_to((u32::from(first) + i).min(249) as u8, from);
                }
                let (dst, n) = (Reg(first), Count(given.len() as u32));
                self.emit(Op::DocArray { dst, first: dst, n });
                self.emit(Op::DocPush { acc: result, a: dst });
            }
        }
        self.release(mark);
    }

    fn env_set(&mut self, slot: EnvId, a: u8) {
        self.emit(Op::EnvSet { env: Env(slot.0), a: Reg(a) });
    }

    fn replace(&mut self, target: &Target, value: u8, inside: Option<(EnvId, u8)>) {
        let mark = self.mark();
        match target {
            Target::Input(path) => {
                let at = self.patched(0, path, value);
                self.env_set(EnvId(0), at);
            }
            Target::Data { path, documents, .. } => {
                let at = self.patched(1, path, value);
                self.env_set(EnvId(1), at);
                for (slot, rest) in documents {
                    let part = self.alloc();
                    self.move_to(part, value);
                    for key in rest {
                        let key = self.text(key);
                        self.emit(Op::DocField { dst: Reg(part), doc: Reg(part), key });
                    }
                    self.wrapped(part);
                    self.env_set(*slot, part);
                }
                if let Some((slot, whole)) = inside {
                    let at = self.alloc();
                    self.move_to(at, whole);
                    self.wrapped(at);
                    self.env_set(slot, at);
                }
            }
            Target::Function(slot) => self.env_set(*slot, value),
        }
        self.release(mark);
    }

    /// A value in an array of one, undefined in an empty one: what slots of documents hold.
    fn wrapped(&mut self, at: u8) {
        let (none, done) = (self.label(), self.label());
        self.if_nil(at, true, none);
        self.emit(Op::DocArray { dst: Reg(at), first: Reg(at), n: Count(1) });
        self.jump(done);
        self.bind(none);
        self.emit(Op::DocArray { dst: Reg(at), first: Reg(at), n: Count(0) });
        self.bind(done);
    }

    fn patched(&mut self, env: u32, path: &[String], value: u8) -> u8 {
        if path.is_empty() {
            return value;
        }
        let at = self.alloc();
        self.emit(Op::EnvGet { dst: Reg(at), env: Env(env) });
        self.patch(at, path, value);
        at
    }

    /// Replaces what lies at a path in the value of a register, which may be nil.
    fn patch(&mut self, at: u8, path: &[String], value: u8) {
        let mark = self.mark();
        let some = self.label();
        self.if_nil(at, false, some);
        self.scalar(&Scalar::Null, at);
        self.bind(some);
        let base = self.alloc_run(4);
        self.move_to(base + 1, at);
        self.path(path, base + 2);
        self.move_to(base + 3, value);
        self.call_lib(base, "internal.patch", 3);
        self.move_to(at, base);
        self.release(mark);
    }
}
