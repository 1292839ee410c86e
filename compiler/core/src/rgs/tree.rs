//! The tree of documents: which path the rules of all modules define, what kind of thing stands
//! there, and what is found at the path of a reference.

use super::context::Log;
use super::hir::{DocumentId, DocumentKind};
use gatos_syntax::rgs::ast::{self, ExprKind, HeadValue, Step};
use gatos_syntax::span::Span;
use std::collections::{BTreeMap, BTreeSet};

/// The longest path of a package or a rule's name. Nobody writes one by hand, and looking names up stays cheap.
const MAX_PATH: usize = 64;

/// A rule and what its head says.
#[derive(Clone, Debug)]
pub(super) struct RuleRef<'a> {
    pub file: u32,
    /// Its index in the module.
    pub index: usize,
    pub rule: &'a ast::Rule,
    /// The package and the constant beginning of the head.
    pub path: Vec<String>,
    /// How many steps of the head belong to the path.
    pub steps: usize,
}

impl<'a> RuleRef<'a> {
    /// The steps of the head that are no longer part of the path.
    pub fn keys(&self) -> &'a [Step] {
        &self.rule.head.path[self.steps..]
    }

    fn shape(&self) -> DocumentKind {
        if let Some(params) = &self.rule.head.params {
            DocumentKind::Function(u8::try_from(params.len()).unwrap_or(u8::MAX))
        } else if !self.keys().is_empty() {
            DocumentKind::Object
        } else if matches!(self.rule.head.value, HeadValue::Contains(_)) {
            DocumentKind::Set
        } else {
            DocumentKind::Complete
        }
    }
}

/// A document and the rules that make it.
#[derive(Clone, Debug)]
pub(super) struct Doc<'a> {
    pub path: Vec<String>,
    pub kind: DocumentKind,
    /// In order of file and place.
    pub rules: Vec<RuleRef<'a>>,
    /// Those with `default`: at most one for each path.
    pub defaults: Vec<RuleRef<'a>>,
}

impl Doc<'_> {
    /// Where it is first defined.
    pub fn place(&self) -> (u32, Span) {
        let first = self.rules.first().or(self.defaults.first());
        first.map_or((0, Span::default()), |r| (r.file, r.rule.head.span))
    }
}

/// What lies at a path below `data`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Found {
    /// A document takes so many steps of the path.
    Document(DocumentId, usize),
    /// Documents or packages lie below it.
    Tree,
    /// Nothing but base data can be there.
    Base,
}

/// All documents and packages.
#[derive(Clone, Debug, Default)]
pub(super) struct Tree<'a> {
    /// Sorted by path.
    pub docs: Vec<Doc<'a>>,
    /// Sorted, distinct.
    pub packages: Vec<Vec<String>>,
    /// What each package's rules begin with: the names that stand for rules in its files.
    names: BTreeMap<Vec<String>, BTreeMap<String, (u32, Span)>>,
    ids: BTreeMap<Vec<String>, DocumentId>,
    /// Every path above a document, and every package's with those above it.
    above: BTreeSet<Vec<String>>,
}

impl<'a> Tree<'a> {
    /// What lies at `path`.
    pub fn find(&self, path: &[String]) -> Found {
        for n in 0..=path.len() {
            if let Some(id) = self.ids.get(&path[..n]) {
                return Found::Document(*id, n);
            }
            if !self.above.contains(&path[..n]) {
                return Found::Base;
            }
        }
        Found::Tree
    }

    /// The document of an id.
    pub fn doc(&self, id: DocumentId) -> &Doc<'a> {
        &self.docs[id.0 as usize]
    }

    /// Documents at or below a path.
    pub fn below<'s>(&'s self, path: &'s [String]) -> impl Iterator<Item = DocumentId> + 's {
        let start = self.docs.partition_point(|d| d.path.as_slice() < path);
        self.docs[start..]
            .iter()
            .take_while(move |d| d.path.starts_with(path))
            .enumerate()
            .map(move |(i, _)| DocumentId((start + i) as u32))
    }

    /// The names of a package's rules, and where each is first defined.
    pub fn names(&self, package: &[String]) -> Option<&BTreeMap<String, (u32, Span)>> {
        self.names.get(package)
    }

    /// Where a package's rules define a name first.
    pub fn name(&self, package: &[String], name: &str) -> Option<(u32, Span)> {
        self.names.get(package).and_then(|n| n.get(name)).copied()
    }
}

