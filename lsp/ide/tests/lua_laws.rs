//! Laws of EchoLua answers over random programs and broken texts: renaming keeps the program, and
//! nothing panics.

mod fixture;

use fixture::Fixture;
use gatos_compiler::{Options, Source, compile, no_modules};
use gatos_ide::Goto;
use gatos_syntax::span::Span;
use proptest::prelude::*;

/// A small program: what a list of numbers decides, always valid.
struct Writer<'a> {
    choices: std::slice::Iter<'a, u16>,
    out: String,
    /// Names in scope, by function depth.
    names: Vec<String>,
    depth: usize,
    labels: u32,
}

const NAMES: [&str; 6] = ["a", "b", "count", "item", "x", "total"];

impl Writer<'_> {
    fn pick(&mut self, n: usize) -> usize {
        self.choices.next().map_or(0, |c| *c as usize % n)
    }

    fn line(&mut self, text: &str) {
        self.out.push_str(&"  ".repeat(self.depth));
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn expr(&mut self, deep: usize) -> String {
        match self.pick(if deep > 2 { 3 } else { 8 }) {
            0 | 1 if !self.names.is_empty() => {
                let i = self.pick(self.names.len());
                self.names[i].clone()
            }
            2 => format!("{}", self.pick(100)),
            3 => format!("({} + {})", self.expr(deep + 1), self.expr(deep + 1)),
            4 => format!("{{ {} = {}, [1] = {} }}", NAMES[self.pick(6)], self.expr(deep + 1), self.expr(deep + 1)),
            5 => format!("type({})", self.expr(deep + 1)),
            6 => {
                let name = NAMES[self.pick(6)];
                self.names.push(name.to_owned());
                let body = self.expr(deep + 1);
                self.names.pop();
                format!("(function({name}) return {body} end)({})", self.expr(deep + 1))
            }
            7 => format!("#{{ {} }}", self.expr(deep + 1)),
            _ => "nil".to_owned(),
        }
    }

    fn block(&mut self, left: usize) {
        let known = self.names.len();
        self.depth += 1;
        for _ in 0..1 + self.pick(3) {
            self.stmt(left);
        }
        self.depth -= 1;
        self.names.truncate(known);
    }

    fn stmt(&mut self, left: usize) {
        let name = NAMES[self.pick(6)];
        match self.pick(if left == 0 { 4 } else { 10 }) {
            0 | 1 => {
                let value = self.expr(0);
                self.line(&format!("local {name} = {value}"));
                self.names.push(name.to_owned());
            }
            2 if !self.names.is_empty() => {
                let i = self.pick(self.names.len());
                let (target, value) = (self.names[i].clone(), self.expr(0));
                self.line(&format!("{target} = {value}"));
            }
            3 => {
                let value = self.expr(0);
                self.line(&format!("print({value})"));
            }
            4 => {
                self.line(&format!("local function {name}(x, b)"));
                self.names.push(name.to_owned());
                let known = self.names.len();
                self.names.extend(["x".to_owned(), "b".to_owned()]);
                self.block(left - 1);
                self.names.truncate(known);
                self.line("end");
            }
            5 => {
                self.line(&format!("for {name} = 1, 3 do"));
                self.names.push(name.to_owned());
                self.block(left - 1);
                self.names.pop();
                self.line("end");
            }
            6 => {
                let cond = self.expr(1);
                self.line(&format!("if {cond} then"));
                self.block(left - 1);
                self.line("else");
                self.block(left - 1);
                self.line("end");
            }
            7 => {
                self.line(&format!("for k, {name} in ipairs({{ 1, 2 }}) do"));
                self.names.extend(["k".to_owned(), name.to_owned()]);
                self.block(left - 1);
                self.names.truncate(self.names.len() - 2);
                self.line("end");
            }
            8 => {
                self.labels += 1;
                let label = format!("l{}", self.labels);
                self.line("do");
                self.line(&format!("  goto {label}"));
                self.line(&format!("  ::{label}::"));
                self.line("end");
            }
            _ if left == 0 => self.line("print()"),
            _ => {
                self.line("repeat");
                let cond = self.names.last().cloned().unwrap_or("true".into());
                self.block(left - 1);
                self.line(&format!("until {cond}"));
            }
        }
    }
}

fn program(choices: &[u16]) -> String {
    let mut w = Writer { choices: choices.iter(), out: String::new(), names: Vec::new(), depth: 0, labels: 0 };
    for _ in 0..6 {
        w.stmt(3);
    }
    w.out
}

