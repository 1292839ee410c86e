//! The tokens of Rego v1, plus the spellings that people bring from other languages, so that each
//! of those is one token with one message.

use logos::{Lexer, Logos};

/// What the lexer tells beside the kind of the last token.
#[derive(Clone, Copy, Default, Debug)]
pub struct Extras {
    /// The last string ran into the end of its line or of the text.
    pub unfinished: bool,
}

/// The kinds of token. The last ones never come from the lexer: the layout pass tells a calling
/// parenthesis and an indexing bracket from others, and puts `Body` where a body was.
#[derive(Logos, Clone, Copy, PartialEq, Eq, Debug)]
#[logos(extras = Extras, skip r"[ \t\r\n\x0B\x0C]+")]
#[allow(missing_docs, reason = "the names are the spellings")]
pub enum Kind {
    #[token("#", to_line_end)]
    Comment,

    #[token("as")]
    As,
    /// A name everywhere but in the head of a rule.
    #[token("contains")]
    Contains,
    #[token("default")]
    Default,
    #[token("else")]
    Else,
    #[token("every")]
    Every,
    #[token("false")]
    False,
    #[token("if")]
    If,
    #[token("import")]
    Import,
    #[token("in")]
    In,
    #[token("not")]
    Not,
    #[token("null")]
    Null,
    #[token("package")]
    Package,
    #[token("some")]
    Some,
    #[token("true")]
    True,
    #[token("with")]
    With,

    #[regex(r"[A-Za-z_][A-Za-z0-9_]*", priority = 3)]
    Name,
    /// A word with letters outside ASCII: reported, then taken for a name.
    #[regex(r"[A-Za-z_\u{80}-\u{10FFFF}][A-Za-z0-9_\u{80}-\u{10FFFF}]*", priority = 2)]
    BadWord,
    #[regex(r"\.?[0-9]", number)]
    Number,
    #[token("\"", quoted)]
    Str,
    #[token("`", raw)]
    RawStr,
    /// `'…'`: reported, then taken for a string.
    #[token("'", quoted)]
    SingleQuoted,
    /// A template without expressions; with the next three, the lexer finds out which it is.
    #[token("$\"", template)]
    #[token("$`", template)]
    Template,
    /// From the opening quote of a template up to its first `{`.
    TemplateHead,
    /// From one `}` of a template to the next `{`.
    TemplateMiddle,
    /// From the last `}` of a template up to its closing quote.
    TemplateTail,

    #[token("+")]
    Plus,
    #[token("-")]
    Minus,
    #[token("*")]
    Star,
    #[token("/")]
    Slash,
    #[token("%")]
    Percent,
    #[token("&")]
    Amp,
    #[token("|")]
    Pipe,
    #[token("==")]
    Eq,
    #[token("!=")]
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
    Unify,
    #[token(":=")]
    Assign,
    #[token("(")]
    LParen,
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
    #[token(";")]
    Semi,
    #[token(":")]
    Colon,
    #[token(",")]
    Comma,
    #[token(".")]
    Dot,

    /// Operators that other languages have.
    #[token("&&")]
    AmpAmp,
    #[token("||")]
    PipePipe,
    #[token("!")]
    Bang,
    #[token("===")]
    EqEqEq,
    #[token("!==")]
    BangEqEq,
    #[token("<>")]
    LessGreater,
    #[token("=<")]
    EqLess,
    #[token("=>")]
    EqGreater,
    #[token("->")]
    Arrow,
    #[token("?")]
    Question,
    #[token("++")]
    Step,
    #[token("+=")]
    #[token("-=")]
    #[token("*=")]
    #[token("/=")]
    #[token("%=")]
    #[token("|=")]
    #[token("&=")]
    OpAssign,
    #[token("**")]
    Power,
    #[token("..")]
    Dots,
    /// `//` and `/* … */`: comments elsewhere.
    #[token("//", to_line_end)]
    SlashComment,
    #[token("/*", block_comment)]
    BlockComment,
    /// A character that no token begins with.
    #[regex(r"[\x00-\x08\x0E-\x1F\x7F@$\\^~]")]
    Unknown,

