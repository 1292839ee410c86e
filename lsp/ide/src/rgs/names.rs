//! What each name of a file means. What names of variables mean is the compiler's word; the others follow from
//! imports and the tree of documents.

use super::analysis::Parsed;
use super::walk::{self, head_path, plain_path, unwrap};
use gatos_compiler::rgs::Analysis;
use gatos_compiler::rgs::hir::{DocumentKind, VarId};
use gatos_syntax::rgs::ast::{
    Body, Expr, ExprKind, HeadValue, Literal, LiteralKind, Name, Rule, Step, TemplatePart, With,
};
use gatos_syntax::span::Span;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a name means.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Entity {
    /// A variable of a rule, by its number in the file.
    Var(u32),
    /// An import, by its index in the module.
    Import(usize),
    /// A place below `data`: a package, a rule, a part of one, or base data. The empty path is `data`.
    Path(Vec<String>),
    /// A place in the input. The empty path is `input`.
    Input(Vec<String>),
    /// A library function.
    Builtin(String),
}

/// How a name is used.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Role {
    /// It is defined here: the head of a rule, a package, an import, a parameter, `some`, `:=`.
    Declares,
    /// It is read, or gets its value by the way.
    Reads,
}

/// A name at its place.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Mark {
    pub(super) span: Span,
    pub(super) entity: Entity,
    pub(super) role: Role,
    /// The rule it is in, by its index in the module.
    pub(super) rule: Option<usize>,
}

/// A variable.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Var {
    pub(super) name: String,
    /// A parameter of the rule.
    pub(super) is_parameter: bool,
    /// The rule and the variable of the compiler; none in rules that it could not read.
    pub(super) known: Option<(u32, VarId)>,
}

/// What an import stands for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Imported {
    /// The name that it goes by.
    pub(super) name: String,
    /// Where that name stands: the alias, or the end of the path.
    pub(super) span: Span,
    /// Whether the name is an alias.
    pub(super) has_alias: bool,
    /// What it means.
    pub(super) entity: Entity,
}

/// The names of a file.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Names {
    /// Sorted by place; they do not overlap.
    pub(super) marks: Vec<Mark>,
    pub(super) vars: Vec<Var>,
    /// By the index of the import; none for those of the language.
    pub(super) imports: Vec<Option<Imported>>,
}

/// Where a path is defined.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Place {
    /// The file's place in its bundle.
    pub(super) file: usize,
    /// The name.
    pub(super) span: Span,
    /// All of the definition.
    pub(super) full: Span,
    /// The rule; none for a package.
    pub(super) rule: Option<usize>,
    /// Whether the path is all of the definition's name, rather than its beginning.
    pub(super) is_whole: bool,
}

impl Names {
    /// Works the names of one file of a bundle out.
    pub(super) fn new(parsed: &[Arc<Parsed>], analysis: &Analysis, file: usize) -> Names {
        let Some(own) = parsed.get(file) else { return Names::default() };
        let package = own.package();
        let siblings = parsed.iter().filter(|p| p.module.package.is_some() && p.package() == package);
        let rules = siblings
            .flat_map(|p| p.module.rules.iter().filter_map(|r| Some(head_path(&r.head).first()?.0.to_owned())))
            .collect();
        let documents = &analysis.bundle.documents;
        let is_function = |path: &[String]| {
            let at = documents.binary_search_by(|d| d.path.as_slice().cmp(path));
            at.is_ok_and(|at| matches!(documents[at].kind, DocumentKind::Function(_)))
        };
        let mut walker = Walker {
            package,
            rules,
            is_function: &is_function,
            by_place: BTreeMap::new(),
            by_name: BTreeMap::new(),
            by_import: BTreeMap::new(),
            rule: None,
            out: Names::default(),
        };
        walker.variables(analysis, file as u32);
        walker.module(own);
        let mut out = walker.out;
        out.marks.sort();
        out.marks.dedup();
        out
    }

    /// The name at a byte, or right before it.
    pub(super) fn at(&self, at: u32) -> Option<&Mark> {
        let after = self.marks.partition_point(|m| m.span.start <= at);
        let here = after.checked_sub(1).and_then(|i| self.marks.get(i))?;
        if at <= here.span.end { Some(here) } else { None }
    }

    /// The names of a span.
    pub(super) fn within(&self, span: Span) -> &[Mark] {
        let from = self.marks.partition_point(|m| m.span.start < span.start);
        let to = self.marks.partition_point(|m| m.span.start < span.end);
        self.marks.get(from..to.max(from)).unwrap_or_default()
    }

    /// What an entity means when imports are looked through.
    pub(super) fn target<'s>(&'s self, entity: &'s Entity) -> &'s Entity {
        match entity {
            Entity::Import(at) => self.imports.get(*at).and_then(Option::as_ref).map_or(entity, |i| &i.entity),
            other => other,
        }
    }

