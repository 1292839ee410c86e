//! What could be typed at a place. Everything about the place itself is read off the tokens before it, so that
//! broken files complete too; names of rules come from the newest bundle that is known.

use super::Here;
use super::analysis::{Bundle, bundle, glance, home, recent};
use super::contract;
use super::decide::{Answer, base_data, value_at};
use super::hover;
use super::locals::locals;
use super::samples::{constant, constant_rule, parameters, path_after};
use super::signature::{item_start, kinds, open_call, path_before};
use super::text::{floor, is_plain, line_start, quoted, short, slice, word_start};
use super::walk::{self, Node};
use crate::answer::{Completion, CompletionKind, Completions, TextEdit};
use crate::host::{File, Snapshot};
use gatos_canon::{Map, Value};
use gatos_compiler::rgs::path_text;
use gatos_sigs::rgs as sigs;
use gatos_syntax::rgs::lexer::{Token, lex};
use gatos_syntax::rgs::token::Kind;
use gatos_syntax::span::Span;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The most inputs of tests that are looked into.
const MAX_SAMPLES: usize = 40;

/// What an import line says: the name, and whether it is of `input`, with the path.
struct Imported {
    name: String,
    is_input: bool,
    path: Vec<String>,
}

/// The place that is completed.
struct Place<'a> {
    snapshot: &'a Snapshot,
    file: &'a Arc<File>,
    bundle: Option<Arc<Bundle>>,
    package: Vec<String>,
    imports: Vec<Imported>,
    /// The item's text up to the byte.
    item: &'a str,
    /// Its tokens before the word that is typed.
    before: Vec<Token>,
    replace: Span,
    out: Vec<Completion>,
}

pub(crate) fn completions(snapshot: &Snapshot, file: &Arc<File>, at: u32, trigger: Option<char>) -> Completions {
    _ = trigger;
    let text = &*file.text;
    let at = floor(text, at);
    let start = item_start(text, at);
    let item = text.get(start..at).unwrap_or_default();
    let lexed = lex(item);
    let (package, imports) = header(text);
    let word = word_start(text, at);
    let mut place = Place {
        snapshot,
        file,
        bundle: None,
        package,
        imports,
        item,
        before: lexed.tokens.iter().filter(|t| start + t.span.end as usize <= word).copied().collect(),
        replace: Span::new(word, at),
        out: Vec::new(),
    };
    if lexed.comments.last().is_some_and(|c| c.span.end as usize == item.len()) {
        place.metadata(at);
        return place.done();
    }
    let is_open_text = lexed
        .tokens
        .last()
        .is_some_and(|t| t.kind == Kind::Str && t.span.end as usize == item.len() && !is_closed(slice(item, t.span)));
    if is_open_text {
        place.texts(&lexed.tokens);
        return place.done();
    }
    let is_raw = lexed.tokens.last().is_some_and(|t| {
        let literal = slice(item, t.span);
        t.kind == Kind::RawStr && t.span.end as usize == item.len() && (literal.len() < 2 || !literal.ends_with('`'))
    });
    if is_raw {
        return Completions::default();
    }
    // A number is not completed, nor what follows one.
    if text.get(word..at).is_some_and(|w| w.starts_with(|c: char| c.is_ascii_digit())) {
        return Completions::default();
    }
    place.bundle = recent(snapshot, file).or_else(|| Some(bundle(snapshot, file)));
    place.all();
    place.done()
}

/// Whether a string literal has its closing quote.
fn is_closed(literal: &str) -> bool {
    let Some(inner) = literal.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else { return false };
    inner.bytes().rev().take_while(|b| *b == b'\\').count() % 2 == 0
}

