//! The grammar's actions: they build nodes, measure how deep each tree is, and report what the
//! grammar accepted only in order to say something better than "unexpected".

use crate::diagnostic::{Diagnostic, Edit, Fix};
use crate::span::Span;

use super::ast::*;
use super::lexer::Token;
use super::token::Kind;

/// The most levels of a tree, counting the links of chains such as `a + b + c`.
pub const MAX_DEPTH: u32 = 500;

/// A node and how deep it is.
#[derive(Debug)]
pub struct Deep<T> {
    pub(super) node: T,
    pub(super) depth: u32,
}

impl<T> Deep<T> {
    pub(super) fn new(node: T, depth: u32) -> Deep<T> {
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
        Deep { node: Vec::new(), depth: 0 }
    }

    pub(super) fn push(&mut self, item: Deep<T>) {
        self.node.push(item.node);
        self.depth = self.depth.max(item.depth);
    }
}

/// What a head says of its rule, as written. The first field is where the sign stands.
#[derive(Debug)]
pub enum Given {
    None,
    Value(Deep<Expr>),
    Contains(Deep<Expr>, Option<(usize, Deep<Expr>)>),
    /// `p == e`
    Compared(usize, Deep<Expr>),
    /// `p: e`
    Colon(usize, Deep<Expr>),
}

/// The condition of a rule or an `else`, as written.
#[derive(Debug, Default)]
pub struct Cond {
    /// The `if`.
    pub(super) word: Option<usize>,
    pub(super) body: Option<u32>,
    /// Further bodies, as older Rego had them.
    pub(super) more: Vec<(usize, u32)>,
}

/// What one segment gave.
#[derive(Debug)]
pub enum Built {
    Package(Package),
    Import(Import),
    Rule(Box<Rule>),
    Literal(Deep<Literal>),
    Expr(Deep<Expr>),
}

/// What the actions work on: one rule or statement at a time, nested bodies before it.
pub struct Cx<'a> {
    pub(super) text: &'a str,
    /// The tokens of the segment being parsed.
    pub(super) tokens: Vec<Token>,
    /// The bodies that are parsed and not yet part of a statement.
    pub(super) bodies: Vec<Option<Deep<Body>>>,
    pub(super) built: Vec<Built>,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Nesting too deep is said once.
    pub(super) too_deep: bool,
    /// While trying out a piece, nothing is said and nothing is kept.
    pub(super) quiet: bool,
    /// The body at hand follows an `if` without braces.
    pub(super) bare: bool,
}

