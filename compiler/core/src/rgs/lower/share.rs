//! Places in `input` and data that several rules of a document read are loaded once, at the
//! beginning of its function.

use super::fx::Fx;
use super::scan;
use crate::rgs::hir::{ExprKind, Rule};
use gatos_elc::ops::{Env, Op, Reg};
use std::collections::BTreeMap;

/// The slot (0 `input`, 1 `data`) and the keys below it.
pub(super) type Path = (u32, Vec<String>);

/// Places that one function loads ahead, at most.
const MOST: usize = 48;

impl Fx<'_, '_> {
    /// Loads what some rules read more than once.
    pub(super) fn share(&mut self, rules: &[&Rule]) {
        if !self.cx.optimise {
            return;
        }
        let mut counts: BTreeMap<Path, u32> = BTreeMap::new();
        let mut count = |env: u32, keys: &[&str]| {
            for n in 0..=keys.len() {
                let path = keys[..n].iter().map(|k| k.to_string()).collect();
                *counts.entry((env, path)).or_default() += 1;
            }
        };
        for rule in rules {
            scan::visit_rule(rule, &mut |e| {
                match &e.kind {
                    ExprKind::Input => count(0, &[]),
                    ExprKind::Data => count(1, &[]),
                    ExprKind::Ref { base, steps } => {
                        let env = match base.kind {
                            ExprKind::Input => 0,
                            ExprKind::Data => 1,
                            _ => return true,
                        };
                        let keys: Vec<&str> = steps.iter().map_while(scan::as_text).collect();
                        count(env, &keys);
                        // The base is counted; what steps compute is not.
                        steps.iter().for_each(|s| {
                            if let ExprKind::Ref { .. } = s.kind {
                                count_below(s, &mut count);
                            }
                        });
                        return false;
                    }
                    _ => {}
                }
                true
            });
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

fn count_below(e: &crate::rgs::hir::Expr, count: &mut dyn FnMut(u32, &[&str])) {
    scan::visit(e, scan::Enter::All, &mut |e| {
        let ExprKind::Ref { base, steps } = &e.kind else { return true };
        let env = match base.kind {
            ExprKind::Input => 0,
            ExprKind::Data => 1,
            _ => return true,
        };
        let keys: Vec<&str> = steps.iter().map_while(scan::as_text).collect();
        count(env, &keys);
        // Deeper than this nothing is worth loading ahead.
        false
    });
}
