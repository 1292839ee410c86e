//! Statements: each becomes literals, and those of a body are put into a safe order.

use super::call::{Called, function_path};
use super::hir::{Body, Expr, ExprKind, Literal, LiteralKind, VarId, With};
use super::names::Lowering;
use super::safety::{Bound, Order};
use super::scope::{Origin, unwrap};
use gatos_syntax::rgs::ast::{self, BinaryOp};
use gatos_syntax::span::Span;

impl Lowering<'_, '_> {
    /// The literals of a body, in the order written.
    pub fn literals(&mut self, body: &ast::Body) -> Vec<Literal> {
        let mut out = Vec::new();
        for l in &body.literals {
            self.literal(l, &mut out);
        }
        out
    }

    fn literal(&mut self, l: &ast::Literal, out: &mut Vec<Literal>) {
        let with = self.with(&l.with);
        let start = out.len();
        match &l.kind {
            ast::LiteralKind::Expr(e) => self.statement(e, l.span, out),
            ast::LiteralKind::Not(e) => {
                let scope = self.scopes.push();
                let first = self.scopes.variables.len();
                self.negated.push(scope);
                let mut inner = Vec::new();
                self.statement(e, e.span, &mut inner);
                let (body, _) = self.order(inner, &mut []);
                self.negated_wildcards(scope, first);
                self.negated.pop();
                self.scopes.pop();
                out.push(Literal { kind: LiteralKind::Not(body), with: Vec::new(), span: l.span });
            }
            ast::LiteralKind::SomeNames(names) => {
                for name in names {
                    if name.text != "_" {
                        self.declare(&name.text, name.span, Origin::Some);
                    }
                }
            }
            ast::LiteralKind::SomeIn { key, value, collection } => {
                let collection = self.expr(collection);
                let outer = self.some_from.replace(self.scopes.variables.len());
                let key = key.as_ref().map(|k| self.pattern(k, Origin::Some));
                let value = self.pattern(value, Origin::Some);
                self.some_from = outer;
                out.push(plain(LiteralKind::Some { key, value, collection }, l.span));
            }
            ast::LiteralKind::Every { key, value, collection, body } => {
                let collection = self.expr(collection);
                self.scopes.push();
                let named = |s: &mut Self, n: &ast::Name| {
                    if n.text == "_" {
                        s.fresh(n.span, Origin::Parameter)
                    } else {
                        s.declare(&n.text, n.span, Origin::Parameter)
                    }
                };
                let key = key.as_ref().map(|k| named(self, k));
                let value = named(self, value);
                let (_, body) = self.closure(&[], body);
                self.scopes.pop();
                out.push(plain(LiteralKind::Every { key, value, collection, body }, l.span));
            }
            ast::LiteralKind::Error => {}
        }
        for made in &mut out[start..] {
            made.with.clone_from(&with);
        }
    }

    /// An expression that stands as a statement.
    fn statement(&mut self, e: &ast::Expr, span: Span, out: &mut Vec<Literal>) {
        let e = unwrap(e);
        match &e.kind {
            ast::ExprKind::Binary { op: BinaryOp::Assign, left, right, op_span } => {
                if !self.negated.is_empty() && self.negated.last() == Some(&self.scopes.current()) {
                    self.error("E1022", *op_span, "`not` cannot declare a variable").fix(
                        "compare with `==`",
                        *op_span,
                        "==",
                    );
                }
                let value = self.expr(right);
                let target = self.target(left);
                out.push(plain(LiteralKind::Unify(target, value), span));
            }
            ast::ExprKind::Binary { op: BinaryOp::Unify, left, right, .. } => {
                let left = self.expr(left);
                let right = self.expr(right);
                unify(left, right, span, out);
            }
            ast::ExprKind::Call { function, args } => self.call_statement(function, args, e.span, span, out),
            _ => {
                let e = self.expr(e);
                out.push(plain(LiteralKind::Test(e), span));
            }
        }
    }

