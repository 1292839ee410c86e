//! Text to tokens. Every byte is a token's, a comment's or white space, so this never fails: what
//! is no token is reported and taken for what was probably meant.

use logos::Logos;

use crate::diagnostic::Diagnostic;
use crate::span::Span;

use super::ast::Comment;
use super::strings;
use super::token::{Kind, is_numeral, template_text};

/// A token and its place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Where; empty where recovery put it in.
    pub span: Span,
    /// Whether it is the first on its line.
    pub first: bool,
    /// Whether it follows the one before without a space.
    pub glued: bool,
    /// Whether something about it was reported already, so that what follows from it is not.
    pub reported: bool,
    /// Whether it is a part of a raw template.
    pub raw: bool,
}

/// What the lexer found.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Lexed {
    /// In order.
    pub tokens: Vec<Token>,
    /// In order.
    pub comments: Vec<Comment>,
    /// In order.
    pub diagnostics: Vec<Diagnostic>,
    /// A raw string swallowed the rest of the text.
    pub cut_short: bool,
}

/// A template whose `{` is open.
struct Open {
    raw: bool,
    /// Braces open inside.
    depth: usize,
    brace: u32,
}

/// Splits a text. A byte order mark is skipped.
pub fn lex(text: &str) -> Lexed {
    let mut out = Lexed::default();
    let start = if text.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 };
    let mut lexer = Kind::lexer(&text[start..]);
    let mut templates: Vec<Open> = Vec::new();
    let mut carry = false;
    let mut end = start;
    while let Some(kind) = lexer.next() {
        let mut unfinished = std::mem::take(&mut lexer.extras.unfinished);
        let mut kind = kind.unwrap_or(Kind::Unknown);
        let at = start + lexer.span().start;
        if kind == Kind::Comment {
            let span = Span::new(at, start + lexer.span().end);
            out.comments.push(Comment { text: lexer.slice()[1..].to_string(), span });
            continue;
        }
        let first = out.tokens.is_empty() || text[end..at].contains(['\n', '\r']);
        let column = first && (at == start || text[..at].ends_with(['\n', '\r']));
        if column && let Some(open) = templates.pop_if(|open| !open.raw && open.depth == 0) {
            never_closed(&mut out, &open, end);
        }
        let mut is_raw = lexer.slice().starts_with("$`");
        match (kind, templates.last_mut()) {
            (Kind::LBrace, Some(open)) => open.depth += 1,
            (Kind::RBrace, Some(open)) if open.depth > 0 => open.depth -= 1,
            (Kind::RBrace, Some(open)) => {
                is_raw = open.raw;
                if template_text(&mut lexer, open.raw) {
                    kind = Kind::TemplateMiddle;
                } else {
                    kind = Kind::TemplateTail;
                    templates.pop();
                }
                unfinished = std::mem::take(&mut lexer.extras.unfinished);
            }
            (Kind::Template, _) if !unfinished && lexer.slice().ends_with('{') => kind = Kind::TemplateHead,
            // What looks like a string that never ends is the end of a template whose `{` never closed.
            (Kind::Str, Some(open)) if unfinished && !open.raw => {
                never_closed(&mut out, open, at);
                templates.pop();
                end = start + lexer.span().end;
                continue;
            }
            _ => {}
        }
        let span = Span::new(at, start + lexer.span().end);
        if kind == Kind::TemplateHead {
            templates.push(Open { raw: is_raw, depth: 0, brace: span.end - 1 });
        }
        let mut token = Token { kind, span, first, glued: !first && end == at, reported: false, raw: is_raw };
        end = span.end as usize;
        check(&mut out, &mut token, lexer.slice(), unfinished);
        // What a dropped character leaves behind is its fault too.
        if token.kind == Kind::Unknown {
            carry = true;
        } else {
            token.reported |= std::mem::take(&mut carry);
            out.tokens.push(token);
        }
    }
    names(&mut out.tokens);
    reserved(&mut out, text);
    out
}

fn never_closed(out: &mut Lexed, open: &Open, at: usize) {
    let brace = Span { start: open.brace, end: open.brace + 1 };
    out.diagnostics.push(
        Diagnostic::error("E1002", brace, "this `{` of a template is never closed")
            .label("an expression begins here")
            .help("close it with `}`; a brace that is meant as text is written `\\{`"),
    );
    out.tokens.push(Token {
        kind: Kind::TemplateTail,
        span: Span::new(at, at),
        first: false,
        glued: true,
        reported: true,
        raw: false,
    });
}

/// Reserved words that are a step of a reference or begin one: `foo.if`, `if.foo`.
fn names(tokens: &mut [Token]) {
    for at in 0..tokens.len() {
        if !tokens[at].kind.is_keyword() {
            continue;
        }
        let next = |step: usize, kind: Kind| tokens.get(at + step).is_some_and(|next| next.glued && next.kind == kind);
        let word =
            tokens.get(at + 2).is_some_and(|word| word.glued && (word.kind == Kind::Name || word.kind.is_keyword()));
        let before = at > 0 && tokens[at - 1].kind == Kind::Dot && tokens[at].glued;
        let statement = tokens[at].first && next(1, Kind::LBracket);
        if before || (next(1, Kind::Dot) && word) || statement {
            tokens[at].kind = Kind::Name;
        }
    }
}

