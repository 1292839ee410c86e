//! Expressions: each leaves its value in a register, or goes to `fail` when it is undefined.

use super::fx::Fx;
use super::scan;
use crate::rgs::hir::{ArithOp, Body, CompareOp, DocumentId, DocumentKind, Expr, ExprKind, Scalar};
use gatos_elc::ops::{Choice, Count, Env, Flag, KeysId, Memo, N, Op, ProtoId, Reg};
use gatos_elc::program::Const;
use gatos_num::{Fix, Num};

/// What `DocNew` collects.
#[derive(Clone, Copy)]
pub(super) enum Collect {
    Array = 0,
    Object = 1,
    Set = 2,
}

/// Composites longer than this are collected member by member, so that they fit the registers.
const LONGEST_RUN: usize = 48;

impl Fx<'_, '_> {
    /// The value of an expression, in `dst` when one is given, otherwise wherever it is. `dst` may
    /// be written before the value is known to exist.
    pub(super) fn expr(&mut self, e: &Expr, dst: Option<u8>) -> u8 {
        let outer = std::mem::replace(&mut self.span, e.span);
        let reg = self.expr_kind(e, dst);
        self.span = outer;
        reg
    }

    fn expr_kind(&mut self, e: &Expr, dst: Option<u8>) -> u8 {
        if let Some(reg) = self.was_ahead(e) {
            return self.give(reg, dst);
        }
        match &e.kind {
            ExprKind::Scalar(s) => {
                let at = self.place(dst);
                self.scalar(s, at);
                at
            }
            ExprKind::Var(v) => match self.var(*v) {
                Some(reg) => self.give(reg, dst),
                None => {
                    // Analysis refuses such rules; harmless code for what it let through.
                    let at = self.place(dst);
                    self.nil(at);
                    self.fails();
                    at
                }
            },
            ExprKind::Input
            | ExprKind::Data
            | ExprKind::Document(_)
            | ExprKind::CallDocument { .. }
            | ExprKind::CallBuiltin { .. }
            | ExprKind::Arith(..) => {
                let (reg, certain) = self.nilable(e, dst);
                if !certain {
                    let fail = self.fail;
                    self.if_nil(reg, true, fail);
                }
                reg
            }
            ExprKind::Ref { base, steps } => match self.repeated_field(e, dst, true) {
                Some((reg, _)) => reg,
                None => self.reference(base, steps, dst, true).0,
            },
            ExprKind::Tree(path) => self.tree(path, dst),
            ExprKind::Array(items) => self.composite(items, Collect::Array, dst),
            ExprKind::Set(items) => self.composite(items, Collect::Set, dst),
            ExprKind::Object(entries) => self.object(entries, dst),
            ExprKind::ArrayComp(value, body) => self.comprehension(Collect::Array, None, value, body, dst),
            ExprKind::SetComp(value, body) => self.comprehension(Collect::Set, None, value, body, dst),
            ExprKind::ObjectComp(key, value, body) => self.comprehension(Collect::Object, Some(key), value, body, dst),
            ExprKind::Compare(..) | ExprKind::In(..) => {
                let at = self.place(dst);
                let mark = self.mark();
                let yes = self.label();
                // The result is written only after the sides were read, which may lie in `at`.
                let ready = self.condition(e, false);
                ready.emit(self, true, yes);
                let after = self.label();
                self.emit(Op::LoadBool { dst: Reg(at), value: Flag(false) });
                self.jump(after);
                self.bind(yes);
                self.emit(Op::LoadBool { dst: Reg(at), value: Flag(true) });
                self.bind(after);
                self.release(mark);
                at
            }
            ExprKind::Template(parts) => self.template(parts, dst),
        }
    }

