//! What went wrong, in words, and what is put in its place so that the rest can be read.

use crate::diagnostic::{Diagnostic, Edit, Fix};
use crate::span::Span;

use super::brackets::starts_item;
use super::build::{Cx, foreign_help, is_foreign};
use super::lexer::Token;
use super::parse::Segment;
use super::token::Kind;

/// A change of the tokens after which the segment is read again.
pub struct Mend {
    from: usize,
    to: usize,
    tokens: Vec<Token>,
}

impl Mend {
    fn replace(cx: &Cx<'_>, at: usize, kind: Kind) -> Option<Mend> {
        let token = cx.tokens.get(at)?;
        Some(Mend { from: at, to: at + 1, tokens: vec![Token { kind, reported: true, ..*token }] })
    }

    fn insert(at: usize, span: Span, kinds: &[Kind]) -> Option<Mend> {
        let token = |kind: &Kind| Token { kind: *kind, span, first: false, glued: false, reported: true, raw: false };
        Some(Mend { from: at, to: at, tokens: kinds.iter().map(token).collect() })
    }

    fn remove(from: usize, to: usize) -> Option<Mend> {
        Some(Mend { from, to, tokens: Vec::new() })
    }

    /// Carries it out.
    pub fn apply(self, tokens: &mut Vec<Token>) {
        let (from, to) = (self.from.min(tokens.len()), self.to.min(tokens.len()));
        tokens.splice(from..to.max(from), self.tokens);
        // What follows a removal is not new.
        if let Some(token) = tokens.get_mut(from) {
            token.reported = true;
        }
    }
}

type Answer = (Diagnostic, Option<Mend>);

/// The place of a mistake, and what stands around it.
struct Place<'c, 'a> {
    cx: &'c Cx<'a>,
    at: usize,
    goal: Segment,
    /// The token that does not fit; none at the end.
    kind: Option<Kind>,
    prev: Option<Token>,
    first: Option<Kind>,
    /// The innermost bracket around it, and where that stands.
    around: Option<(usize, Kind)>,
    here: Span,
    /// Right after what stands before.
    after: Span,
}

/// The message for the error at the token `at` (perhaps past the last) of the segment.
pub fn explain(cx: &Cx<'_>, at: usize, goal: Segment) -> Answer {
    let prev = at.checked_sub(1).and_then(|before| cx.tokens.get(before)).copied();
    let after = prev.map_or(Span::default(), |prev| Span { start: prev.span.end, end: prev.span.end });
    let here = cx.tokens.get(at).map_or(after, |token| token.span);
    let around = around(cx, at);
    let place = Place { cx, at, goal, kind: cx.kind(at), prev, first: cx.kind(0), around, here, after };
    let steps = [
        Place::words,
        Place::operators,
        Place::spaces,
        Place::steps,
        Place::shape,
        Place::commas,
        Place::lists,
        Place::begins,
    ];
    steps.iter().find_map(|step| step(&place)).unwrap_or_else(|| place.operands())
}

/// The innermost bracket around the token `at`.
fn around(cx: &Cx<'_>, at: usize) -> Option<(usize, Kind)> {
    let mut depth = 0usize;
    for (index, token) in cx.tokens[..at.min(cx.tokens.len())].iter().enumerate().rev() {
        if token.kind.closes() {
            depth += 1;
        } else if token.kind.opens() {
            if depth == 0 {
                return Some((index, token.kind));
            }
            depth -= 1;
        }
    }
    None
}

fn said(code: &'static str, span: Span, text: impl Into<String>) -> Diagnostic {
    Diagnostic::error(code, span, text)
}

/// Whether an expression must follow this token.
fn wants_operand(kind: Kind) -> bool {
    use Kind::*;
    kind.is_binary()
        || kind.opens()
        || matches!(kind, Comma | Colon | Not | Some | With | As | If | Contains | TemplateMiddle)
}

/// Whether the head of a rule has its value, its member or its condition with this token.
fn valued(kind: Kind) -> bool {
    matches!(kind, Kind::Assign | Kind::Unify | Kind::If | Kind::Contains | Kind::Body(_))
}

impl Place<'_, '_> {
    fn word(&self, at: usize) -> &str {
        self.cx.tokens.get(at).map_or("", |token| self.cx.source(token.span))
    }