/// Reserved words where only a name can stand.
fn reserved(out: &mut Lexed, text: &str) {
    for at in 0..out.tokens.len() {
        let token = out.tokens[at];
        if !token.kind.is_keyword() || token.kind == Kind::Contains {
            continue;
        }
        let prev = if at > 0 { Some(out.tokens[at - 1].kind) } else { None };
        let next = out.tokens.get(at + 1);
        let value = !matches!(token.kind, Kind::True | Kind::False | Kind::Null);
        let assigned = next.is_some_and(|next| next.kind == Kind::Assign) && token.kind != Kind::Else;
        let declared = matches!(prev, Some(Kind::Some | Kind::Every | Kind::Default)) && !token.first
            || prev == Some(Kind::As) && next.is_none_or(|next| next.first) && value;
        let called = next.is_some_and(|next| next.kind == Kind::LParen && next.glued)
            && matches!(token.kind, Kind::As | Kind::Default | Kind::Import | Kind::Package | Kind::With)
            && prev != Some(Kind::As);
        if !(assigned || declared || called) {
            continue;
        }
        let word = &text[token.span.range()];
        out.diagnostics.push(
            Diagnostic::error("E1006", token.span, format!("`{word}` is a reserved word, not a name"))
                .label("choose another name")
                .help(format!("as a key it may stand after a dot: `x.{word}`")),
        );
        out.tokens[at] = Token { kind: Kind::Name, reported: true, ..token };
    }
}

/// Reports what is wrong with a token, and makes it the one that was probably meant.
fn check(out: &mut Lexed, token: &mut Token, slice: &str, unfinished: bool) {
    let span = token.span;
    let at = span.start as usize;
    let said = |text: String| Diagnostic::error("E1007", span, text);
    let mut becomes = None;
    let diagnostic = match token.kind {
        Kind::Str | Kind::Template | Kind::TemplateHead | Kind::TemplateMiddle | Kind::TemplateTail if unfinished => {
            Some(unfinished_text(out, token, slice))
        }
        Kind::RawStr if unfinished => {
            out.cut_short = true;
            let open = Span::new(at, at + 1);
            let said = Diagnostic::error("E1002", open, "this raw string never ends").label("opened here");
            Some(said.help("close it with a backquote"))
        }
        Kind::Str => strings::quoted(slice, at).1,
        Kind::Template | Kind::TemplateHead | Kind::TemplateMiddle | Kind::TemplateTail => {
            strings::template(slice, token.raw, at).1
        }
        Kind::SingleQuoted => {
            becomes = Some(Kind::Str);
            let said = said("strings are written in double quotes".to_string()).label("not a string");
            let inside = slice[1..].strip_suffix('\'').unwrap_or(&slice[1..]);
            Some(if unfinished || inside.contains(['"', '\\']) {
                said.help("`\"…\"`, or `…` in backquotes for raw text")
            } else {
                said.fix("use double quotes", span, format!("\"{inside}\""))
            })
        }
        Kind::Number if !is_numeral(slice) => Some(bad_number(span, slice)),
        Kind::BadWord => {
            let (kind, diagnostic) = bad_word(span, slice);
            becomes = Some(kind);
            Some(diagnostic)
        }
        Kind::Unknown => Some(unknown(span, slice)),
        Kind::BangEqEq => {
            becomes = Some(Kind::Ne);
            Some(said("`!==` is written `!=`".to_string()).label("not equal").fix("write `!=`", span, "!="))
        }
        Kind::LessGreater => {
            becomes = Some(Kind::Ne);
            Some(said("`<>` is written `!=`".to_string()).label("not equal").fix("write `!=`", span, "!="))
        }
        Kind::EqLess => {
            becomes = Some(Kind::Le);
            Some(said("`=<` is written `<=`".to_string()).fix("write `<=`", span, "<="))
        }
        Kind::EqEqEq => {
            becomes = Some(Kind::Eq);
            Some(said("`===` is written `==`".to_string()).fix("write `==`", span, "=="))
        }
        Kind::Bang => {
            becomes = Some(Kind::Not);
            Some(said("`!` is written `not`".to_string()).label("negation").fix("write `not`", span, "not "))
        }
        Kind::SlashComment | Kind::BlockComment => {
            becomes = Some(Kind::Unknown);
            let sign = &slice[..2];
            let said = Diagnostic::error("E1001", span, format!("`{sign}` does not begin a comment"))
                .label("not a comment")
                .help("a comment begins with `#` and goes on to the end of the line");
            Some(if sign == "//" { said.fix("write `#`", Span::new(at, at + 2), "#") } else { said })
        }
        _ => None,
    };
    if let Some(kind) = becomes {
        token.kind = kind;
    }
    if let Some(diagnostic) = diagnostic {
        token.reported = true;
        // Characters that stand together get one message together.
        if token.kind == Kind::Unknown
            && diagnostic.fixes.is_empty()
            && let Some(last) = out.diagnostics.last_mut()
            && last.code == "E1001"
            && last.span.end == span.start
        {
            last.span.end = span.end;
            return;
        }
        out.diagnostics.push(diagnostic);
    }
}