    /// A variable.
    pub(super) fn var(&self, at: u32) -> Option<&Var> {
        self.vars.get(at as usize)
    }
}

/// Where every path of a bundle is defined.
pub(super) fn definitions(parsed: &[Arc<Parsed>]) -> BTreeMap<Vec<String>, Vec<Place>> {
    let mut out: BTreeMap<Vec<String>, Vec<Place>> = BTreeMap::new();
    for (file, parsed) in parsed.iter().enumerate() {
        let Some(package) = &parsed.module.package else { continue };
        let mut path = Vec::new();
        for (at, name) in package.path.iter().enumerate() {
            path.push(name.text.clone());
            let is_whole = at + 1 == package.path.len();
            let place = Place { file, span: name.span, full: package.span, rule: None, is_whole };
            out.entry(path.clone()).or_default().push(place);
        }
        for (index, rule) in parsed.module.rules.iter().enumerate() {
            let mut path = path.clone();
            let head = head_path(&rule.head);
            for (at, (text, span)) in head.iter().enumerate() {
                path.push((*text).to_owned());
                let is_whole = at + 1 == head.len();
                let place = Place { file, span: *span, full: rule.span, rule: Some(index), is_whole };
                out.entry(path.clone()).or_default().push(place);
            }
        }
    }
    out
}

struct Walker<'a> {
    package: Vec<String>,
    rules: BTreeSet<String>,
    is_function: &'a dyn Fn(&[String]) -> bool,
    /// Variables by the places where the compiler found them.
    by_place: BTreeMap<Span, (u32, bool)>,
    /// Variables of rules that the compiler could not read, by rule and name.
    by_name: BTreeMap<(Option<usize>, String), u32>,
    by_import: BTreeMap<String, usize>,
    rule: Option<usize>,
    out: Names,
}

/// What a name in front of steps is.
enum Base {
    Entity(Entity),
    Wildcard,
}

