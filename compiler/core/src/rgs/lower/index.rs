//! Loops over data that ask an index instead of looking at each member.
//!
//! `some b in data.bindings` followed by `b.subject == input.user` walks those bindings only that
//! answer the key. Members come in the order of the collection, so nothing changes but the work.
//! When the key becomes known only after the loop, and nobody can see the order of solutions, the
//! loops that give it are taken first.

use super::fx::Fx;
use super::scan::{self, Enter};
use crate::rgs::hir::{Body, CompareOp, Expr, ExprKind, Literal, LiteralKind, Scalar, VarId};
use gatos_elc::ops::{IndexId, Op, Reg};
use gatos_elc::program::{Index, IndexKind};

/// A loop over a collection in data.
struct Walk<'e> {
    collection: Vec<String>,
    key: Option<&'e Expr>,
    /// The variable that holds each member.
    member: VarId,
}

/// A condition that an index answers.
struct Question<'e> {
    kind: IndexKind,
    field: Vec<String>,
    key: &'e Expr,
}

/// How a body goes on: what comes first, and the loop with its index.
pub(super) struct Plan<'e> {
    /// Literals, by their place, that give the key its variables.
    pub(super) first: Vec<usize>,
    /// The place of the condition that the index answers.
    pub(super) asked: usize,
    walk: Walk<'e>,
    question: Question<'e>,
}