fn visible(slice: &str) -> String {
    match slice.chars().next() {
        Some(c) if c.is_control() => format!("the control character {:#04x}", c as u32),
        _ => format!("`{slice}`"),
    }
}

fn unknown(span: Span, slice: &str) -> Diagnostic {
    let said = Diagnostic::error("E1001", span, format!("{} has no meaning here", visible(slice)))
        .label("not a part of the language");
    match slice {
        "^" => said.help("there is no power operator; multiply, or for bits call `bits.xor`"),
        "~" => said.help("to match a pattern, call `regex.match(pattern, text)`"),
        "$" => said.help("a template string is written `$\"…{x}…\"`"),
        "@" => said.help("METADATA stands in comments: `# METADATA`"),
        _ => said,
    }
}

fn unfinished_text(out: &mut Lexed, token: &Token, slice: &str) -> Diagnostic {
    let at = token.span.start as usize;
    let quote = if token.kind == Kind::Str { 1 } else { 2 };
    let part = matches!(token.kind, Kind::TemplateMiddle | Kind::TemplateTail);
    let open = Span::new(at, at + if part { 1 } else { quote.min(slice.len()) });
    if token.raw {
        out.cut_short = true;
        let said = Diagnostic::error("E1002", open, "this raw template never ends").label("opened here");
        return said.help("close it with a backquote");
    }
    let what = if token.kind == Kind::Str { "string" } else { "template" };
    Diagnostic::error("E1002", open, format!("this {what} does not end on its line"))
        .label("no \" follows on this line")
        .help("for a text of several lines use backquotes; a line break inside is `\\n`")
}

fn bad_number(span: Span, slice: &str) -> Diagnostic {
    let said = Diagnostic::error("E1005", span, format!("`{slice}` is not a number")).label("malformed number");
    let plain = slice.replace('_', "");
    if slice.contains('_') && is_numeral(&plain) {
        return said.help("digits are written without `_`").fix("remove `_`", span, plain);
    }
    let bare = slice.trim_start_matches('0');
    let bare = if bare.starts_with(|c: char| c.is_ascii_digit()) { bare.to_string() } else { format!("0{bare}") };
    if slice.len() > 1 && slice.starts_with('0') && is_numeral(&bare) {
        return said.help("a number has no zeros in front").fix("remove the zeros", span, bare);
    }
    let lower = slice.to_ascii_lowercase();
    let based = [("0x", 16), ("0o", 8), ("0b", 2)];
    for (prefix, radix) in based {
        if let Some(value) = lower.strip_prefix(prefix).and_then(|digits| i64::from_str_radix(digits, radix).ok()) {
            return said.help("numbers are decimal").fix("write it in decimal", span, value.to_string());
        }
    }
    if lower.ends_with(['e', '+', '-']) {
        return said.help("an exponent has digits, as in `1e3`");
    }
    said.help("a name cannot begin with a digit, and numbers have no suffix")
}

fn bad_word(span: Span, slice: &str) -> (Kind, Diagnostic) {
    let said = |text: String| Diagnostic::error("E1001", span, text);
    if slice.chars().any(|c| matches!(c, '\u{2018}'..='\u{201F}' | '«' | '»')) {
        return (Kind::Str, said("typographic quotes do not make a string".to_string()).label("use \""));
    }
    if slice.chars().all(|c| c.is_alphanumeric() || c == '_') {
        let said = said(format!("`{slice}` has letters outside ASCII, which a name cannot have"));
        let said = said.label("use a-z, A-Z, 0-9 and _").help("a key with other letters is written `x[\"…\"]`");
        return (Kind::Name, said);
    }
    let odd = slice.chars().find(|c| !c.is_alphanumeric() && *c != '_').unwrap_or('\u{FFFD}');
    let meant = match odd {
        '\u{2212}' | '\u{2010}'..='\u{2015}' => Some("-"),
        '≠' => Some("!="),
        '≤' => Some("<="),
        '≥' => Some(">="),
        '×' => Some("*"),
        '÷' => Some("/"),
        '\u{A0}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{3000}' => Some(" "),
        '\u{200B}'..='\u{200F}' | '\u{FEFF}' | '\u{2060}' => Some(""),
        _ => None,
    };
    let kind = match meant {
        _ if slice.chars().any(|c| c.is_alphanumeric()) => Kind::Name,
        Some("-") => Kind::Minus,
        Some("!=") => Kind::Ne,
        Some("<=") => Kind::Le,
        Some(">=") => Kind::Ge,
        Some("*") => Kind::Star,
        Some("/") => Kind::Slash,
        _ => Kind::Unknown,
    };
    let name = format!("the character U+{:04X}", odd as u32);
    let shown = if odd.is_whitespace() || meant == Some("") { name } else { format!("`{odd}`") };
    let said = said(format!("{shown} has no meaning here")).label("not a part of the language");
    let said = match meant {
        Some(text) => said.fix("replace it", span, slice.replace(odd, text)),
        None => said,
    };
    (kind, said)
}
