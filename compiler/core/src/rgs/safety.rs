//! The order of literals: each stands where every variable it needs has a value. Written order
//! is kept where it can be. What can stand nowhere names the variables that nothing gives a value.

use super::hir::{Expr, ExprKind, Literal, LiteralKind, VarId, WithValue};
use super::visit;
use std::collections::{BTreeMap, BTreeSet};

/// Causes told of one body; more help nobody, and finding them takes time.
const MAX_CAUSES: usize = 20;

/// Variables that have a value. What was added since a mark can be taken back.
#[derive(Clone, Default, Debug)]
pub(super) struct Bound {
    has: Vec<bool>,
    log: Vec<VarId>,
}

impl Bound {
    pub fn contains(&self, v: VarId) -> bool {
        self.has.get(v.0 as usize).copied().unwrap_or(false)
    }

    pub fn insert(&mut self, v: VarId) -> bool {
        let at = v.0 as usize;
        if self.has.len() <= at {
            self.has.resize(at + 1, false);
        }
        let new = !self.has[at];
        if new {
            self.has[at] = true;
            self.log.push(v);
        }
        new
    }

    fn undo(&mut self, mark: usize) {
        for v in self.log.drain(mark..) {
            self.has[v.0 as usize] = false;
        }
    }
}

/// How the variables of one scope get their values.
pub(super) struct Order<'v> {
    /// The scope of each variable.
    pub scopes: &'v [u32],
    /// The scope whose literals are ordered; variables of others have values.
    pub scope: u32,
}

/// The result of ordering.
pub(super) struct Ordered {
    /// Indexes of literals, in order.
    pub order: Vec<usize>,
    /// Those that can stand nowhere, with a variable that each waits for.
    pub stuck: Vec<(usize, Vec<VarId>)>,
    /// What has a value at the end.
    pub bound: Bound,
}