    /// The text of a token, quoted and short enough for a message.
    fn quoted(&self, token: Option<&Token>) -> String {
        let Some(token) = token else { return "the end of the statement".to_string() };
        let text = match token.kind {
            Kind::Body(_) => return "a body in braces".to_string(),
            Kind::Hole => return "this".to_string(),
            Kind::Str | Kind::RawStr => return "a string".to_string(),
            Kind::Template | Kind::TemplateHead => return "a template".to_string(),
            Kind::TemplateMiddle | Kind::TemplateTail => "}",
            _ if token.span.start == token.span.end => token.kind.text(),
            _ => self.cx.source(token.span),
        };
        let short: String = text.chars().take(24).collect();
        let dots = if short.len() < text.len() { "…" } else { "" };
        format!("`{short}{dots}`")
    }

    /// A key of an object as written.
    fn key(&self, token: &Token) -> String {
        let text = self.cx.source(token.span);
        if token.kind == Kind::Str && text.len() < 32 { text.to_string() } else { self.quoted(Some(token)) }
    }

    fn shown(&self) -> String {
        self.quoted(self.cx.tokens.get(self.at))
    }

    fn next_kind(&self) -> Option<Kind> {
        self.cx.kind(self.at + 1)
    }

    fn after_operand(&self) -> bool {
        self.prev.is_some_and(|prev| prev.kind.ends_expr())
    }

    fn in_body(&self) -> bool {
        self.goal == Segment::Literal && self.around.is_none()
    }

    /// Words of other languages.
    fn words(&self) -> Option<Answer> {
        let word = self.word(self.at);
        if self.kind == Some(Kind::Name) && self.after_operand() && matches!(word, "and" | "or") {
            let all = word == "and";
            let text = format!("Rego has no `{word}`");
            let said = said("E1007", self.here, text).label("not an operator");
            let said = if all {
                let said = said.help(foreign_help("and"));
                if self.in_body() { self.split(said, "make two statements", self.joint()) } else { said }
            } else {
                said.help(foreign_help("or"))
            };
            return Some((said, Mend::replace(self.cx, self.at, if all { Kind::Amp } else { Kind::Pipe })));
        }
        if self.kind == Some(Kind::Name) && self.after_operand() && word == "is" {
            let said =
                said("E1007", self.here, "Rego has no `is`").label("not an operator").fix("compare", self.here, "==");
            return Some((said, Mend::replace(self.cx, self.at, Kind::Eq)));
        }
        if self.kind == Some(Kind::Name)
            && self.after_operand()
            && self.around.is_none()
            && matches!(word, "then" | "elif" | "elsif" | "elseif" | "unless" | "when" | "where")
        {
            let text = format!("Rego has no `{word}`");
            let said = said("E1007", self.here, text).label("not a keyword").help(foreign_help(word));
            return Some((said, Mend::remove(self.at, self.cx.tokens.len())));
        }
        if self.kind == Some(Kind::Not) && self.next_kind() == Some(Kind::In) && self.after_operand() {
            let said = said("E1007", self.here, "`not` stands at the beginning of a statement")
                .label("not before `in`")
                .help("`not x in xs`");
            return Some((said, Mend::remove(self.at, self.at + 1)));
        }
        let first = self.word(0);
        if self.at != 1 || self.first != Some(Kind::Name) || !is_foreign(first) || self.kind == Some(Kind::Else) {
            return None;
        }
        let span = self.cx.token_span(0);
        let rest = Span { start: span.start, end: self.here.start };
        let said =
            said("E1007", span, format!("Rego has no `{first}`")).label("not a keyword").help(foreign_help(first));
        let drop = matches!(first, "let" | "var" | "const" | "def" | "fn" | "func" | "function" | "fun" | "rule")
            && self.kind == Some(Kind::Name);
        if !drop {
            return Some((said, None));
        }
        let assigns = matches!(first, "let" | "var" | "const") && self.next_kind() == Some(Kind::Assign);
        let said = if assigns { said.fix("leave it out", rest, "") } else { said };
        Some((said, Mend::remove(0, 1)))
    }

    /// From the end of what stands before to the beginning of what follows the token.
    fn joint(&self) -> Span {
        let end = self.cx.tokens.get(self.at + 1).map_or(self.here.end, |next| next.span.start);
        Span { start: self.after.start, end }
    }

