//! Comparing values whose types can be seen, and cannot match.

use crate::hir::{Expr, ExprKind};
use crate::lint::{Facts, visit};
use gatos_syntax::diagnostic::Diagnostic;
use gatos_syntax::echolua::ast::{BinOp, UnOp};
use gatos_syntax::echolua::token::is_numeral;
use gatos_syntax::span::Span;

const TYPES: [&str; 7] = ["nil", "boolean", "number", "string", "table", "function", "null"];

pub(in crate::lint) fn run(facts: &Facts, out: &mut Vec<Diagnostic>) {
    for func in &facts.hir.funcs {
        visit::expressions(&func.body, &mut |e| {
            if let ExprKind::Binary { op, op_span, left, right } = &e.kind {
                judge(*op, *op_span, left, right, out);
            }
        });
    }
}

fn judge(op: BinOp, at: Span, left: &Expr, right: &Expr, out: &mut Vec<Diagnostic>) {
    use BinOp::{Eq, Ge, Gt, Le, Lt, Ne};
    if matches!(op, Eq | Ne) {
        type_names(left, right, out);
        type_names(right, left, out);
        if let (Some(a), Some(b)) = (type_of(left), type_of(right))
            && a != b
        {
            let result = if op == Eq { "false" } else { "true" };
            let d = Diagnostic::warning("W0510", left.span.to(right.span), format!("a {a} is never equal to a {b}"))
                .label(format!("this is always {result}"))
                .help(convert(a, b));
            out.push(as_number(d, left, right, (a, b)));
        }
    } else if matches!(op, Lt | Le | Gt | Ge)
        && let (Some(a), Some(b)) = (type_of(left), type_of(right))
        && (a != b || !matches!(a, "number" | "string" | "table"))
    {
        let says = if a == b { format!("{a}s have no order") } else { format!("a {a} and a {b} have no order") };
        out.push(as_number(
            Diagnostic::warning("W0510", left.span.to(right.span), says)
                .label("this is an error whenever it runs")
                .related(at, "compared here")
                .help(convert(a, b)),
            left,
            right,
            (a, b),
        ));
    }
}

/// Where a number meets a literal text that spells one, the fix that leaves the quotes out.
fn as_number(d: Diagnostic, left: &Expr, right: &Expr, types: (&str, &str)) -> Diagnostic {
    let text = match types {
        ("number", "string") => right,
        ("string", "number") => left,
        _ => return d,
    };
    let number = text.as_str().and_then(|t| std::str::from_utf8(t).ok()).filter(|t| is_numeral(t));
    match number {
        Some(number) => d.fix(format!("write the number `{number}`"), text.span, number),
        None => d,
    }
}

fn convert(a: &str, b: &str) -> &'static str {
    match (a, b) {
        ("number", "string") | ("string", "number") => "convert one side: `tonumber(s)` or `tostring(n)`",
        _ => "compare values of one type",
    }
}

/// `type(x) == "nubmer"`
fn type_names(call: &Expr, name: &Expr, out: &mut Vec<Diagnostic>) {
    let (ExprKind::Call(callee, _), Some(text)) = (&call.bare().kind, name.as_str()) else { return };
    let ExprKind::Lib(function) = &callee.kind else { return };
    let known: &[&str] = match function.as_str() {
        "type" => &TYPES,
        "math.type" => &["integer", "fixed"],
        _ => return,
    };
    let text = String::from_utf8_lossy(text);
    if known.contains(&&*text) {
        return;
    }
    let mut d = Diagnostic::warning("W0510", name.span, format!("`{function}` never gives \"{text}\""))
        .label(format!("it gives one of {}", known.join(", ")));
    let near = match (&*text, function.as_str()) {
        ("float", "math.type") => Some("fixed".to_string()),
        _ => crate::resolve::suggest::closest(&text, known.iter().copied()),
    };
    if let Some(best) = near {
        d = d.help(format!("did you mean \"{best}\"?")).fix(
            format!("write \"{best}\""),
            name.span,
            format!("\"{best}\""),
        );
    }
    out.push(d);
}

/// The type of an expression, where reading it is enough. Arithmetic may be a metamethod's,
/// so only its literals count.
fn type_of(e: &Expr) -> Option<&'static str> {
    match &e.bare().kind {
        ExprKind::Bool(_) => Some("boolean"),
        ExprKind::Int(_) | ExprKind::Fixed(_) => Some("number"),
        ExprKind::Str(_) => Some("string"),
        ExprKind::Function(_) => Some("function"),
        ExprKind::Table(_) => Some("table"),
        ExprKind::Unary(UnOp::Not, _) => Some("boolean"),
        ExprKind::Binary { op: BinOp::Eq | BinOp::Ne | BinOp::Lt | BinOp::Le | BinOp::Gt | BinOp::Ge, .. } => {
            Some("boolean")
        }
        ExprKind::Call(callee, _) => match &callee.kind {
            ExprKind::Lib(name) => match gatos_sigs::find(name)?.returns.first().copied()? {
                "string" => Some("string"),
                "number" | "integer" | "fixed" => Some("number"),
                "boolean" => Some("boolean"),
                "table" => Some("table"),
                "function" => Some("function"),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}