impl Order<'_> {
    fn own(&self, v: VarId) -> bool {
        self.scopes.get(v.0 as usize) == Some(&self.scope)
    }

    fn needs(&self, v: VarId, bound: &Bound) -> bool {
        self.own(v) && !bound.contains(v)
    }

    /// The variables of this scope that an expression mentions, also in closures.
    fn mentions(&self, e: &Expr, bound: &Bound, missing: &mut Vec<VarId>) {
        visit::expr(e, &mut |e| {
            if let ExprKind::Var(v) = e.kind
                && self.needs(v, bound)
                && !missing.contains(&v)
            {
                missing.push(v);
            }
        });
    }

    /// Evaluates: variables must have values, except as steps, where they get one.
    pub fn eval(&self, e: &Expr, bound: &mut Bound, missing: &mut Vec<VarId>) {
        match &e.kind {
            ExprKind::Var(v) => {
                if self.needs(*v, bound) {
                    missing.push(*v);
                }
            }
            ExprKind::Ref { base, steps } => {
                self.eval(base, bound, missing);
                for step in steps {
                    self.bind(step, bound, missing);
                }
            }
            ExprKind::ArrayComp(..) | ExprKind::SetComp(..) | ExprKind::ObjectComp(..) | ExprKind::Template(_) => {
                self.mentions(e, bound, missing);
            }
            _ => visit::parts(e, &mut |part| {
                if let visit::Part::Expr(e) = part {
                    self.eval(e, bound, missing);
                }
            }),
        }
    }

    /// Matches a pattern against a value: its variables get values.
    fn bind(&self, e: &Expr, bound: &mut Bound, missing: &mut Vec<VarId>) {
        match &e.kind {
            ExprKind::Var(v) => {
                if self.own(*v) {
                    bound.insert(*v);
                }
            }
            ExprKind::Array(items) => items.iter().for_each(|i| self.bind(i, bound, missing)),
            ExprKind::Object(entries) => {
                for (k, v) in entries {
                    self.eval(k, bound, missing);
                    self.bind(v, bound, missing);
                }
            }
            _ => self.eval(e, bound, missing),
        }
    }

    /// What a body mentions.
    fn body_mentions(&self, body: &super::hir::Body, bound: &Bound, missing: &mut Vec<VarId>) {
        visit::body(body, &mut |e| {
            if let ExprKind::Var(v) = e.kind
                && self.needs(v, bound)
                && !missing.contains(&v)
            {
                missing.push(v);
            }
        });
    }

    /// Tries a literal where `bound` have values, and adds what it gives. Sides of a unification are
    /// swapped so that the right one can be evaluated; the left is a pattern.
    fn literal(&self, l: &mut Literal, bound: &mut Bound) -> Result<(), Vec<VarId>> {
        let start = bound.log.len();
        let mut missing = Vec::new();
        for with in &l.with {
            if let WithValue::Value(e) = &with.value {
                self.eval(e, bound, &mut missing);
            }
        }
        match &mut l.kind {
            LiteralKind::Test(e) => self.eval(e, bound, &mut missing),
            LiteralKind::Unify(a, b) => {
                let (mark, count) = (bound.log.len(), missing.len());
                self.eval(b, bound, &mut missing);
                self.bind(a, bound, &mut missing);
                if missing.len() > count {
                    bound.undo(mark);
                    let mut turned = Vec::new();
                    self.eval(a, bound, &mut turned);
                    self.bind(b, bound, &mut turned);
                    if turned.is_empty() {
                        std::mem::swap(a, b);
                        missing.truncate(count);
                    } else {
                        missing.extend(turned);
                    }
                }
            }
            LiteralKind::Not(body) => self.body_mentions(body, bound, &mut missing),
            LiteralKind::Some { key, value, collection } => {
                self.eval(collection, bound, &mut missing);
                if let Some(key) = key {
                    self.bind(key, bound, &mut missing);
                }
                self.bind(value, bound, &mut missing);
            }
            LiteralKind::Every { collection, body, .. } => {
                self.eval(collection, bound, &mut missing);
                self.body_mentions(body, bound, &mut missing);
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        bound.undo(start);
        Err(missing)
    }

    /// Orders literals. Always takes the first in written order that can stand.
    pub fn run(&self, literals: &mut [Literal], bound: Bound) -> Ordered {
        let mut bound = bound;
        let mut order = Vec::with_capacity(literals.len());
        let mut ready: BTreeSet<usize> = (0..literals.len()).collect();
        let mut waiting: BTreeMap<VarId, Vec<usize>> = BTreeMap::new();
        let mut blocked: BTreeMap<usize, Vec<VarId>> = BTreeMap::new();
        while let Some(i) = ready.pop_first() {
            let mark = bound.log.len();
            match self.literal(&mut literals[i], &mut bound) {
                Ok(()) => {
                    order.push(i);
                    for v in &bound.log[mark..] {
                        for waiter in waiting.remove(v).unwrap_or_default() {
                            if blocked.remove(&waiter).is_some() {
                                ready.insert(waiter);
                            }
                        }
                    }
                }
                Err(missing) => {
                    for v in &missing {
                        waiting.entry(*v).or_default().push(i);
                    }
                    blocked.insert(i, missing);
                }
            }
        }
        Ordered { order, stuck: blocked.into_iter().collect(), bound }
    }

    /// The fewest variables, found greedily, that would let everything stand: the causes among
    /// those that wait.
    pub fn causes(&self, literals: &[Literal], tails: &[Expr]) -> Vec<VarId> {
        let mut literals = literals.to_vec();
        let mut given = Bound::default();
        let mut out = Vec::new();
        loop {
            let mut done = self.run(&mut literals, given.clone());
            let cause = match done.stuck.first() {
                Some((_, missing)) => missing.first().copied(),
                None => {
                    let mut missing = Vec::new();
                    for tail in tails {
                        self.eval(tail, &mut done.bound, &mut missing);
                    }
                    missing.first().copied()
                }
            };
            let Some(v) = cause else { return out };
            if !given.insert(v) {
                return out;
            }
            out.push(v);
            if out.len() == MAX_CAUSES {
                return out;
            }
        }
    }

    /// Whether a reference has steps that get values.
    fn visits(&self, steps: &[Expr], bound: &Bound) -> bool {
        steps.iter().any(|s| match &s.kind {
            ExprKind::Var(v) => self.needs(*v, bound),
            ExprKind::Array(_) | ExprKind::Object(_) => {
                let mut missing = Vec::new();
                self.mentions(s, bound, &mut missing);
                !missing.is_empty()
            }
            _ => false,
        })
    }

    /// Takes what waits for a variable out of a pattern: in `[f(i), i] = a` the first is compared once
    /// the second has a value.
    pub fn take_waiting(
        &self,
        e: &mut Expr,
        bound: &Bound,
        fresh: &mut dyn FnMut(&Expr) -> VarId,
        out: &mut Vec<Expr>,
    ) {
        let inner: Vec<&mut Expr> = match &mut e.kind {
            ExprKind::Array(items) => items.iter_mut().collect(),
            ExprKind::Object(entries) => entries.iter_mut().map(|(_, v)| v).collect(),
            _ => return,
        };
        for e in inner {
            match e.kind {
                ExprKind::Array(_) | ExprKind::Object(_) => self.take_waiting(e, bound, fresh, out),
                ExprKind::Var(_) | ExprKind::Scalar(_) => {}
                _ => {
                    let mut missing = Vec::new();
                    self.mentions(e, bound, &mut missing);
                    if missing.is_empty() {
                        continue;
                    }
                    let v = fresh(e);
                    let stand_in = Expr { kind: ExprKind::Var(v), span: e.span };
                    out.push(stand_in.clone());
                    out.push(std::mem::replace(e, stand_in));
                }
            }
        }
    }

    /// Takes references that give values to variables out of an expression: `f(i, a[i])` needs
    /// `i` before its place is reached. `fresh` names what stands in for them.
    pub fn take_out(&self, e: &mut Expr, bound: &Bound, fresh: &mut dyn FnMut(&Expr) -> VarId, out: &mut Vec<Expr>) {
        match &mut e.kind {
            ExprKind::Ref { base, steps } => {
                self.take_out(base, bound, fresh, out);
                for s in steps.iter_mut() {
                    self.take_out(s, bound, fresh, out);
                }
                if !self.visits(steps, bound) {
                    return;
                }
            }
            ExprKind::CallDocument { args: items, .. }
            | ExprKind::CallBuiltin { args: items, .. }
            | ExprKind::Array(items)
            | ExprKind::Set(items) => {
                items.iter_mut().for_each(|s| self.take_out(s, bound, fresh, out));
                return;
            }
            ExprKind::Object(entries) => {
                for (k, v) in entries {
                    self.take_out(k, bound, fresh, out);
                    self.take_out(v, bound, fresh, out);
                }
                return;
            }
            ExprKind::Compare(_, a, b) | ExprKind::Arith(_, a, b) => {
                self.take_out(a, bound, fresh, out);
                self.take_out(b, bound, fresh, out);
                return;
            }
            ExprKind::In(k, v, c) => {
                if let Some(k) = k {
                    self.take_out(k, bound, fresh, out);
                }
                self.take_out(v, bound, fresh, out);
                self.take_out(c, bound, fresh, out);
                return;
            }
            _ => return,
        }
        let v = fresh(e);
        let stand_in = Expr { kind: ExprKind::Var(v), span: e.span };
        out.push(Expr { kind: ExprKind::Var(v), span: e.span });
        out.push(std::mem::replace(e, stand_in));
    }
}