    /// A fix that puts `;` into a gap, with braces around an `if`'s conditions that have none.
    fn split(&self, said: Diagnostic, title: &str, gap: Span) -> Diagnostic {
        let mut said = said;
        let mut edits = vec![Edit { span: gap, text: "; ".to_string() }];
        if let (true, Some(first), Some(last)) = (self.cx.bare, self.cx.tokens.first(), self.cx.tokens.last()) {
            let (start, end) = (first.span.start, last.span.end);
            edits.insert(0, Edit { span: Span { start, end: start }, text: "{ ".to_string() });
            edits.push(Edit { span: Span { start: end, end }, text: " }".to_string() });
        }
        said.fixes.push(Fix { title: title.to_string(), edits });
        said
    }

    /// Operators of other languages, and signs where another is meant.
    fn operators(&self) -> Option<Answer> {
        let kind = self.kind?;
        let cx = self.cx;
        let here = self.here;
        let none = |sign: &str| said("E1007", here, format!("Rego has no `{sign}`")).label("not an operator");
        match kind {
            Kind::AmpAmp => {
                let said = none("&&").help(foreign_help("and"));
                let said = if self.in_body() { self.split(said, "make two statements", self.joint()) } else { said };
                Some((said, Mend::replace(cx, self.at, Kind::Amp)))
            }
            Kind::PipePipe => Some((none("||").help(foreign_help("or")), Mend::replace(cx, self.at, Kind::Pipe))),
            Kind::Power => Some((none("**").help("multiply instead"), Mend::replace(cx, self.at, Kind::Star))),
            Kind::Question => Some((none("?").help("a choice is two rules, or `else`"), None)),
            Kind::Step | Kind::OpAssign => {
                let sign = self.word(self.at).to_string();
                let said = none(&sign).help("a variable keeps its value: give the new one a new name, `y := x + 1`");
                Some((said, if kind == Kind::OpAssign { Mend::replace(cx, self.at, Kind::Assign) } else { None }))
            }
            Kind::Dots => Some((none("..").help("for a range call `numbers.range(1, 10)`"), None)),
            Kind::EqGreater | Kind::Arrow => {
                let sign = self.word(self.at).to_string();
                if self.around.is_some_and(|(_, kind)| kind == Kind::LBrace) {
                    let said = said("E1018", here, format!("`:` stands between a key and its value, not `{sign}`"))
                        .label("`:` expected")
                        .fix("write `:`", here, ":");
                    return Some((said, Mend::replace(cx, self.at, Kind::Colon)));
                }
                if self.goal == Segment::Item
                    && self.around.is_none()
                    && self.cx.tokens[..self.at].iter().all(|t| !valued(t.kind))
                {
                    let said =
                        said("E1011", here, format!("the head of a rule gives its value with `:=`, not `{sign}`"))
                            .label("`:=` expected")
                            .fix("write `:=`", here, ":=");
                    return Some((said, Mend::replace(cx, self.at, Kind::Assign)));
                }
                Some((none(&sign), None))
            }
            Kind::Semi if self.around.is_some_and(|(_, around)| around == Kind::LParen) => {
                let said = said("E1020", here, "parentheses hold one expression, and no statements")
                    .label("not expected here")
                    .help("conditions that must all hold stand in the braces of a body, without parentheses");
                Some((said, Mend::replace(cx, self.at, Kind::Amp)))
            }
            Kind::Semi if self.goal == Segment::Item && self.around.is_none() => {
                let said = said("E1020", here, "a rule does not end with `;`")
                    .label("`;` stands between statements of a body");
                Some((said.fix("remove it", here, ""), Mend::remove(self.at, self.at + 1)))
            }
            Kind::Semi if self.around.is_some() => {
                let said = said("E1018", here, "items are separated by commas").label("`,` expected").fix(
                    "write a comma",
                    here,
                    ",",
                );
                Some((said, Mend::replace(cx, self.at, Kind::Comma)))
            }
            Kind::Assign | Kind::Unify if self.after_operand() => self.assign(kind),
            Kind::Colon if self.in_body() && self.after_operand() => {
                let next = self.cx.tokens.get(self.at + 1).filter(|next| next.kind == Kind::Unify);
                let span = next.map_or(here, |next| here.to(next.span));
                let space = if self.after.start == here.start { " " } else { "" };
                let said = said("E1020", span, "`:` stands between a key and its value only")
                    .label("not expected here")
                    .fix("assign", span, format!("{space}:="));
                let token = Token { kind: Kind::Assign, reported: true, ..*self.cx.tokens.get(self.at)? };
                let to = self.at + 1 + usize::from(next.is_some());
                Some((said, Some(Mend { from: self.at, to, tokens: vec![token] })))
            }
            _ => None,
        }
    }