/// The package and the imports, line by line, whatever else is broken.
fn header(text: &str) -> (Vec<String>, Vec<Imported>) {
    let (mut package, mut imports) = (Vec::new(), Vec::new());
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("package ") {
            package = dotted(rest);
        } else if let Some(rest) = line.strip_prefix("import ") {
            let mut words = rest.split('#').next().unwrap_or_default().split_whitespace();
            let path = dotted(words.next().unwrap_or_default());
            let alias = words.next().filter(|w| *w == "as").and_then(|_| words.next());
            let Some((first, path)) = path.split_first() else { continue };
            let name = alias.map(str::to_owned).or_else(|| path.last().cloned());
            if let Some(name) = name.filter(|_| first == "data" || first == "input") {
                imports.push(Imported { name, is_input: first == "input", path: path.to_vec() });
            }
        }
    }
    (package, imports)
}

/// The parts of a path as it is written: `a.b["c d"]`.
fn dotted(text: &str) -> Vec<String> {
    let text = text.trim();
    let end = text.find(|c: char| c.is_whitespace() && !text.contains('"')).unwrap_or(text.len());
    let lexed = lex(text.get(..end).unwrap_or_default());
    let part = |t: &Token| match t.kind {
        Kind::Str => Some(slice(text, t.span).trim_matches('"').to_owned()),
        Kind::Name => Some(slice(text, t.span).to_owned()),
        kind if kind.is_keyword() => Some(slice(text, t.span).to_owned()),
        _ => None,
    };
    lexed.tokens.iter().filter_map(part).collect()
}

