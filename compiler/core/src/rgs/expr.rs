//! Expressions: names become what they mean, sugar becomes what it stands for.

use super::hir::{ArithOp, Body, CompareOp, Expr, ExprKind, Scalar};
use super::names::{Lowering, broken, text, var};
use super::scope::{Mentions, Origin, unwrap};
use gatos_num::{Num, parse_json_number};
use gatos_syntax::rgs::ast::{self, BinaryOp, TemplatePart};
use gatos_syntax::span::Span;

impl Lowering<'_, '_> {
    /// An expression.
    pub fn expr(&mut self, e: &ast::Expr) -> Expr {
        use ast::ExprKind as K;
        let span = e.span;
        let kind = match &e.kind {
            K::Null => ExprKind::Scalar(Scalar::Null),
            K::Bool(b) => ExprKind::Scalar(Scalar::Bool(*b)),
            K::Text(t) => ExprKind::Scalar(Scalar::Text(t.clone())),
            K::Number(t) => return self.number(t, false, span),
            K::Name(name) => return self.name(name, span),
            K::Ref { base, steps } => return self.refer(base, steps, span),
            K::Call { function, args } => return self.call_value(function, args, span),
            K::Template(parts) => return self.template(parts, span),
            K::Array(items) => ExprKind::Array(items.iter().map(|i| self.expr(i)).collect()),
            K::Set(items) => ExprKind::Set(items.iter().map(|i| self.expr(i)).collect()),
            K::Object(entries) => ExprKind::Object(entries.iter().map(|(k, v)| (self.expr(k), self.expr(v))).collect()),
            K::ArrayComp { .. } | K::SetComp { .. } | K::ObjectComp { .. } => return self.comprehension(e),
            K::Binary { op, op_span, left, right } => return self.binary(*op, *op_span, left, right, span),
            K::In { key, value, collection } => {
                let key = key.as_ref().map(|k| Box::new(self.expr(k)));
                let value = Box::new(self.expr(value));
                ExprKind::In(key, value, Box::new(self.expr(collection)))
            }
            K::Negate(inner) => return self.negate(inner, span),
            K::Paren(inner) => return self.expr(inner),
            K::Error => return broken(span),
        };
        Expr { kind, span }
    }

    fn refer(&mut self, base: &ast::Expr, steps: &[ast::Step], span: Span) -> Expr {
        let inner = unwrap(base);
        if let ast::ExprKind::Name(name) = &inner.kind {
            return self.reference(name, inner.span, steps, span);
        }
        let base = self.expr(inner);
        self.stepped(base, Vec::new(), steps, span)
    }

    fn negate(&mut self, inner: &ast::Expr, span: Span) -> Expr {
        if let ast::ExprKind::Number(text) = &inner.kind {
            return self.number(text, true, span);
        }
        let zero = Expr { kind: ExprKind::Scalar(Scalar::Int(0)), span };
        let value = self.expr(inner);
        self.operand_types(ArithOp::Sub, [&zero, &value]);
        Expr { kind: ExprKind::Arith(ArithOp::Sub, Box::new(zero), Box::new(value)), span }
    }

    fn template(&mut self, parts: &[TemplatePart], span: Span) -> Expr {
        let parts = parts
            .iter()
            .map(|part| match part {
                TemplatePart::Text(t) => text(t, span),
                TemplatePart::Expr(e) => self.expr(e),
            })
            .collect();
        Expr { kind: ExprKind::Template(parts), span }
    }

