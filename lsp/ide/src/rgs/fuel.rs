//! What rules cost, read off the blocks of the compiled policy: each block counted once. Loops and the sizes of
//! values come on top.

use super::analysis::{Bundle, Compiled};
use gatos_elc::ops::Op;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What the rules of a policy cost.
pub(super) struct Costs {
    compiled: Arc<Compiled>,
    /// Fuel of each function.
    functions: Vec<u64>,
}

impl Costs {
    /// Reads the costs of a bundle; none when it does not compile.
    pub(super) fn new(bundle: &Bundle) -> Option<Costs> {
        let compiled = bundle.whole().ok()?;
        let cost = |code: &[Op]| {
            code.iter().fold(0u64, |sum, op| match op {
                Op::Block { cost } => sum.saturating_add(u64::from(cost.0)),
                _ => sum,
            })
        };
        let functions = compiled.policy.program.program().protos.iter().map(|p| cost(&p.code)).collect();
        Some(Costs { compiled, functions })
    }

    fn documents(&self) -> &[gatos_elc::program::Document] {
        self.compiled.policy.program.program().policy.as_ref().map_or(&[], |p| &p.documents)
    }

    /// The fuel of a document by itself.
    pub(super) fn document(&self, path: &[String]) -> Option<u64> {
        let documents = self.documents();
        let at = documents.binary_search_by(|d| d.path.as_slice().cmp(path)).ok()?;
        self.functions.get(documents.get(at)?.proto as usize).copied()
    }

    /// The fuel of a document and of all that it uses, each once: documents are remembered.
    pub(super) fn with_uses(&self, bundle: &Bundle, path: &[String]) -> Option<u64> {
        let hir = &bundle.analysis.bundle.documents;
        let at = hir.binary_search_by(|d| d.path.as_slice().cmp(path)).ok()?;
        let mut seen = BTreeSet::from([at]);
        let mut work = vec![at];
        let mut sum = 0u64;
        while let Some(at) = work.pop() {
            let Some(document) = hir.get(at) else { continue };
            sum = sum.saturating_add(self.document(&document.path).unwrap_or(0));
            for used in &document.uses {
                if seen.insert(used.0 as usize) {
                    work.push(used.0 as usize);
                }
            }
        }
        Some(sum)
    }

    /// The fuel of each rule, by file of the bundle and beginning of its head.
    pub(super) fn rules(&self) -> BTreeMap<(usize, u32), u64> {
        let offsets = super::decide::Offsets::new(&self.compiled);
        let program = self.compiled.policy.program.program();
        let mut out: BTreeMap<(usize, u32), u64> = BTreeMap::new();
        for document in self.documents() {
            let Some(proto) = program.protos.get(document.proto as usize) else { continue };
            let mut run = 0u64;
            for op in &proto.code {
                match op {
                    Op::Block { cost } => run = run.saturating_add(u64::from(cost.0)),
                    Op::Fired { rule } => {
                        let place = self.compiled.policy.map.rules.get(rule.0 as usize).map(|r| r.at);
                        if let Some(place) = place
                            && let Some(file) = self.compiled.places.get(place.file as usize)
                            && let Some(start) = offsets.offset(place)
                        {
                            let slot = out.entry((*file, start)).or_default();
                            *slot = slot.saturating_add(run);
                        }
                        run = 0;
                    }
                    _ => {}
                }
            }
        }
        out
    }
}