impl Place<'_> {
    fn done(mut self) -> Completions {
        let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
        self.out.retain(|c| seen.insert((c.label.clone(), c.insert.clone())));
        Completions { items: self.out, is_incomplete: false }
    }

    fn add(&mut self, label: &str, kind: CompletionKind, detail: &str, sort: &str) -> &mut Completion {
        self.out.push(Completion {
            label: label.to_owned(),
            kind,
            detail: detail.to_owned(),
            insert: label.to_owned(),
            is_snippet: false,
            replace: self.replace,
            sort: format!("{sort}{label}"),
            extra: Vec::new(),
            resolve: String::new(),
            preselect: false,
        });
        let last = self.out.len() - 1;
        &mut self.out[last]
    }

    fn snippet(&mut self, label: &str, detail: &str, insert: &str, sort: &str) {
        let item = self.add(label, CompletionKind::Snippet, detail, sort);
        insert.clone_into(&mut item.insert);
        item.is_snippet = true;
    }

    fn keyword(&mut self, word: &str, sort: &str) {
        let item = self.add(word, CompletionKind::Keyword, "", sort);
        item.resolve = format!("keyword:{word}");
    }

    fn all(&mut self) {
        let Some(last) = self.before.last().copied() else { return self.items() };
        if self.begins_item() {
            return self.items();
        }
        let end = self.before.len() - 1;
        let touches = self.item_offset(last.span.end) == self.replace.start;
        if last.kind == Kind::Dot && touches {
            let path = end.checked_sub(1).and_then(|before| path_before(self.item, &self.before, before));
            if let Some((path, _)) = path {
                let is_import = self.before.first().is_some_and(|t| t.kind == Kind::Import);
                self.members(&path, is_import);
            }
            return;
        }
        let first = self.before.first().map(|t| t.kind);
        match (first, last.kind) {
            (Some(Kind::Import), Kind::Import) => self.imports(),
            (Some(Kind::Import), Kind::Name) => self.keyword("as", "0"),
            (Some(Kind::Package), Kind::Package) => self.packages(),
            (Some(Kind::Import | Kind::Package), _) | (_, Kind::Some) => {}
            (Some(Kind::Default), Kind::Default) => self.own_rules("0"),
            (_, Kind::With) => {
                self.roots();
                self.own_rules("1");
                self.imported("1");
                self.builtins("2");
            }
            _ if self.is_head() && !matches!(last.kind, Kind::Comma | Kind::LParen | Kind::LBracket | Kind::Dot) => {
                self.keyword("if", "0");
                self.keyword("contains", "1");
                self.snippet("contains … if", "a member of a set", "contains ${1:value} if {\n\t$0\n}", "2");
                self.snippet("if { … }", "a body", "if {\n\t$0\n}", "2");
            }
            _ => self.expression(),
        }
    }

    /// Whether the word stands in the first column, with nothing open above it.
    fn begins_item(&self) -> bool {
        let start = self.replace.start as usize;
        let opened = self.before.iter().fold(0i32, |sum, token| match token.kind {
            kind if kind.opens() => sum.saturating_add(1),
            kind if kind.closes() => sum.saturating_sub(1),
            _ => sum,
        });
        start == line_start(&self.file.text, start) && opened <= 0
    }

    fn item_offset(&self, at: u32) -> u32 {
        self.replace.end - self.item.len() as u32 + at
    }

    /// Whether only the head of a rule has been written so far.
    fn is_head(&self) -> bool {
        let is_end = |kind: Kind| {
            matches!(
                kind,
                Kind::If | Kind::Assign | Kind::Unify | Kind::Contains | Kind::LBrace | Kind::Import | Kind::Package
            )
        };
        !self.before.iter().any(|t| is_end(t.kind))
    }

    // At the beginning of an item.

    fn items(&mut self) {
        // Indented lines belong to what is above them.
        if !self.begins_item() {
            return self.expression();
        }
        if self.package.is_empty() {
            self.keyword("package", "0");
            let (folder, _) = home(self.snapshot, &self.file.path);
            let rest = self.file.path.strip_prefix(folder.as_str()).unwrap_or_default().trim_start_matches('/');
            let name = rest.trim_end_matches(".rgs").replace('/', ".");
            if !name.is_empty() {
                let name = if name == "gatos" { name } else { format!("gatos.{name}") };
                self.snippet(
                    &format!("package {name}"),
                    "by the file's place",
                    &format!("package ${{1:{name}}}\n\n$0"),
                    "1",
                );
            }
        }
        for word in ["import", "default"] {
            self.keyword(word, "3");
        }
        self.snippet("allow", "a rule that permits", "allow if {\n\t$0\n}", "1");
        self.snippet(
            "deny",
            "a rule that refuses, with its reason",
            "deny contains reason if {\n\t$1\n\treason := \"${2:why}\"\n}",
            "1",
        );
        self.snippet("rule", "a value with conditions", "${1:name} := ${2:value} if {\n\t$0\n}", "2");
        self.snippet("set rule", "a set by its members", "${1:name} contains ${2:member} if {\n\t$0\n}", "2");
        self.snippet("function", "a rule with parameters", "${1:name}(${2:x}) := ${3:value} if {\n\t$0\n}", "2");
        self.snippet("test", "a test", "test_${1:name} if {\n\t${2:allow} with input as {$3}\n}", "2");
        self.snippet("default rule", "the value when no body holds", "default ${1:name} := ${2:false}", "2");
        self.snippet(
            "METADATA",
            "what a rule is about",
            "# METADATA\n# title: ${1:title}\n# description: ${2:what it is for}\n",
            "4",
        );
        self.own_rules("0");
    }

    fn packages(&mut self) {
        let Some(bundle) = self.bundle.clone() else { return };
        for (path, places) in bundle.paths() {
            if places.iter().any(|p| p.rule.is_none() && p.is_whole) {
                self.add(&path_text(path), CompletionKind::Module, "package", "0");
            }
        }
        if self.file.path.ends_with("_test.rgs") {
            let names: Vec<String> = bundle
                .parsed
                .iter()
                .map(|p| path_text(&p.package()))
                .filter(|p| !p.is_empty() && !p.ends_with("_test"))
                .collect();
            for name in names {
                self.add(&format!("{name}_test"), CompletionKind::Module, "tests of the package", "1");
            }
        }
    }

    fn imports(&mut self) {
        let Some(bundle) = self.bundle.clone() else { return };
        for (path, places) in bundle.paths() {
            if path.starts_with(&self.package) && !places.iter().any(|p| p.rule.is_none()) {
                continue;
            }
            let whole = places.iter().find(|p| p.is_whole);
            let Some(whole) = whole.filter(|_| *path != self.package) else { continue };
            if path.last().is_some_and(|last| walk::is_test(last)) {
                continue;
            }
            let (kind, detail, sort) = match whole.rule {
                None => (CompletionKind::Module, "package", "0"),
                Some(_) => (CompletionKind::Rule, "rule", "1"),
            };
            let item = self.add(&format!("data.{}", path_text(path)), kind, detail, sort);
            item.resolve = format!("path:{}", json_path(path));
        }
        self.add("data", CompletionKind::Module, "all documents and data", "2");
        self.add("input", CompletionKind::Variable, "what is asked about", "2");
        self.add("rego.v1", CompletionKind::Module, "what policies here are anyway", "3");
    }

    // Expressions.

    fn expression(&mut self) {
        let last = self.before.last().map(|t| t.kind);
        let text = &self.file.text;
        let line = text.get(line_start(text, self.replace.start as usize)..self.replace.start as usize);
        let is_statement = line.is_some_and(|line| line.trim().is_empty())
            || matches!(last, Some(Kind::LBrace | Kind::Semi | Kind::If | Kind::Pipe));
        for name in locals(self.item, &self.before) {
            self.add(&name, CompletionKind::Variable, "variable", "0");
        }
        self.own_rules("1");
        self.imported("1");
        self.roots();
        if is_statement {
            for word in ["some", "every", "not"] {
                self.keyword(word, "3");
            }
            self.snippet("some … in", "each member", "some ${1:x} in ${2:xs}", "4");
            self.snippet("every … in", "for all members", "every ${1:x} in ${2:xs} {\n\t$0\n}", "4");
        } else {
            for word in ["in", "with", "else", "if"] {
                self.keyword(word, "5");
            }
            self.snippet("with input as", "over another input", "with input as ${1:{\\}}", "5");
        }
        for word in ["true", "false", "null"] {
            self.keyword(word, "6");
        }
        self.builtins("7");
        self.not_imported("8");
    }

    fn roots(&mut self) {
        self.add("input", CompletionKind::Variable, "what is asked about", "2").resolve = "input:[]".to_owned();
        self.add("data", CompletionKind::Module, "all documents and data", "2").resolve = "path:[]".to_owned();
    }

    fn own_rules(&mut self, sort: &str) {
        let mut names: BTreeMap<String, ()> = BTreeMap::new();
        if let Some(bundle) = &self.bundle {
            let package = &self.package;
            let own = bundle.paths().range(package.clone()..).take_while(|(path, _)| path.starts_with(package));
            for (path, places) in own {
                if path.len() == package.len() + 1 && places.iter().any(|p| p.rule.is_some()) {
                    names.extend(path.last().map(|name| (name.clone(), ())));
                }
            }
        }
        // Rules that were typed since.
        for line in self.file.text.lines() {
            let end = line.find(|c: char| !super::text::is_word(c)).unwrap_or(line.len());
            let rest = line.get(end..).unwrap_or_default();
            let is_rule = rest.starts_with([' ', '(', '[', '.']) && !rest.trim().is_empty();
            let name = line.get(..end).unwrap_or_default();
            if is_rule && super::text::is_name(name) {
                names.insert(name.to_owned(), ());
            }
        }
        let is_test = self.file.path.ends_with("_test.rgs");
        for name in names.into_keys().filter(|name| !walk::is_test(name) || is_test && sort == "0") {
            let mut path = self.package.clone();
            path.push(name.clone());
            self.rule(&name, &path, sort);
        }
    }

    /// A rule by its name here.
    fn rule(&mut self, label: &str, path: &[String], sort: &str) {
        let params = self.bundle.as_ref().and_then(|b| parameters(b, path));
        let resolve = format!("path:{}", json_path(path));
        match params {
            Some(params) => {
                let holes: Vec<String> =
                    params.iter().enumerate().map(|(i, p)| format!("${{{}:{p}}}", i + 1)).collect();
                let detail = format!("({})", params.join(", "));
                let item = self.add(label, CompletionKind::Function, &detail, sort);
                item.insert = format!("{label}({})", holes.join(", "));
                item.is_snippet = true;
                item.resolve = resolve;
            }
            None => {
                let item = self.add(label, CompletionKind::Rule, "rule", sort);
                item.resolve = resolve;
            }
        }
    }

    fn imported(&mut self, sort: &str) {
        let all: Vec<(String, bool, Vec<String>)> =
            self.imports.iter().map(|i| (i.name.clone(), i.is_input, i.path.clone())).collect();
        for (name, is_input, path) in all {
            let detail =
                format!("import {}{}", if is_input { "input" } else { "data" }, super::text::steps_text(&path));
            let item = self.add(&name, CompletionKind::Module, &detail, sort);
            item.resolve = format!("{}:{}", if is_input { "input" } else { "path" }, json_path(&path));
        }
    }

    /// Packages that could be imported along.
    fn not_imported(&mut self, sort: &str) {
        let Some(bundle) = self.bundle.clone() else { return };
        for (path, places) in bundle.paths() {
            let is_package = places.iter().any(|p| p.rule.is_none() && p.is_whole);
            let Some(name) = path.last().filter(|_| is_package && *path != self.package) else { continue };
            let is_there = self.imports.iter().any(|i| i.name == *name);
            if is_there || !is_plain(name) || name.ends_with("_test") {
                continue;
            }
            let full = format!("data.{}", path_text(path));
            let extra = import_edit(&self.file.text, &full);
            let item = self.add(name, CompletionKind::Module, &format!("import {full}"), sort);
            item.extra.push(extra);
            item.resolve = format!("path:{}", json_path(path));
        }
    }

    fn builtins(&mut self, sort: &str) {
        for b in sigs::all().filter(|b| !b.name.starts_with("internal.")) {
            self.builtin(b, b.name, sort);
        }
    }

    fn builtin(&mut self, b: &'static sigs::Builtin, label: &str, sort: &str) {
        let names: Vec<&str> = b.params.iter().map(|p| p.name).collect();
        let holes: Vec<String> = names.iter().enumerate().map(|(i, p)| format!("${{{}:{p}}}", i + 1)).collect();
        let detail = format!("({}) → {}", names.join(", "), kinds(b.result));
        let item = self.add(label, CompletionKind::Function, &detail, sort);
        item.insert = format!("{label}({})", holes.join(", "));
        item.is_snippet = true;
        item.resolve = format!("builtin:{}", b.name);
    }

    // After a dot.

    fn members(&mut self, path: &[String], is_import: bool) {
        let Some((first, rest)) = path.split_first() else { return };
        if !is_import && locals(self.item, &self.before).contains(first) {
            for value in self.samples_of(first, rest) {
                self.keys(&value, "0");
            }
            return;
        }
        let imported = self.imports.iter().find(|i| i.name == *first && !is_import);
        let target = imported.map(|i| {
            let mut path = i.path.clone();
            path.extend(rest.iter().cloned());
            (i.is_input, path)
        });
        match target {
            Some((true, path)) => self.input(&path),
            Some((false, path)) => self.data(&path),
            None if first == "input" => self.input(rest),
            None if first == "data" => self.data(rest),
            None => {
                let mut own = self.package.clone();
                own.push(first.clone());
                if self.bundle.as_ref().is_some_and(|b| !b.definitions(&own).is_empty()) {
                    own.extend(rest.iter().cloned());
                    self.data(&own);
                }
            }
        }
        let prefix = format!("{}.", path.join("."));
        if is_import {
            return;
        }
        let mut groups: BTreeSet<&str> = BTreeSet::new();
        for b in sigs::all() {
            let Some(name) = b.name.strip_prefix(&prefix) else { continue };
            match name.split_once('.') {
                Some((group, _)) => _ = groups.insert(group),
                None => self.builtin(b, name, "1"),
            }
        }
        for group in groups {
            self.add(group, CompletionKind::Module, "library", "2");
        }
    }

    fn keys(&mut self, value: &Value, sort: &str) {
        let Value::Map(map) = value else { return };
        let rows: Vec<(String, String)> = map.iter().map(|(key, value)| (key.to_owned(), short(value, 60))).collect();
        for (key, shown) in rows {
            self.key(&key, &shown, sort);
        }
    }

    fn key(&mut self, key: &str, detail: &str, sort: &str) -> Option<&mut Completion> {
        if self.out.iter().any(|c| c.label == key) {
            return None;
        }
        let is_dotted = is_plain(key);
        let replace = self.replace;
        let item = self.add(key, CompletionKind::Field, detail, sort);
        if !is_dotted {
            // The dot before it goes away.
            item.insert = format!("[{}]", quoted(key));
            item.replace = Span { start: replace.start.saturating_sub(1), end: replace.end };
        }
        Some(item)
    }

    fn input(&mut self, path: &[String]) {
        for value in self.inputs().iter().filter_map(|input| value_at(input, path)).cloned().collect::<Vec<_>>() {
            self.keys(&value, "0");
        }
        let full = |name: &str| {
            let mut full = path.to_vec();
            full.push(name.to_owned());
            full
        };
        for item in &mut self.out {
            if item.kind == CompletionKind::Field && item.resolve.is_empty() {
                item.resolve = format!("input:{}", json_path(&full(&item.label)));
            }
        }
        for field in contract::fields(path) {
            let resolve = format!("input:{}", json_path(&full(field.name)));
            match self.out.iter_mut().find(|c| c.label == field.name) {
                Some(there) => there.resolve = resolve,
                None => {
                    if let Some(item) = self.key(field.name, field.ty, "1") {
                        item.resolve = resolve;
                    }
                }
            }
        }
    }

    fn data(&mut self, path: &[String]) {
        let bundle = self.bundle.clone();
        if let Some(bundle) = &bundle {
            let mut names: Vec<(Vec<String>, bool)> = Vec::new();
            for (longer, places) in bundle.paths().range(path.to_vec()..).take_while(|(p, _)| p.starts_with(path)) {
                if longer.len() == path.len() + 1 {
                    names.push((longer.clone(), places.iter().any(|p| p.rule.is_some())));
                }
            }
            for (longer, is_rule) in names {
                let Some(name) = longer.last().cloned() else { continue };
                if !is_plain(&name) || walk::is_test(&name) {
                    continue;
                }
                match is_rule {
                    true => self.rule(&name, &longer, "0"),
                    false => {
                        let item = self.add(&name, CompletionKind::Module, "package", "0");
                        item.resolve = format!("path:{}", json_path(&longer));
                    }
                }
            }
            // What a rule was worth when it was last looked at.
            let decided = glance(&bundle.decided);
            if let Some(Answer::Value(Some(value))) = decided.and_then(|d| d.value_at(path)) {
                self.keys(&value, "1");
            }
            if let Some(value) = constant_rule(bundle, path) {
                self.keys(&value, "1");
            }
        }
        let (folder, _) = home(self.snapshot, &self.file.path);
        let data = base_data(self.snapshot, &folder);
        if let Some(value) = value_at(&data, path) {
            self.keys(value, "1");
        }
    }

    /// Inputs that are known: the pinned one, and those of tests.
    fn inputs(&self) -> Vec<Value> {
        let mut out = Vec::new();
        let pin = self.snapshot.root_of(&self.file.path).and_then(|root| self.snapshot.pin(&root.path));
        out.extend(pin.and_then(|pin| Value::from_json(&pin.json).ok()));
        let Some(bundle) = &self.bundle else { return out };
        for parsed in &bundle.parsed {
            for rule in parsed.module.rules.iter() {
                if out.len() >= MAX_SAMPLES {
                    return out;
                }
                let name = walk::head_path(&rule.head);
                if !name.last().is_some_and(|(last, _)| walk::is_test(last)) {
                    continue;
                }
                Node::Rule(rule).visit(&mut |node| {
                    let Node::With(with) = node else { return };
                    let Some(path) = walk::plain_path(&with.target) else { return };
                    let Some((("input", _), below)) = path.split_first().map(|(first, rest)| (*first, rest)) else {
                        return;
                    };
                    let value = constant(&with.value).or_else(|| {
                        let (name, _) = walk::plain_path(&with.value)?.first().copied()?;
                        let mut path = parsed.package();
                        path.push(name.to_owned());
                        constant_rule(bundle, &path)
                    });
                    let Some(mut value) = value else { return };
                    for (key, _) in below.iter().rev() {
                        let mut map = Map::new();
                        map.insert(*key, value);
                        value = Value::Map(map);
                    }
                    out.push(value);
                });
            }
        }
        out
    }

    /// Values that a variable can have, by what the tokens say that it comes from.
    fn samples_of(&self, name: &str, rest: &[String]) -> Vec<Value> {
        let tokens = &self.before;
        let is_it = |t: &Token| t.kind == Kind::Name && slice(self.item, t.span) == name;
        let mut from: Option<(Vec<String>, bool)> = None;
        for (at, _) in tokens.iter().enumerate().filter(|(_, t)| is_it(t)) {
            match tokens.get(at + 1).map(|t| t.kind) {
                Some(Kind::Assign | Kind::Unify) => from = path_after(self.item, tokens, at + 2).map(|p| (p, false)),
                Some(Kind::In) => from = path_after(self.item, tokens, at + 2).map(|p| (p, true)),
                _ => {}
            }
        }
        let mut seen = self.seen_of(name, rest);
        let Some((path, is_member)) = from else { return seen };
        let Some((first, below)) = path.split_first() else { return seen };
        let roots: Vec<Value> = match first.as_str() {
            "input" => self.inputs(),
            "data" => {
                let (folder, _) = home(self.snapshot, &self.file.path);
                vec![Value::clone(&base_data(self.snapshot, &folder))]
            }
            _ => return seen,
        };
        let found = roots.iter().filter_map(|root| value_at(root, below));
        let members = found.flat_map(|value| match (is_member, value) {
            (false, value) => vec![value.clone()],
            (true, Value::Array(items)) => items.iter().take(MAX_SAMPLES).cloned().collect(),
            (true, Value::Map(map)) => map.iter().take(MAX_SAMPLES).map(|(_, v)| v.clone()).collect(),
            _ => Vec::new(),
        });
        seen.extend(members.filter_map(|value| value_at(&value, rest).cloned()));
        seen
    }

    /// Values that variables of this name had when the pinned input was last decided.
    fn seen_of(&self, name: &str, rest: &[String]) -> Vec<Value> {
        let Some(bundle) = &self.bundle else { return Vec::new() };
        let (Some(at), Some(decided)) = (bundle.index(self.file.id), glance(&bundle.decided)) else {
            return Vec::new();
        };
        let own = decided.conditions.iter().filter(|((file, _), _)| *file == at);
        let values = own.filter_map(|(_, condition)| condition.all.get(name)).flatten();
        values.filter_map(|value| value_at(value, rest).cloned()).take(MAX_SAMPLES).collect()
    }

    // In strings and comments.

    fn texts(&mut self, tokens: &[Token]) {
        let Some(last) = tokens.last() else { return };
        let before = tokens.get(..tokens.len() - 1).unwrap_or_default();
        let start = self.item_offset(last.span.start) + 1;
        self.replace = Span { start, end: self.replace.end };
        let call = open_call(self.item, before);
        if call.is_some_and(|call| call.path.starts_with(&["gatos".to_owned(), "caps".to_owned()])) {
            for (cap, what) in contract::CAPS {
                self.add(cap, CompletionKind::Value, what, "1");
            }
            for input in self.samples() {
                for name in ["caps", "granted"] {
                    let items = input.get(name).and_then(Value::as_array).unwrap_or_default().to_vec();
                    for cap in items.iter().filter_map(Value::as_text) {
                        self.add(cap, CompletionKind::Value, "in a known input", "0");
                    }
                }
            }
            return;
        }
        // What a part of the input is compared with: values that it is known to have.
        let compared = before
            .len()
            .checked_sub(2)
            .filter(|at| before.get(at + 1).is_some_and(|t| matches!(t.kind, Kind::Eq | Kind::Ne | Kind::Unify)));
        let Some((path, _)) = compared.and_then(|at| path_before(self.item, before, at)) else { return };
        if path.first().is_some_and(|first| first == "input") {
            for input in self.samples() {
                if let Some(text) = value_at(&input, &path[1..]).and_then(Value::as_text) {
                    self.add(text, CompletionKind::Value, "in a known input", "0");
                }
            }
        }
    }

    fn samples(&mut self) -> Vec<Value> {
        if self.bundle.is_none() {
            self.bundle = recent(self.snapshot, self.file).or_else(|| Some(bundle(self.snapshot, self.file)));
        }
        self.inputs()
    }

    fn metadata(&mut self, at: usize) {
        let text = &self.file.text;
        let start = line_start(text, at);
        let row = text.get(start..at).unwrap_or_default();
        let Some(typed) = row.trim_start().strip_prefix('#') else { return };
        if typed.contains(':') {
            return;
        }
        let mut above = start;
        let mut is_block = false;
        while above > 0 {
            above = line_start(text, above - 1);
            let row = text.get(above..).and_then(|rest| rest.lines().next()).unwrap_or_default().trim();
            if !row.starts_with('#') {
                break;
            }
            if row.trim_start_matches('#').trim() == "METADATA" {
                is_block = true;
                break;
            }
        }
        if !is_block {
            self.add("METADATA", CompletionKind::Keyword, "what a rule is about", "0");
            return;
        }
        for (key, what) in contract::METADATA {
            let item = self.add(key, CompletionKind::Field, what, "0");
            item.insert = format!("{key}: ");
        }
    }
}