    fn binary(&mut self, op: BinaryOp, op_span: Span, left: &ast::Expr, right: &ast::Expr, span: Span) -> Expr {
        use BinaryOp as B;
        let op = match op {
            B::Assign => {
                self.error("E1020", op_span, "`:=` declares a variable; it cannot be part of an expression")
                    .help("write it as a statement of its own")
                    .fix("compare with `==`", op_span, "==");
                return broken(span);
            }
            B::Unify => {
                self.error("E1020", op_span, "`=` makes two sides equal; it cannot be part of an expression")
                    .help("compare with `==`")
                    .fix("compare with `==`", op_span, "==");
                return broken(span);
            }
            B::Eq => Ok(CompareOp::Eq),
            B::Ne => Ok(CompareOp::Ne),
            B::Lt => Ok(CompareOp::Lt),
            B::Le => Ok(CompareOp::Le),
            B::Gt => Ok(CompareOp::Gt),
            B::Ge => Ok(CompareOp::Ge),
            B::Or => Err(ArithOp::Or),
            B::And => Err(ArithOp::And),
            B::Add => Err(ArithOp::Add),
            B::Sub => Err(ArithOp::Sub),
            B::Mul => Err(ArithOp::Mul),
            B::Div => Err(ArithOp::Div),
            B::Rem => Err(ArithOp::Rem),
        };
        let left = Box::new(self.expr(left));
        let right = Box::new(self.expr(right));
        if let Err(op) = op {
            self.operand_types(op, [&left, &right]);
        }
        let kind = match op {
            Ok(op) => ExprKind::Compare(op, left, right),
            Err(op) => ExprKind::Arith(op, left, right),
        };
        Expr { kind, span }
    }

    fn comprehension(&mut self, e: &ast::Expr) -> Expr {
        use ast::ExprKind as K;
        let (heads, body): (Vec<&ast::Expr>, &ast::Body) = match &e.kind {
            K::ArrayComp { value, body } | K::SetComp { value, body } => (vec![value], body),
            K::ObjectComp { key, value, body } => (vec![key, value], body),
            _ => return broken(e.span),
        };
        let (mut heads, body) = self.closure(&heads, body);
        let value = heads.pop().unwrap_or_else(|| broken(e.span));
        let kind = match &e.kind {
            K::ArrayComp { .. } => ExprKind::ArrayComp(Box::new(value), body),
            K::SetComp { .. } => ExprKind::SetComp(Box::new(value), body),
            _ => {
                let key = heads.pop().unwrap_or_else(|| broken(e.span));
                ExprKind::ObjectComp(Box::new(key), Box::new(value), body)
            }
        };
        Expr { kind, span: e.span }
    }

    /// A body with variables of its own, and what it gives.
    pub fn closure(&mut self, heads: &[&ast::Expr], body: &ast::Body) -> (Vec<Expr>, Body) {
        self.scopes.push();
        let mut mentions = Mentions::default();
        mentions.body(body);
        heads.iter().for_each(|h| mentions.expr(h));
        self.introduce(mentions);
        let literals = self.literals(body);
        let mut heads: Vec<Expr> = heads.iter().map(|h| self.expr(h)).collect();
        let (body, _) = self.order(literals, &mut heads);
        self.scopes.pop();
        (heads, body)
    }

    /// A number.
    pub fn number(&mut self, digits: &str, negative: bool, span: Span) -> Expr {
        match number(digits, negative) {
            Ok(scalar) => Expr { kind: ExprKind::Scalar(scalar), span },
            Err(Range::Integer) => {
                self.error("E1121", span, "this integer does not fit in 64 bits")
                    .label("integers go from -9223372036854775808 to 9223372036854775807")
                    .help("keep larger numbers as strings");
                broken(span)
            }
            Err(Range::Decimal) => {
                self.error("E1122", span, "this decimal is out of range")
                    .label("decimals go from -2147483648.0 to 2147483647.9999999998")
                    .help("count in a larger unit, or use an integer, which has 64 bits");
                broken(span)
            }
        }
    }

