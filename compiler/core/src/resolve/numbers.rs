//! Numerals to values, and what is wrong with those that have none.

use crate::hir::ExprKind;
use gatos_num::{Fix, LiteralErrorKind, Num, literal as read, literal_negated};
use gatos_syntax::diagnostic::Diagnostic;
use gatos_syntax::span::Span;

/// The value of a numeral; `negated` when a minus before it belongs to it.
pub(super) fn literal(text: &str, span: Span, negated: bool) -> (ExprKind, Option<Diagnostic>) {
    let result = if negated { literal_negated(text) } else { read(text) };
    let error = match result {
        Ok(l) => {
            let warning = (!l.keeps_digits).then(|| digits_lost(text, l.num, span));
            return (value(l.num), warning);
        }
        Err(e) => e,
    };
    use LiteralErrorKind as E;
    let (code, says, label, help) = match error.kind {
        E::IntOutOfRange => (
            "E0301",
            "this integer does not fit in 64 bits",
            "integers go from -9223372036854775808 to 9223372036854775807",
            "keep larger numbers as strings",
        ),
        E::FixedOutOfRange => (
            "E0302",
            "this decimal is out of range",
            "fixed numbers go from -2147483648.0 to 2147483647.9999999998",
            "count in a larger unit, or use an integer (no point), which has 64 bits",
        ),
        E::HexTooLong => (
            "E0303",
            "this hex literal has more than 64 bits",
            "hex literals are patterns of at most 16 digits",
            "split the pattern",
        ),
        E::HexFloat => {
            ("E0304", "hex floats are not part of EchoLua", "a form for binary floats", "write the number in decimal")
        }
        E::Exponent => {
            ("E0305", "exponents are not part of EchoLua", "one number has one spelling", "write the number out")
        }
        E::MissingDigit => (
            "E0306",
            "a decimal needs digits on both sides of its point",
            "one number has one spelling",
            "add the zero",
        ),
        E::SuperfluousZero => (
            "E0307",
            "this number has superfluous zeros",
            "one number has one spelling",
            "leave the zeros out; `string.format(\"%.2f\", x)` prints a fixed number of digits",
        ),
        E::Malformed => (
            "E0005",
            "this is not a number",
            "digits, then perhaps a point and digits; or `0x` and hex digits",
            "separate the number from the name that follows it",
        ),
    };
    let mut diag = Diagnostic::error(code, span, says).label(label).help(help);
    if let Some(by) = error.suggestion {
        diag = diag.fix(format!("write `{by}`"), span, by);
    }
    (ExprKind::Error, Some(diag))
}

fn value(num: Num) -> ExprKind {
    match num {
        Num::Int(v) => ExprKind::Int(v),
        Num::Fixed(v) => ExprKind::Fixed(v.raw()),
    }
}

fn digits_lost(text: &str, num: Num, span: Span) -> Diagnostic {
    let kept = match num {
        Num::Int(v) => v.to_string(),
        Num::Fixed(v) => gatos_num::fix_text(v).as_str().trim_start_matches('-').to_string(),
    };
    Diagnostic::warning("W0509", span, format!("`{text}` has more digits than a fixed number keeps"))
        .label(format!("kept as `{kept}`"))
        .help("fixed numbers have 32 binary digits after the point: about nine decimal ones")
        .fix(format!("write `{kept}`"), span, kept)
}

/// The number of an expression kind.
pub(crate) fn number_of(kind: &ExprKind) -> Option<Num> {
    match kind {
        ExprKind::Int(v) => Some(Num::Int(*v)),
        ExprKind::Fixed(v) => Some(Num::Fixed(Fix::from_raw(*v))),
        _ => None,
    }
}