    /// The value, or nil where that can be told without going to `fail`; and whether it is
    /// certain not to be nil.
    pub(super) fn nilable(&mut self, e: &Expr, dst: Option<u8>) -> (u8, bool) {
        let outer = std::mem::replace(&mut self.span, e.span);
        let out = match &e.kind {
            _ if self.was_ahead(e).is_some() => (self.expr_kind(e, dst), true),
            ExprKind::Input | ExprKind::Data => {
                let env = u32::from(e.kind == ExprKind::Data);
                if env == 0 {
                    self.cx.reads.insert(Vec::new());
                }
                match self.shared_value(env, &[]) {
                    Some(reg) => (self.give(reg, dst), false),
                    None => (self.env(env, dst), false),
                }
            }
            ExprKind::Document(d) => (self.document(*d, dst), false),
            ExprKind::CallDocument { function, args } => (self.call_document(*function, args, dst), false),
            ExprKind::CallBuiltin { name, replaced_by, args } => self.call_builtin(name, *replaced_by, args, dst),
            ExprKind::Arith(op, a, b) => self.arith(*op, a, b, dst),
            ExprKind::Ref { base, steps } => match self.repeated_field(e, dst, false) {
                Some(found) => found,
                None => self.reference(base, steps, dst, false),
            },
            _ => (self.expr_kind(e, dst), true),
        };
        self.span = outer;
        out
    }

    pub(super) fn place(&mut self, dst: Option<u8>) -> u8 {
        match dst {
            Some(r) => r,
            None => self.alloc(),
        }
    }

    pub(super) fn give(&mut self, reg: u8, dst: Option<u8>) -> u8 {
        match dst {
            Some(d) => {
                self.move_to(d, reg);
                d
            }
            None => reg,
        }
    }

    fn was_ahead(&self, e: &Expr) -> Option<u8> {
        let at = std::ptr::from_ref(e) as usize;
        self.ahead.iter().find(|(a, _)| *a == at).map(|(_, r)| *r)
    }

    /// Evaluates those parts of an expression ahead that give values to variables which other
    /// parts, further left, need.
    pub(super) fn prepare(&mut self, e: &Expr) {
        loop {
            let mut needed = Vec::new();
            scan::needed(e, &|v| self.var(v).is_some(), &mut needed);
            if needed.is_empty() {
                return;
            }
            let mut found: Option<&Expr> = None;
            let mut look: Vec<&Expr> = vec![e];
            while let Some(part) = look.pop() {
                if let ExprKind::Ref { steps, .. } = &part.kind
                    && self.was_ahead(part).is_none()
                    && steps.iter().any(|s| scan::is_open_pattern(s, &|v| self.var(v).is_some()))
                {
                    let mut missing = Vec::new();
                    scan::needed(part, &|v| self.var(v).is_some(), &mut missing);
                    if missing.is_empty() {
                        found = Some(part);
                        break;
                    }
                }
                look.extend(children(part).into_iter().rev());
            }
            let Some(part) = found else { return };
            let reg = self.expr(part, None);
            self.keep();
            self.ahead.push((std::ptr::from_ref(part) as usize, reg));
        }
    }

    // ---- constants ----

    pub(super) fn scalar(&mut self, s: &Scalar, dst: u8) {
        match s {
            Scalar::Null => self.lib(dst, "internal.null"),
            Scalar::Bool(b) => self.emit(Op::LoadBool { dst: Reg(dst), value: Flag(*b) }),
            Scalar::Int(v) => self.load_int(dst, *v),
            Scalar::Fixed(v) => {
                let k = self.k(Const::Fixed(*v));
                self.emit(Op::LoadK { dst: Reg(dst), k });
            }
            Scalar::Text(t) => {
                let k = self.text(t);
                self.emit(Op::LoadK { dst: Reg(dst), k });
            }
        }
    }

    /// The constant that a scalar can be compared with in one op.
    pub(super) fn scalar_const(s: &Scalar) -> Option<Const> {
        Some(match s {
            Scalar::Null => return None,
            Scalar::Bool(b) => Const::Bool(*b),
            Scalar::Int(v) => Const::Int(*v),
            Scalar::Fixed(v) => Const::Fixed(*v),
            Scalar::Text(t) => Const::Str(t.as_bytes().to_vec()),
        })
    }

    // ---- references ----

    fn env(&mut self, env: u32, dst: Option<u8>) -> u8 {
        let at = self.place(dst);
        self.emit(Op::EnvGet { dst: Reg(at), env: Env(env) });
        at
    }

    /// The value of a document; nil when it is undefined.
    pub(super) fn document(&mut self, d: DocumentId, dst: Option<u8>) -> u8 {
        let at = self.place(dst);
        let mark = self.mark();
        let proto = ProtoId(self.cx.proto(d));
        let got = self.label();
        if let Some(memo) = self.cx.memos[d.0 as usize] {
            self.emit(Op::MemoGet { dst: Reg(at), memo: Memo(memo), to: got.to() });
        }
        let base = if self.is_top(at) { at } else { self.alloc() };
        self.emit(Op::CallRule { base: Reg(base), proto, n: Count(0) });
        self.move_to(at, base);
        self.bind(got);
        self.release(mark);
        at
    }