fn elc(text: &str) -> Option<Vec<u8>> {
    let compiled = compile(Source { name: "p.lua", text }, &no_modules, &Options::default());
    compiled.program.map(|p| p.bytes)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// Renaming any local or label to a new name gives the same program, changes as many places as there are
    /// references, and renaming back gives the same text.
    #[test]
    fn renaming_keeps_the_program(choices in prop::collection::vec(any::<u16>(), 40..160), at in any::<prop::sample::Index>()) {
        let text = program(&choices);
        let before = elc(&text);
        prop_assert!(before.is_some(), "the generator writes valid programs:\n{text}");
        // Every word could be asked about; a few are enough for each program.
        let words: Vec<usize> = text
            .char_indices()
            .filter(|(i, c)| c.is_ascii_alphabetic() && !text[..*i].ends_with(|b: char| b.is_ascii_alphanumeric() || b == '_'))
            .map(|(i, _)| i)
            .collect();
        for step in 0..4 {
            let at = words[(at.index(words.len()) + step * 7) % words.len()] as u32;
            let mut f = Fixture::new("");
            let path = f.path.clone();
            f.change(&path, &text);
            let (snapshot, file) = (f.snapshot(), f.file());
            if gatos_ide::prepare_rename(&snapshot, &file, at).is_err() {
                continue;
            }
            let references = gatos_ide::references(&snapshot, &file, at, true);
            let edit = match gatos_ide::rename(&snapshot, &file, at, "fresh_name") {
                Ok(edit) => edit,
                // Fields of tables that are handed on cannot be renamed; locals always can.
                Err(why) => {
                    prop_assert!(why.contains("not all uses"), "{why} at {at} in\n{text}");
                    continue;
                }
            };
            let changed: usize = edit.edits.iter().map(|(_, e)| e.len()).sum();
            prop_assert_eq!(changed, references.len(), "at {} in\n{}", at, text);
            let old = {
                let end = text[at as usize..].find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(0);
                text[at as usize..at as usize + end].to_owned()
            };
            let first = edit.edits[0].1[0].span.start;
            f.apply(&edit);
            let renamed = f.texts[&path].clone();
            let is_field = elc(&renamed) != before;
            if is_field {
                // Names of fields are part of the program, names of locals are not.
                let is_key = text[at as usize + old.len()..].trim_start().starts_with('=') && !text[..at as usize].trim_end().ends_with("local");
                prop_assert!(is_key, "another program: {} at {}\n{}\n---\n{}", old, at, text, renamed);
            }
            let (snapshot, file) = (f.snapshot(), f.file());
            let back = gatos_ide::rename(&snapshot, &file, first, &old);
            // The old name may be refused where it hid another local; then it was there before.
            if let Ok(back) = back {
                f.apply(&back);
                prop_assert_eq!(&f.texts[&path], &text);
            } else {
                let why = back.unwrap_err();
                prop_assert!(why.contains("hides") || why.contains("something else"), "{}", why);
            }
        }
    }

    /// Whatever the text and the place, every question has an answer.
    #[test]
    fn nothing_panics(choices in prop::collection::vec(any::<u16>(), 20..80), cuts in prop::collection::vec((any::<u16>(), 0usize..12), 0..6), at in any::<u16>(), end in any::<u16>()) {
        const JUNK: [&str; 12] = ["", ".", ":", "(", "end", "\"", "--[[", "{", "function ", "event.payload.", "é", "goto "];
        let mut text = format!("local M = {{}}\nfunction M.fold(state, event)\n{}return state\nend\nreturn M\n", program(&choices));
        for (place, junk) in cuts {
            let mut from = place as usize % (text.len() + 1);
            while !text.is_char_boundary(from) {
                from -= 1;
            }
            let mut to = (from + junk).min(text.len());
            while !text.is_char_boundary(to) {
                to += 1;
            }
            text.replace_range(from..to, JUNK[junk]);
        }
        let f = {
            let mut f = Fixture::new("");
            let path = f.path.clone();
            f.change(&path, &text);
            f
        };
        let (s, file) = (f.snapshot(), f.file());
        let a = u32::from(at) % (text.len() as u32 + 3);
        let b = u32::from(end) % (text.len() as u32 + 3);
        let range = Span { start: a.min(b), end: a.max(b) };
        let inside = |span: Span| span.start <= span.end && text.get(span.range()).is_some();
        for d in gatos_ide::diagnostics(&s, &file) {
            prop_assert!(inside(d.span), "{:?}", d);
        }
        gatos_ide::hover(&s, &file, a);
        for item in gatos_ide::completions(&s, &file, a, None).items {
            prop_assert!(inside(item.replace), "{:?}", item);
            gatos_ide::resolve_completion(&s, &file, &item.resolve);
        }
        gatos_ide::signature_help(&s, &file, a);
        for way in [Goto::Definition, Goto::Declaration, Goto::TypeDefinition, Goto::Implementation] {
            gatos_ide::goto(&s, &file, a, way);
        }
        gatos_ide::references(&s, &file, a, true);
        gatos_ide::highlights(&s, &file, a);
        let _ = gatos_ide::prepare_rename(&s, &file, a);
        let _ = gatos_ide::rename(&s, &file, a, "other");
        gatos_ide::symbols(&s, &file);
        gatos_ide::exported(&s, &file);
        let tokens = gatos_ide::tokens(&s, &file, None);
        for w in tokens.windows(2) {
            prop_assert!(w[0].span.end <= w[1].span.start, "tokens overlap: {:?}", w);
        }
        for t in &tokens {
            prop_assert!(inside(t.span) && !text[t.span.range()].contains('\n'), "{:?}", t);
        }
        gatos_ide::foldings(&s, &file);
        let around = gatos_ide::selections(&s, &file, a);
        for w in around.windows(2) {
            prop_assert!(w[1].start <= w[0].start && w[0].end <= w[1].end, "{:?}", w);
        }
        gatos_ide::inlay_hints(&s, &file, range);
        for action in gatos_ide::code_actions(&s, &file, range) {
            for (_, edits) in &action.edit.edits {
                fixture::applied(&text, edits);
            }
        }
        for item in gatos_ide::call_items(&s, &file, a) {
            gatos_ide::incoming_calls(&s, &file, &item.data);
            gatos_ide::outgoing_calls(&s, &file, &item.data);
        }
        gatos_ide::links(&s, &file);
        gatos_ide::lenses(&s, &file);
    }
}