    /// `:=` and `=` where no statement can assign.
    fn assign(&self, kind: Kind) -> Option<Answer> {
        let sign = kind.text();
        let here = self.here;
        let before = &self.cx.tokens[..self.at];
        if let Some((open, around)) = self.around {
            if around == Kind::LBrace {
                let said = said("E1018", here, format!("`:` stands between a key and its value, not `{sign}`"))
                    .label("`:` expected")
                    .related(self.cx.token_span(open), "in this object")
                    .fix("write `:`", here, ":");
                return Some((said, Mend::replace(self.cx, self.at, Kind::Colon)));
            }
            let said = said("E1020", here, format!("`{sign}` makes a statement, which cannot stand in an expression"))
                .label("not expected here")
                .help("assign in a statement of its own; to compare, write `==`")
                .fix("compare", here, "==");
            // What is assigned stays in its place.
            let mut depth = 0i32;
            let start = (open + 1..self.at).rev().find(|index| {
                let kind = before[*index].kind;
                depth += i32::from(kind.closes()) - i32::from(kind.opens());
                depth == 0 && kind == Kind::Comma
            });
            return Some((said, Mend::remove(start.unwrap_or(open) + 1, self.at + 1)));
        }
        if before.iter().any(|token| token.kind == Kind::With) && self.goal == Segment::Literal {
            let said = said("E1023", here, format!("`with` takes `as`, not `{sign}`")).label("`as` expected").fix(
                "write `as`",
                here,
                "as",
            );
            return Some((said, Mend::replace(self.cx, self.at, Kind::As)));
        }
        if self.first == Some(Kind::Some) && !before.iter().any(|token| token.kind == Kind::In) {
            let word = self.cx.token_span(0);
            let next = self.cx.token_span(1);
            let said = said("E1022", here, "`some` declares, it does not assign")
                .label("not expected here")
                .related(word, "the `some`");
            let said = if kind == Kind::Assign {
                said.help("`:=` declares by itself").fix(
                    "leave `some` out",
                    Span { start: word.start, end: next.start },
                    "",
                )
            } else {
                said.help("declare in one statement and unify in the next")
            };
            return Some((said, Mend::remove(0, 1)));
        }
        let earlier = before.iter().rfind(|token| matches!(token.kind, Kind::Assign | Kind::Unify))?;
        let said = said("E1020", here, "a statement assigns once")
            .label("a second assignment")
            .related(earlier.span, "the first")
            .help("make two statements of it; to compare, write `==`");
        Some((said, Mend::replace(self.cx, self.at, Kind::Eq)))
    }

    /// Spaces where none may stand.
    fn spaces(&self) -> Option<Answer> {
        let prev = self.prev?;
        let token = self.cx.tokens.get(self.at)?;
        let gap = Span { start: prev.span.end, end: self.here.start };
        let listed = matches!(self.around, Some((_, Kind::LBracket | Kind::LBrace | Kind::CallParen)));
        match token.kind {
            Kind::LParen if matches!(prev.kind, Kind::Name) && !token.first && !is_foreign(self.word(self.at - 1)) => {
                let name = self.quoted(Some(&prev));
                let said = said("E1014", self.here, format!("no space may stand between {name} and its arguments"))
                    .label("a call's parenthesis touches the name")
                    .fix("remove the space", gap, "");
                Some((said, Mend::replace(self.cx, self.at, Kind::CallParen)))
            }
            Kind::LBracket
                if matches!(prev.kind, Kind::Name | Kind::RParen | Kind::RBracket)
                    && !token.first
                    && !(listed && prev.kind != Kind::Name) =>
            {
                let said = said("E1014", self.here, "no space may stand before the `[` of a reference")
                    .label("it touches what it looks into")
                    .fix("remove the space", gap, "");
                Some((said, Mend::replace(self.cx, self.at, Kind::IndexBracket)))
            }
            _ => None,
        }
    }