    /// Steps into a value. With `must`, an undefined result goes to `fail`; otherwise it is nil
    /// where that is cheaper. Says whether the value is certain to be there.
    fn reference(&mut self, base: &Expr, steps: &[Expr], dst: Option<u8>, must: bool) -> (u8, bool) {
        if steps.is_empty() {
            return (self.expr(base, dst), true);
        }
        let at = self.place(dst);
        let root = match base.kind {
            ExprKind::Input => Some(0),
            ExprKind::Data => Some(1),
            _ => None,
        };
        let mut from = 0;
        let mut current;
        if let Some(env) = root {
            let keys: Vec<&str> = steps.iter().map_while(scan::as_text).collect();
            if env == 0 {
                self.cx.reads.insert(keys.iter().map(|k| k.to_string()).collect());
            }
            (current, from) = match self.shared_prefix(env, &keys) {
                Some((reg, n)) => (reg, n),
                None => (self.env(env, Some(at)), 0),
            };
            if from == steps.len() {
                let known = self.defined.contains(&current);
                if must && !known {
                    let fail = self.fail;
                    self.if_nil(current, true, fail);
                    self.defined.push(current);
                }
                return (self.give(current, dst), must || known);
            }
        } else {
            // A base that is only looked into may be nil: then so is every step.
            let hint = if scan::searches(base, &|v| self.var(v).is_some()) { None } else { Some(at) };
            let hint = if matches!(base.kind, ExprKind::Var(_)) { None } else { hint };
            current = self.nilable(base, hint).0;
        }
        for (i, step) in steps.iter().enumerate().skip(from) {
            let last = i + 1 == steps.len();
            let fused = last && must;
            if scan::is_open_pattern(step, &|v| self.var(v).is_some()) {
                let walk = self.walk_base();
                self.move_to(walk, current);
                self.open_walk(walk);
                self.unify_value(step, walk + 3);
                current = walk + 4;
                continue;
            }
            let fail = self.fail.to();
            if let Some(key) = scan::as_text(step) {
                let key = self.text(key);
                let (dst, doc) = (Reg(at), Reg(current));
                self.emit(match fused {
                    true => Op::JDocField { dst, doc, key, to: fail },
                    false => Op::DocField { dst, doc, key },
                });
            } else if let (Some(1), Some(Scalar::Int(n))) = (root, scan::as_scalar(step)) {
                self.data_step(*n, current, at, fused);
            } else {
                let mark = self.mark();
                // What was reached so far waits in `at`; a step that searches must not lose it.
                if scan::searches(step, &|v| self.var(v).is_some()) && current == at {
                    let kept = self.alloc();
                    self.move_to(kept, at);
                    current = kept;
                }
                let key = self.expr(step, None);
                let fail = self.fail.to();
                let (dst, doc, key) = (Reg(at), Reg(current), Reg(key));
                self.emit(match fused {
                    true => Op::JDocGet { dst, doc, key, to: fail },
                    false => Op::DocGet { dst, doc, key },
                });
                self.release(mark);
            }
            current = at;
        }
        // A value that a walk gave is always there.
        let walked = current != at;
        (self.give(current, dst), must || walked)
    }

    /// A field of a variable that the rule reads again: it is loaded once and kept.
    fn repeated_field(&mut self, e: &Expr, dst: Option<u8>, must: bool) -> Option<(u8, bool)> {
        let (v, path) = scan::as_field(e)?;
        if let Some(at) = self.fields.iter().rposition(|(w, p, ..)| *w == v && *p == path) {
            let (_, _, reg, known) = self.fields[at];
            if must && !known {
                let fail = self.fail;
                self.if_nil(reg, true, fail);
                // Only from here on: what was noted in an outer search stays as it was.
                self.fields.push((v, path, reg, true));
            }
            return Some((self.give(reg, dst), must || known));
        }
        let kept = self.rows == 0 && self.repeated.iter().any(|(w, p)| *w == v && *p == path);
        let (true, ExprKind::Ref { base, steps }) = (kept, &e.kind) else { return None };
        self.var(v)?;
        let (reg, known) = self.reference(base, steps, None, must);
        self.keep();
        self.fields.push((v, path, reg, known));
        Some((self.give(reg, dst), known))
    }

