//! The grammar's actions: they build nodes, measure how deep each tree is, and report what the
//! grammar accepted only in order to say something better than "unexpected".

use crate::diagnostic::Diagnostic;
use crate::span::Span;

use super::ast::*;
use super::lexer::Token;
use super::strings;
use super::token::Kind;

/// The most levels of statements, functions, brackets, unary operators, `..` and `^` in one another.
pub const MAX_NEST: u32 = 200;
/// The most levels in all, counting the links of left-hand chains such as `a + b + c` and `a.b.c`.
pub const MAX_DEPTH: u32 = 1000;

/// How deep a tree is.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Depth {
    /// Every level.
    pub all: u32,
    /// Without the links of left-hand chains.
    pub nest: u32,
}

impl Depth {
    fn max(self, other: Depth) -> Depth {
        Depth { all: self.all.max(other.all), nest: self.nest.max(other.nest) }
    }

    /// One level around this.
    pub(super) fn wrapped(self) -> Depth {
        Depth { all: self.all + 1, nest: self.nest + 1 }
    }
}

/// A node and its depth.
#[derive(Debug)]
pub struct Deep<T> {
    pub(super) node: T,
    pub(super) depth: Depth,
}

impl<T> Deep<T> {
    pub(super) fn new(node: T, depth: Depth) -> Deep<T> {
        Deep { node, depth }
    }

    /// The same depth around another node.
    pub(super) fn map<U>(self, make: impl FnOnce(T) -> U) -> Deep<U> {
        Deep { node: make(self.node), depth: self.depth }
    }

    /// Two nodes side by side.
    pub(super) fn with<U, V>(self, other: Deep<U>, make: impl FnOnce(T, U) -> V) -> Deep<V> {
        Deep { node: make(self.node, other.node), depth: self.depth.max(other.depth) }
    }

    /// A list of one.
    pub(super) fn list(first: Deep<T>) -> Deep<Vec<T>> {
        Deep { node: vec![first.node], depth: first.depth }
    }
}

impl<T> Deep<Vec<T>> {
    pub(super) fn empty() -> Deep<Vec<T>> {
        Deep { node: Vec::new(), depth: Depth::default() }
    }

    pub(super) fn push(&mut self, item: Deep<T>) {
        self.node.push(item.node);
        self.depth = self.depth.max(item.depth);
    }
}

/// A function's parameters; the dots as the index of their token.
#[derive(Debug, Default)]
pub struct Params {
    pub(super) names: Vec<Ident>,
    pub(super) vararg: Option<usize>,
}

/// Which side of an operator may be long without nesting.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Chain {
    Left,
    Right,
}

/// What the actions work on: one block at a time, nested blocks before the ones around them.
pub struct Cx<'a> {
    pub(super) text: &'a str,
    /// The tokens of the block being parsed.
    pub(super) tokens: Vec<Token>,
    /// The blocks that are parsed and not yet part of a statement.
    pub(super) blocks: Vec<Option<Deep<Block>>>,
    /// The statements of the block so far, and how deep the deepest of them is.
    pub(super) stmts: Deep<Vec<Stmt>>,
    /// The token after the last complete statement.
    pub(super) done: usize,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Nesting too deep is said once.
    pub(super) too_deep: bool,
    /// While trying out a piece, nothing is said.
    pub(super) quiet: bool,
}

type Body = (Params, u32, usize);
type FuncName = (Vec<Ident>, Option<Ident>);