    /// What may follow a dot.
    fn steps(&self) -> Option<Answer> {
        let prev = self.prev?;
        let token = self.cx.tokens.get(self.at);
        if prev.kind == Kind::Dot {
            let both = prev.span.to(self.here);
            let text = self.word(self.at).to_string();
            let base = said("E1019", both, "a name is missing after `.`").label("a name expected");
            return Some(match token.map(|token| token.kind) {
                Some(Kind::Str | Kind::RawStr) => (
                    base.help("a key that is no name stands in brackets").fix(
                        "write brackets",
                        both,
                        format!("[{text}]"),
                    ),
                    None,
                ),
                Some(Kind::LBracket | Kind::IndexBracket) => (
                    base.help("brackets follow without a dot").fix("remove the dot", prev.span, ""),
                    Some(Mend {
                        from: self.at - 1,
                        to: self.at + 1,
                        tokens: vec![Token { kind: Kind::IndexBracket, reported: true, ..*token? }],
                    }),
                ),
                _ => (base, Mend::remove(self.at - 1, self.at)),
            });
        }
        let token = token?;
        if token.kind == Kind::Number && token.glued && self.word(self.at).starts_with('.') && prev.kind.ends_expr() {
            let digits = self.word(self.at)[1..].to_string();
            let said = said("E1020", self.here, "an index stands in brackets").label("not a number here").fix(
                "write brackets",
                self.here,
                format!("[{digits}]"),
            );
            return Some((said, Mend::remove(self.at, self.at + 1)));
        }
        None
    }

    /// Statements and rules whose form is broken.
    fn shape(&self) -> Option<Answer> {
        let has =
            |kind: Kind| self.cx.tokens[..self.at.min(self.cx.tokens.len())].iter().any(|token| token.kind == kind);
        let word = self.cx.token_span(0);
        let bodied = matches!(self.kind, Some(Kind::Body(_)));
        if let (Some(Kind::Some | Kind::Every), Some(prev)) =
            (self.kind, self.prev.filter(|prev| prev.kind == Kind::Not))
        {
            let shown = self.shown();
            let said = said("E1022", self.here, format!("{shown} cannot be negated"))
                .label("not possible after `not`")
                .related(prev.span, "negated here")
                .help("make a rule of it, and negate that: `not all_good`");
            return Some((said, Mend::remove(self.at - 1, self.at)));
        }
        match self.first? {
            Kind::Every if self.around.is_none() => {
                let form = "`every value in collection { … }` or `every key, value in collection { … }`";
                let said = if !has(Kind::In) && (bodied || self.kind.is_none()) {
                    said("E1022", self.here, "`every` says in what: `in` is missing")
                        .label("`in` and a collection expected")
                } else if has(Kind::In) && self.after_operand() && !bodied {
                    said("E1022", self.here, "`every` needs a body in braces").label("`{` expected")
                } else {
                    return None;
                };
                Some((said.related(word, "the `every`").help(form), None))
            }
            Kind::Some if self.kind.is_none() && self.at == 1 => {
                let said =
                    said("E1022", word, "`some` declares names, and there are none").label("names expected after this");
                Some((said.help("`some x, y`, or `some key, value in collection`"), None))
            }
            _ if self.goal == Segment::Literal
                && self.around.is_none()
                && self.after_operand()
                && self.unfinished_with() =>
            {
                let said = said("E1023", self.after, "`with` needs `as` and a value").label("`as` expected");
                Some((said.help("`with input.user as \"ann\"`"), None))
            }
            Kind::Import if self.kind == Some(Kind::Comma) => {
                let said = said("E1017", self.here, "an import names one thing")
                    .label("a second one begins here")
                    .help("write `import` again for it, on a line of its own");
                Some((said, Mend::remove(self.at, self.cx.tokens.len())))
            }
            Kind::Else if self.goal == Segment::Item && self.at == 0 => {
                let said = said("E1012", word, "there is no rule that this `else` could belong to")
                    .label("an `else` follows a rule")
                    .help("`p := 1 if { x } else := 2`");
                Some((said, None))
            }
            _ if self.prev.is_some_and(|prev| prev.kind == Kind::Else)
                && self.kind.is_some_and(Kind::starts_operand) =>
            {
                let said = said("E1012", self.here, "an `else` gives its value with `:=`")
                    .label("`:=` expected before this")
                    .fix("insert `:=`", self.after, " :=");
                Some((said, Mend::insert(self.at, self.after, &[Kind::Assign])))
            }
            _ if self.kind == Some(Kind::Else) && self.goal == Segment::Literal => {
                let said = said("E1012", self.here, "an `else` belongs to a rule, not into a body")
                    .label("not expected here")
                    .help("close the body before it: `p := 1 if { x } else := 2`");
                Some((said, Mend::remove(self.at, self.cx.tokens.len())))
            }
            _ if self.kind == Some(Kind::If) && self.goal == Segment::Literal => {
                let said =
                    said("E1020", self.here, "`if` is not a statement").label("it belongs to the head of a rule");
                let said = said.help("statements of a body must all hold; for a choice write a rule of its own");
                Some((said, if self.at > 0 { Mend::remove(self.at, self.cx.tokens.len()) } else { None }))
            }
            _ if self.kind == Some(Kind::If) && has(Kind::If) && self.goal == Segment::Item => {
                Some((said("E1020", self.here, "a rule has one `if`").label("a second one"), None))
            }
            _ => None,
        }
    }