    fn call_statement(
        &mut self,
        function: &ast::Expr,
        args: &[ast::Expr],
        call: Span,
        span: Span,
        out: &mut Vec<Literal>,
    ) {
        if let Some((path, _)) = function_path(function) {
            let name = path.join(".");
            // What is printed goes nowhere that a decision could notice.
            if name == "print" && self.known_function(&path, call).is_err() {
                for a in args {
                    self.expr(a);
                }
                return;
            }
            // Operators written as functions, with a place for the result: `plus(1, 2, x)`.
            if let [a, b, result] = args
                && self.is_operator(&name)
            {
                let two = [a.clone(), b.clone()];
                let value = self.call(function, &two, call, false).value;
                let result = self.expr(result);
                unify(result, value, span, out);
                return;
            }
            if let [a, b] = args
                && matches!(name.as_str(), "eq" | "assign")
                && self.known_function(&path, call).is_err()
            {
                let left = if name == "assign" { self.target(a) } else { self.expr(a) };
                let right = self.expr(b);
                unify(left, right, span, out);
                return;
            }
        }
        let Called { value, output } = self.call(function, args, call, true);
        match output {
            Some(output) => {
                let output = self.expr(output);
                unify(output, value, span, out);
            }
            None => out.push(plain(LiteralKind::Test(value), span)),
        }
    }

    /// The left of `:=`: names, and arrays and objects of them.
    fn target(&mut self, e: &ast::Expr) -> Expr {
        use ast::ExprKind as K;
        let e = unwrap(e);
        match &e.kind {
            K::Name(_) => self.pattern(e, Origin::Assigned),
            K::Array(items) => {
                let items = items.iter().map(|i| self.target(i)).collect();
                Expr { kind: ExprKind::Array(items), span: e.span }
            }
            K::Object(entries) => {
                let entries = entries.iter().map(|(k, v)| (self.expr(k), self.target(v))).collect();
                Expr { kind: ExprKind::Object(entries), span: e.span }
            }
            K::Null | K::Bool(_) | K::Number(_) | K::Text(_) | K::Negate(_) | K::Error => self.expr(e),
            _ => {
                self.error("E1104", e.span, "`:=` declares variables, and this is none")
                    .label("not a name")
                    .help("compare with `==`, or choose a name");
                self.expr(e)
            }
        }
    }

    /// Puts literals into a safe order, and checks that what is computed from them (`tails`) can
    /// be. Tells which variables nothing gives a value.
    pub fn order(&mut self, literals: Vec<Literal>, tails: &mut [Expr]) -> (Body, Bound) {
        let scope = self.scopes.current();
        let mut literals = literals;
        // What was rewritten once is not looked at again.
        let mut rewritten: Vec<bool> = vec![false; literals.len()];
        let mut tails_rewritten = false;
        loop {
            let order = Order { scopes: &self.scopes.homes, scope };
            let mut done = order.run(&mut literals, Bound::default());
            let mut missing = Vec::new();
            if done.stuck.is_empty() {
                let before = done.bound.clone();
                for tail in tails.iter() {
                    order.eval(tail, &mut done.bound, &mut missing);
                }
                if missing.is_empty() {
                    let mut slots: Vec<Option<Literal>> = literals.into_iter().map(Some).collect();
                    let literals = done.order.iter().filter_map(|i| slots[*i].take()).collect();
                    return (Body { literals }, done.bound);
                }
                if !tails_rewritten {
                    tails_rewritten = true;
                    let made = self.take_out(tails.iter_mut(), &before, &[]);
                    rewritten.resize(rewritten.len() + made.len(), true);
                    literals.extend(made);
                    continue;
                }
            } else if self.rewrite(&mut literals, &mut rewritten, &done.stuck, &done.bound) {
                continue;
            }
            self.unsafe_variables(&literals, tails);
            let mut slots: Vec<Option<Literal>> = literals.into_iter().map(Some).collect();
            let mut all: Vec<Literal> = done.order.iter().filter_map(|i| slots[*i].take()).collect();
            all.extend(slots.into_iter().flatten());
            return (Body { literals: all }, done.bound);
        }
    }

