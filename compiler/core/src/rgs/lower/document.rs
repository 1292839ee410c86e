//! Documents: a function for each, which puts together what its rules give.

use super::Cx;
use super::expr::Collect;
use super::fx::Fx;
use super::scan;
use crate::ir::link::{Function, Variables};
use crate::rgs::hir::{Branch, DocumentId, DocumentKind, Leaf, Rule, Scalar};
use gatos_elc::ops::{Choice, Count, Env, Flag, Memo, N, Op, Reg, RuleId};
use gatos_syntax::span::Span;

/// The function of a document.
pub(super) fn document(cx: &mut Cx<'_>, id: DocumentId) -> Function {
    let bundle = cx.bundle;
    let document = &bundle.documents[id.0 as usize];
    let params = match document.kind {
        DocumentKind::Function(n) => n,
        _ => 0,
    };
    let memo = cx.memos[id.0 as usize];
    let first_rule = cx.first_rule[id.0 as usize];
    let place = document.rules.first().or(document.default.as_ref());
    let (file, span) = place.map_or((0, Span::default()), |r| (r.file, r.span));
    let mut fx = Fx::new(cx, params);
    fx.code.file = file;
    fx.span = place.map_or(span, |r| r.head_span);
    let value = fx.alloc();
    if let (Some(slot), None) = (document.replaced_by, function_params(document.kind)) {
        fx.if_replaced(slot.0, value);
    }
    let done = fx.label();
    if let Some(memo) = memo {
        fx.emit(Op::MemoGet { dst: Reg(value), memo: Memo(memo), to: done.to() });
    } else {
        fx.nil(value);
    }
    if memo.is_some() {
        // Functions come back early more often than not.
        fx.share(&document.rules.iter().collect::<Vec<_>>());
    }
    match document.kind {
        DocumentKind::Set => {
            fx.begin(Collect::Set, value);
            for (rule, i) in document.rules.iter().zip(first_rule..) {
                fx.contribute(rule, i, value, false);
            }
            fx.emit(Op::DocSeal { acc: Reg(value) });
        }
        DocumentKind::Object => fx.object_document(&document.rules, first_rule, value),
        DocumentKind::Complete | DocumentKind::Function(_) => {
            let conflict = u8::from(function_params(document.kind).is_some());
            fx.single(&document.rules, document.default.as_ref(), first_rule, value, params, conflict);
        }
    }
    fx.code.file = file;
    fx.span = place.map_or(span, |r| r.head_span);
    if let Some(memo) = memo {
        fx.emit(Op::MemoSet { memo: Memo(memo), a: Reg(value) });
    }
    fx.bind(done);
    fx.emit(Op::Return { first: Reg(value), n: N::Fixed(1) });
    fx.finish(params, document.path.join("."), file, span)
}

fn function_params(kind: DocumentKind) -> Option<u8> {
    match kind {
        DocumentKind::Function(n) => Some(n),
        _ => None,
    }
}

/// The function of the query.
pub(super) fn query(cx: &mut Cx<'_>, rule: &Rule) -> Function {
    let mut fx = Fx::new(cx, 0);
    let value = fx.alloc();
    fx.code.file = rule.file;
    fx.span = rule.span;
    fx.nil(value);
    for branch in &rule.branches {
        fx.rule(rule);
        fx.solutions(|fx| {
            fx.body(&branch.body);
            let reg = fx.expr(&branch.value, None);
            fx.move_to(value, reg);
        });
    }
    fx.emit(Op::Return { first: Reg(value), n: N::Fixed(1) });
    fx.finish(0, "<query>".to_string(), rule.file, rule.span)
}

