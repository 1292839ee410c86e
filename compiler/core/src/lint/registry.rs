//! The rules, their names and levels, and the configuration that a caller may change.

use super::{Facts, rules};
use gatos_syntax::diagnostic::Diagnostic;
use std::collections::BTreeMap;

/// How loudly a rule speaks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Level {
    /// Not at all.
    Allow,
    /// As a warning.
    Warn,
    /// As an error.
    Deny,
}

/// A rule.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Its code.
    pub code: &'static str,
    /// Its name in configuration files.
    pub name: &'static str,
    /// Its level unless configured.
    pub default: Level,
    /// Whether it counts uses, so that a file with errors would mislead it.
    pub counts_uses: bool,
    /// The rule; none when another pass finds it on its way.
    pub run: Option<fn(&Facts, &mut Vec<Diagnostic>)>,
}

const fn rule(
    code: &'static str,
    name: &'static str,
    counts_uses: bool,
    run: fn(&Facts, &mut Vec<Diagnostic>),
) -> Rule {
    Rule { code, name, default: Level::Warn, counts_uses, run: Some(run) }
}

/// Every rule, in order of code.
pub static RULES: &[Rule] = &[
    rule("W0501", "unused-local", true, rules::unused::locals),
    rule("W0502", "unused-function", true, rules::unused::functions),
    Rule { default: Level::Allow, ..rule("W0503", "unused-parameter", true, rules::unused::parameters) },
    rule("W0504", "unused-label", true, rules::unused::labels),
    rule("W0505", "shadowed-local", false, rules::shadowed::run),
    rule("W0506", "unreachable-code", false, rules::unreachable::run),
    rule("W0507", "constant-seed", false, rules::rng::run),
    rule("W0508", "large-table", false, rules::large_table::run),
    Rule { code: "W0509", name: "lost-digits", default: Level::Warn, counts_uses: false, run: None },
    rule("W0510", "unlike-comparison", false, rules::comparison::run),
    rule("W0511", "growing-state", false, rules::growing::run),
    rule("W0512", "never-read", true, rules::unused::never_read),
    rule("W0513", "frozen-table", false, rules::frozen::run),
    Rule { code: "W0514", name: "allow-without-reason", default: Level::Warn, counts_uses: false, run: None },
    Rule { code: "W0515", name: "useless-allow", default: Level::Warn, counts_uses: false, run: None },
    rule("W0516", "always-fails", false, rules::always_fails::run),
    rule("W0517", "fold-without-state", false, rules::no_state::run),
];

/// Finds a rule by code or name.
pub fn find(rule: &str) -> Option<&'static Rule> {
    RULES.iter().find(|r| r.code.eq_ignore_ascii_case(rule) || r.name == rule)
}

/// Levels and thresholds, as plain data: whoever reads `lint.toml` fills it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LintConfig {
    levels: BTreeMap<&'static str, Level>,
    /// Constant items that a table constructor may have before `W0508` speaks.
    pub max_table_items: usize,
}

impl Default for LintConfig {
    fn default() -> Self {
        LintConfig { levels: BTreeMap::new(), max_table_items: 1_000 }
    }
}

impl LintConfig {
    /// Sets a rule's level, by code or name.
    ///
    /// # Errors
    /// The nearest rule's name, or an empty string, when there is no such rule.
    pub fn set(&mut self, rule: &str, level: Level) -> Result<(), String> {
        match find(rule) {
            Some(found) => {
                self.levels.insert(found.code, level);
                Ok(())
            }
            None => {
                let names = RULES.iter().flat_map(|r| [r.code, r.name]);
                Err(crate::resolve::suggest::closest(rule, names).unwrap_or_default())
            }
        }
    }

    /// The level of a code. Codes that are no rule always speak.
    pub fn level(&self, code: &str) -> Level {
        if let Some(level) = self.levels.get(code) {
            return *level;
        }
        RULES.iter().find(|r| r.code == code).map_or(Level::Warn, |r| r.default)
    }
}