    /// Takes references out of literals that wait for a variable which they give themselves.
    fn rewrite(
        &mut self,
        literals: &mut Vec<Literal>,
        rewritten: &mut Vec<bool>,
        stuck: &[(usize, Vec<VarId>)],
        bound: &Bound,
    ) -> bool {
        let mut changed = false;
        // From the end, so that indexes keep their meaning.
        for (i, _) in stuck.iter().rev() {
            if std::mem::replace(&mut rewritten[*i], true) {
                continue;
            }
            let mut l = literals[*i].clone();
            let with = l.with.clone();
            let made = match &mut l.kind {
                LiteralKind::Test(e) => self.take_out([e].into_iter(), bound, &with),
                LiteralKind::Unify(a, b) => {
                    let mut made = self.take_out([&mut *a, &mut *b].into_iter(), bound, &with);
                    made.extend(self.taken(&with, |order, fresh, pairs| {
                        order.take_waiting(a, bound, fresh, pairs);
                        order.take_waiting(b, bound, fresh, pairs);
                    }));
                    made
                }
                LiteralKind::Some { collection, .. } | LiteralKind::Every { collection, .. } => {
                    self.take_out([collection].into_iter(), bound, &with)
                }
                LiteralKind::Not(_) => Vec::new(),
            };
            if made.is_empty() {
                continue;
            }
            changed = true;
            literals[*i] = l;
            rewritten.splice(*i..*i, made.iter().map(|_| true));
            literals.splice(*i..*i, made);
        }
        changed
    }

    fn take_out<'e>(&mut self, from: impl Iterator<Item = &'e mut Expr>, bound: &Bound, with: &[With]) -> Vec<Literal> {
        self.taken(with, |order, fresh, pairs| from.for_each(|e| order.take_out(e, bound, fresh, pairs)))
    }

    /// The literals for what is taken out of an expression: a made variable and its value each.
    fn taken(
        &mut self,
        with: &[With],
        take: impl FnOnce(&Order<'_>, &mut dyn FnMut(&Expr) -> VarId, &mut Vec<Expr>),
    ) -> Vec<Literal> {
        let scope = self.scopes.current();
        let homes = std::mem::take(&mut self.scopes.homes);
        let order = Order { scopes: &homes, scope };
        let (mut pairs, mut made) = (Vec::new(), Vec::new());
        let mut fresh = |e: &Expr| {
            made.push(e.span);
            VarId((homes.len() + made.len() - 1) as u32)
        };
        take(&order, &mut fresh, &mut pairs);
        self.scopes.homes = homes;
        for span in made {
            self.fresh(span, Origin::Made);
        }
        let mut out = Vec::new();
        let mut pairs = pairs.into_iter();
        while let (Some(stand_in), Some(value)) = (pairs.next(), pairs.next()) {
            let span = value.span;
            out.push(Literal { kind: LiteralKind::Unify(stand_in, value), with: with.to_vec(), span });
        }
        out
    }

    fn unsafe_variables(&mut self, literals: &[Literal], tails: &[Expr]) {
        // One mistake is told once; a broken pattern leaves its variables without values.
        if std::mem::replace(&mut self.failed, true) {
            return;
        }
        let order = Order { scopes: &self.scopes.homes, scope: self.scopes.current() };
        for v in order.causes(literals, tails) {
            let about = self.scopes.variables[v.0 as usize].clone();
            self.unsafe_variable(v, &about);
        }
    }

    /// Inside `not` nothing gets a value, so `_` stands for none.
    fn negated_wildcards(&mut self, scope: u32, first: usize) {
        let wildcard = (first..self.scopes.homes.len())
            .find(|i| self.scopes.homes[*i] == scope && self.scopes.variables[*i].origin == Origin::Wildcard);
        if let Some(i) = wildcard
            && !std::mem::replace(&mut self.failed, true)
        {
            let about = self.scopes.variables[i].clone();
            self.unsafe_variable(VarId(i as u32), &about);
        }
    }

    fn unsafe_variable(&mut self, v: VarId, about: &super::scope::Variable) {
        let negated = self.negated.contains(&self.scopes.homes[v.0 as usize]);
        let (name, span) = (&about.name, about.span);
        if about.origin == Origin::Wildcard || name.is_empty() {
            let said =
                self.error("E1101", span, "unsafe `_`: nothing gives it a value here").label("stands for no value");
            if negated {
                said.help("say `every x in xs { x != 1 }` for \"none of them\"")
                    .help("or give the condition a rule of its own, and negate that rule");
            } else {
                said.help(
                    "`_` stands for each member as a step, `xs[_]`, or for anything in a pattern, `[_, x] := pair`",
                );
            }
            return;
        }
        let near = self.near(name);
        let said = self
            .error("E1101", span, format!("unsafe variable `{name}`: nothing gives it a value"))
            .label("has no value");
        match (near, about.origin) {
            (Some(near), Origin::Implicit) => {
                said.help(format!("did you mean `{near}`?")).fix(format!("write `{near}`"), span, near);
            }
            (_, Origin::Some) => {
                said.help(format!("`some {name} in xs` gives it each member; `some {name}` alone gives it none"));
            }
            _ => {
                said.help(format!("give it a value with `{name} := ...`, or each member with `some {name} in xs`"));
            }
        }
    }
}