    /// A parenthesis that calls what stands right before it.
    CallParen,
    /// A bracket that looks into what stands right before it.
    IndexBracket,
    /// The `|` of a comprehension.
    Bar,
    /// The number of a body: of a rule, of `every`, of a comprehension.
    Body(u32),
    /// An expression that could not be read.
    Hole,
}

impl Kind {
    /// The spelling of a keyword or sign, for messages.
    pub fn text(self) -> &'static str {
        use Kind::*;
        match self {
            As => "as",
            Contains => "contains",
            Default => "default",
            Else => "else",
            Every => "every",
            False => "false",
            If => "if",
            Import => "import",
            In => "in",
            Not => "not",
            Null => "null",
            Package => "package",
            Some => "some",
            True => "true",
            With => "with",
            Plus => "+",
            Minus => "-",
            Star => "*",
            Slash => "/",
            Percent => "%",
            Amp => "&",
            Pipe | Bar => "|",
            Eq => "==",
            Ne => "!=",
            Le => "<=",
            Ge => ">=",
            Lt => "<",
            Gt => ">",
            Unify => "=",
            Assign => ":=",
            LParen | CallParen => "(",
            RParen => ")",
            LBrace | TemplateHead => "{",
            RBrace => "}",
            LBracket | IndexBracket => "[",
            RBracket => "]",
            Semi => ";",
            Colon => ":",
            Comma => ",",
            Dot => ".",
            _ => "",
        }
    }

    /// Whether this is a reserved word; `contains` is one in heads only.
    pub fn is_keyword(self) -> bool {
        use Kind::*;
        matches!(
            self,
            As | Contains
                | Default
                | Else
                | Every
                | False
                | If
                | Import
                | In
                | Not
                | Null
                | Package
                | Some
                | True
                | With
        )
    }

    /// Whether this opens something that another token closes.
    pub fn opens(self) -> bool {
        use Kind::*;
        matches!(self, LParen | LBrace | LBracket | TemplateHead | CallParen | IndexBracket)
    }

    /// Whether this closes something.
    pub fn closes(self) -> bool {
        use Kind::*;
        matches!(self, RParen | RBrace | RBracket | TemplateTail)
    }

    /// What closes this.
    pub fn closer(self) -> Kind {
        match self {
            Kind::LBrace => Kind::RBrace,
            Kind::LBracket | Kind::IndexBracket => Kind::RBracket,
            Kind::TemplateHead => Kind::TemplateTail,
            _ => Kind::RParen,
        }
    }

    /// Whether a complete expression can end with this token.
    pub fn ends_expr(self) -> bool {
        use Kind::*;
        matches!(
            self,
            Name | Number
                | Str
                | RawStr
                | Template
                | TemplateTail
                | Null
                | True
                | False
                | RParen
                | RBrace
                | RBracket
                | Body(_)
                | Hole
        )
    }

    /// Whether an operand can begin with this token (`-` aside).
    pub fn starts_operand(self) -> bool {
        use Kind::*;
        matches!(
            self,
            Name | Contains
                | Number
                | Str
                | RawStr
                | Template
                | TemplateHead
                | Null
                | True
                | False
                | LParen
                | LBrace
                | LBracket
                | Hole
        )
    }

    /// Whether a statement of a body can begin with this token on a new line.
    pub fn starts_literal(self) -> bool {
        self.starts_operand() || matches!(self, Kind::Not | Kind::Some | Kind::Every)
    }

    /// Whether this is an operator that stands between two operands.
    pub fn is_binary(self) -> bool {
        use Kind::*;
        matches!(
            self,
            Plus | Minus | Star | Slash | Percent | Amp | Pipe | Eq | Ne | Le | Ge | Lt | Gt | Unify | Assign | In
        )
    }
}

