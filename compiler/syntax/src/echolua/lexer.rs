//! Text to tokens. Every byte is a token's, a comment's or white space, so this never fails: what
//! is no token is reported and taken for what was probably meant.

use logos::Logos;

use crate::diagnostic::Diagnostic;
use crate::span::Span;

use super::strings;
use super::token::{Kind, is_numeral};

/// A token and its place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Where; empty where recovery put it in.
    pub span: Span,
    /// Whether it is the first on its line.
    pub first: bool,
    /// Whether something about it was reported already, so that what follows from it is not.
    pub reported: bool,
}

/// A comment, for the formatter and for allow-comments.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Comment {
    /// All of it, from the dashes; a line comment goes up to its line break.
    pub span: Span,
    /// What stands inside: after `--`, or between the long brackets.
    pub text: String,
    /// Whether code stands before it on its line.
    pub trailing: bool,
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
    /// A long string or comment swallowed the rest of the text.
    pub cut_short: bool,
}

/// Splits a text. A byte order mark and a first line that begins with `#` are skipped.
pub fn lex(text: &str) -> Lexed {
    let mut out = Lexed::default();
    let start = preamble(text);
    let mut lexer = Kind::lexer(&text[start..]);
    let mut carry = false;
    let mut last_token_end = start;
    while let Some(kind) = lexer.next() {
        let unfinished = std::mem::take(&mut lexer.extras.unfinished);
        let span = Span::new(start + lexer.span().start, start + lexer.span().end);
        let slice = lexer.slice();
        let kind = kind.unwrap_or(Kind::Unknown);
        if kind == Kind::Comment {
            comment(&mut out, text, span, slice, unfinished, last_token_end);
            continue;
        }
        let before = &text[last_token_end..span.start as usize];
        let first = out.tokens.is_empty() || before.contains(['\n', '\r']);
        last_token_end = span.end as usize;
        let mut token = Token { kind, span, first, reported: false };
        check(&mut out, &mut token, slice, unfinished);
        // What a dropped character leaves behind is its fault too.
        if token.kind == Kind::Unknown {
            carry = true;
        } else {
            token.reported |= std::mem::take(&mut carry);
            out.tokens.push(token);
        }
    }
    reserved(&mut out, text);
    out
}

/// Reserved words where only a name can stand, and the other spellings of `elseif`.
fn reserved(out: &mut Lexed, text: &str) {
    for at in 0..out.tokens.len() {
        let token = out.tokens[at];
        let prev = if at > 0 { Some(out.tokens[at - 1].kind) } else { None };
        let next = out.tokens.get(at + 1).map(|token| token.kind);
        let word = &text[token.span.range()];
        if token.kind == Kind::Name && token.first && matches!(word, "elif" | "elsif" | "elseIf") {
            let line = out.tokens[at + 1..].iter().take(64).take_while(|token| !token.first);
            if line.into_iter().any(|token| token.kind == Kind::Then) {
                let said = Diagnostic::error("E0017", token.span, format!("`{word}` is written `elseif`")).fix(
                    "write `elseif`",
                    token.span,
                    "elseif",
                );
                out.diagnostics.push(said);
                out.tokens[at] = Token { kind: Kind::ElseIf, reported: true, ..token };
            }
            continue;
        }
        if !token.kind.is_keyword() {
            continue;
        }
        let field = matches!(prev, Some(Kind::Dot | Kind::Colon)) && !token.first;
        let key = matches!(prev, Some(Kind::LBrace | Kind::Comma | Kind::Semi)) && next == Some(Kind::Assign);
        let local = prev == Some(Kind::Local)
            && token.kind != Kind::Function
            && matches!(next, Some(Kind::Assign | Kind::Comma));
        if !(field || key || local) {
            continue;
        }
        let mut said = Diagnostic::error("E0023", token.span, format!("`{word}` is a reserved word, not a name"))
            .label("choose another name");
        if field && prev == Some(Kind::Dot) {
            let both = out.tokens[at - 1].span.to(token.span);
            said = said.help(format!("a field of this name is written `[\"{word}\"]`")).fix(
                "write it as a string",
                both,
                format!("[\"{word}\"]"),
            );
        } else if key && prev == Some(Kind::LBrace) {
            said = said.help(format!("a field of this name is written `[\"{word}\"]`")).fix(
                "write it as a string",
                token.span,
                format!("[\"{word}\"]"),
            );
        }
        out.diagnostics.push(said);
        out.tokens[at] = Token { kind: Kind::Name, reported: true, ..token };
    }
}

fn preamble(text: &str) -> usize {
    let start = if text.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 };
    if text[start..].starts_with('#') {
        return text[start..].find(['\n', '\r']).map_or(text.len(), |len| start + len);
    }
    start
}

fn comment(out: &mut Lexed, text: &str, span: Span, slice: &str, unfinished: bool, last_token_end: usize) {
    let body = &slice[2..];
    let level = body.strip_prefix('[').map_or(0, |rest| rest.bytes().take_while(|b| *b == b'=').count());
    let long = body.strip_prefix('[').is_some_and(|rest| rest[level..].starts_with('['));
    if unfinished {
        out.cut_short = true;
        let open = Span::new(span.start as usize, span.start as usize + 4 + level);
        let close = format!("]{}]", "=".repeat(level));
        out.diagnostics.push(
            Diagnostic::error("E0003", open, "this comment never ends")
                .label("opened here")
                .help(format!("close it with `{close}`, or leave a space after the dashes for a comment of one line")),
        );
    }
    let inside = match (long, unfinished) {
        (false, _) => body,
        (true, true) => &body[level + 2..],
        (true, false) => &body[level + 2..body.len() - level - 2],
    };
    let before = &text[last_token_end..span.start as usize];
    let trailing = !out.tokens.is_empty() && !before.contains(['\n', '\r']);
    out.comments.push(Comment { span, text: inside.to_string(), trailing });
}