impl Cx<'_> {
    pub(super) fn say(&mut self, diagnostic: Diagnostic) {
        if !self.quiet {
            self.diagnostics.push(diagnostic);
        }
    }

    pub(super) fn token_span(&self, index: usize) -> Span {
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

    /// The kind of a token of this segment, if there is one.
    pub(super) fn kind(&self, index: usize) -> Option<Kind> {
        self.tokens.get(index).map(|token| token.kind)
    }

    /// The text for the tree; a mere reading needs none.
    fn spelling(&self, span: Span) -> String {
        if self.quiet { String::new() } else { self.source(span).to_string() }
    }

    fn reported(&self, l: usize, r: usize) -> bool {
        self.tokens.get(l..r).is_some_and(|tokens| tokens.iter().any(|token| token.reported))
    }

    pub(super) fn ident(&mut self, l: usize) -> Name {
        let span = self.token_span(l);
        Name { text: self.spelling(span), span }
    }

    pub(super) fn body(&mut self, id: u32) -> Deep<Body> {
        // A mere reading leaves it for the run that builds.
        let taken = if self.quiet { None } else { self.bodies.get_mut(id as usize).and_then(Option::take) };
        taken.unwrap_or(Deep::new(Body { literals: Vec::new(), span: Span::default() }, 0))
    }

    fn push(&mut self, built: Built) {
        if !self.quiet {
            self.built.push(built);
        }
    }

    // Items.

    pub(super) fn package(&mut self, l: usize, path: Deep<Expr>, r: usize) {
        let span = self.span(l, r);
        let path = self.path(path.node, "a package");
        self.push(Built::Package(Package { path, span }));
    }

    pub(super) fn import(&mut self, l: usize, path: Deep<Expr>, alias: Option<Name>, r: usize) {
        let span = self.span(l, r);
        let path = self.path(path.node, "an import");
        self.push(Built::Import(Import { path, alias, span }));
    }

    /// A dotted path; what cannot be a part of one is reported.
    fn path(&mut self, expr: Expr, what: &str) -> Vec<Name> {
        let bad = |cx: &mut Self, span: Span| {
            cx.say(
                Diagnostic::error("E1020", span, format!("the path of {what} is made of names"))
                    .label("not a name")
                    .help("names after dots, or strings in brackets: `a.b[\"c d\"]`"),
            );
        };
        let (base, steps) = match expr.kind {
            ExprKind::Ref { base, steps } => (*base, steps),
            kind => (Expr { kind, span: expr.span }, Vec::new()),
        };
        let mut path = Vec::new();
        match base.kind {
            ExprKind::Name(text) => path.push(Name { text, span: base.span }),
            ExprKind::Error => {}
            _ => bad(self, base.span),
        }
        for step in steps {
            match step {
                Step::Field(name) => path.push(name),
                Step::Index(Expr { kind: ExprKind::Text(text), span }) => path.push(Name { text, span }),
                Step::Index(other) => {
                    if other.kind != ExprKind::Error {
                        bad(self, other.span);
                    }
                    break;
                }
            }
        }
        path
    }

    #[allow(clippy::too_many_arguments, reason = "the parts of a rule")]
    pub(super) fn rule(
        &mut self,
        l: usize,
        default: bool,
        head: Deep<Expr>,
        given: Given,
        cond: Cond,
        branches: Vec<(usize, Option<Deep<Expr>>, Cond, usize)>,
        r: usize,
    ) {
        if self.quiet {
            return;
        }
        let span = self.span(l, r);
        let head_span = head.node.span;
        let (mut path, params) = self.head(head.node);
        let bare = matches!(given, Given::None);
        // Older Rego's `p[x] { … }` collected x into a set.
        let partial = bare
            && cond.word.is_none()
            && params.is_none()
            && matches!(path.last(), Some(Step::Index(_)))
            && path.len() == 2;
        self.condition(&cond, head_span, if partial { Some(&path) } else { None });
        if bare && !default && cond.body.is_none() && branches.is_empty() && !self.reported(l, r) {
            self.not_a_rule(head_span, &path, params.is_some());
        }
        if default {
            self.default_rule(head_span, &given, &cond, &branches);
        }
        let mut value = self.given(given);
        // It goes on as what was meant, so that nothing else is told about it.
        if partial
            && cond.body.is_some()
            && let Some(Step::Index(key)) = path.pop_if(|step| matches!(step, Step::Index(_)))
        {
            value.0 = HeadValue::Contains(key);
        }
        let head = Head { path, params, span: value.1.map_or(head_span, |value| head_span.to(value)), value: value.0 };
        let body = cond.body.map(|id| self.body(id).node);
        let mut otherwise = Vec::new();
        for (from, value, cond, to) in branches {
            let span = self.span(from, to);
            let word = self.token_span(from);
            if value.is_none() && cond.body.is_none() {
                let place = Span { start: word.end, end: word.end };
                self.say(
                    Diagnostic::error("E1012", word, "an `else` without a value and without a condition")
                        .label("a value or an `if` is missing after this")
                        .fix("give a value", place, " := true"),
                );
            }
            self.condition(&cond, word, None);
            let body = cond.body.map(|id| self.body(id).node);
            otherwise.push(Else { value: value.map(|value| value.node), body, span });
        }
        self.built.push(Built::Rule(Box::new(Rule { default, head, body, otherwise, span })));
    }

    /// The steps and parameters of a head that was read as an expression.
    fn head(&mut self, expr: Expr) -> (Vec<Step>, Option<Vec<Expr>>) {
        let (expr, params) = match expr.kind {
            ExprKind::Call { function, args } => (*function, Some(args)),
            kind => (Expr { kind, span: expr.span }, None),
        };
        let (base, rest) = match expr.kind {
            ExprKind::Ref { base, steps } => (*base, steps),
            kind => (Expr { kind, span: expr.span }, Vec::new()),
        };
        let first = match base.kind {
            ExprKind::Name(text) => Name { text, span: base.span },
            ExprKind::Error => Name { text: "_".to_string(), span: base.span },
            kind => {
                let what = match kind {
                    ExprKind::Call { .. } => "a call cannot be looked into in the head of a rule",
                    _ => "a rule begins with its name",
                };
                self.say(Diagnostic::error("E1026", base.span, what).label("not the name of a rule").help(
                    "a rule is `name := value`, `name contains value` or `name(parameters) := value`, then `if`",
                ));
                Name { text: "_".to_string(), span: base.span }
            }
        };
        let mut path = vec![Step::Field(first)];
        path.extend(rest);
        (path, params)
    }

    fn not_a_rule(&mut self, span: Span, path: &[Step], function: bool) {
        let text = self.source(span).to_string();
        let said = Diagnostic::error("E1026", span, "this is not a rule: it has neither a value nor a condition");
        let after = Span { start: span.end, end: span.end };
        let said = match path {
            [Step::Field(name), Step::Index(key)] if !function => {
                let (name, key) = (self.source(name.span).to_string(), self.source(key.span).to_string());
                said.label("`:=`, `contains` or `if` expected").help("older Rego's `p[x]` is now `p contains x`").fix(
                    "write `contains`",
                    span,
                    format!("{name} contains {key}"),
                )
            }
            [Step::Field(name)] if is_foreign(&name.text) => said.label("not a keyword").help(foreign_help(&name.text)),
            _ => said.label("`:=`, `contains` or `if` expected").fix("give a value", after, " := true"),
        };
        let said = if text.len() > 80 { said.help("a rule is `name := value if { conditions }`") } else { said };
        self.say(said);
    }

    fn default_rule(
        &mut self,
        head: Span,
        given: &Given,
        cond: &Cond,
        branches: &[(usize, Option<Deep<Expr>>, Cond, usize)],
    ) {
        let said = |span: Span, text: &str| Diagnostic::error("E1026", span, text);
        if let Some((at, ..)) = branches.first() {
            let span = self.token_span(*at);
            return self.say(said(span, "a default has no `else`").label("not possible here"));
        }
        if let Some(at) = cond.word.or(cond.more.first().map(|(at, _)| *at)) {
            let span = self.token_span(at);
            return self.say(
                said(span, "a default has no condition")
                    .label("not possible here")
                    .help("it is the value when no other rule of that name holds"),
            );
        }
        if matches!(given, Given::None) {
            let end = Span { start: head.end, end: head.end };
            self.say(said(head, "a default needs a value").label("`:=` and a value expected after this").fix(
                "give a value",
                end,
                " := false",
            ));
        }
    }

    fn given(&mut self, given: Given) -> (HeadValue, Option<Span>) {
        match given {
            Given::None => (HeadValue::True, None),
            Given::Value(value) => {
                let span = value.node.span;
                (HeadValue::Value(value.node), Some(span))
            }
            Given::Contains(member, extra) => {
                let span = member.node.span;
                if let Some((at, value)) = extra {
                    let both = self.token_span(at).to(value.node.span);
                    self.say(
                        Diagnostic::error("E1011", both, "a rule gives a value or has `contains`, not both")
                            .label("not possible after `contains`")
                            .help("for an object of keys and values write `p[key] := value`"),
                    );
                }
                (HeadValue::Contains(member.node), Some(span))
            }
            Given::Compared(at, value) | Given::Colon(at, value) => {
                let sign = self.token_span(at);
                let written = self.source(sign).to_string();
                let span = value.node.span;
                if !self.reported(at, at + 1) {
                    let said = Diagnostic::error(
                        "E1011",
                        sign,
                        format!("the head of a rule gives its value with `:=`, not `{written}`"),
                    )
                    .label("`:=` expected")
                    .fix("write `:=`", sign, if written == ":" { " :=" } else { ":=" });
                    self.say(if written == "==" {
                        said.help("a condition stands after `if`: `name if x == 1`")
                    } else {
                        said
                    });
                }
                (HeadValue::Value(value.node), Some(span))
            }
        }
    }

    /// Reports a body that stands without `if`, and bodies after it.
    fn condition(&mut self, cond: &Cond, head: Span, partial: Option<&[Step]>) {
        if let Some((at, _)) = cond.more.first()
            && !self.reported(*at, at + 1)
        {
            self.several_bodies(cond, *at, head);
        }
        let (None, Some(id)) = (cond.word, cond.body) else { return };
        let Some(span) = self.bodies.get(id as usize).and_then(|body| body.as_ref()).map(|body| body.node.span) else {
            return;
        };
        let at = self.tokens.iter().position(|token| token.kind == Kind::Body(id)).unwrap_or(0);
        if self.reported(at, at + 1) || self.reported(0, 1) || !cond.more.is_empty() {
            return;
        }
        let open = Span { start: span.start, end: span.start + 1 };
        let insert = Span { start: span.start, end: span.start };
        let is_else = self.source(head) == "else";
        if let Some([Step::Field(name), Step::Index(key)]) = partial {
            let (name, key) = (self.source(name.span).to_string(), self.source(key.span).to_string());
            let whole = Span { start: head.start, end: span.start };
            self.say(
                Diagnostic::error("E1009", whole, "a rule that collects a set is written with `contains` and `if`")
                    .label("the form of older Rego")
                    .fix("rewrite the head", whole, format!("{name} contains {key} if ")),
            );
            return;
        }
        let what = if is_else { "this `else`" } else { "this rule" };
        let space =
            if self.source(Span { start: span.start.saturating_sub(1), end: span.start }) == " " { "" } else { " " };
        self.say(
            Diagnostic::error("E1009", open, format!("`if` is missing before the body of {what}"))
                .label("`if` expected before this")
                .fix("insert `if`", insert, format!("{space}if ")),
        );
    }

    /// Bodies after the first: each becomes a rule with the same head.
    fn several_bodies(&mut self, cond: &Cond, at: usize, head: Span) {
        let second = self.token_span(at);
        let mut said =
            Diagnostic::error("E1010", Span { start: second.start, end: second.start + 1 }, "a rule has one body")
                .label("a second body begins here")
                .related(head, "the rule")
                .help("each alternative is a rule of its own, with its head");
        let first = self.tokens.iter().position(|token| Some(token.kind) == cond.body.map(Kind::Body));
        if let Some(first) = first.filter(|_| self.source(head) != "else") {
            let start = self.token_span(0).start;
            let body = self.token_span(first).start;
            let text = self.source(Span { start, end: body }).trim_end();
            let text = text.strip_suffix("if").filter(|_| cond.word.is_some()).unwrap_or(text).trim_end().to_string();
            let mut edits = Vec::new();
            if cond.word.is_none() {
                edits.push(Edit { span: Span { start: body, end: body }, text: "if ".to_string() });
            }
            for (at, _) in &cond.more {
                let span = Span { start: self.token_span(at - 1).end, end: self.token_span(*at).start };
                edits.push(Edit { span, text: format!("\n\n{text} if ") });
            }
            said.fixes.push(Fix { title: "write a rule for each".to_string(), edits });
        }
        self.say(said);
    }

    // Statements.

    pub(super) fn literal(&mut self, l: usize, kind: Deep<LiteralKind>, with: Vec<Deep<With>>, r: usize) {
        let span = self.span(l, r);
        let mut depth = kind.depth;
        let mut list = Vec::with_capacity(with.len());
        for with in with {
            depth = depth.max(with.depth);
            list.push(with.node);
        }
        self.push(Built::Literal(Deep::new(Literal { kind: kind.node, with: list, span }, depth)));
    }

    pub(super) fn whole(&mut self, expr: Deep<Expr>) {
        self.push(Built::Expr(expr));
    }

    pub(super) fn negated(&mut self, l: usize, expr: Deep<Expr>) -> Deep<LiteralKind> {
        if let ExprKind::Binary { op: BinaryOp::Assign, op_span, .. } = &expr.node.kind {
            let (op, word) = (*op_span, self.token_span(l));
            self.say(
                Diagnostic::error("E1022", op, "a negated statement cannot assign")
                    .label("nothing would be assigned")
                    .related(word, "negated here")
                    .fix("compare", op, "=="),
            );
        }
        expr.map(LiteralKind::Not)
    }

    pub(super) fn some_names(&mut self, l: usize, terms: Deep<Vec<Expr>>) -> Deep<LiteralKind> {
        if self.quiet {
            return Deep::new(LiteralKind::Error, 0);
        }
        let mut names = Vec::new();
        for term in terms.node {
            match term.kind {
                ExprKind::Name(text) => names.push(Name { text, span: term.span }),
                ExprKind::Error => {}
                _ => {
                    let word = self.token_span(l);
                    self.say(
                        Diagnostic::error("E1022", term.span, "`some` declares names")
                            .label("not a name")
                            .related(word, "the `some`")
                            .help("`some x, y`, or `some key, value in collection`"),
                    );
                }
            }
        }
        Deep::new(LiteralKind::SomeNames(names), 1)
    }

    pub(super) fn some_in(&mut self, l: usize, terms: Deep<Vec<Expr>>, collection: Deep<Expr>) -> Deep<LiteralKind> {
        let mut terms = terms;
        let depth = terms.depth.max(collection.depth);
        if terms.node.len() > 2 {
            let span = terms.node[2].span;
            let word = self.token_span(l);
            self.say(
                Diagnostic::error("E1022", span, "`some … in` takes a key and a value")
                    .label("one too many")
                    .related(word, "the `some`"),
            );
            terms.node.truncate(2);
        }
        let Some(value) = terms.node.pop() else { return Deep::new(LiteralKind::Error, 0) };
        let key = terms.node.pop();
        Deep::new(LiteralKind::SomeIn { key, value, collection: collection.node }, depth)
    }

    pub(super) fn every(
        &mut self,
        l: usize,
        terms: Deep<Vec<Expr>>,
        collection: Deep<Expr>,
        b: u32,
    ) -> Deep<LiteralKind> {
        let body = self.body(b);
        if self.quiet {
            return Deep::new(LiteralKind::Error, 0);
        }
        let word = self.token_span(l);
        let mut names = Vec::new();
        for term in terms.node {
            let text = match term.kind {
                ExprKind::Name(text) => text,
                ExprKind::Error => "_".to_string(),
                _ => {
                    self.say(
                        Diagnostic::error("E1022", term.span, "`every` binds names only")
                            .label("not a name")
                            .related(word, "the `every`")
                            .help("`every value in collection { … }` or `every key, value in collection { … }`"),
                    );
                    "_".to_string()
                }
            };
            names.push(Name { text, span: term.span });
        }
        if names.len() > 2 {
            self.say(
                Diagnostic::error("E1022", names[2].span, "`every` takes a key and a value")
                    .label("one too many")
                    .related(word, "the `every`"),
            );
            names.truncate(2);
        }
        let Some(value) = names.pop() else { return Deep::new(LiteralKind::Error, 0) };
        let depth = collection.depth.max(body.depth) + 1;
        let kind = LiteralKind::Every { key: names.pop(), value, collection: collection.node, body: body.node };
        if self.over(depth, word) { Deep::new(LiteralKind::Error, 0) } else { Deep::new(kind, depth) }
    }

    pub(super) fn with(&mut self, l: usize, target: Deep<Expr>, value: Deep<Expr>, r: usize) -> Deep<With> {
        let span = self.span(l, r);
        let fits = match &target.node.kind {
            ExprKind::Name(_) | ExprKind::Error => true,
            ExprKind::Ref { base, .. } => matches!(base.kind, ExprKind::Name(_) | ExprKind::Error),
            _ => false,
        };
        if !fits {
            self.say(
                Diagnostic::error("E1023", target.node.span, "`with` replaces `input…`, `data…` or a function")
                    .label("not a place that can be replaced")
                    .help("`with input.user as \"ann\"`; a function is named without arguments"),
            );
        }
        target.with(value, |target, value| With { target, value, span })
    }
}