/// A path as data for [`resolve_completion`].
fn json_path(path: &[String]) -> String {
    Value::Array(path.iter().cloned().map(Value::Text).collect()).to_json_string()
}

/// What puts an import behind the last one, line by line.
fn import_edit(text: &str, path: &str) -> TextEdit {
    let mut at = 0usize;
    let mut place = None;
    for line in text.split_inclusive('\n') {
        let end = at + line.trim_end_matches(['\n', '\r']).len();
        if line.starts_with("import ") {
            place = Some((end, format!("\nimport {path}")));
        } else if line.starts_with("package ") && place.is_none() {
            place = Some((end, format!("\n\nimport {path}")));
        }
        at += line.len();
    }
    let (at, text) = place.unwrap_or((0, format!("import {path}\n")));
    TextEdit { span: Span::new(at, at), text }
}

pub(crate) fn resolve_completion(snapshot: &Snapshot, file: &Arc<File>, data: &str) -> Option<String> {
    let (what, rest) = data.split_once(':')?;
    let path = || -> Option<Vec<String>> {
        let value = Value::from_json(rest).ok()?;
        value.as_array()?.iter().map(|p| p.as_text().map(str::to_owned)).collect()
    };
    match what {
        "builtin" => Some(hover::builtin(sigs::find(rest)?)),
        "keyword" => contract::KEYWORDS.iter().find(|(word, _)| *word == rest).map(|(_, doc)| (*doc).to_owned()),
        "input" => {
            let path = path()?;
            let pin = snapshot.root_of(&file.path).and_then(|root| snapshot.pin(&root.path));
            let pinned = pin.and_then(|pin| {
                let input = Value::from_json(&pin.json).ok()?;
                Some(format!("In {}: `{}`", pin.from, short(value_at(&input, &path)?, 400)))
            });
            let parts: Vec<String> = [hover::of_input(&path), pinned].into_iter().flatten().collect();
            Some(parts.join("\n\n")).filter(|text| !text.is_empty())
        }
        "path" => {
            let here = Here::within(recent(snapshot, file)?, file)?;
            Some(hover::path_hover(snapshot, &here, &path()?, None, None)).filter(|text| !text.is_empty())
        }
        _ => None,
    }
}