impl Fx<'_, '_> {
    /// A plan for the first of some literals, when it is a loop that an index can serve.
    pub(super) fn plan<'e>(&self, left: &[(&'e Literal, Option<u8>)]) -> Option<Plan<'e>> {
        if !self.cx.optimise {
            return None;
        }
        let answered = left.iter().take_while(|(_, tested)| tested.is_none()).count();
        let literals: Vec<&Literal> = left[..answered].iter().map(|(l, _)| *l).collect();
        let walk = self.walk_of(literals.first()?)?;
        let mut best: Option<(Vec<usize>, usize, Question<'e>)> = None;
        for (at, literal) in literals.iter().enumerate().skip(1) {
            // What an index leaves out is not evaluated: that must not hide an error.
            if at > 1 && !is_harmless(literals[at - 1]) {
                break;
            }
            for question in questions(literal, walk.member) {
                let Some(first) = self.sources(&literals, at, &walk, question.key) else { continue };
                // A key of its own for each decision finds less than a constant does.
                let better =
                    best.as_ref().is_none_or(|(_, _, q)| scan::is_constant(q.key) && !scan::is_constant(question.key));
                if better {
                    best = Some((first, at, question));
                }
            }
        }
        let (first, asked, question) = best?;
        Some(Plan { first, asked, walk, question })
    }

    fn walk_of<'e>(&self, literal: &'e Literal) -> Option<Walk<'e>> {
        if !literal.with.is_empty() {
            return None;
        }
        let free = |e: &Expr| match e.kind {
            ExprKind::Var(v) if self.var(v).is_none() => Some(v),
            _ => None,
        };
        match &literal.kind {
            LiteralKind::Some { key, value, collection } => {
                let member = free(value)?;
                if let Some(k) = key {
                    free(k).filter(|k| *k != member)?;
                }
                Some(Walk { collection: data_path(collection)?, key: key.as_ref(), member })
            }
            LiteralKind::Unify(a, b) => {
                let (member, over) = free(a).map(|v| (v, b)).or_else(|| free(b).map(|v| (v, a)))?;
                let ExprKind::Ref { base, steps } = &over.kind else { return None };
                if base.kind != ExprKind::Data {
                    return None;
                }
                let (last, path) = steps.split_last()?;
                free(last).filter(|k| *k != member)?;
                let collection: Vec<String> = path.iter().map_while(scan::as_text).map(str::to_string).collect();
                (collection.len() == path.len() && !path.is_empty()).then_some(Walk {
                    collection,
                    key: Some(last),
                    member,
                })
            }
            _ => None,
        }
    }

    /// Which literals must come before the loop so that the key is known; none when that cannot
    /// be, or would show.
    fn sources(&self, literals: &[&Literal], at: usize, walk: &Walk<'_>, key: &Expr) -> Option<Vec<usize>> {
        let mut own = vec![walk.member];
        if let Some(Expr { kind: ExprKind::Var(k), .. }) = walk.key {
            own.push(*k);
        }
        let mut missing = self.unknown(key)?;
        let mut first: Vec<usize> = Vec::new();
        while let Some(v) = missing.pop() {
            if own.contains(&v) || self.ordered {
                return None;
            }
            let given_by = |l: &&Literal| scan::binds(l, &|v| self.var(v).is_some()).contains(&v);
            let source = 1 + literals[1..at].iter().position(given_by)?;
            if first.contains(&source) {
                continue;
            }
            missing.extend(self.movable(literals[source])?);
            first.push(source);
        }
        first.sort_unstable();
        self.stand(literals, &first, key).then_some(first)
    }

    /// Whether some literals, taken in their order before all others, give a key all its variables. Of
    /// `x = y` either may be what the other is to come from.
    fn stand(&self, literals: &[&Literal], first: &[usize], key: &Expr) -> bool {
        let mut given: Vec<VarId> = Vec::new();
        for at in first {
            let l = literals[*at];
            let known = |v: VarId| self.var(v).is_some() || given.contains(&v);
            let ready = |e: &Expr| {
                let mut needed = Vec::new();
                scan::needed(e, &known, &mut needed);
                needed.is_empty()
            };
            let stands = match &l.kind {
                LiteralKind::Some { collection, .. } => ready(collection),
                LiteralKind::Unify(a, b) => match (&a.kind, &b.kind) {
                    (ExprKind::Var(_), ExprKind::Var(_)) => ready(a) || ready(b),
                    (ExprKind::Var(_), _) => ready(b),
                    _ => ready(a),
                },
                _ => false,
            };
            if !stands {
                return false;
            }
            let new = scan::binds(l, &known);
            given.extend(new);
        }
        self.unknown(key).is_some_and(|left| left.iter().all(|v| given.contains(v)))
    }

    /// The unknown variables that a value needs which cannot fail but by being undefined; none for
    /// other expressions.
    fn unknown(&self, e: &Expr) -> Option<Vec<VarId>> {
        let mut out = Vec::new();
        let mut plain = true;
        scan::visit(e, Enter::All, &mut |e| {
            match &e.kind {
                ExprKind::Var(v) if self.var(*v).is_none() => out.push(*v),
                ExprKind::Scalar(_) | ExprKind::Var(_) | ExprKind::Input | ExprKind::Data | ExprKind::Ref { .. } => {}
                _ => plain = false,
            }
            plain
        });
        plain.then_some(out)
    }

    /// What a literal that could be taken first needs itself.
    fn movable(&self, l: &Literal) -> Option<Vec<VarId>> {
        if !l.with.is_empty() {
            return None;
        }
        let given = scan::binds(l, &|v| self.var(v).is_some());
        let needs = match &l.kind {
            LiteralKind::Some { key, value, collection } => {
                let simple = |e: &Expr| matches!(e.kind, ExprKind::Var(v) if self.var(v).is_none());
                if !key.iter().all(simple) || !simple(value) {
                    return None;
                }
                self.unknown(collection)?
            }
            LiteralKind::Unify(a, b) => {
                let value = match (&a.kind, &b.kind) {
                    (ExprKind::Var(v), _) if self.var(*v).is_none() => b,
                    (_, ExprKind::Var(v)) if self.var(*v).is_none() => a,
                    _ => return None,
                };
                self.unknown(value)?
            }
            _ => return None,
        };
        Some(needs.into_iter().filter(|v| !given.contains(v)).collect())
    }

    /// Opens the loop of a plan. Gives the register that says whether the question must still be
    /// tested where it stands.
    pub(super) fn indexed(&mut self, plan: Plan<'_>, asked: &Literal) -> Option<u8> {
        let Plan { walk, question, .. } = plan;
        let glob = matches!(question.kind, IndexKind::Glob(_));
        let index = Index { collection: walk.collection, field: question.field, kind: question.kind };
        let id = match self.cx.indexes.iter().position(|i| *i == index) {
            Some(i) => i,
            None => {
                self.cx.indexes.push(index.clone());
                self.cx.indexes.len() - 1
            }
        };
        let key = self.expr(question.key, None);
        self.keep();
        let strict = if glob { Some(self.alloc()) } else { None };
        let base = self.walk_base();
        let (ask, body) = (self.label(), self.label());
        if let Some(strict) = strict {
            // Strict rules want to hear of each pattern that is none: there every member is tried.
            self.call_lib(strict, "internal.strict", 0);
            self.if_true(strict, false, ask);
            self.data_at(&index.collection, base);
            let exit = self.fail.to();
            self.emit(Op::DocIter { base: Reg(base), exit });
            self.jump(body);
            self.bind(ask);
        }
        let exit = self.fail.to();
        let from = self.code.count();
        self.emit(Op::IndexIter { base: Reg(base), index: IndexId(id as u32), key: Reg(key), exit });
        self.condition_from(from, asked);
        self.bind(body);
        self.opened(base);
        if let Some(key) = walk.key {
            self.unify_value(key, base + 3);
        }
        self.set_var(walk.member, base + 4);
        strict
    }

    fn data_at(&mut self, path: &[String], dst: u8) {
        use gatos_elc::ops::Env;
        self.emit(Op::EnvGet { dst: Reg(dst), env: Env(1) });
        for key in path {
            let key = self.text(key);
            self.emit(Op::DocField { dst: Reg(dst), doc: Reg(dst), key });
        }
    }
}

