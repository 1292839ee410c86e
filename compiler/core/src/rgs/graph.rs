//! What documents use: who calls whom, who reads `input`, and that nobody comes back to himself.

use super::context::Context;
use super::hir::{
    Bundle, Document, DocumentId, DocumentKind, EnvId, ExprKind, FnValue, Replaced, Rule, Target, WithValue,
};
use super::tree::path_text;
use super::visit;
use gatos_syntax::span::Span;
use std::collections::{BTreeMap, BTreeSet};

/// Documents that references to places above them reach, each counted as often as it is.
const MAX_REACHED: usize = 1_000_000;

type Edges = Vec<BTreeMap<DocumentId, (u32, Span)>>;

/// Fills in what documents use and where they can be replaced, and refuses recursion.
pub(super) fn finish(cx: &mut Context<'_>, bundle: &mut Bundle) {
    let mut edges: Edges = Vec::with_capacity(bundle.documents.len());
    let mut reads = Vec::with_capacity(bundle.documents.len());
    // What stands in for a function may read what the function does not.
    let mut stand_ins: BTreeMap<EnvId, BTreeSet<DocumentId>> = BTreeMap::new();
    let mut builtins: Vec<BTreeSet<String>> = Vec::new();
    let (mut room, mut overflow) = (MAX_REACHED, None);
    for doc in &bundle.documents {
        let mut to = BTreeMap::new();
        let mut input = false;
        let mut called = BTreeSet::new();
        for rule in doc.rules.iter().chain(&doc.default) {
            let room = (&mut room, &mut overflow);
            rule_uses(cx, rule, &mut to, &mut input, &mut called, &mut stand_ins, room);
        }
        edges.push(to);
        reads.push(input);
        builtins.push(called);
    }
    if let Some(query) = &bundle.query {
        let mut called = BTreeSet::new();
        let room = (&mut room, &mut overflow);
        rule_uses(cx, query, &mut BTreeMap::new(), &mut false, &mut called, &mut stand_ins, room);
    }
    if let Some((file, span)) = overflow {
        cx.log
            .error(file, "E1127", span, "references of this bundle reach too many rules")
            .label("one of them")
            .help("write paths out as far as they are known: `data.a.b[x]` reaches fewer rules than `data[x]`");
        return;
    }
    recursion(cx, &bundle.documents, &edges);
    let mut slots: BTreeMap<DocumentId, EnvId> = BTreeMap::new();
    let mut library: BTreeMap<String, EnvId> = BTreeMap::new();
    for (i, what) in cx.replaced.iter().enumerate() {
        let slot = EnvId(i as u32 + 2);
        match what {
            Replaced::Document(id) => drop(slots.insert(*id, slot)),
            Replaced::Builtin(name) => drop(library.insert(name.clone(), slot)),
        }
    }
    let mut more: Vec<BTreeSet<DocumentId>> = edges.iter().map(|e| e.keys().copied().collect()).collect();
    for (i, uses) in more.iter_mut().enumerate() {
        let through = uses.iter().filter_map(|d| slots.get(d)).chain(builtins[i].iter().filter_map(|b| library.get(b)));
        let added: Vec<DocumentId> = through.filter_map(|s| stand_ins.get(s)).flatten().copied().collect();
        uses.extend(added);
    }
    let reads = reach(&more, reads);
    for (i, doc) in bundle.documents.iter_mut().enumerate() {
        doc.uses = edges[i].keys().copied().collect();
        doc.reads_input = reads[i];
        doc.replaced_by = slots.get(&DocumentId(i as u32)).copied();
    }
    let mut mark = |e: &mut super::hir::Expr| {
        if let ExprKind::CallBuiltin { name, replaced_by, .. } = &mut e.kind {
            *replaced_by = library.get(name).copied();
        }
    };
    if !library.is_empty() {
        let rules = bundle.documents.iter_mut().flat_map(|d| d.rules.iter_mut().chain(&mut d.default));
        for rule in rules.chain(&mut bundle.query) {
            visit::rule_mut(rule, &mut mark);
        }
    }
    bundle.replaced.clone_from(&cx.replaced);
}

