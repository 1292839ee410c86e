//! The tokens of Lua 5.4, plus the spellings that people bring from other languages, so that
//! each of those is one token with one message.

use logos::{Lexer, Logos};

/// What the lexer tells beside the kind of the last token.
#[derive(Clone, Copy, Default, Debug)]
pub struct Extras {
    /// The last string or long bracket ran into the end of its line or of the text.
    pub unfinished: bool,
}

/// The kinds of token. `Block` and `Hole` never come from the lexer: the layout pass puts
/// `Block` where a nested block was, recovery puts `Hole` where an expression did not parse.
#[derive(Logos, Clone, Copy, PartialEq, Eq, Debug)]
#[logos(extras = Extras, skip r"[ \t\r\n\x0B\x0C]+")]
#[allow(missing_docs, reason = "the names are the spellings")]
pub enum Kind {
    #[token("--", comment)]
    Comment,

    #[token("and")]
    And,
    #[token("break")]
    Break,
    #[token("do")]
    Do,
    #[token("else")]
    Else,
    #[token("elseif")]
    ElseIf,
    #[token("end")]
    End,
    #[token("false")]
    False,
    #[token("for")]
    For,
    #[token("function")]
    Function,
    #[token("goto")]
    Goto,
    #[token("if")]
    If,
    #[token("in")]
    In,
    #[token("local")]
    Local,
    #[token("nil")]
    Nil,
    #[token("not")]
    Not,
    #[token("or")]
    Or,
    #[token("repeat")]
    Repeat,
    #[token("return")]
    Return,
    #[token("then")]
    Then,
    #[token("true")]
    True,
    #[token("until")]
    Until,
    #[token("while")]
    While,

    #[regex(r"[A-Za-z_][A-Za-z0-9_]*", priority = 3)]
    Name,
    /// A word with letters outside ASCII: reported, then taken for a name.
    #[regex(r"[A-Za-z_\u{80}-\u{10FFFF}][A-Za-z0-9_\u{80}-\u{10FFFF}]*", priority = 2)]
    BadWord,
    #[regex(r"\.?[0-9]", number)]
    Number,
    #[token("\"", short_string)]
    #[token("'", short_string)]
    #[regex(r"\[=*\[", long_string)]
    Str,

    #[token("+")]
    Plus,
    #[token("-")]
    Minus,
    #[token("*")]
    Star,
    #[token("/")]
    Slash,
    #[token("//")]
    DoubleSlash,
    #[token("%")]
    Percent,
    #[token("^")]
    Caret,
    #[token("#")]
    Hash,
    #[token("&")]
    Amp,
    #[token("~")]
    Tilde,
    #[token("|")]
    Pipe,
    #[token("<<")]
    Shl,
    #[token(">>")]
    Shr,
    #[token("==")]
    Eq,
    #[token("~=")]
    Ne,
    #[token("<=")]
    Le,
    #[token(">=")]
    Ge,
    #[token("<")]
    Lt,
    #[token(">")]
    Gt,
    #[token("=")]
    Assign,
    #[token("(")]
    LParen,
    /// A parenthesis that calls what stands before it; the layout pass tells it from the other.
    CallParen,
    #[token(")")]
    RParen,
    #[token("{")]
    LBrace,
    #[token("}")]
    RBrace,
    #[token("[")]
    LBracket,
    #[token("]")]
    RBracket,
    #[token("::")]
    DoubleColon,
    #[token(";")]
    Semi,
    #[token(":")]
    Colon,
    #[token(",")]
    Comma,
    #[token(".")]
    Dot,
    #[token("..")]
    Concat,
    #[token("...")]
    Dots,

    /// `!=` and `!==`
    #[token("!=")]
    #[token("!==")]
    BangEq,
    /// `!`
    #[token("!")]
    Bang,
    /// `&&`
    #[token("&&")]
    AmpAmp,
    /// `||`
    #[token("||")]
    PipePipe,
    /// `===`
    #[token("===")]
    EqEqEq,
    /// `+=` and its kin: reported by the grammar, which then means the long form.
    #[token("+=")]
    #[token("-=")]
    #[token("*=")]
    #[token("/=")]
    #[token("//=")]
    #[token("%=")]
    #[token("^=")]
    #[token("..=")]
    #[token("&=")]
    #[token("|=")]
    #[token("<<=")]
    #[token(">>=")]
    OpAssign,
    /// `++`
    #[token("++")]
    PlusPlus,
    /// A character that no token begins with.
    #[regex(r"[\x00-\x08\x0E-\x1F\x7F@$\\?`]")]
    Unknown,

    /// The number of a nested block.
    Block(u32),
    /// An expression that did not parse.
    Hole,
}