pub(super) fn plain(kind: LiteralKind, span: Span) -> Literal {
    Literal { kind, with: Vec::new(), span }
}

/// Two sides made equal. Arrays of one length are matched place by place, so that each side may
/// give values to the other.
fn unify(left: Expr, right: Expr, span: Span, out: &mut Vec<Literal>) {
    match (left.kind, right.kind) {
        (ExprKind::Array(a), ExprKind::Array(b)) if a.len() == b.len() && !a.is_empty() => {
            for (a, b) in a.into_iter().zip(b) {
                // A constant matched with itself says nothing.
                if a.kind == b.kind && matches!(a.kind, ExprKind::Scalar(_)) {
                    continue;
                }
                unify(a, b, span, out);
            }
        }
        (ExprKind::Object(a), ExprKind::Object(b)) if same_keys(&a, &b) => {
            let mut a = a;
            let mut b = b;
            a.sort_by(|x, y| key_text(&x.0).cmp(&key_text(&y.0)));
            b.sort_by(|x, y| key_text(&x.0).cmp(&key_text(&y.0)));
            for ((_, a), (_, b)) in a.into_iter().zip(b) {
                unify(a, b, span, out);
            }
        }
        (left_kind, right_kind) => {
            let left = Expr { kind: left_kind, span: left.span };
            let right = Expr { kind: right_kind, span: right.span };
            out.push(plain(LiteralKind::Unify(left, right), span));
        }
    }
}

fn key_text(e: &Expr) -> Option<&str> {
    match &e.kind {
        ExprKind::Scalar(super::hir::Scalar::Text(t)) => Some(t),
        _ => None,
    }
}

/// Whether both objects have the same keys, all of them strings written out, each once.
fn same_keys(a: &[(Expr, Expr)], b: &[(Expr, Expr)]) -> bool {
    let keys = |entries: &[(Expr, Expr)]| -> Option<Vec<String>> {
        let mut keys: Vec<String> =
            entries.iter().map(|(k, _)| key_text(k).map(str::to_string)).collect::<Option<_>>()?;
        keys.sort();
        let count = keys.len();
        keys.dedup();
        (keys.len() == count).then_some(keys)
    };
    match (keys(a), keys(b)) {
        (Some(a), Some(b)) => a == b && !a.is_empty(),
        _ => false,
    }
}