/// The text of a path as one writes it after `data`: `a.b["c d"]`.
pub fn path_text(path: &[String]) -> String {
    let mut out = String::new();
    for part in path {
        let plain =
            part.bytes().enumerate().all(|(i, b)| b == b'_' || b.is_ascii_alphabetic() || i > 0 && b.is_ascii_digit());
        if plain && !part.is_empty() {
            if !out.is_empty() {
                out.push('.');
            }
            out.push_str(part);
        } else {
            out.push_str(&format!("[{part:?}]"));
        }
    }
    out
}

/// The path of a package.
pub(super) fn package_path(module: &ast::Module) -> Vec<String> {
    module.package.as_ref().map(|p| p.path.iter().map(|n| n.text.clone()).collect()).unwrap_or_default()
}

/// The constant beginning of steps.
pub(super) fn constant_steps(steps: &[Step]) -> Vec<String> {
    steps.iter().map_while(constant_step).map(str::to_string).collect()
}

/// The key of a step, when it is a string written out.
pub(super) fn constant_step(step: &Step) -> Option<&str> {
    match step {
        Step::Field(name) => Some(&name.text),
        Step::Index(expr) => match &expr.kind {
            ExprKind::Text(text) => Some(text),
            _ => None,
        },
    }
}

/// Builds the tree, and says where rules do not go together.
pub(super) fn build<'a>(modules: &[(&str, &'a ast::Module)], log: &mut Log) -> Tree<'a> {
    let mut tree = Tree::default();
    let mut rules: Vec<RuleRef<'a>> = Vec::new();
    let mut packages: BTreeMap<Vec<String>, (u32, Span)> = BTreeMap::new();
    for (file, (_, module)) in modules.iter().enumerate() {
        let file = file as u32;
        let package = package_path(module);
        let span = module.package.as_ref().map_or(Span::default(), |p| p.span);
        if package.len() > MAX_PATH {
            log.error(file, "E1105", span, format!("a package's path has at most {MAX_PATH} parts"));
            continue;
        }
        // A file without a package was refused by the parser; its rules have no place.
        if module.package.is_none() {
            continue;
        }
        packages.entry(package.clone()).or_insert((file, span));
        for (index, rule) in module.rules.iter().enumerate() {
            if let Some(found) = head(file, index, rule, &package, log) {
                let first = tree.names.entry(package.clone()).or_default();
                first.entry(found.path[package.len()].clone()).or_insert((file, rule.head.span));
                rules.push(found);
            }
        }
    }
    // Sorting is stable: rules of one path stay in order of file and place.
    rules.sort_by(|a, b| a.path.cmp(&b.path));
    let mut docs: Vec<Doc<'a>> = Vec::new();
    for rule in rules {
        place(&mut docs, rule, log);
    }
    for doc in &mut docs {
        doc.rules.sort_by_key(|r| (r.file, r.index));
        doc.defaults.sort_by_key(|r| (r.file, r.index));
        several_defaults(doc, log);
    }
    tree.ids = docs.iter().enumerate().map(|(i, d)| (d.path.clone(), DocumentId(i as u32))).collect();
    tree.docs = docs;
    for doc in &tree.docs {
        for n in 0..doc.path.len() {
            tree.above.insert(doc.path[..n].to_vec());
        }
    }
    for (path, (file, span)) in &packages {
        for n in 0..=path.len() {
            tree.above.insert(path[..n].to_vec());
        }
        let outer = (1..=path.len()).find_map(|n| tree.ids.get(&path[..n]));
        let Some(doc) = outer.map(|id| &tree.docs[id.0 as usize]) else { continue };
        if doc.kind != DocumentKind::Object {
            let (at, place) = doc.place();
            let says = format!("the package `{}` lies where a rule is defined", path_text(path));
            log.error(*file, "E1107", *span, says)
                .label("this package")
                .also(at, place, format!("the rule `{}`", path_text(&doc.path)))
                .help("rename the rule or the package: one path is one or the other");
        }
    }
    tree.packages = packages.into_keys().collect();
    tree
}