impl Cx<'_> {
    pub(super) fn say(&mut self, diagnostic: Diagnostic) {
        if !self.quiet {
            self.diagnostics.push(diagnostic);
        }
    }

    fn token_span(&self, index: usize) -> Span {
        self.tokens.get(index).map_or(Span::default(), |token| token.span)
    }

    /// The text from the token `l` up to, not including, the token `r`.
    pub(super) fn span(&self, l: usize, r: usize) -> Span {
        let first = self.token_span(l);
        if r <= l { Span { start: first.start, end: first.start } } else { first.to(self.token_span(r - 1)) }
    }

    pub(super) fn source(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// The text for the tree; a mere reading needs none.
    fn spelling(&self, span: Span) -> String {
        if self.quiet { String::new() } else { self.source(span).to_string() }
    }

    /// Whether no line break stands between two places.
    pub(super) fn same_line(&self, before: Span, after: Span) -> bool {
        let between = self.text.get(before.end as usize..after.start as usize);
        between.is_some_and(|text| !text.contains(['\n', '\r']))
    }

    pub(super) fn ident(&mut self, l: usize) -> Ident {
        let span = self.token_span(l);
        Ident { name: self.spelling(span), span }
    }

    // Depth.

    fn over(&mut self, depth: Depth, span: Span) -> bool {
        if depth.nest <= MAX_NEST && depth.all <= MAX_DEPTH {
            return false;
        }
        if !self.too_deep {
            self.too_deep = true;
            let start = Span { start: span.start, end: span.start + 1 };
            let at = if span.end - span.start > 200 { start } else { span };
            let said = if depth.nest > MAX_NEST {
                Diagnostic::error("E0007", at, format!("this is nested more than {MAX_NEST} levels deep"))
                    .label("the outermost level that fits is inside")
                    .help("give parts of it names with `local`, or build it in steps; `..` chains: use `table.concat`")
            } else {
                Diagnostic::error("E0007", at, format!("this chain has more than {MAX_DEPTH} links"))
                    .label("the chain begins here")
                    .help("split it over several statements")
            };
            self.say(said);
        }
        true
    }

    fn bound(&mut self, node: Expr, depth: Depth) -> Deep<Expr> {
        if self.over(depth, node.span) {
            return Deep::new(Expr { kind: ExprKind::Error, span: node.span }, Depth::default());
        }
        Deep::new(node, depth)
    }

    fn expr(&mut self, kind: ExprKind, span: Span, depth: Depth) -> Deep<Expr> {
        self.bound(Expr { kind, span }, depth)
    }

    // Statements.

    /// A statement without parts.
    pub(super) fn leaf(&mut self, kind: StmtKind) -> Deep<StmtKind> {
        Deep::new(kind, Depth::default())
    }

    pub(super) fn finish(&mut self, l: usize, r: usize, stmt: Deep<StmtKind>) {
        let span = self.span(l, r);
        self.done = r;
        if self.over(stmt.depth, span) {
            self.stmts.push(Deep::new(Stmt { kind: StmtKind::Error, span }, Depth::default()));
        } else {
            self.stmts.push(stmt.map(|kind| Stmt { kind, span }));
        }
    }

    pub(super) fn finish_return(&mut self, l: usize, r: usize, values: Option<Deep<Vec<Expr>>>) {
        let values = values.unwrap_or_else(Deep::empty);
        self.finish(l, r, values.map(StmtKind::Return));
    }

    fn block(&mut self, id: u32) -> Deep<Block> {
        // A mere reading leaves it for the run that builds.
        if self.quiet {
            return Deep::new(Block::default(), Depth::default());
        }
        let taken = self.blocks.get_mut(id as usize).and_then(Option::take);
        taken.unwrap_or(Deep::new(Block::default(), Depth::default()))
    }

    fn wrap<T>(part: Deep<T>, make: impl FnOnce(T) -> StmtKind) -> Deep<StmtKind> {
        let depth = part.depth.wrapped();
        Deep::new(make(part.node), depth)
    }

    pub(super) fn do_block(&mut self, b: u32) -> Deep<StmtKind> {
        Self::wrap(self.block(b), StmtKind::Do)
    }

    pub(super) fn while_loop(&mut self, cond: Deep<Expr>, b: u32) -> Deep<StmtKind> {
        Self::wrap(cond.with(self.block(b), |cond, body| (cond, body)), |(cond, body)| StmtKind::While { cond, body })
    }

    pub(super) fn repeat_loop(&mut self, b: u32, cond: Deep<Expr>) -> Deep<StmtKind> {
        Self::wrap(cond.with(self.block(b), |cond, body| (cond, body)), |(cond, body)| StmtKind::Repeat { body, cond })
    }

    pub(super) fn if_chain(
        &mut self,
        cond: Deep<Expr>,
        b: u32,
        clauses: Vec<(usize, Option<Deep<Expr>>, u32)>,
    ) -> Deep<StmtKind> {
        let mut arms = Deep::list(cond.with(self.block(b), |cond, body| (cond, body)));
        let mut otherwise: Option<(usize, Deep<Block>)> = None;
        for (at, cond, b) in clauses {
            let body = self.block(b);
            if let Some((first, _)) = &otherwise {
                let (here, first) = (self.token_span(at), self.token_span(*first));
                let word = self.tokens.get(at).map_or("", |token| token.kind.text());
                self.say(
                    Diagnostic::error("E0017", here, format!("`{word}` after `else`"))
                        .label("this can never run")
                        .related(first, "the last part begins here")
                        .help("`else` comes once, as the last part of an `if`"),
                );
                continue;
            }
            match cond {
                Some(cond) => arms.push(cond.with(body, |cond, body| (cond, body))),
                None => otherwise = Some((at, body)),
            }
        }
        let mut depth = arms.depth;
        let otherwise = otherwise.map(|(_, body)| {
            depth = depth.max(body.depth);
            body.node
        });
        Deep::new(StmtKind::If { arms: arms.node, otherwise }, depth.wrapped())
    }

    pub(super) fn numeric_for(&mut self, var: Ident, values: Deep<Vec<Expr>>, b: u32) -> Deep<StmtKind> {
        let Deep { node: values, depth } = values;
        let count = values.len();
        let whole = values.iter().map(|value| value.span).reduce(Span::to).unwrap_or(var.span);
        let broken = values.iter().any(|value| value.kind == ExprKind::Error);
        if !(2..=3).contains(&count) && !broken {
            let text = if count < 2 { "the last value is missing" } else { "too many values" };
            self.say(
                Diagnostic::error("E0015", whole, "a numeric `for` takes two or three values")
                    .label(text)
                    .help("`for i = first, last do` or `for i = first, last, step do`"),
            );
        }
        let missing = Span { start: whole.end, end: whole.end };
        let mut values = values.into_iter();
        let mut next = || values.next().unwrap_or(Expr { kind: ExprKind::Error, span: missing });
        let (start, limit) = (next(), next());
        let step = values.next();
        let Deep { node: body, depth: inner } = self.block(b);
        Deep::new(StmtKind::NumericFor { var, start, limit, step, body }, depth.max(inner).wrapped())
    }

    pub(super) fn generic_for(&mut self, vars: Vec<Ident>, exprs: Deep<Vec<Expr>>, b: u32) -> Deep<StmtKind> {
        let both = exprs.with(self.block(b), |exprs, body| (exprs, body));
        Self::wrap(both, |(exprs, body)| StmtKind::GenericFor { vars, exprs, body })
    }

    fn function(&mut self, l: usize, body: Body) -> Deep<Box<Function>> {
        let (params, b, r) = body;
        let span = self.span(l, r);
        let vararg = params.vararg.map(|at| self.token_span(at));
        let body = self.block(b);
        let depth = body.depth.wrapped();
        Deep::new(Box::new(Function { params: params.names, vararg, body: body.node, span }), depth)
    }

    pub(super) fn function_stmt(&mut self, l: usize, name: FuncName, body: Body) -> Deep<StmtKind> {
        let func = self.function(l, body);
        let (path, method) = name;
        let mut path = path.into_iter();
        let Some(name) = path.next() else { return Deep::new(StmtKind::Error, Depth::default()) };
        let fields = path.collect();
        func.map(|func| StmtKind::Function { name, fields, method, func })
    }

    pub(super) fn nameless_function(&mut self, l: usize, body: Body) -> Deep<StmtKind> {
        let at = self.token_span(l);
        if !self.tokens.get(l).is_some_and(|token| token.reported) {
            self.say(
                Diagnostic::error("E0016", at, "a function statement needs a name")
                    .label("a name is missing after this")
                    .help("write `function name(…)`, or assign the function: `local name = function(…)`"),
            );
        }
        let func = self.function(l, body);
        let span = func.node.span;
        let depth = func.depth;
        let value = self.expr(ExprKind::Function(func.node), span, depth);
        // A local without a name a program could spell, so that the body is still checked.
        let name = AttribName { name: Ident { name: "_".to_string(), span: at }, attrib: None };
        value.map(|value| StmtKind::Local { names: vec![name], values: vec![value] })
    }

    pub(super) fn local_function(&mut self, l: usize, name: FuncName, body: Body) -> Deep<StmtKind> {
        let func = self.function(l + 1, body);
        let (path, method) = name;
        let local = self.token_span(l);
        let whole = path.iter().chain(&method).map(|part| part.span).reduce(Span::to).unwrap_or(local);
        if path.len() > 1 || method.is_some() {
            self.say(
                Diagnostic::error("E0016", whole, "a local function has a plain name")
                    .label("this is a field")
                    .help("a field belongs to its table, which is local or not; leave out `local`")
                    .fix("remove `local`", Span { start: local.start, end: self.token_span(l + 1).start }, ""),
            );
            let mut path = path.into_iter();
            let Some(name) = path.next() else { return Deep::new(StmtKind::Error, Depth::default()) };
            let fields = path.collect();
            return func.map(|func| StmtKind::Function { name, fields, method, func });
        }
        let Some(name) = path.into_iter().next() else { return Deep::new(StmtKind::Error, Depth::default()) };
        func.map(|func| StmtKind::LocalFunction { name, func })
    }

    pub(super) fn local(&mut self, names: Vec<AttribName>, values: Option<Deep<Vec<Expr>>>) -> Deep<StmtKind> {
        values.unwrap_or_else(Deep::empty).map(|values| StmtKind::Local { names, values })
    }

    fn is_target(expr: &Expr) -> bool {
        matches!(expr.kind, ExprKind::Name(_) | ExprKind::Field { .. } | ExprKind::Index { .. })
    }

    fn not_a_target(&mut self, expr: &Expr) {
        if expr.kind == ExprKind::Error {
            return;
        }
        let what = match expr.kind {
            ExprKind::Paren(_) => "an expression in parentheses",
            _ => "the result of a call",
        };
        self.say(
            Diagnostic::error("E0012", expr.span, format!("{what} cannot be assigned to"))
                .label("not a place for a value")
                .help("assign to a name, `t.name` or `t[key]`; to compare, write `==`"),
        );
    }

    pub(super) fn assign(&mut self, targets: Deep<Vec<Expr>>, values: Deep<Vec<Expr>>) -> Deep<StmtKind> {
        let mut targets = targets;
        for target in &mut targets.node {
            if !Self::is_target(target) {
                self.not_a_target(target);
                target.kind = ExprKind::Error;
            }
        }
        targets.with(values, |targets, values| StmtKind::Assign { targets, values })
    }

    pub(super) fn op_assign(&mut self, target: Deep<Expr>, o: usize, value: Deep<Expr>) -> Deep<StmtKind> {
        let at = self.token_span(o);
        if !Self::is_target(&target.node) {
            self.not_a_target(&target.node);
            return Deep::new(StmtKind::Error, Depth::default());
        }
        let sign = self.source(at).to_string();
        let op = sign.trim_end_matches('=');
        let place = self.source(target.node.span).to_string();
        let operand = self.source(value.node.span).to_string();
        let simple = !matches!(value.node.kind, ExprKind::Binary { .. });
        let operand = if simple { operand } else { format!("({operand})") };
        let whole = target.node.span.to(value.node.span);
        self.say(Diagnostic::error("E0010", at, format!("Lua has no `{sign}`")).label("not an operator").fix(
            "write it out",
            whole,
            format!("{place} = {place} {op} {operand}"),
        ));
        // The operator's meaning does not matter to what is checked later; that the place is read does.
        let copy = target.node.clone();
        let depth = target.depth;
        let sum = ExprKind::Binary { op: BinOp::Add, op_span: at, left: Box::new(copy), right: Box::new(value.node) };
        let sum = self.expr(sum, whole, depth.max(value.depth).wrapped());
        target.with(sum, |target, sum| StmtKind::Assign { targets: vec![target], values: vec![sum] })
    }

    pub(super) fn increment(&mut self, target: Deep<Expr>, o: usize) -> Deep<StmtKind> {
        let at = self.token_span(o);
        let place = self.source(target.node.span).to_string();
        let said = Diagnostic::error("E0010", at, "Lua has no `++`").label("not an operator").fix(
            "write it out",
            target.node.span.to(at),
            format!("{place} = {place} + 1"),
        );
        self.say(said);
        let value = self.atom(o, ExprKind::Error);
        self.assign(Deep::list(target), Deep::list(value))
    }

    /// Whether something in this range was reported already.
    fn reported_in(&self, span: Span) -> bool {
        let from = self.tokens.partition_point(|token| token.span.end <= span.start);
        let inside = self.tokens[from..].iter().take_while(|token| token.span.start < span.end);
        inside.into_iter().any(|token| token.reported)
    }

    pub(super) fn call_stmt(&mut self, expr: Deep<Expr>) -> Deep<StmtKind> {
        if matches!(expr.node.kind, ExprKind::Call { .. } | ExprKind::Method { .. }) {
            return expr.map(StmtKind::Call);
        }
        let follows = self
            .stmts
            .node
            .last()
            .is_some_and(|last| last.kind == StmtKind::Error && self.same_line(last.span, expr.node.span));
        if expr.node.kind != ExprKind::Error && !follows && !self.quiet && !self.reported_in(expr.node.span) {
            let said = super::mistakes::lone_expression(self, &expr.node);
            self.say(said);
        }
        Deep::new(StmtKind::Error, Depth::default())
    }

    // Expressions.

    pub(super) fn atom(&mut self, l: usize, kind: ExprKind) -> Deep<Expr> {
        let span = self.token_span(l);
        Deep::new(Expr { kind, span }, Depth::default())
    }

    pub(super) fn name(&mut self, l: usize) -> Deep<Expr> {
        let span = self.token_span(l);
        let name = self.spelling(span);
        self.atom(l, ExprKind::Name(name))
    }

    pub(super) fn number(&mut self, l: usize) -> Deep<Expr> {
        let span = self.token_span(l);
        // A malformed number was reported by the lexer.
        let text = self.source(span);
        let kind = if super::token::is_numeral(text) { ExprKind::Number(text.to_string()) } else { ExprKind::Error };
        self.atom(l, kind)
    }

    pub(super) fn string(&mut self, l: usize) -> Deep<Expr> {
        let span = self.token_span(l);
        if self.quiet {
            return self.atom(l, ExprKind::Nil);
        }
        let literal = self.source(span);
        // Typographic quotes were reported by the lexer.
        if !literal.starts_with(['"', '\'', '[']) {
            return self.atom(l, ExprKind::Error);
        }
        let (bytes, _) = strings::decode(literal, span.start as usize);
        self.atom(l, ExprKind::Str(bytes))
    }

    pub(super) fn function_expr(&mut self, l: usize, body: Body) -> Deep<Expr> {
        let func = self.function(l, body);
        let (span, depth) = (func.node.span, func.depth);
        self.expr(ExprKind::Function(func.node), span, depth)
    }

    pub(super) fn named_function_expr(&mut self, l: usize, name: FuncName, body: Body) -> Deep<Expr> {
        let (path, method) = name;
        if let Some(span) = path.iter().chain(&method).map(|part| part.span).reduce(Span::to) {
            self.say(
                Diagnostic::error("E0016", span, "a function used as a value has no name")
                    .label("not allowed here")
                    .help("the name of a function is what it is assigned to; `local function` lets it call itself")
                    .fix("remove the name", span, ""),
            );
        }
        self.function_expr(l, body)
    }

    pub(super) fn paren(&mut self, l: usize, e: Deep<Expr>, r: usize) -> Deep<Expr> {
        let span = self.span(l, r);
        let depth = e.depth.wrapped();
        self.expr(ExprKind::Paren(Box::new(e.node)), span, depth)
    }

    /// A link of a left-hand chain: the object side may be long, the rest nests.
    fn link(object: Depth, rest: Depth) -> Depth {
        let inside = Depth { all: rest.all, nest: rest.nest + 1 };
        let both = object.max(inside);
        Depth { all: both.all + 1, nest: both.nest }
    }

    pub(super) fn index(&mut self, object: Deep<Expr>, key: Deep<Expr>, r: usize) -> Deep<Expr> {
        let span = object.node.span.to(self.span(r.saturating_sub(1), r));
        let depth = Self::link(object.depth, key.depth);
        self.expr(ExprKind::Index { object: Box::new(object.node), key: Box::new(key.node) }, span, depth)
    }

    pub(super) fn field(&mut self, object: Deep<Expr>, name: Ident) -> Deep<Expr> {
        let span = object.node.span.to(name.span);
        let depth = Self::link(object.depth, Depth::default());
        self.expr(ExprKind::Field { object: Box::new(object.node), name }, span, depth)
    }

    pub(super) fn call(&mut self, callee: Deep<Expr>, args: Deep<Vec<Expr>>, r: usize) -> Deep<Expr> {
        let span = callee.node.span.to(self.span(r.saturating_sub(1), r));
        let depth = Self::link(callee.depth, args.depth);
        self.expr(ExprKind::Call { callee: Box::new(callee.node), args: args.node }, span, depth)
    }

    pub(super) fn method(&mut self, object: Deep<Expr>, name: Ident, args: Deep<Vec<Expr>>, r: usize) -> Deep<Expr> {
        let span = object.node.span.to(self.span(r.saturating_sub(1), r));
        let depth = Self::link(object.depth, args.depth);
        self.expr(ExprKind::Method { object: Box::new(object.node), name, args: args.node }, span, depth)
    }

    pub(super) fn trailing_comma(&mut self, at: usize) {
        let span = self.token_span(at);
        self.say(
            Diagnostic::error("E0014", span, "a comma after the last argument")
                .label("nothing follows it")
                .help("tables may end with a comma, calls may not")
                .fix("remove the comma", span, ""),
        );
    }

    pub(super) fn table(&mut self, l: usize, items: Deep<Vec<TableItem>>, r: usize) -> Deep<Expr> {
        let span = self.span(l, r);
        let depth = items.depth.wrapped();
        self.expr(ExprKind::Table(items.node), span, depth)
    }

    pub(super) fn binary(
        &mut self,
        left: Deep<Expr>,
        o: usize,
        op: BinOp,
        right: Deep<Expr>,
        chain: Chain,
    ) -> Deep<Expr> {
        let span = left.node.span.to(right.node.span);
        let op_span = self.token_span(o);
        let depth = match chain {
            Chain::Left => Self::link(left.depth, right.depth),
            Chain::Right => left.depth.max(right.depth).wrapped(),
        };
        let (left, right) = (Box::new(left.node), Box::new(right.node));
        self.expr(ExprKind::Binary { op, op_span, left, right }, span, depth)
    }

    pub(super) fn unary(&mut self, l: usize, op: UnOp, operand: Deep<Expr>) -> Deep<Expr> {
        let span = self.token_span(l).to(operand.node.span);
        let depth = operand.depth.wrapped();
        self.expr(ExprKind::Unary { op, operand: Box::new(operand.node) }, span, depth)
    }

    /// The kind of a token of this block, if there is one.
    pub(super) fn kind(&self, index: usize) -> Option<Kind> {
        self.tokens.get(index).map(|token| token.kind)
    }
}