fn rule_uses(
    cx: &Context<'_>,
    rule: &Rule,
    to: &mut BTreeMap<DocumentId, (u32, Span)>,
    input: &mut bool,
    builtins: &mut BTreeSet<String>,
    stand_ins: &mut BTreeMap<EnvId, BTreeSet<DocumentId>>,
    (room, overflow): (&mut usize, &mut Option<(u32, Span)>),
) {
    let file = rule.file;
    let mut edge = |id: DocumentId, span: Span| {
        to.entry(id).or_insert((file, span));
    };
    visit::rule(rule, &mut |e| match &e.kind {
        ExprKind::Input => *input = true,
        ExprKind::Document(id) => edge(*id, e.span),
        ExprKind::CallDocument { function, .. } => edge(*function, e.span),
        ExprKind::CallBuiltin { name, .. } => drop(builtins.insert(name.clone())),
        // One too many is told once, and then the way round does not matter.
        ExprKind::Tree(path) if *room > 0 => {
            *room = room.saturating_sub(cx.tree.below(path).count());
            if *room == 0 {
                *overflow = Some((file, e.span));
            }
            for id in cx.tree.below(path) {
                if !matches!(cx.tree.doc(id).kind, DocumentKind::Function(_)) {
                    edge(id, e.span);
                }
            }
        }
        _ => {}
    });
    let mut withs = |w: &super::hir::With| {
        if let Target::Data { inside: Some((_, id, _)), .. } = &w.target {
            edge(*id, w.span);
        }
        if let WithValue::Function(FnValue::Document(id)) = &w.value {
            edge(*id, w.span);
            if let Target::Function(slot) = &w.target {
                stand_ins.entry(*slot).or_default().insert(*id);
            }
        }
    };
    for e in rule.params.iter().chain(&rule.keys) {
        visit::withs_expr(e, &mut withs);
    }
    for branch in &rule.branches {
        visit::withs(&branch.body, &mut withs);
        visit::withs_expr(&branch.value, &mut withs);
    }
}

/// What holds for a document that uses one for which it holds.
fn reach(uses: &[BTreeSet<DocumentId>], start: Vec<bool>) -> Vec<bool> {
    let mut users: Vec<Vec<usize>> = vec![Vec::new(); uses.len()];
    for (i, to) in uses.iter().enumerate() {
        for d in to {
            users[d.0 as usize].push(i);
        }
    }
    let mut holds = start;
    let mut work: Vec<usize> = (0..holds.len()).filter(|i| holds[*i]).collect();
    while let Some(i) = work.pop() {
        for user in &users[i] {
            if !std::mem::replace(&mut holds[*user], true) {
                work.push(*user);
            }
        }
    }
    holds
}

/// Takes away what lies on no circle; a walk through the rest finds one.
fn recursion(cx: &mut Context<'_>, docs: &[Document], edges: &Edges) {
    let mut left: BTreeSet<usize> = (0..docs.len()).collect();
    let mut users: Vec<Vec<usize>> = vec![Vec::new(); docs.len()];
    for (i, to) in edges.iter().enumerate() {
        for d in to.keys() {
            users[d.0 as usize].push(i);
        }
    }
    let mut open: Vec<usize> = edges.iter().map(BTreeMap::len).collect();
    let mut done: Vec<usize> = (0..docs.len()).filter(|i| open[*i] == 0).collect();
    loop {
        while let Some(i) = done.pop() {
            if !left.remove(&i) {
                continue;
            }
            for user in &users[i] {
                open[*user] = open[*user].saturating_sub(1);
                if open[*user] == 0 {
                    done.push(*user);
                }
            }
        }
        let Some(first) = left.first().copied() else { return };
        // Every document left uses one that is left, so the walk comes back to where it was.
        let mut walk = vec![first];
        let circle = loop {
            let at = walk[walk.len() - 1];
            let next = edges[at].keys().map(|d| d.0 as usize).find(|d| left.contains(d));
            let Some(next) = next else { break walk.clone() };
            if let Some(from) = walk.iter().position(|w| *w == next) {
                break walk[from..].to_vec();
            }
            walk.push(next);
        };
        report(cx, docs, edges, &circle);
        done.extend(circle);
    }
}

fn report(cx: &mut Context<'_>, docs: &[Document], edges: &Edges, circle: &[usize]) {
    let start = circle.iter().copied().enumerate().min_by_key(|(_, d)| *d).map_or(0, |(i, _)| i);
    let circle: Vec<usize> = circle[start..].iter().chain(&circle[..start]).copied().collect();
    let name = |i: usize| path_text(&docs[i].path);
    let place = |n: usize| {
        let next = DocumentId(circle[(n + 1) % circle.len()] as u32);
        edges[circle[n]].get(&next).copied().unwrap_or_default()
    };
    let way: Vec<String> = circle.iter().chain(circle.first()).map(|i| name(*i)).collect();
    let says = match circle.as_slice() {
        [one] => format!("`{}` needs itself", name(*one)),
        _ => format!("rules need each other: {}", way.join(" -> ")),
    };
    let next = |n: usize| name(circle[(n + 1) % circle.len()]);
    let (file, span) = place(0);
    let label = format!("`{}` needs `{}`", name(circle[0]), next(0));
    let mut said = cx.log.error(file, "E1110", span, says).label(label);
    for (n, doc) in circle.iter().enumerate().take(8).skip(1) {
        let (at, span) = place(n);
        said = said.also(at, span, format!("`{}` needs `{}`", name(*doc), next(n)));
    }
    said.help("a decision always ends, so rules cannot be recursive; `walk` and `graph.reachable` visit nested data");
}