/// Whether a body can end the query with an error, under strict rules at least.
pub(super) fn has_errors(body: &Body) -> bool {
    !body.literals.iter().all(is_harmless)
}

/// Whether a literal never ends the query, even under strict rules.
fn is_harmless(l: &Literal) -> bool {
    let mut harmless = l.with.is_empty();
    scan::visit_literal(l, Enter::All, &mut |e| {
        harmless &= matches!(
            e.kind,
            ExprKind::Scalar(_)
                | ExprKind::Var(_)
                | ExprKind::Input
                | ExprKind::Data
                | ExprKind::Ref { .. }
                | ExprKind::Array(_)
                | ExprKind::Set(_)
                | ExprKind::ArrayComp(..)
                | ExprKind::SetComp(..)
                | ExprKind::Compare(..)
                | ExprKind::In(..)
        );
        harmless
    });
    harmless
}

/// The path of a place in base data.
fn data_path(e: &Expr) -> Option<Vec<String>> {
    let ExprKind::Ref { base, steps } = &e.kind else { return None };
    let path: Vec<String> = steps.iter().map_while(scan::as_text).map(str::to_string).collect();
    (base.kind == ExprKind::Data && path.len() == steps.len()).then_some(path)
}

/// The field of a member that an expression is.
fn field_of(e: &Expr, member: VarId) -> Option<Vec<String>> {
    match &e.kind {
        ExprKind::Var(v) if *v == member => Some(Vec::new()),
        ExprKind::Ref { base, steps } if base.kind == ExprKind::Var(member) => {
            let path: Vec<String> = steps.iter().map_while(scan::as_text).map(str::to_string).collect();
            (path.len() == steps.len()).then_some(path)
        }
        _ => None,
    }
}

fn mentions(e: &Expr, v: VarId) -> bool {
    let mut found = false;
    scan::visit(e, Enter::All, &mut |e| {
        found |= e.kind == ExprKind::Var(v);
        !found
    });
    found
}

/// What a literal asks of a member that an index can answer.
fn questions<'e>(l: &'e Literal, member: VarId) -> Vec<Question<'e>> {
    if !l.with.is_empty() {
        return Vec::new();
    }
    let mut out = Vec::new();
    let mut equal = |a: &'e Expr, b: &'e Expr| {
        for (side, key) in [(a, b), (b, a)] {
            if let Some(field) = field_of(side, member)
                && !mentions(key, member)
            {
                out.push(Question { kind: IndexKind::Equal, field, key });
            }
        }
    };
    match &l.kind {
        LiteralKind::Unify(a, b) => equal(a, b),
        LiteralKind::Test(Expr { kind: ExprKind::Compare(CompareOp::Eq, a, b), .. }) => equal(a, b),
        LiteralKind::Test(Expr { kind: ExprKind::In(None, key, c), .. }) => {
            if let Some(field) = field_of(c, member)
                && !mentions(key, member)
            {
                out.push(Question { kind: IndexKind::Holds, field, key });
            }
        }
        LiteralKind::Test(Expr { kind: ExprKind::CallBuiltin { name, replaced_by: None, args }, .. })
            if name == "glob.match" && args.len() == 3 =>
        {
            if let (Some(field), Some(delimiters)) = (field_of(&args[0], member), delimiters(&args[1]))
                && !mentions(&args[2], member)
            {
                out.push(Question { kind: IndexKind::Glob(delimiters), field, key: &args[2] });
            }
        }
        _ => {}
    }
    out
}

/// Constant delimiters of a glob, as `glob.match` takes them: none when they are `null`, a dot when
/// the list is empty.
pub(super) fn delimiters(e: &Expr) -> Option<Vec<String>> {
    match &e.kind {
        ExprKind::Scalar(Scalar::Null) => Some(Vec::new()),
        ExprKind::Array(items) if items.is_empty() => Some(vec![".".to_string()]),
        ExprKind::Array(items) => {
            let one = |s: &&str| s.chars().count() == 1;
            let list: Vec<String> = items.iter().map_while(scan::as_text).filter(one).map(str::to_string).collect();
            (list.len() == items.len()).then_some(list)
        }
        _ => None,
    }
}
