//! Lints: what is allowed and probably not meant. Each rule is one file; the registry knows
//! their codes, names and levels; comments in the source may allow one, with a reason.

mod allow;
pub mod registry;
mod rules;
pub mod visit;

use crate::fold::Entries;
use crate::hir::Hir;
use gatos_elc::program::ProgramKind;
use gatos_syntax::diagnostic::Diagnostic;

pub use allow::apply_levels;
pub use registry::{Level, LintConfig, RULES, Rule};

/// What rules may look at.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The resolved file.
    pub hir: &'a Hir,
    /// What the program is for.
    pub kind: ProgramKind,
    /// The entries, in the main file of a fold.
    pub entries: Option<Entries>,
    /// The configuration, for rules with a threshold.
    pub config: &'a LintConfig,
    /// Whether the file has errors: a use may then be missing because it did not parse.
    pub broken: bool,
}

/// Runs every rule that is not switched off.
pub fn run(facts: &Facts) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    for rule in RULES {
        if facts.config.level(rule.code) != Level::Allow
            && !(facts.broken && rule.counts_uses)
            && let Some(run) = rule.run
        {
            run(facts, &mut out);
        }
    }
    out
}