    /// A whole number as a step into base data: an array's place, or a key that is spelt so.
    fn data_step(&mut self, n: i64, doc: u8, dst: u8, must: bool) {
        let mark = self.mark();
        let (from, key) = (self.alloc(), self.alloc());
        self.move_to(from, doc);
        self.load_int(key, n);
        let found = self.label();
        self.emit(Op::DocGet { dst: Reg(dst), doc: Reg(from), key: Reg(key) });
        self.if_nil(dst, false, found);
        let (key, to) = (self.text(&n.to_string()), self.fail.to());
        let (dst, doc) = (Reg(dst), Reg(from));
        self.emit(match must {
            true => Op::JDocField { dst, doc, key, to },
            false => Op::DocField { dst, doc, key },
        });
        self.bind(found);
        self.release(mark);
    }

    // ---- operators ----

    fn arith(&mut self, op: ArithOp, a: &Expr, b: &Expr, dst: Option<u8>) -> (u8, bool) {
        if let (Some(a), Some(b)) = (scan::as_scalar(a), scan::as_scalar(b))
            && let Some(folded) = fold(op, a, b)
        {
            let at = self.place(dst);
            self.scalar(&folded, at);
            return (at, true);
        }
        let at = self.place(dst);
        let mark = self.mark();
        let (a, b) = self.two(a, b);
        self.emit(Op::DocArith { dst: Reg(at), a: Reg(a), b: Reg(b), kind: Choice(op as u8) });
        self.release(mark);
        (at, false)
    }

    /// Two operands, left before right.
    pub(super) fn two(&mut self, a: &Expr, b: &Expr) -> (u8, u8) {
        let a = self.expr(a, None);
        let b = self.expr(b, None);
        (a, b)
    }

    // ---- composites ----