/// Reads a head; tells what cannot be one.
fn head<'a>(file: u32, index: usize, rule: &'a ast::Rule, package: &[String], log: &mut Log) -> Option<RuleRef<'a>> {
    let head = &rule.head;
    let steps = constant_steps(&head.path);
    let (count, total) = (steps.len(), head.path.len());
    if count == 0 {
        return None;
    }
    let path: Vec<String> = package.iter().cloned().chain(steps).collect();
    if path.len() > MAX_PATH || total - count > MAX_PATH {
        log.error(file, "E1105", head.span, format!("a rule's path has at most {MAX_PATH} parts"));
        return None;
    }
    let contains = matches!(head.value, HeadValue::Contains(_));
    if let Some(params) = &head.params {
        if count < total {
            log.error(file, "E1105", head.span, "the name of a function has no variable parts")
                .help("take the variable as a parameter");
            return None;
        }
        if contains {
            log.error(file, "E1105", head.span, "a function gives a value; it cannot be a set")
                .help("let the function give a set: `f(x) := {y | ...}`");
            return None;
        }
        if params.len() > usize::from(u8::MAX) {
            log.error(file, "E1105", head.span, "a function has at most 255 parameters");
            return None;
        }
    }
    if contains && !rule.otherwise.is_empty() {
        log.error(file, "E1105", rule.otherwise[0].span, "`else` has no meaning for a set's rule")
            .help("write another rule with `contains`: all rules of a set hold together");
        return None;
    }
    if rule.default && contains {
        log.error(file, "E1105", head.span, "a set has no `default`: without members it is empty")
            .help("leave the line out");
        return None;
    }
    if rule.default && count < total {
        log.error(file, "E1105", head.span, "a `default` stands for one value; its name has no variable parts")
            .help("give the default where the object is read: `object.get(p, key, value)`");
        return None;
    }
    Some(RuleRef { file, index, rule, path, steps: count })
}

/// Puts a rule into its document: that of its path, an outer object, or a new one. Rules come by path.
fn place<'a>(docs: &mut Vec<Doc<'a>>, rule: RuleRef<'a>, log: &mut Log) {
    let shape = rule.shape();
    if let Some(doc) = docs.last_mut().filter(|d| rule.path.starts_with(&d.path)) {
        let deeper = rule.path.len() > doc.path.len();
        let fits = match (doc.kind, shape) {
            (_, DocumentKind::Function(_)) if deeper => false,
            (DocumentKind::Object, _) if deeper => true,
            (kind, shape) => !deeper && kind == shape,
        };
        if fits {
            let list = if rule.rule.default { &mut doc.defaults } else { &mut doc.rules };
            list.push(rule);
            return;
        }
        // A whole package at such a place is told once.
        if rule.path.len() - rule.steps < doc.path.len() {
            mismatch(doc, &rule, shape, deeper, log);
        }
        return;
    }
    let mut doc = Doc { path: rule.path.clone(), kind: shape, rules: Vec::new(), defaults: Vec::new() };
    if rule.rule.default {
        doc.defaults.push(rule)
    } else {
        doc.rules.push(rule)
    };
    docs.push(doc);
}

fn mismatch(doc: &Doc<'_>, rule: &RuleRef<'_>, shape: DocumentKind, deeper: bool, log: &mut Log) {
    let (at, place) = doc.place();
    let span = rule.rule.head.span;
    let name = path_text(&doc.path);
    if deeper {
        let says = format!("`{}` lies inside `{name}`, which is {}", path_text(&rule.path), kind_text(doc.kind));
        log.error(rule.file, "E1107", span, says)
            .label("defined inside")
            .also(at, place, format!("`{name}` is defined here"))
            .help(
                "give one of them another name, or make the outer one an object of rules: `p.x := ...`, `p[k] := ...`",
            );
        return;
    }
    let says = match (doc.kind, shape) {
        (DocumentKind::Function(a), DocumentKind::Function(b)) => {
            format!("`{name}` takes {} in one rule and {} in another", arguments(a), arguments(b))
        }
        _ => format!("`{name}` is {} in one rule and {} in another", kind_text(doc.kind), kind_text(shape)),
    };
    log.error(rule.file, "E1106", span, says)
        .label(kind_text(shape))
        .also(at, place, kind_text(doc.kind))
        .help("all rules of one name make one thing together; rename one of them");
}

pub(super) fn arguments(n: u8) -> String {
    if n == 1 { "1 argument".into() } else { format!("{n} arguments") }
}

/// What a document is, in words.
pub(super) fn kind_text(kind: DocumentKind) -> String {
    match kind {
        DocumentKind::Complete => "one value".into(),
        DocumentKind::Set => "a set (`contains`)".into(),
        DocumentKind::Object => "an object (`p[key] := value`)".into(),
        DocumentKind::Function(n) => format!("a function of {}", arguments(n)),
    }
}

fn several_defaults(doc: &mut Doc<'_>, log: &mut Log) {
    let mut first: BTreeMap<Vec<String>, (u32, Span)> = BTreeMap::new();
    doc.defaults.retain(|d| {
        let place = (d.file, d.rule.head.span);
        let Some((at, span)) = first.get(&d.path) else {
            first.insert(d.path.clone(), place);
            return true;
        };
        log.error(place.0, "E1108", place.1, format!("`{}` has several defaults", path_text(&d.path)))
            .label("another default")
            .also(*at, *span, "the first one")
            .help("keep one of them");
        false
    });
}