fn to_line_end(lex: &mut Lexer<'_, Kind>) {
    let rest = lex.remainder().as_bytes();
    let len = rest.iter().position(|b| *b == b'\n' || *b == b'\r').unwrap_or(rest.len());
    lex.bump(len);
}

fn block_comment(lex: &mut Lexer<'_, Kind>) {
    let end = lex.remainder().find("*/").map(|at| at + 2);
    match end {
        Some(len) => lex.bump(len),
        None => to_line_end(lex),
    }
}

/// A string on one line; what a backslash means is looked at later.
fn quoted(lex: &mut Lexer<'_, Kind>) {
    let quote = lex.slice().as_bytes()[0];
    let rest = lex.remainder().as_bytes();
    let mut at = 0;
    lex.extras.unfinished = true;
    while at < rest.len() {
        match rest[at] {
            b'\n' | b'\r' => break,
            // The byte after a backslash is passed over, unless the line ends there.
            b'\\' if rest.get(at + 1).is_some_and(|b| b.is_ascii() && !matches!(b, b'\n' | b'\r')) => at += 2,
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

fn raw(lex: &mut Lexer<'_, Kind>) {
    let end = lex.remainder().find('`');
    lex.extras.unfinished = end.is_none();
    let len = end.map_or(lex.remainder().len(), |at| at + 1);
    lex.bump(len);
}

/// The opening part of a template: up to its first `{`, or all of it.
fn template(lex: &mut Lexer<'_, Kind>) {
    let raw = lex.slice().ends_with('`');
    template_text(lex, raw);
}

/// Goes on through the text of a template to after its `{` or its closing quote.
/// Says whether a `{` ended it.
pub fn template_text(lex: &mut Lexer<'_, Kind>, raw: bool) -> bool {
    let rest = lex.remainder().as_bytes();
    let mut at = 0;
    let mut opened = false;
    lex.extras.unfinished = true;
    while at < rest.len() {
        match rest[at] {
            b'\n' | b'\r' if !raw => break,
            b'\\' if raw => at += if rest.get(at + 1) == Some(&b'{') { 2 } else { 1 },
            b'\\' if rest.get(at + 1).is_some_and(|b| b.is_ascii() && !matches!(b, b'\n' | b'\r')) => at += 2,
            b'{' => {
                at += 1;
                opened = true;
                lex.extras.unfinished = false;
                break;
            }
            b'`' if raw => {
                at += 1;
                lex.extras.unfinished = false;
                break;
            }
            b'"' if !raw => {
                at += 1;
                lex.extras.unfinished = false;
                break;
            }
            _ => at += 1,
        }
    }
    lex.bump(at);
    opened
}

/// Digits with a point and an exponent; then, so that a slip is one token, letters and digits.
fn number(lex: &mut Lexer<'_, Kind>) {
    let rest = lex.remainder().as_bytes();
    let mut at = 0;
    let mut point = lex.slice().starts_with('.');
    while let Some(byte) = rest.get(at) {
        let next = rest.get(at + 1);
        if matches!(byte, b'e' | b'E') && matches!(next, Some(b'+' | b'-')) {
            at += 2;
        } else if *byte == b'.' && !point && next.is_some_and(u8::is_ascii_digit) {
            point = true;
            at += 1;
        } else if byte.is_ascii_alphanumeric() || *byte == b'_' {
            at += 1;
        } else {
            break;
        }
    }
    lex.bump(at);
}

/// Whether a numeral is one of Rego's: no superfluous zero in front, digits around the point.
pub fn is_numeral(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let mantissa_ok = match mantissa.split_once('.') {
        Some((whole, part)) => (whole.is_empty() || whole_ok(whole)) && digits(part),
        None => whole_ok(mantissa),
    };
    mantissa_ok && exponent.is_none_or(|text| digits(text.strip_prefix(['+', '-']).unwrap_or(text)))
}

fn whole_ok(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) && (text.len() == 1 || !text.starts_with('0'))
}