    /// Statements with a comma between them: the grammar took it for that of `key, value in …`.
    fn commas(&self) -> Option<Answer> {
        let tokens = &self.cx.tokens;
        if !self.in_body() || matches!(self.first, Some(Kind::Some | Kind::Every)) {
            return None;
        }
        let mut depth = 0i32;
        let at = tokens[..(self.at + 1).min(tokens.len())].iter().position(|token| {
            depth += i32::from(token.kind.opens()) - i32::from(token.kind.closes());
            depth == 0 && token.kind == Kind::Comma
        })?;
        if at == 0 || !tokens[at - 1].kind.ends_expr() {
            return None;
        }
        let comma = tokens[at].span;
        let next = tokens.get(at + 1).map_or(comma.end, |next| next.span.start);
        let said =
            said("E1020", comma, "statements are separated by `;` or a new line, not by commas").label("`;` expected");
        let gap = Span { start: tokens[at - 1].span.end, end: next };
        Some((self.split(said, "write `;`", gap), Mend::remove(at, tokens.len())))
    }

    /// Whether the last `with` before this has no `as` yet.
    fn unfinished_with(&self) -> bool {
        let before = &self.cx.tokens[..self.at.min(self.cx.tokens.len())];
        let last = before.iter().rfind(|token| matches!(token.kind, Kind::With | Kind::As));
        last.is_some_and(|token| token.kind == Kind::With)
    }