    /// A pattern that declares its names.
    pub fn pattern(&mut self, e: &ast::Expr, origin: Origin) -> Expr {
        use ast::ExprKind as K;
        let e = unwrap(e);
        let span = e.span;
        let kind = match &e.kind {
            K::Name(name) if name == "_" => ExprKind::Var(self.fresh(span, Origin::Wildcard)),
            K::Name(name) => {
                // One parameter may stand in two places: both must be equal. So may a name after `some`.
                if let Some(v) = self.scopes.find(name)
                    && match origin {
                        Origin::Parameter => true,
                        Origin::Some => self.some_from.is_some_and(|first| v.0 as usize >= first),
                        _ => false,
                    }
                {
                    self.note(span, v, true);
                    return var(v, span);
                }
                ExprKind::Var(self.declare(name, span, origin))
            }
            K::Array(items) => ExprKind::Array(items.iter().map(|i| self.pattern(i, origin)).collect()),
            K::Object(entries) => {
                ExprKind::Object(entries.iter().map(|(k, v)| (self.expr(k), self.pattern(v, origin))).collect())
            }
            _ => return self.expr(e),
        };
        Expr { kind, span }
    }
}

/// Which range a numeral leaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Range {
    Integer,
    Decimal,
}

/// The value of a numeral: exact when whole, else the nearest fixed number.
pub(super) fn number(digits: &str, negative: bool) -> Result<Scalar, Range> {
    let sign = if negative { "-" } else { "" };
    if let Some(whole) = whole(digits) {
        return format!("{sign}{whole}").parse().map(Scalar::Int).map_err(|_| Range::Integer);
    }
    match parse_json_number(&format!("{sign}{digits}")) {
        Ok(Num::Int(i)) => Ok(Scalar::Int(i)),
        Ok(Num::Fixed(f)) => Ok(f.to_int().map_or(Scalar::Fixed(f.raw()), Scalar::Int)),
        Err(_) => Err(Range::Decimal),
    }
}

/// The digits of a numeral that is a whole number, without its point and exponent; a text too
/// long for any integer when it is too large.
fn whole(text: &str) -> Option<String> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((m, e)) => (m, e),
        None => (text, "0"),
    };
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let after = after.trim_end_matches('0');
    let digits = format!("{before}{after}");
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return Some("0".to_string());
    }
    let shift = match exponent.parse::<i64>() {
        Ok(e) => e.checked_sub(i64::try_from(after.len()).ok()?)?,
        // An exponent that is no small number: far too large, or as good as zero.
        Err(_) if exponent.starts_with('-') => return None,
        Err(_) => i64::MAX,
    };
    if shift >= 0 {
        let zeros = usize::try_from(shift.min(40)).ok()?;
        return Some(format!("{digits}{}", "0".repeat(zeros)));
    }
    let cut = usize::try_from(shift.unsigned_abs()).ok()?;
    let keep = digits.len().checked_sub(cut)?;
    digits[keep..].bytes().all(|b| b == b'0').then(|| digits[..keep].to_string()).filter(|d| !d.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{Range, number};
    use crate::rgs::hir::Scalar;

    #[test]
    fn numerals_are_exact_when_whole_and_nearest_otherwise() {
        assert_eq!(number("1e3", false), Ok(Scalar::Int(1000)));
        assert_eq!(number("1.50e2", true), Ok(Scalar::Int(-150)));
        assert_eq!(number("1200e-2", false), Ok(Scalar::Int(12)));
        assert_eq!(number("2.0", false), Ok(Scalar::Int(2)));
        assert_eq!(number("0.5", false), Ok(Scalar::Fixed(1 << 31)));
        assert_eq!(number("5e-1", true), Ok(Scalar::Fixed(-(1 << 31))));
        assert_eq!(number("0e99999999999999999999", false), Ok(Scalar::Int(0)));
        assert_eq!(number("9223372036854775808", true), Ok(Scalar::Int(i64::MIN)));
        assert_eq!(number("9223372036854775808", false), Err(Range::Integer));
        assert_eq!(number("1e99999999999999999999", false), Err(Range::Integer));
        assert_eq!(number("3000000000.5", false), Err(Range::Decimal));
    }
}