/// Reports what is wrong with a token, and makes it the one that was probably meant.
fn check(out: &mut Lexed, token: &mut Token, slice: &str, unfinished: bool) {
    let span = token.span;
    let at = span.start as usize;
    let diagnostic = match token.kind {
        Kind::Str if unfinished => unfinished_string(out, span, slice),
        Kind::Str => strings::decode(slice, at).1,
        Kind::Number if !is_numeral(slice) => Some(bad_number(span, slice)),
        Kind::BadWord => {
            let (kind, diagnostic) = bad_word(span, slice);
            token.kind = kind;
            Some(diagnostic)
        }
        Kind::Unknown => {
            let mut said = Diagnostic::error("E0001", span, format!("{} has no meaning here", visible(slice)))
                .label("not a part of the language");
            if slice == "?" {
                said = said.help("for a choice between two values, write `condition and yes or no`");
            } else if slice == "`" {
                said = said.help("strings are written \"…\", '…' or [[…]]");
            }
            Some(said)
        }
        Kind::BangEq => {
            token.kind = Kind::Ne;
            Some(Diagnostic::error("E0010", span, format!("`{slice}` is written `~=`")).label("not equal").fix(
                "write `~=`",
                span,
                "~=",
            ))
        }
        Kind::Bang => {
            token.kind = Kind::Not;
            Some(Diagnostic::error("E0010", span, "`!` is written `not`").label("negation").fix(
                "write `not`",
                span,
                "not ",
            ))
        }
        Kind::AmpAmp => {
            token.kind = Kind::And;
            Some(Diagnostic::error("E0010", span, "`&&` is written `and`").fix("write `and`", span, " and "))
        }
        Kind::PipePipe => {
            token.kind = Kind::Or;
            Some(Diagnostic::error("E0010", span, "`||` is written `or`").fix("write `or`", span, " or "))
        }
        Kind::EqEqEq => {
            token.kind = Kind::Eq;
            Some(Diagnostic::error("E0010", span, "`===` is written `==`").fix("write `==`", span, "=="))
        }
        _ => None,
    };
    if let Some(diagnostic) = diagnostic {
        token.reported = true;
        // Characters that stand together get one message together.
        if token.kind == Kind::Unknown
            && let Some(last) = out.diagnostics.last_mut()
            && last.code == "E0001"
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

fn unfinished_string(out: &mut Lexed, span: Span, slice: &str) -> Option<Diagnostic> {
    let at = span.start as usize;
    if let Some(rest) = slice.strip_prefix('[') {
        out.cut_short = true;
        let level = rest.bytes().take_while(|b| *b == b'=').count();
        let open = Span::new(at, at + 2 + level);
        return Some(
            Diagnostic::error("E0002", open, "this long string never ends")
                .label("opened here")
                .help(format!("close it with `]{}]`", "=".repeat(level))),
        );
    }
    let quote = &slice[..1];
    Some(
        Diagnostic::error("E0002", Span::new(at, at + 1), "this string does not end on its line")
            .label(format!("no {quote} follows on this line"))
            .help("for a text of several lines use [[…]], or end the line with a backslash"),
    )
}

fn bad_number(span: Span, slice: &str) -> Diagnostic {
    let said = Diagnostic::error("E0005", span, format!("`{slice}` is not a number")).label("malformed number");
    if let Some((left, right)) = slice.split_once("..")
        && is_numeral(left)
    {
        return said.help("a number takes the point after it, so put a space before `..`").fix(
            "put spaces around `..`",
            span,
            format!("{left} .. {}", right.trim_start_matches('.')),
        );
    }
    if slice.contains('_') && is_numeral(&slice.replace('_', "")) {
        return said.help("digits are written without `_`").fix("remove `_`", span, slice.replace('_', ""));
    }
    if slice.starts_with("0b") || slice.starts_with("0o") {
        return said.help("numbers are decimal, or hexadecimal as in `0x1F`");
    }
    let digits: String = slice.chars().take_while(|c| c.is_ascii_digit()).collect();
    if !digits.is_empty() && digits.len() < slice.len() && !slice.contains('.') && !slice.starts_with("0x") {
        return said.help("a name cannot begin with a digit, and numbers have no suffix");
    }
    said
}

fn bad_word(span: Span, slice: &str) -> (Kind, Diagnostic) {
    let said = |text: String| Diagnostic::error("E0001", span, text);
    if slice.chars().any(|c| matches!(c, '\u{2018}'..='\u{201F}' | '«' | '»')) {
        let said = said("typographic quotes do not make a string".to_string());
        return (Kind::Str, said.label("use \" or '"));
    }
    if slice.chars().all(|c| c.is_alphanumeric() || c == '_') {
        let said = said(format!("`{slice}` has letters outside ASCII, which a name cannot have"));
        return (Kind::Name, said.label("use a-z, A-Z, 0-9 and _").help("strings and comments may hold any text"));
    }
    let odd = slice.chars().find(|c| !c.is_alphanumeric() && *c != '_').unwrap_or('\u{FFFD}');
    let kind = if slice.chars().any(|c| c.is_alphanumeric()) { Kind::Name } else { Kind::Unknown };
    let meant = match odd {
        '\u{2212}' | '\u{2010}'..='\u{2015}' => Some("-"),
        '≠' => Some("~="),
        '≤' => Some("<="),
        '≥' => Some(">="),
        '×' => Some("*"),
        '÷' => Some("/"),
        '…' => Some("..."),
        '\u{A0}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{3000}' => Some(" "),
        '\u{200B}'..='\u{200F}' | '\u{FEFF}' | '\u{2060}' => Some(""),
        _ => None,
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