    /// Values of several expressions in a row of registers; gives the first. The row is at the top.
    pub(super) fn row<'e>(&mut self, items: impl Iterator<Item = &'e Expr> + Clone, head: u32) -> u8 {
        let n = items.clone().count() as u32;
        let any = items.clone().any(|i| scan::searches(i, &|v| self.var(v).is_some()));
        if !any {
            let first = self.alloc_run(head + n);
            self.rows += 1;
            for (item, i) in items.zip(head..) {
                let mark = self.mark();
                self.expr(item, Some((u32::from(first) + i).min(249) as u8));
                self.release(mark);
            }
            self.rows -= 1;
            return first;
        }
        // Loops open between the items: the row is put together above all of them.
        let regs: Vec<u8> = items.map(|i| self.expr(i, None)).collect();
        let first = self.alloc_run(head + n);
        for (reg, i) in regs.into_iter().zip(head..) {
            self.move_to((u32::from(first) + i).min(249) as u8, reg);
        }
        first
    }

    fn composite(&mut self, items: &[Expr], kind: Collect, dst: Option<u8>) -> u8 {
        let at = self.place(dst);
        let mark = self.mark();
        if items.len() > LONGEST_RUN {
            let ready = self.evaluate_searching(items.iter());
            let acc = self.alloc();
            self.begin(kind, acc);
            for (item, ready) in items.iter().zip(ready) {
                let mark = self.mark();
                let reg = ready.unwrap_or_else(|| self.expr(item, None));
                self.emit(Op::DocPush { acc: Reg(acc), a: Reg(reg) });
                self.release(mark);
            }
            self.emit(Op::DocSeal { acc: Reg(acc) });
            self.move_to(at, acc);
        } else {
            let first = Reg(self.row(items.iter(), 0));
            let (dst, n) = (Reg(at), Count(items.len() as u32));
            self.emit(match kind {
                Collect::Set => Op::DocSet { dst, first, n },
                _ => Op::DocArray { dst, first, n },
            });
        }
        self.release(mark);
        at
    }

    /// Evaluates those of some expressions that search; the others come later.
    fn evaluate_searching<'e>(&mut self, items: impl Iterator<Item = &'e Expr>) -> Vec<Option<u8>> {
        items
            .map(|i| {
                let searches = scan::searches(i, &|v| self.var(v).is_some());
                searches.then(|| self.expr(i, None))
            })
            .collect()
    }

    fn object(&mut self, entries: &[(Expr, Expr)], dst: Option<u8>) -> u8 {
        let at = self.place(dst);
        let mark = self.mark();
        let mut keys: Vec<u32> = Vec::new();
        for (k, _) in entries {
            if let Some(text) = scan::as_text(k) {
                let k = self.text(text).0;
                if !keys.contains(&k) {
                    keys.push(k);
                }
            }
        }
        if keys.len() == entries.len() && !keys.is_empty() && keys.len() <= LONGEST_RUN {
            let first = Reg(self.row(entries.iter().map(|(_, v)| v), 0));
            let keys = KeysId(self.cx.parts.keys.add(keys));
            self.emit(Op::DocRecord { dst: Reg(at), keys, first });
        } else {
            let ready = self.evaluate_searching(entries.iter().flat_map(|(k, v)| [k, v]));
            let acc = self.alloc();
            self.begin(Collect::Object, acc);
            for ((k, v), ready) in entries.iter().zip(ready.chunks(2)) {
                let mark = self.mark();
                let key = ready[0].unwrap_or_else(|| self.expr(k, None));
                let value = ready[1].unwrap_or_else(|| self.expr(v, None));
                self.emit(Op::DocPut { acc: Reg(acc), key: Reg(key), a: Reg(value) });
                self.release(mark);
            }
            self.emit(Op::DocSeal { acc: Reg(acc) });
            self.move_to(at, acc);
        }
        self.release(mark);
        at
    }

    pub(super) fn begin(&mut self, kind: Collect, acc: u8) {
        self.emit(Op::DocNew { dst: Reg(acc), kind: Choice(kind as u8) });
    }

    fn comprehension(&mut self, kind: Collect, key: Option<&Expr>, value: &Expr, body: &Body, dst: Option<u8>) -> u8 {
        let at = self.place(dst);
        let mark = self.mark();
        let acc = self.alloc();
        self.begin(kind, acc);
        // Only an array keeps the order in which solutions come.
        let ordered = std::mem::replace(&mut self.ordered, matches!(kind, Collect::Array));
        self.solutions(|fx| {
            fx.body(body);
            key.into_iter().for_each(|k| fx.prepare(k));
            fx.prepare(value);
            let key = key.map(|k| fx.expr(k, None));
            let a = Reg(fx.expr(value, None));
            let acc = Reg(acc);
            fx.emit(match key {
                Some(key) => Op::DocPut { acc, key: Reg(key), a },
                None => Op::DocPush { acc, a },
            });
        });
        self.ordered = ordered;
        self.emit(Op::DocSeal { acc: Reg(acc) });
        self.move_to(at, acc);
        self.release(mark);
        at
    }

    /// Each part that is no string is collected, so that the library sees whether it has a value.
    fn template(&mut self, parts: &[Expr], dst: Option<u8>) -> u8 {
        let at = self.place(dst);
        let mark = self.mark();
        let base = self.alloc_run(2);
        let list = base + 1;
        self.begin(Collect::Array, list);
        for part in parts {
            let mark = self.mark();
            let reg = match &part.kind {
                ExprKind::Scalar(Scalar::Text(_)) => self.expr(part, None),
                _ => self.comprehension(Collect::Set, None, part, &Body::default(), None),
            };
            self.emit(Op::DocPush { acc: Reg(list), a: Reg(reg) });
            self.release(mark);
        }
        self.emit(Op::DocSeal { acc: Reg(list) });
        self.call_lib(base, "internal.template", 1);
        let fail = self.fail;
        self.if_nil(base, true, fail);
        self.move_to(at, base);
        self.release(mark);
        at
    }

    // ---- conditions ----

    /// Evaluates the sides of a comparison or membership and gives the test that is left. With
    /// `holds`, only an answer that holds matters: undefined may come out as one that does not.
    pub(super) fn condition(&mut self, e: &Expr, holds: bool) -> Ready {
        let outer = std::mem::replace(&mut self.span, e.span);
        let ready = match &e.kind {
            ExprKind::Compare(op, a, b) => self.comparison(*op, a, b, holds),
            ExprKind::In(None, v, c) => self.membership(v, c, holds),
            ExprKind::In(Some(k), v, c) => {
                let k = self.expr(k, None);
                let v = self.expr(v, None);
                let c = self.expr(c, None);
                let got = self.alloc();
                self.emit(Op::DocGet { dst: Reg(got), doc: Reg(c), key: Reg(k) });
                Ready::Equal { a: got, b: v, sense: true }
            }
            _ => {
                let (a, _) = self.nilable(e, None);
                Ready::True { a }
            }
        };
        self.span = outer;
        ready
    }

    /// The members of a short constant collection, when each can be compared with in one op.
    fn few_constants(&self, c: &Expr) -> Option<Vec<Const>> {
        let (ExprKind::Array(items) | ExprKind::Set(items)) = &c.kind else { return None };
        if items.len() > 16 {
            return None;
        }
        items.iter().map(|i| scan::as_scalar(i).and_then(Self::scalar_const)).collect()
    }

    fn comparison(&mut self, op: CompareOp, a: &Expr, b: &Expr, holds: bool) -> Ready {
        use CompareOp::{Eq, Ge, Gt, Le, Lt, Ne};
        let sense = op != Ne;
        if let Some((set, sense)) = emptiness(self, op, a, b) {
            let (set, _) = self.nilable(set, None);
            return Ready::Empty { set, sense };
        }
        if matches!(op, Eq | Ne) {
            for (side, other) in [(b, a), (a, b)] {
                if let Some(k) = scan::as_scalar(side).and_then(Self::scalar_const) {
                    // No constant equals nil.
                    let a = if holds && sense { self.nilable(other, None).0 } else { self.expr(other, None) };
                    let k = self.k(k).0;
                    return Ready::Const { a, k, kind: 4, sense };
                }
            }
            // Where only equality matters, one side that exists is enough: nil equals no value.
            let a = self.expr(a, None);
            let b = if holds && sense { self.nilable(b, None).0 } else { self.expr(b, None) };
            return Ready::Equal { a, b, sense };
        }
        let kind = match op {
            Lt => 0,
            Le => 1,
            Gt => 2,
            Ge | Eq | Ne => 3,
        };
        // With a number on both sides the order is that of numbers.
        if let (true, Some(k @ (Scalar::Int(_) | Scalar::Fixed(_)))) = (scan::is_number(a), scan::as_scalar(b))
            && let Some(k) = Self::scalar_const(k)
        {
            let a = self.expr(a, None);
            let k = self.k(k).0;
            return Ready::Const { a, k, kind, sense: true };
        }
        let (a, b) = self.two(a, b);
        Ready::Order { a, b, kind }
    }

    fn membership(&mut self, v: &Expr, c: &Expr, holds: bool) -> Ready {
        if let Some(constants) = self.few_constants(c) {
            let a = if holds { self.nilable(v, None).0 } else { self.expr(v, None) };
            let ks = constants.into_iter().map(|k| self.k(k).0).collect();
            return Ready::Among { a, ks };
        }
        // Nil is no member of anything, and has none.
        let v = if holds { self.nilable(v, None).0 } else { self.expr(v, None) };
        let c = if holds { self.nilable(c, None).0 } else { self.expr(c, None) };
        Ready::In { a: v, doc: c }
    }
}