impl Fx<'_, '_> {
    fn finish(mut self, params: u8, name: String, file: u32, span: Span) -> Function {
        if let Some(span) = self.full {
            self.cx.too_large(file, span);
        }
        let regs = self.registers();
        let conditions = std::mem::take(&mut self.conditions);
        let code = self.code.finish(Span { start: span.end, end: span.end });
        Function {
            params,
            vararg: false,
            regs,
            cells: 0,
            captures: Vec::new(),
            code: code.ops,
            spans: code.spans,
            literals: Self::take_conditions(conditions, &code.places),
            variables: Variables::default(),
            files: code.files,
            file,
            name,
            span,
            is_chunk: false,
        }
    }

    /// Returns what a slot holds in place of the document.
    fn if_replaced(&mut self, slot: u32, value: u8) {
        let (own, none) = (self.label(), self.label());
        self.emit(Op::EnvGet { dst: Reg(value), env: Env(slot) });
        self.if_nil(value, true, own);
        self.emit(Op::JDocKind { a: Reg(value), kind: Choice(0), n: N::Fixed(1), to: none.to() });
        let mark = self.mark();
        self.unwrap(value, value);
        self.release(mark);
        self.emit(Op::Return { first: Reg(value), n: N::Fixed(1) });
        self.bind(none);
        self.nil(value);
        self.emit(Op::Return { first: Reg(value), n: N::Fixed(1) });
        self.bind(own);
    }

    fn fired(&mut self, rule: u32) {
        self.emit(Op::Fired { rule: RuleId(rule) });
    }

    /// Runs a rule's branches: `success` is emitted where one holds. Once a branch had a solution
    /// those after it do not count. With `stops`, the first solution ends the search.
    fn branches(&mut self, rule: &Rule, params: u8, stops: bool, mut success: impl FnMut(&mut Self, &Branch)) {
        self.rule(rule);
        let chained = rule.branches.len() > 1;
        let mark = self.mark();
        let held = if chained { Some(self.alloc()) } else { None };
        self.solutions(|fx| {
            for (pattern, arg) in rule.params.iter().zip(0..params) {
                fx.unify_value(pattern, arg);
            }
            let end = fx.label();
            for (i, branch) in rule.branches.iter().enumerate() {
                let last = i + 1 == rule.branches.len();
                if let (Some(held), false) = (held, last) {
                    fx.emit(Op::LoadBool { dst: Reg(held), value: Flag(false) });
                }
                fx.ordered = stops && super::index::has_errors(&branch.body);
                fx.solutions(|fx| {
                    fx.body(&branch.body);
                    fx.ordered = false;
                    success(fx, branch);
                    if let (Some(held), false) = (held, last) {
                        fx.emit(Op::LoadBool { dst: Reg(held), value: Flag(true) });
                    }
                });
                if let (Some(held), false) = (held, last) {
                    fx.if_true(held, true, end);
                }
            }
            fx.bind(end);
        });
        self.release(mark);
    }

    /// A rule of a set, or of an object without depth.
    fn contribute(&mut self, rule: &Rule, number: u32, acc: u8, keyed: bool) {
        self.branches(rule, 0, false, |fx, branch| {
            let mark = fx.mark();
            let keys: Vec<u8> = rule
                .keys
                .iter()
                .map(|k| {
                    fx.prepare(k);
                    fx.expr(k, None)
                })
                .collect();
            fx.prepare(&branch.value);
            let a = Reg(fx.expr(&branch.value, None));
            let acc = Reg(acc);
            match (keyed, keys.first()) {
                (true, Some(key)) => fx.emit(Op::DocPut { acc, key: Reg(*key), a }),
                _ => fx.emit(Op::DocPush { acc, a }),
            }
            fx.fired(number);
            fx.release(mark);
        });
    }