/// Words that begin something in other languages.
pub fn is_foreign(word: &str) -> bool {
    matches!(
        word,
        "def"
            | "fn"
            | "func"
            | "function"
            | "fun"
            | "rule"
            | "allow_if"
            | "for"
            | "foreach"
            | "while"
            | "return"
            | "let"
            | "var"
            | "const"
            | "and"
            | "or"
            | "then"
            | "elif"
            | "elsif"
            | "elseif"
            | "when"
            | "unless"
            | "module"
            | "permit"
            | "forbid"
            | "end"
            | "is"
            | "where"
            | "switch"
            | "case"
            | "match"
    )
}

/// What to write in place of such a word.
pub fn foreign_help(word: &str) -> &'static str {
    match word {
        "def" | "fn" | "func" | "function" | "fun" => "a function is a rule with parameters: `f(x) := x + 1`",
        "for" | "foreach" | "while" => "`some x in xs` finds members, `every x in xs { … }` holds for all of them",
        "return" => "a rule gives its value in its head: `p := value if { … }`",
        "let" | "var" | "const" => "a variable is assigned with `x := value`",
        "and" => "statements on lines of their own, or with `;` between, must all hold",
        "or" => "for alternatives write the rule twice, or use `x in {1, 2}`",
        "then" | "when" | "unless" | "where" => "conditions stand after `if`: `p if { x; not y }`",
        "elif" | "elsif" | "elseif" => "`else := value if { … }`",
        "module" => "a file begins with `package name`",
        "is" => "values are compared with `==`",
        "switch" | "case" | "match" => "write one rule for each case, or `else`",
        _ => "a rule is `name := value if { conditions }`",
    }
}