/// A set without members, or the opposite, that counting asks for: the set, and which.
fn emptiness<'e>(fx: &Fx<'_, '_>, op: CompareOp, counted: &'e Expr, n: &Expr) -> Option<(&'e Expr, bool)> {
    let ExprKind::CallBuiltin { name, replaced_by: None, args } = &counted.kind else { return None };
    let ([set], "count") = (args.as_slice(), name.as_str()) else { return None };
    let is_set = match &set.kind {
        ExprKind::Document(d) => {
            let document = &fx.cx.bundle.documents[d.0 as usize];
            document.kind == DocumentKind::Set && document.replaced_by.is_none()
        }
        ExprKind::SetComp(..) => true,
        _ => false,
    };
    let Some(Scalar::Int(n)) = scan::as_scalar(n) else { return None };
    let sense = match (op, n) {
        (CompareOp::Eq | CompareOp::Le, 0) | (CompareOp::Lt, 1) => true,
        (CompareOp::Ne | CompareOp::Gt, 0) | (CompareOp::Ge, 1) => false,
        _ => return None,
    };
    is_set.then_some((set, sense))
}

/// A test whose operands are in registers.
#[derive(Clone)]
pub(super) enum Ready {
    /// One of some constants.
    Among { a: u8, ks: Vec<u32> },
    /// A set without members, or with some.
    Empty { set: u8, sense: bool },
    /// `a == b`, or not.
    Equal { a: u8, b: u8, sense: bool },
    /// 0 to 3: `a < k` and so on; 4: `a == k`.
    Const { a: u8, k: u32, kind: u8, sense: bool },
    /// `a < b` and so on.
    Order { a: u8, b: u8, kind: u8 },
    /// `a in doc`
    In { a: u8, doc: u8 },
    /// Neither nil nor false.
    True { a: u8 },
}

