//! Places in `input` and data that several rules of a document read are loaded once, at the
//! beginning of its function.

use super::fx::Fx;
use super::scan;
use crate::rgs::hir::{Expr, ExprKind, Literal, LiteralKind, Rule};
use gatos_elc::ops::{Env, Op, Reg};
use std::collections::BTreeMap;

/// The slot (0 `input`, 1 `data`) and the keys below it.
pub(super) type Path = (u32, Vec<String>);

/// Places that one function loads ahead, at most.
const MOST: usize = 48;
/// Keys of a place that is loaded ahead, at most. Each beginning of a path is counted, so that long ones would take
/// time with the square of their length.
const LONGEST: usize = 32;

impl Fx<'_, '_> {
    /// Loads what some rules read more than once.
    pub(super) fn share(&mut self, rules: &[&Rule]) {
        if !self.cx.optimise {
            return;
        }
        let mut counts: BTreeMap<Path, u32> = BTreeMap::new();
        let mut count = |env: u32, keys: &[&str], weight: u32| {
            for n in 0..=keys.len().min(LONGEST) {
                let path = keys[..n].iter().map(|k| k.to_string()).collect();
                *counts.entry((env, path)).or_default() += weight;
            }
        };
        for rule in rules {
            for branch in &rule.branches {
                // What stands behind a loop is read more than once.
                let mut weight = 1;
                for literal in &branch.body.literals {
                    scan::visit_literal(literal, scan::Enter::All, &mut |e| root_path(e, weight, &mut count));
                    if opens(literal) {
                        weight = 2;
                    }
                }
                for e in rule.keys.iter().chain([&branch.value]) {
                    scan::visit(e, scan::Enter::All, &mut |e| root_path(e, weight, &mut count));
                }
            }
        }
        let chosen = counts.iter().filter(|((env, path), n)| {
            let one_way = counts
                .range((*env, path.clone())..)
                .skip(1)
                .take_while(|((e, p), _)| e == env && p.starts_with(path))
                .any(|(_, m)| m == *n);
            **n >= 2 && !one_way
        });
        let chosen: Vec<Path> = chosen.map(|(p, _)| p.clone()).take(MOST).collect();
        for (env, path) in chosen {
            let at = self.alloc();
            let keys: Vec<&str> = path.iter().map(String::as_str).collect();
            let (mut current, from) = match self.shared_prefix(env, &keys) {
                Some(found) => found,
                None => {
                    self.emit(Op::EnvGet { dst: Reg(at), env: Env(env) });
                    (at, 0)
                }
            };
            for key in &keys[from..] {
                let key = self.text(key);
                self.emit(Op::DocField { dst: Reg(at), doc: Reg(current), key });
                current = at;
            }
            self.shared.push(((env, path), at));
        }
        self.keep();
    }

    /// The register of the longest beginning of a path that was loaded, and how long it is.
    pub(super) fn shared_prefix(&self, env: u32, keys: &[&str]) -> Option<(u8, usize)> {
        if self.with > 0 {
            return None;
        }
        let begins = |path: &[String]| path.len() <= keys.len() && path.iter().zip(keys).all(|(a, b)| a == b);
        let found = self.shared.iter().filter(|((e, path), _)| *e == env && begins(path));
        found.max_by_key(|((_, path), _)| path.len()).map(|((_, path), reg)| (*reg, path.len()))
    }

    /// The register that holds a place, when it was loaded.
    pub(super) fn shared_value(&self, env: u32, keys: &[&str]) -> Option<u8> {
        self.shared_prefix(env, keys).filter(|(_, n)| *n == keys.len()).map(|(reg, _)| reg)
    }
}

/// Counts the place that an expression reads; says whether parts of it remain to be looked at.
fn root_path(e: &Expr, weight: u32, count: &mut dyn FnMut(u32, &[&str], u32)) -> bool {
    match &e.kind {
        ExprKind::Input => count(0, &[], weight),
        ExprKind::Data => count(1, &[], weight),
        ExprKind::Ref { base, steps } => {
            let env = match base.kind {
                ExprKind::Input => 0,
                ExprKind::Data => 1,
                _ => return true,
            };
            let keys: Vec<&str> = steps.iter().map_while(scan::as_text).collect();
            count(env, &keys, weight);
            // The base is counted; what steps compute is not yet.
            for step in steps {
                scan::visit(step, scan::Enter::All, &mut |e| root_path(e, weight, count));
            }
            return false;
        }
        _ => {}
    }
    true
}

/// Whether what follows a literal may run more than once.
fn opens(l: &Literal) -> bool {
    let mut found = matches!(l.kind, LiteralKind::Some { .. });
    scan::visit_literal(l, scan::Enter::Own, &mut |e| {
        if let ExprKind::Ref { steps, .. } = &e.kind {
            found |= steps.iter().any(|s| matches!(s.kind, ExprKind::Var(_)));
        }
        !found
    });
    found
}
