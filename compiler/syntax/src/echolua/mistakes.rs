//! What went wrong, in words, and what is put in its place so that the rest can be read.

use crate::diagnostic::Diagnostic;
use crate::span::Span;

use super::ast::{Expr, ExprKind};
use super::build::Cx;
use super::lexer::Token;
use super::token::Kind;

/// A change of the tokens after which the statement is read again.
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

    fn insert(at: usize, span: Span, kind: Kind) -> Option<Mend> {
        Some(Mend { from: at, to: at, tokens: vec![Token { kind, span, first: false, reported: true }] })
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

/// The text of a token, quoted and short enough for a message.
fn quoted(cx: &Cx<'_>, token: &Token) -> String {
    let text = match token.kind {
        Kind::Block(_) => return "a block".to_string(),
        Kind::Hole => return "this".to_string(),
        Kind::Str => return "a string".to_string(),
        _ if token.span.start == token.span.end => token.kind.text(),
        _ => cx.source(token.span),
    };
    let short: String = text.chars().take(24).collect();
    let dots = if short.len() < text.len() { "…" } else { "" };
    format!("`{short}{dots}`")
}

/// The innermost bracket around the token `at`, of those opened since `begin`.
fn bracket_around(cx: &Cx<'_>, begin: usize, at: usize) -> Option<Kind> {
    let mut depth = 0usize;
    for token in cx.tokens[begin..at.min(cx.tokens.len())].iter().rev() {
        match token.kind {
            Kind::RParen | Kind::RBrace | Kind::RBracket => depth += 1,
            Kind::LParen | Kind::CallParen | Kind::LBrace | Kind::LBracket => {
                if depth == 0 {
                    return Some(token.kind);
                }
                depth -= 1;
            }
            _ => {}
        }
    }
    None
}

fn starts_operand(kind: Kind) -> bool {
    use Kind::*;
    matches!(kind, Name | Number | Str | LBrace | LParen | Function | Nil | True | False | Not | Hash | Dots)
}

/// Whether an expression must follow this token.
fn wants_operand(kind: Kind) -> bool {
    use Kind::*;
    kind.is_binary()
        || matches!(
            kind,
            Assign
                | OpAssign
                | Comma
                | LParen
                | CallParen
                | LBracket
                | LBrace
                | Not
                | Hash
                | If
                | ElseIf
                | While
                | Until
                | In
                | Return
                | Semi
        )
}

/// The message for the error at the token `at` (perhaps past the last) of the statement that
/// begins at `begin` and is left at `end`. `complete`: what stands before is a whole statement.
pub fn explain(
    cx: &Cx<'_>,
    begin: usize,
    at: usize,
    closer: Option<Token>,
    complete: bool,
) -> (Diagnostic, Option<Mend>) {
    let ends = Span::new(cx.text.len(), cx.text.len());
    let found = cx.tokens.get(at).copied().or(closer);
    let here = found.map_or(ends, |token| token.span);
    let kind = cx.kind(at);
    let shown = found.map_or("the end of the text".to_string(), |token| quoted(cx, &token));
    let prev = if at > begin { cx.tokens.get(at - 1).copied() } else { None };
    let around = bracket_around(cx, begin, at);
    if let Some(answer) = foreign(cx, begin, at, around) {
        return answer;
    }
    let first = cx.kind(begin);
    if complete && first == Some(Kind::Return) {
        let span = cx.tokens[begin].span;
        let said = Diagnostic::error("E0020", span, "`return` is the last statement of its block")
            .label("statements follow")
            .related(here, "this would never run")
            .help("to leave early, for a trial, write `do return end`");
        return (said, None);
    }
    let Some(prev) = prev else {
        let said = Diagnostic::error("E0022", here, format!("a statement cannot begin with {shown}"));
        return (said.label("not the beginning of a statement"), None);
    };
    let after = Span { start: prev.span.end, end: prev.span.end };
    if starter(cx, begin, at).is_some_and(|index| cx.kind(index) == Some(Kind::For)) && prev.kind == Kind::Name {
        let said = Diagnostic::error("E0015", here, format!("{shown} does not belong in the head of a `for`"))
            .label("not expected here")
            .help("`for i = first, last do` or `for index, value in ipairs(t) do`");
        return (said, None);
    }
    if kind.is_some_and(starts_operand) && prev.kind.ends_expr() {
        return match around {
            Some(bracket @ (Kind::LBrace | Kind::CallParen)) => {
                let what = if bracket == Kind::LBrace { "the items of a table" } else { "arguments" };
                let said = Diagnostic::error("E0014", after, format!("a comma is missing between {what}"))
                    .label("`,` expected")
                    .related(here, "before this")
                    .fix("insert a comma", after, ",");
                (said, Mend::insert(at, after, Kind::Comma))
            }
            _ => {
                let said = Diagnostic::error("E0022", here, format!("{shown} cannot follow {}", quoted(cx, &prev)))
                    .label("an operator or a new statement was expected");
                (said, None)
            }
        };
    }
    if wants_operand(prev.kind) && !(prev.kind == Kind::Comma && first == Some(Kind::Local) && around.is_none()) {
        // Where the line ends early, the end of the line is the place.
        let span = if found.is_none_or(|token| token.first) || kind.is_none() { after } else { here };
        let said = Diagnostic::error("E0021", span, format!("an expression is missing after {}", quoted(cx, &prev)))
            .label(format!("found {shown}"));
        return (said, None);
    }
    if matches!(
        prev.kind,
        Kind::Dot | Kind::Colon | Kind::Goto | Kind::DoubleColon | Kind::Local | Kind::For | Kind::Comma
    ) {
        let said = Diagnostic::error("E0022", here, format!("a name is missing after {}", quoted(cx, &prev)))
            .label(format!("found {shown}"));
        return (said, None);
    }
    if prev.kind == Kind::Name && at >= 2 && cx.kind(at - 2) == Some(Kind::Colon) {
        let name = quoted(cx, &prev);
        let said = Diagnostic::error("E0022", prev.span, format!("the method {name} must be called"))
            .label("`(…)` expected after this")
            .help("a colon calls with the object as first argument; to read a field use `.`");
        return (said, None);
    }
    let said = Diagnostic::error("E0022", here, format!("{shown} is not expected here"));
    let said = match (complete, found) {
        (true, _) => said.label("the statement before it is complete"),
        (_, None) => said.label("something is missing"),
        _ => said.label(format!("cannot follow {}", quoted(cx, &prev))),
    };
    (said, None)
}

/// Mistakes that have a name, mostly habits from other languages.
fn foreign(cx: &Cx<'_>, begin: usize, at: usize, around: Option<Kind>) -> Option<(Diagnostic, Option<Mend>)> {
    let token = *cx.tokens.get(at)?;
    let first = cx.kind(begin)?;
    let prev = if at > begin { cx.kind(at - 1) } else { None };
    if let Some(answer) = comment(cx, begin, at) {
        return Some(answer);
    }
    match token.kind {
        Kind::Eq if around.is_none() && !wants_operand(first) && first != Kind::Local => {
            let said = Diagnostic::error("E0019", token.span, "a comparison is not a statement")
                .label("this compares")
                .fix("assign", token.span, "=");
            Some((said, Mend::replace(cx, at, Kind::Assign)))
        }
        Kind::Assign if first == Kind::Repeat && around.is_none() => {
            let said = Diagnostic::error("E0011", token.span, "a condition compares with `==`; `=` assigns")
                .label("this assigns")
                .fix("write `==`", token.span, "==");
            Some((said, Mend::replace(cx, at, Kind::Eq)))
        }
        Kind::Assign if around == Some(Kind::CallParen) => {
            let said = Diagnostic::error("E0022", token.span, "arguments have no names")
                .label("`=` cannot stand here")
                .help("arguments go by their order; for named ones pass a table: `f{ name = value }`")
                .help("to compare, write `==`");
            Some((said, None))
        }
        Kind::Assign
            if prev.is_some_and(Kind::ends_expr)
                && around != Some(Kind::LBrace)
                && !(at >= 2 && cx.kind(at - 2) == Some(Kind::Colon)) =>
        {
            let said = Diagnostic::error("E0022", token.span, "an assignment is a statement, not a value")
                .label("`=` cannot stand here")
                .help("assign in a statement of its own; to compare, write `==`");
            Some((said, None))
        }
        Kind::Dot | Kind::LBracket if first == Kind::Local && around.is_none() && prev == Some(Kind::Name) => {
            let local = cx.tokens[begin];
            let rest = cx.tokens.get(begin + 1)?.span.start;
            let span = Span { start: local.span.start, end: rest };
            let said = Diagnostic::error("E0025", token.span, "a local is a plain name")
                .label("this is a field")
                .help("a field is assigned without `local`")
                .fix("remove `local`", span, "");
            Some((said, Mend::remove(begin, begin + 1)))
        }
        Kind::Colon if first == Kind::Local && around.is_none() => {
            let said = Diagnostic::error("E0025", token.span, "there are no type annotations")
                .label("not a part of the language");
            Some((said, None))
        }
        Kind::Then | Kind::Do | Kind::In => {
            let word = token.kind.text();
            let of = match token.kind {
                Kind::Then => "an `if` or `elseif`",
                Kind::Do => "a `while` or `for`",
                _ => "a `for`",
            };
            let said = Diagnostic::error("E0022", token.span, format!("`{word}` is not expected here"))
                .label(format!("it belongs to {of}"));
            prev.is_none_or(Kind::ends_expr).then_some((said, None))
        }
        _ => None,
    }
}

/// `// …`, `# …` and `/* … */`: a comment of another language on this line.
fn comment(cx: &Cx<'_>, begin: usize, at: usize) -> Option<(Diagnostic, Option<Mend>)> {
    let from = (0..=at).rev().take(64).find(|index| cx.tokens[*index].first).unwrap_or(begin);
    let line = |index: &usize| *index == from || !cx.tokens[*index].first;
    let to = (from..cx.tokens.len()).take_while(line).last()? + 1;
    let slashes = (from..to.min(at + 2)).find(|index| match cx.kind(*index) {
        Some(Kind::DoubleSlash) => like_comment(cx, *index),
        Some(Kind::Slash) => cx.kind(*index + 1) == Some(Kind::Star),
        Some(Kind::Hash) => *index == at && (at == begin || cx.tokens[at].first),
        _ => false,
    })?;
    let token = cx.tokens[slashes];
    let sign = match token.kind {
        Kind::DoubleSlash => "//",
        Kind::Slash => "/*",
        _ => "#",
    };
    let end = cx.tokens[to - 1].span;
    let said = Diagnostic::error("E0024", token.span.to(end), format!("`{sign}` does not begin a comment"))
        .label(if sign == "//" { "`//` divides and rounds down" } else { "not a comment" })
        .help("a comment begins with `--`")
        .fix("write `--`", Span { start: token.span.start, end: token.span.start + sign.len() as u32 }, "--");
    let mut depth = 0i32;
    for token in &cx.tokens[slashes..to] {
        match token.kind {
            Kind::LParen | Kind::CallParen | Kind::LBrace | Kind::LBracket => depth += 1,
            Kind::RParen | Kind::RBrace | Kind::RBracket => depth -= 1,
            Kind::Block(_) => return Some((said, None)),
            _ => {}
        }
        if depth < 0 {
            return Some((said, None));
        }
    }
    Some((said, if depth == 0 && slashes >= begin { Mend::remove(slashes, to) } else { None }))
}

/// Whether words follow a `//` as in prose, or nothing stands before it to divide.
fn like_comment(cx: &Cx<'_>, at: usize) -> bool {
    let word = |index: usize| {
        cx.tokens.get(index).is_some_and(|token| !token.first && (token.kind == Kind::Name || token.kind.is_keyword()))
    };
    cx.tokens[at].first || (word(at + 1) && word(at + 2))
}

/// What to replace by an error expression so that the statement around it survives.
pub fn hole(cx: &Cx<'_>, begin: usize, at: usize, end: usize) -> Option<(usize, usize, Vec<Token>)> {
    let near = |index: usize| cx.kind(index) == Some(Kind::Hole);
    if near(at) || (at > begin && near(at - 1)) {
        return None;
    }
    let starter = starter(cx, begin, at)?;
    let first = cx.kind(starter)?;
    let from = starter + 1;
    let mut to = at.max(from);
    let mut depth = 0usize;
    let mut function = false;
    while to < cx.tokens.len() && (depth > 0 || to < end) {
        let kind = cx.tokens[to].kind;
        match kind {
            Kind::LParen | Kind::CallParen | Kind::LBrace | Kind::LBracket => depth += 1,
            Kind::RParen | Kind::RBrace | Kind::RBracket if depth == 0 => break,
            Kind::RParen | Kind::RBrace | Kind::RBracket => depth -= 1,
            Kind::Function => function = true,
            Kind::End if function => function = false,
            _ if function || depth > 0 => {}
            Kind::Comma if first != Kind::For => break,
            Kind::Semi | Kind::Then | Kind::Do | Kind::Block(_) => break,
            Kind::Assign if first == Kind::Comma => break,
            _ => {}
        }
        to += 1;
    }
    let span = if from < to { cx.span(from, to) } else { cx.span(starter, starter + 1) };
    let token = |kind, span| Token { kind, span, first: false, reported: true };
    let mut tokens = Vec::new();
    if first == Kind::For {
        // The names of a broken head are still the loop's names.
        let names = cx.tokens[from..to].iter().filter(|token| token.kind == Kind::Name).copied();
        for name in names.take(4) {
            if !tokens.is_empty() {
                tokens.push(token(Kind::Comma, name.span));
            }
            tokens.push(name);
        }
        if tokens.is_empty() {
            return None;
        }
        tokens.push(token(Kind::In, span));
    }
    tokens.push(token(Kind::Hole, span));
    Some((from, to, tokens))
}

/// The token before `at`, on its level, after which an expression begins.
fn starter(cx: &Cx<'_>, begin: usize, at: usize) -> Option<usize> {
    let mut depth = 0usize;
    let mut function = false;
    for index in (begin..at.min(cx.tokens.len())).rev() {
        use Kind::*;
        match cx.tokens[index].kind {
            End if depth == 0 => function = true,
            Function => function = false,
            _ if function => {}
            RParen | RBrace | RBracket => depth += 1,
            LParen | CallParen | LBrace | LBracket if depth == 0 => return Some(index),
            LParen | CallParen | LBrace | LBracket => depth -= 1,
            _ if depth > 0 => {}
            Assign | OpAssign | Comma | Return | If | ElseIf | While | Until | In | For | Semi => return Some(index),
            _ => {}
        }
    }
    None
}

/// An expression other than a call that stands as a statement.
pub fn lone_expression(cx: &Cx<'_>, expr: &Expr) -> Diagnostic {
    let said = |text: &str| Diagnostic::error("E0019", expr.span, text);
    let here = cx.tokens.partition_point(|token| token.span.end <= expr.span.start);
    let mut line =
        (0..=here).rev().take(64).take_while(|index| cx.tokens.get(index + 1).is_none_or(|next| !next.first));
    if let Some(slashes) = line.find(|index| cx.kind(*index) == Some(Kind::DoubleSlash) && like_comment(cx, *index)) {
        let slashes = cx.tokens[slashes].span;
        return Diagnostic::error("E0024", slashes.to(expr.span), "`//` does not begin a comment")
            .label("`//` divides and rounds down")
            .help("a comment begins with `--`")
            .fix("write `--`", slashes, "--");
    }
    let word = match &expr.kind {
        ExprKind::Name(_) => cx.source(expr.span),
        _ => "",
    };
    match word {
        "continue" => said("Lua has no `continue`")
            .label("not a statement")
            .help("put `::continue::` before the loop's `end`, and write `goto continue` here")
            .fix("write `goto continue`", expr.span, "goto continue"),
        "var" | "let" | "const" => said("locals are declared with `local`")
            .label("not a keyword")
            .help(if word == "const" {
                "`local name <const> = value` cannot be assigned again"
            } else {
                "`local name = value`"
            })
            .fix("write `local`", expr.span, "local"),
        "def" | "func" | "fn" | "fun" => said("functions are declared with `function`").label("not a keyword").fix(
            "write `function`",
            expr.span,
            "function",
        ),
        "switch" | "case" | "try" | "catch" | "throw" | "import" | "class" | "foreach" | "unless" | "loop" => {
            let help = match word {
                "switch" | "case" => "write `if … elseif … else … end`, or look the value up in a table",
                "try" | "catch" => "call through `pcall`, which returns false and the error",
                "throw" => "`error(value)` raises an error",
                "import" => "`local name = require \"path.name\"`",
                "class" => "a class is a table with `__index`, set by `setmetatable`",
                "foreach" => "`for index, value in ipairs(t) do`",
                "unless" => "`if not condition then`",
                _ => "`while true do`",
            };
            said(&format!("Lua has no `{word}`")).label("not a statement").help(help)
        }
        _ => {
            let said = said("an expression is not a statement").label("its value goes nowhere");
            match expr.kind {
                ExprKind::Paren(_) => said.help("only calls and assignments stand alone"),
                _ => said.help("call it, or assign to it"),
            }
        }
    }
}