impl Ready {
    /// Goes when the test's answer is `want`.
    pub(super) fn emit(self, fx: &mut Fx<'_, '_>, want: bool, to: crate::ir::build::Label) {
        use gatos_elc::ops::K;
        let label = to;
        let to = to.to();
        fx.emit(match self {
            Ready::Among { a, ks } => {
                let found = if want { label } else { fx.label() };
                for k in ks {
                    fx.emit(Op::JEqK { a: Reg(a), k: K(k), sense: Flag(true), to: found.to() });
                }
                if !want {
                    fx.jump(label);
                    fx.bind(found);
                }
                return;
            }
            Ready::Empty { set, sense } => {
                // The op goes unless the set is empty.
                let goes = |to| Op::JDocKind { a: Reg(set), kind: Choice(2), n: N::Fixed(0), to };
                if sense == want {
                    let other = fx.label();
                    fx.emit(goes(other.to()));
                    fx.jump(label);
                    fx.bind(other);
                    return;
                }
                goes(to)
            }
            Ready::Equal { a, b, sense } => Op::JDocEq { a: Reg(a), b: Reg(b), sense: Flag(sense == want), to },
            Ready::Const { a, k, kind, sense } => {
                let (a, k, sense) = (Reg(a), K(k), Flag(sense == want));
                match kind {
                    0 => Op::JLtK { a, k, sense, to },
                    1 => Op::JLeK { a, k, sense, to },
                    2 => Op::JGtK { a, k, sense, to },
                    3 => Op::JGeK { a, k, sense, to },
                    _ => Op::JEqK { a, k, sense, to },
                }
            }
            Ready::Order { a, b, kind } => {
                Op::JDocCmp { a: Reg(a), b: Reg(b), kind: Choice(kind), sense: Flag(want), to }
            }
            Ready::In { a, doc } => Op::JDocIn { a: Reg(a), doc: Reg(doc), sense: Flag(want), to },
            Ready::True { a } => Op::JTest { a: Reg(a), sense: Flag(want), to },
        });
    }
}

fn children(e: &Expr) -> Vec<&Expr> {
    match &e.kind {
        ExprKind::Ref { base, steps } => std::iter::once(&**base).chain(steps).collect(),
        ExprKind::CallDocument { args, .. }
        | ExprKind::CallBuiltin { args, .. }
        | ExprKind::Array(args)
        | ExprKind::Set(args) => args.iter().collect(),
        ExprKind::Object(entries) => entries.iter().flat_map(|(k, v)| [k, v]).collect(),
        ExprKind::Compare(_, a, b) | ExprKind::Arith(_, a, b) => vec![a, b],
        ExprKind::In(k, v, c) => k.iter().map(|k| &**k).chain([&**v, &**c]).collect(),
        _ => Vec::new(),
    }
}

fn number(s: &Scalar) -> Option<Num> {
    match s {
        Scalar::Int(v) => Some(Num::Int(*v)),
        Scalar::Fixed(v) => Some(Num::Fixed(Fix::from_raw(*v))),
        _ => None,
    }
}

/// Arithmetic on two numbers, with the library that runs it. Errors are left to run time.
fn fold(op: ArithOp, a: &Scalar, b: &Scalar) -> Option<Scalar> {
    let (a, b) = (number(a)?, number(b)?);
    let result = match op {
        ArithOp::Add => a.add(b),
        ArithOp::Sub => a.sub(b),
        ArithOp::Mul => a.mul(b),
        _ => return None,
    };
    let n = result.ok()?;
    Some(match n.to_int() {
        Some(v) => Scalar::Int(v),
        None => match n {
            Num::Int(v) => Scalar::Int(v),
            Num::Fixed(f) => Scalar::Fixed(f.raw()),
        },
    })
}