impl Walker<'_> {
    /// Joins what the compiler says of each place: branches of a rule have their own variables for one name.
    fn variables(&mut self, analysis: &Analysis, file: u32) {
        let uses = &analysis.names.uses;
        let from = uses.partition_point(|u| u.file < file);
        let own = uses.get(from..).unwrap_or_default().iter().take_while(|u| u.file == file);
        let mut groups: BTreeMap<(u32, VarId), (u32, VarId)> = BTreeMap::new();
        let find = |groups: &BTreeMap<(u32, VarId), (u32, VarId)>, key: (u32, VarId)| {
            let mut key = key;
            while let Some(next) = groups.get(&key).filter(|next| **next != key) {
                key = *next;
            }
            key
        };
        let mut last: Option<(Span, (u32, VarId))> = None;
        for noted in own.clone() {
            let key = (noted.rule, noted.var);
            groups.entry(key).or_insert(key);
            if let Some((_, before)) = last.filter(|(span, _)| *span == noted.span) {
                let (a, b) = (find(&groups, before), find(&groups, key));
                groups.insert(a.max(b), a.min(b));
            }
            last = Some((noted.span, key));
        }
        let mut numbers: BTreeMap<(u32, VarId), u32> = BTreeMap::new();
        for noted in own {
            let group = find(&groups, (noted.rule, noted.var));
            let next = self.out.vars.len() as u32;
            let number = *numbers.entry(group).or_insert(next);
            if number == next {
                self.out.vars.push(Var { name: String::new(), is_parameter: false, known: Some(group) });
            }
            let slot = self.by_place.entry(noted.span).or_insert((number, false));
            slot.1 |= noted.declares;
        }
    }

    fn mark(&mut self, span: Span, entity: Entity, role: Role) {
        self.out.marks.push(Mark { span, entity, role, rule: self.rule });
    }

    fn module(&mut self, parsed: &Parsed) {
        let module = &parsed.module;
        if let Some(package) = &module.package {
            let mut path = Vec::new();
            for (at, name) in package.path.iter().enumerate() {
                path.push(name.text.clone());
                let role = if at + 1 == package.path.len() { Role::Declares } else { Role::Reads };
                self.mark(name.span, Entity::Path(path.clone()), role);
            }
        }
        for (index, import) in module.imports.iter().enumerate() {
            let imported = self.import(index, import);
            if let Some(imported) = &imported {
                self.by_import.entry(imported.name.clone()).or_insert(index);
            }
            self.out.imports.push(imported);
        }
        for (index, rule) in module.rules.iter().enumerate() {
            self.rule = Some(index);
            self.whole_rule(rule);
        }
    }

    fn import(&mut self, index: usize, import: &gatos_syntax::rgs::ast::Import) -> Option<Imported> {
        let (first, rest) = import.path.split_first()?;
        let is_input = match first.text.as_str() {
            "data" => false,
            "input" => true,
            _ => return None,
        };
        let entity = |path: &[String]| match is_input {
            true => Entity::Input(path.to_vec()),
            false => Entity::Path(path.to_vec()),
        };
        let mut path = Vec::new();
        self.mark(first.span, entity(&path), Role::Reads);
        for name in rest {
            path.push(name.text.clone());
            self.mark(name.span, entity(&path), Role::Reads);
        }
        if let Some(alias) = &import.alias {
            self.mark(alias.span, Entity::Import(index), Role::Declares);
        }
        let name: &Name = import.alias.as_ref().or(rest.last())?;
        let has_alias = import.alias.is_some();
        Some(Imported { name: name.text.clone(), span: name.span, has_alias, entity: entity(&path) })
    }

    fn whole_rule(&mut self, rule: &Rule) {
        let head = &rule.head;
        let mut path = self.package.clone();
        let constant = head_path(head);
        for (at, (text, span)) in constant.iter().enumerate() {
            path.push((*text).to_owned());
            let role = if at + 1 == constant.len() { Role::Declares } else { Role::Reads };
            self.mark(*span, Entity::Path(path.clone()), role);
        }
        for step in head.path.iter().skip(constant.len()) {
            if let Step::Index(e) = step {
                self.expr(e);
            }
        }
        for param in head.params.iter().flatten() {
            self.expr(param);
            walk::Node::Expr(param).visit(&mut |node| {
                if let walk::Node::Expr(Expr { kind: ExprKind::Name(_), span }) = node
                    && let Some((number, true)) = self.by_place.get(span)
                    && let Some(var) = self.out.vars.get_mut(*number as usize)
                {
                    var.is_parameter = true;
                }
            });
        }
        match &head.value {
            HeadValue::True => {}
            HeadValue::Value(e) | HeadValue::Contains(e) => self.expr(e),
        }
        rule.body.iter().for_each(|b| self.body(b));
        for otherwise in &rule.otherwise {
            otherwise.value.iter().for_each(|e| self.expr(e));
            otherwise.body.iter().for_each(|b| self.body(b));
        }
    }

    fn body(&mut self, body: &Body) {
        body.literals.iter().for_each(|l| self.literal(l));
    }

    fn literal(&mut self, literal: &Literal) {
        match &literal.kind {
            LiteralKind::Expr(e) | LiteralKind::Not(e) => self.expr(e),
            LiteralKind::SomeNames(names) => names.iter().for_each(|n| self.declared(n)),
            LiteralKind::SomeIn { key, value, collection } => {
                key.iter().for_each(|k| self.expr(k));
                self.expr(value);
                self.expr(collection);
            }
            LiteralKind::Every { key, value, collection, body } => {
                key.iter().for_each(|k| self.declared(k));
                self.declared(value);
                self.expr(collection);
                self.body(body);
            }
            LiteralKind::Error => {}
        }
        literal.with.iter().for_each(|w| self.with(w));
    }

    fn with(&mut self, with: &With) {
        let mut is_function = false;
        match plain_path(&with.target) {
            Some(path) => is_function = self.called(&path, with.target.span),
            None => self.expr(&with.target),
        }
        match plain_path(&with.value).filter(|path| is_function && self.names_function(path)) {
            Some(path) => _ = self.called(&path, with.value.span),
            None => self.expr(&with.value),
        }
    }

    fn names_function(&self, path: &[(&str, Span)]) -> bool {
        let Some((first, span)) = path.first() else { return false };
        if self.by_place.contains_key(span) {
            return false;
        }
        self.function_of(first, path).is_some() || self.builtin(path).is_some()
    }

    /// The path of the bundle's function that a name in front of arguments means.
    fn function_of(&self, first: &str, path: &[(&str, Span)]) -> Option<Vec<String>> {
        let mut full = self.path_of(first)?;
        full.extend(path.iter().skip(1).map(|(text, _)| (*text).to_owned()));
        (self.is_function)(&full).then_some(full)
    }

    fn path_of(&self, first: &str) -> Option<Vec<String>> {
        match self.global(first)? {
            Entity::Import(at) => match &self.out.imports.get(at)?.as_ref()?.entity {
                Entity::Path(path) => Some(path.clone()),
                _ => None,
            },
            Entity::Path(path) => Some(path),
            _ => None,
        }
    }

    fn builtin(&self, path: &[(&str, Span)]) -> Option<String> {
        let name = path.iter().map(|(text, _)| *text).collect::<Vec<_>>().join(".");
        gatos_sigs::rgs::find(&name).map(|_| name)
    }

    /// What a name means that is no variable.
    fn global(&self, name: &str) -> Option<Entity> {
        if let Some(at) = self.by_import.get(name) {
            return Some(Entity::Import(*at));
        }
        if self.rules.contains(name) {
            let mut path = self.package.clone();
            path.push(name.to_owned());
            return Some(Entity::Path(path));
        }
        match name {
            "input" => Some(Entity::Input(Vec::new())),
            "data" => Some(Entity::Path(Vec::new())),
            _ => None,
        }
    }

    /// The name of a function, or what `with` replaces. Says whether it is a function.
    fn called(&mut self, path: &[(&str, Span)], span: Span) -> bool {
        let Some((first, at)) = path.first().copied() else { return false };
        let known = self.by_place.contains_key(&at);
        if !known && self.function_of(first, path).is_some() {
            self.reference(first, at, &path[1..]);
            return true;
        }
        if let Some(name) = self.builtin(path) {
            self.mark(span, Entity::Builtin(name), Role::Reads);
            return true;
        }
        if known || self.global(first).is_some() {
            self.reference(first, at, &path[1..]);
        }
        false
    }

    fn declared(&mut self, name: &Name) {
        if name.text == "_" {
            return;
        }
        let number = self.variable(&name.text, name.span);
        self.mark(name.span, Entity::Var(number), Role::Declares);
    }

    fn variable(&mut self, name: &str, span: Span) -> u32 {
        if let Some((number, _)) = self.by_place.get(&span) {
            if let Some(var) = self.out.vars.get_mut(*number as usize)
                && var.name.is_empty()
            {
                name.clone_into(&mut var.name);
            }
            return *number;
        }
        let key = (self.rule, name.to_owned());
        if let Some(number) = self.by_name.get(&key) {
            return *number;
        }
        let number = self.out.vars.len() as u32;
        self.out.vars.push(Var { name: name.to_owned(), is_parameter: false, known: None });
        self.by_name.insert(key, number);
        number
    }

    fn base(&mut self, name: &str, span: Span) -> Base {
        if name == "_" || name.starts_with('$') {
            return Base::Wildcard;
        }
        if !self.by_place.contains_key(&span)
            && let Some(entity) = self.global(name)
        {
            return Base::Entity(entity);
        }
        Base::Entity(Entity::Var(self.variable(name, span)))
    }

    /// A name with constant steps after it.
    fn reference(&mut self, name: &str, at: Span, steps: &[(&str, Span)]) {
        let Base::Entity(entity) = self.base(name, at) else { return };
        let role = match self.by_place.get(&at) {
            Some((_, true)) => Role::Declares,
            _ => Role::Reads,
        };
        let target = match &entity {
            Entity::Import(i) => self.out.imports.get(*i).and_then(|i| Some(i.as_ref()?.entity.clone())),
            other => Some(other.clone()),
        };
        self.mark(at, entity, role);
        let (is_input, mut path) = match target {
            Some(Entity::Path(path)) => (false, path),
            Some(Entity::Input(path)) => (true, path),
            _ => return,
        };
        for (text, span) in steps {
            path.push((*text).to_owned());
            let entity = if is_input { Entity::Input(path.clone()) } else { Entity::Path(path.clone()) };
            self.mark(*span, entity, Role::Reads);
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Name(name) => self.reference(name, expr.span, &[]),
            ExprKind::Ref { base, steps } => {
                let inner = unwrap(base);
                if let ExprKind::Name(name) = &inner.kind {
                    let constant: Vec<(&str, Span)> = steps.iter().map_while(walk::constant).collect();
                    self.reference(name, inner.span, &constant);
                } else {
                    self.expr(inner);
                }
                for step in steps {
                    if let Step::Index(e) = step {
                        self.expr(e);
                    }
                }
            }
            ExprKind::Call { function, args } => {
                match plain_path(function) {
                    Some(path) => _ = self.called(&path, function.span),
                    None => self.expr(function),
                }
                args.iter().for_each(|a| self.expr(a));
            }
            ExprKind::Array(items) | ExprKind::Set(items) => items.iter().for_each(|i| self.expr(i)),
            ExprKind::Object(entries) => {
                for (key, value) in entries {
                    self.expr(key);
                    self.expr(value);
                }
            }
            ExprKind::Template(parts) => {
                for part in parts {
                    if let TemplatePart::Expr(e) = part {
                        self.expr(e);
                    }
                }
            }
            ExprKind::ArrayComp { value, body } | ExprKind::SetComp { value, body } => {
                self.expr(value);
                self.body(body);
            }
            ExprKind::ObjectComp { key, value, body } => {
                self.expr(key);
                self.expr(value);
                self.body(body);
            }
            ExprKind::Binary { left, right, .. } => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::In { key, value, collection } => {
                key.iter().for_each(|k| self.expr(k));
                self.expr(value);
                self.expr(collection);
            }
            ExprKind::Negate(e) | ExprKind::Paren(e) => self.expr(e),
            ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::Text(_) | ExprKind::Error => {}
        }
    }
}