    fn object_document(&mut self, rules: &[Rule], first_rule: u32, value: u8) {
        let flat = rules.iter().all(|r| r.keys.len() == 1 && r.leaf == Leaf::Value && !super::is_default(r));
        if flat {
            self.begin(Collect::Object, value);
            for (rule, i) in rules.iter().zip(first_rule..) {
                self.contribute(rule, i, value, true);
            }
            self.emit(Op::DocSeal { acc: Reg(value) });
            return;
        }
        // internal.nest(entries): a path of keys, a value, and whether it is a member of a set;
        // null there says that it counts only when nothing else is at the place.
        let base = self.alloc_run(2);
        let list = base + 1;
        self.begin(Collect::Array, list);
        let mut number = first_rule;
        for rule in rules {
            let default = super::is_default(rule);
            self.branches(rule, 0, false, |fx, branch| {
                rule.keys.iter().for_each(|k| fx.prepare(k));
                fx.prepare(&branch.value);
                let mark = fx.mark();
                let keys = fx.row(rule.keys.iter(), 0);
                let path = fx.alloc();
                fx.emit(Op::DocArray { dst: Reg(path), first: Reg(keys), n: Count(rule.keys.len() as u32) });
                let value = fx.expr(&branch.value, None);
                let entry = fx.alloc_run(3);
                fx.move_to(entry, path);
                fx.move_to(entry + 1, value);
                let leaf = Scalar::Bool(rule.leaf == Leaf::Member);
                fx.scalar(if default { &Scalar::Null } else { &leaf }, entry + 2);
                fx.emit(Op::DocArray { dst: Reg(entry), first: Reg(entry), n: Count(3) });
                fx.emit(Op::DocPush { acc: Reg(list), a: Reg(entry) });
                if !default {
                    fx.fired(number);
                }
                fx.release(mark);
            });
            number += u32::from(!default);
        }
        self.emit(Op::DocSeal { acc: Reg(list) });
        self.call_lib(base, "internal.nest", 1);
        self.move_to(value, base);
    }

    /// A complete rule or function: all its rules must agree.
    fn single(&mut self, rules: &[Rule], default: Option<&Rule>, first_rule: u32, value: u8, params: u8, conflict: u8) {
        let end = self.label();
        // Part of the meaning: what else the rules would come to, errors too, is not looked at.
        let same = same_constant(rules);
        for (i, (rule, number)) in rules.iter().zip(first_rule..).enumerate() {
            let only = rules.len() == 1 && rule.branches.len() == 1;
            self.branches(rule, params, same.is_some(), |fx, branch| {
                let mark = fx.mark();
                if let Some(same) = same {
                    // Whatever else holds gives the same.
                    fx.scalar(same, value);
                    fx.fired(number);
                    fx.jump(end);
                    return;
                }
                fx.prepare(&branch.value);
                let reg = fx.expr(&branch.value, None);
                fx.fired(number);
                if only && fx.is_single_solution() {
                    fx.move_to(value, reg);
                    fx.jump(end);
                } else if i == 0 && fx.is_single_solution() {
                    fx.move_to(value, reg);
                } else {
                    let (first, agreed) = (fx.label(), fx.label());
                    fx.if_nil(value, true, first);
                    fx.emit(Op::JDocEq { a: Reg(value), b: Reg(reg), sense: Flag(true), to: agreed.to() });
                    fx.emit(Op::Raise { kind: Choice(conflict) });
                    fx.bind(first);
                    fx.move_to(value, reg);
                    fx.bind(agreed);
                }
                fx.release(mark);
            });
        }
        if let Some(default) = default {
            if same.is_none() && !rules.is_empty() {
                self.if_nil(value, false, end);
            }
            self.branches(default, params, false, |fx, branch| match scan::as_scalar(&branch.value) {
                Some(constant) => fx.scalar(constant, value),
                None => {
                    let reg = fx.expr(&branch.value, None);
                    fx.move_to(value, reg);
                }
            });
        }
        self.bind(end);
    }
}

/// The constant that every branch of some rules gives.
fn same_constant(rules: &[Rule]) -> Option<&Scalar> {
    let mut values = rules.iter().flat_map(|r| &r.branches).map(|b| scan::as_scalar(&b.value));
    let first = values.next()??;
    values.all(|v| v == Some(first)).then_some(first)
}