    /// Items in brackets.
    fn lists(&self) -> Option<Answer> {
        let (open, around) = self.around?;
        let prev = self.prev?;
        let cx = self.cx;
        let opener = cx.token_span(open);
        if self.kind == Some(Kind::Comma) && (prev.kind == Kind::Comma || prev.kind.opens()) {
            let said = said("E1018", self.here, "a comma too many").label("nothing stands before it").fix(
                "remove it",
                self.here,
                "",
            );
            return Some((said, Mend::remove(self.at, self.at + 1)));
        }
        let colons = |from: usize, to: usize| {
            let mut depth = 0i32;
            cx.tokens[from..to].iter().any(|token| {
                depth += i32::from(token.kind.opens()) - i32::from(token.kind.closes());
                depth == 0 && token.kind == Kind::Colon
            })
        };
        let mut depth = 0usize;
        let mut start = open + 1;
        for index in (open + 1..self.at.min(cx.tokens.len())).rev() {
            match cx.tokens[index].kind {
                kind if kind.closes() => depth += 1,
                kind if kind.opens() => depth = depth.saturating_sub(1),
                Kind::Comma if depth == 0 => {
                    start = index + 1;
                    break;
                }
                _ => {}
            }
        }
        let here = colons(start, self.at.min(cx.tokens.len()));
        if around == Kind::LBrace && prev.kind.ends_expr() && !here {
            let object = colons(open + 1, start);
            let more = self.kind.is_some_and(Kind::starts_operand) && prev.kind != Kind::Name && {
                let end = (self.at + 64).min(cx.tokens.len());
                colons(self.at, end)
            };
            let missing = if object {
                matches!(self.kind, Some(Kind::Comma | Kind::RBrace)) || self.kind.is_some_and(Kind::starts_operand)
            } else {
                more
            };
            if missing {
                let key = self.key(&prev);
                let bare = matches!(self.kind, Some(Kind::Comma | Kind::RBrace));
                let said = said("E1018", prev.span, format!("the key {key} has no value"));
                let said = if bare {
                    said.label("`:` and a value expected after this").related(opener, "in this object")
                } else {
                    said.label("`:` expected after this").fix("insert `:`", self.after, ":")
                };
                let kinds: &[Kind] = if bare { &[Kind::Colon, Kind::Hole] } else { &[Kind::Colon] };
                return Some((said, Mend::insert(self.at, self.after, kinds)));
            }
        }
        if self.kind == Some(Kind::Colon) && prev.kind.ends_expr() {
            let said = match around {
                Kind::LBrace if here => said("E1018", self.here, "a second `:` for one key").label("`,` expected"),
                Kind::LBrace => said("E1018", self.here, "a set has no keys, an object has one for each value")
                    .label("the items before are members of a set")
                    .related(opener, "opened here"),
                Kind::LBracket => said("E1018", self.here, "an array has no keys")
                    .label("not expected here")
                    .help("an object is written in braces: `{\"a\": 1}`"),
                _ => said("E1018", self.here, "arguments have no names")
                    .label("not expected here")
                    .help("arguments go by their order; for named ones pass an object: `f({\"a\": 1})`"),
            };
            return Some((said, None));
        }
        let operand = self.kind.is_some_and(|kind| kind.starts_operand());
        if operand && prev.kind.ends_expr() && matches!(around, Kind::LBrace | Kind::LBracket | Kind::CallParen) {
            let what = if around == Kind::CallParen { "arguments" } else { "items" };
            let said = said("E1018", self.after, format!("a comma is missing between {what}"))
                .label("`,` expected")
                .related(self.here, "before this")
                .fix("insert a comma", self.after, ",");
            return Some((said, Mend::insert(self.at, self.after, &[Kind::Comma])));
        }
        None
    }

    /// Where something else begins.
    fn begins(&self) -> Option<Answer> {
        let token = self.cx.tokens.get(self.at)?;
        let cut = Mend::remove(self.at, self.cx.tokens.len());
        let gap = Span { start: self.after.start, end: self.here.start };
        if self.goal == Segment::Item && self.around.is_none() {
            if self.at == 0 || (self.at == 1 && self.first == Some(Kind::Default)) {
                return Some((self.no_rule(), None));
            }
            let rule = !matches!(self.first, Some(Kind::Package | Kind::Import));
            if rule
                && self.after_operand()
                && token.kind.starts_literal()
                && !self.cx.tokens[..self.at].iter().any(|t| valued(t.kind))
            {
                if self.at == 1 && self.word(0) == "contains" {
                    let said = said("E1026", self.cx.token_span(0), "the name of the set is missing before `contains`");
                    return Some((said.label("a name expected before this").help("`name contains member if …`"), None));
                }
                if self.at == 1 && self.first == Some(Kind::Name) && self.condition_begins() {
                    let place = Span { start: self.here.start, end: self.here.start };
                    let said = said("E1009", self.here, "`if` is missing before the condition of this rule")
                        .label("`if` expected before this")
                        .fix("insert `if`", place, "if ");
                    return Some((said, None));
                }
                let said = said(
                    "E1020",
                    self.here,
                    format!("{} cannot follow {}", self.shown(), self.quoted(self.prev.as_ref())),
                );
                return Some((said.label("`:=`, `contains` or `if` expected before this"), None));
            }
            if self.after_operand() && starts_item(&self.cx.tokens, self.at) {
                let said = said("E1015", self.here, "every rule begins on a line of its own")
                    .label("a second one begins here")
                    .fix("begin a new line", gap, "\n");
                return Some((said, cut));
            }
            if self.after_operand() && token.kind.starts_literal() {
                let what = match self.first {
                    Some(Kind::Package) => "the package",
                    Some(Kind::Import) => "the import",
                    _ => "the rule",
                };
                let said = said(
                    "E1020",
                    self.here,
                    format!("{} cannot follow {}", self.shown(), self.quoted(self.prev.as_ref())),
                )
                .label(format!("{what} is complete before this"));
                return Some((said, cut));
            }
        }
        if self.in_body()
            && self.after_operand()
            && (token.kind.starts_literal() || matches!(token.kind, Kind::Body(_)))
        {
            if matches!(token.kind, Kind::Body(_) | Kind::LBrace) {
                let said = said("E1020", self.here, "a brace cannot follow a complete statement")
                    .label("not expected here")
                    .help("only `every … in …` has a body inside of a body; other rules stand outside");
                return Some((said, cut));
            }
            let said = said("E1015", self.here, "every statement begins on a line of its own, or after `;`")
                .label("a second one begins here");
            return Some((self.split(said, "insert `;`", gap), cut));
        }
        if self.goal == Segment::Term && self.after_operand() && self.around.is_none() {
            let said = said("E1020", self.here, "something follows the value").label("one value expected");
            return Some((said, cut));
        }
        None
    }

