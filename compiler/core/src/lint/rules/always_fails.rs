//! Arithmetic on literals that fails whenever it runs.

use crate::hir::ExprKind;
use crate::lint::{Facts, visit};
use crate::lower::{Folded, fold_binary};
use crate::resolve::number_of;
use gatos_num::Num;
use gatos_syntax::diagnostic::Diagnostic;
use gatos_syntax::echolua::ast::BinOp;

pub(in crate::lint) fn run(facts: &Facts, out: &mut Vec<Diagnostic>) {
    for func in &facts.hir.funcs {
        visit::expressions(&func.body, &mut |e| {
            let ExprKind::Binary { op, left, right, .. } = &e.kind else { return };
            let Some(b) = number_of(&right.bare().kind) else { return };
            // A zero divisor fails whatever is divided; else both sides must be known.
            let zero = matches!(op, BinOp::Div | BinOp::IDiv | BinOp::Mod) && b.num_eq(Num::Int(0));
            let why = match number_of(&left.bare().kind) {
                Some(a) => match fold_binary(*op, a, b) {
                    Folded::Fails(why) => why,
                    _ => return,
                },
                None if zero => "division by zero".to_string(),
                None => return,
            };
            out.push(
                Diagnostic::warning("W0516", e.span, "this arithmetic fails whenever it runs")
                    .label(why)
                    .help("numbers neither wrap nor become infinite here; test before computing"),
            );
        });
    }
}