impl Kind {
    /// The spelling of a keyword or sign, for messages.
    pub fn text(self) -> &'static str {
        use Kind::*;
        match self {
            And => "and",
            Break => "break",
            Do => "do",
            Else => "else",
            ElseIf => "elseif",
            End => "end",
            False => "false",
            For => "for",
            Function => "function",
            Goto => "goto",
            If => "if",
            In => "in",
            Local => "local",
            Nil => "nil",
            Not => "not",
            Or => "or",
            Repeat => "repeat",
            Return => "return",
            Then => "then",
            True => "true",
            Until => "until",
            While => "while",
            LParen | CallParen => "(",
            RParen => ")",
            LBrace => "{",
            RBrace => "}",
            LBracket => "[",
            RBracket => "]",
            Comma => ",",
            Assign => "=",
            Eq => "==",
            Ne => "~=",
            _ => "",
        }
    }

    /// Whether this is a reserved word.
    pub fn is_keyword(self) -> bool {
        use Kind::*;
        matches!(
            self,
            And | Break
                | Do
                | Else
                | ElseIf
                | End
                | False
                | For
                | Function
                | Goto
                | If
                | In
                | Local
                | Nil
                | Not
                | Or
                | Repeat
                | Return
                | Then
                | True
                | Until
                | While
        )
    }

    /// Whether a complete expression can end with this token.
    pub fn ends_expr(self) -> bool {
        use Kind::*;
        matches!(self, Name | Number | Str | Nil | True | False | Dots | RParen | RBrace | RBracket | End | Hole)
    }

    /// Whether this word can only begin a statement (`function` may also begin an expression).
    pub fn starts_stmt(self) -> bool {
        use Kind::*;
        matches!(self, Local | If | While | For | Repeat | Return | Goto | Break | Do | DoubleColon)
    }

    /// Whether this is an operator that stands between two operands.
    pub fn is_binary(self) -> bool {
        use Kind::*;
        matches!(
            self,
            And | Or
                | Plus
                | Minus
                | Star
                | Slash
                | DoubleSlash
                | Percent
                | Caret
                | Amp
                | Tilde
                | Pipe
                | Shl
                | Shr
                | Eq
                | Ne
                | Le
                | Ge
                | Lt
                | Gt
                | Concat
        )
    }
}

/// The length of a line break at the start of `bytes`: `\r\n` and `\n\r` count as one.
pub fn newline_len(bytes: &[u8]) -> usize {
    match bytes {
        [b'\r', b'\n', ..] | [b'\n', b'\r', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    }
}

/// Finds the end of a long bracket whose opening of that level was just read.
fn close_long(rest: &[u8], level: usize) -> Option<usize> {
    let mut at = 0;
    while at < rest.len() {
        if rest[at] == b']' {
            let signs = rest[at + 1..].iter().take_while(|b| **b == b'=').count();
            let close = at + 1 + signs;
            if rest.get(close) == Some(&b']') && signs == level {
                return Some(close + 1);
            }
            // The second bracket may itself open the right closing, as in `]=]==]`.
            at = close;
        } else {
            at += 1;
        }
    }
    None
}

fn comment(lex: &mut Lexer<'_, Kind>) {
    let rest = lex.remainder().as_bytes();
    lex.extras.unfinished = false;
    if rest.first() == Some(&b'[') {
        let level = rest[1..].iter().take_while(|b| **b == b'=').count();
        if rest.get(1 + level) == Some(&b'[') {
            let open = level + 2;
            match close_long(&rest[open..], level) {
                Some(len) => lex.bump(open + len),
                None => {
                    lex.extras.unfinished = true;
                    lex.bump(rest.len());
                }
            }
            return;
        }
    }
    let len = rest.iter().position(|b| *b == b'\n' || *b == b'\r').unwrap_or(rest.len());
    lex.bump(len);
}

fn long_string(lex: &mut Lexer<'_, Kind>) {
    let level = lex.slice().len() - 2;
    let rest = lex.remainder().as_bytes();
    let end = close_long(rest, level);
    let len = end.unwrap_or(rest.len());
    lex.extras.unfinished = end.is_none();
    lex.bump(len);
}

fn short_string(lex: &mut Lexer<'_, Kind>) {
    let quote = lex.slice().as_bytes()[0];
    let rest = lex.remainder().as_bytes();
    let mut at = 0;
    lex.extras.unfinished = true;
    while at < rest.len() {
        match rest[at] {
            b'\\' => match rest.get(at + 1) {
                // `\z` runs over any white space, line breaks too.
                Some(b'z') => {
                    at += 2;
                    while rest.get(at).is_some_and(|b| b.is_ascii_whitespace() || *b == 0x0B) {
                        at += 1;
                    }
                }
                // Only the first byte of what follows, so that a character of several bytes stays whole.
                Some(b) if b.is_ascii() => at += 1 + newline_len(&rest[at + 1..]).max(1),
                _ => at += 1,
            },
            b'\n' | b'\r' => break,
            b if b == quote => {
                at += 1;
                lex.extras.unfinished = false;
                break;
            }
            _ => at += 1,
        }
    }
    lex.bump(at);
}

/// Takes as much as Lua does: digits, letters, points, and signs after an exponent's letter.
fn number(lex: &mut Lexer<'_, Kind>) {
    let rest = lex.remainder().as_bytes();
    let hex = lex.slice() == "0" && matches!(rest.first(), Some(b'x' | b'X'));
    let mut at = usize::from(hex);
    while let Some(byte) = rest.get(at) {
        let exponent = if hex { matches!(byte, b'p' | b'P') } else { matches!(byte, b'e' | b'E') };
        if exponent && matches!(rest.get(at + 1), Some(b'+' | b'-')) {
            at += 2;
        } else if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_') {
            at += 1;
        } else {
            break;
        }
    }
    lex.bump(at);
}

/// Whether a numeral is one of Lua's: digits with an optional point and exponent, either base.
pub fn is_numeral(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let (digits, mark, hex) = match lower.strip_prefix("0x") {
        Some(rest) => (rest, 'p', true),
        None => (lower.as_str(), 'e', false),
    };
    let (mantissa, exponent) = match digits.split_once(mark) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (digits, None),
    };
    let all = |part: &str| part.bytes().all(|b| if hex { b.is_ascii_hexdigit() } else { b.is_ascii_digit() });
    let mantissa_ok = match mantissa.split_once('.') {
        Some((whole, part)) => all(whole) && all(part) && !(whole.is_empty() && part.is_empty()),
        None => all(mantissa) && !mantissa.is_empty(),
    };
    let exponent_ok = exponent.is_none_or(|text| {
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
    });
    mantissa_ok && exponent_ok
}