    /// Whether what begins here reads like a condition, and nothing says what else it could be.
    fn condition_begins(&self) -> bool {
        let rest = &self.cx.tokens[self.at.min(self.cx.tokens.len())..];
        if rest.iter().any(|token| valued(token.kind) || matches!(token.kind, Kind::Else)) {
            return false;
        }
        let compares =
            |kind: Kind| matches!(kind, Kind::Eq | Kind::Ne | Kind::Lt | Kind::Le | Kind::Gt | Kind::Ge | Kind::In);
        matches!(self.word(self.at), "not" | "input" | "data") || rest.iter().any(|token| compares(token.kind))
    }

    fn no_rule(&self) -> Diagnostic {
        let form = "a rule is `name := value`, `name contains value` or `name(parameters) := value`, then `if`";
        match self.kind {
            Some(Kind::Not | Kind::Some | Kind::Every | Kind::With | Kind::If) => {
                let word = self.word(self.at).to_string();
                said("E1026", self.here, format!("{} stands outside of a rule", self.shown()))
                    .label("belongs into a body")
                    .help(if word == "if" { form } else { "conditions stand in braces after `if`: `p if { … }`" })
            }
            _ => said("E1026", self.here, format!("a rule cannot begin with {}", self.shown()))
                .label("the name of a rule expected")
                .help(form),
        }
    }

    /// What is missing, or simply does not fit.
    fn operands(&self) -> Answer {
        let found = self.cx.tokens.get(self.at);
        let shown = self.shown();
        let Some(prev) = self.prev else {
            let said = said("E1020", self.here, format!("a statement cannot begin with {shown}"));
            return (said.label("not the beginning of a statement"), None);
        };
        let before = self.quoted(Some(&prev));
        if matches!(prev.kind, Kind::Package | Kind::Import | Kind::Default)
            || (prev.kind == Kind::As && self.first == Some(Kind::Import))
        {
            let what = match prev.kind {
                Kind::Package => "the name of the package",
                Kind::Import => "what to import",
                Kind::Default => "the name of a rule",
                _ => "a name",
            };
            let said =
                said("E1019", prev.span, format!("{what} is missing after {before}")).label(format!("found {shown}"));
            return (said, None);
        }
        if wants_operand(prev.kind) {
            // Where the line ends early, the end of the line is the place.
            let span = if found.is_none_or(|token| token.first) { self.after } else { self.here };
            let said = said("E1019", span, format!("an expression is missing after {before}"));
            let said = match found {
                Some(_) => said.label(format!("found {shown}")),
                None => said.label("found nothing"),
            };
            let fits = self.kind.is_none_or(|kind| !kind.starts_operand());
            return (said, if fits { Mend::insert(self.at, self.after, &[Kind::Hole]) } else { None });
        }
        if self.kind.is_none() {
            return (
                said("E1020", self.here, "this statement is not complete").label("something is missing here"),
                None,
            );
        }
        let said =
            said("E1020", self.here, format!("{shown} is not expected here")).label(format!("cannot follow {before}"));
        if self.kind == Some(Kind::Minus) && matches!(self.first, Some(Kind::Package | Kind::Import)) {
            return (said.help("a part that is no plain name stands in brackets: `a[\"b-c\"]`"), None);
        }
        (said, None)
    }
}
