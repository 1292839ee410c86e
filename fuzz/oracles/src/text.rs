//! Laws of source text: any text gets an answer, and what compiles is a program whose bytes,
//! listing and behaviour hold together.

use crate::choices::Choices;
use crate::observe;
use crate::program;
use gatos_compiler::pipeline::{Compiled, Options, Source, compile, no_modules};
use gatos_compiler::render::{Form, render};
use gatos_elc::{decode, disasm, encode, load};
use gatos_syntax::diagnostic::Diagnostic;

/// Text as a fuzzer means it: bytes that are not UTF-8 are replaced.
fn text(data: &[u8]) -> String {
    String::from_utf8_lossy(data).into_owned()
}

fn inside(text: &str, d: &Diagnostic) {
    for span in [d.span].into_iter().chain(d.related.iter().map(|l| l.span)) {
        assert!(
            text.get(span.range()).is_some(),
            "{} points at {span:?} of {} bytes: {}",
            d.code,
            text.len(),
            d.message
        );
    }
    for edit in d.fixes.iter().flat_map(|f| &f.edits) {
        assert!(text.get(edit.span.range()).is_some(), "{} edits {:?} of {} bytes", d.code, edit.span, text.len());
    }
}

/// Any text parses to a tree, and every message points into the text.
pub fn oracle_parse(data: &[u8]) {
    let text = text(data);
    let parsed = gatos_syntax::echolua::parse(&text);
    parsed.diagnostics.iter().for_each(|d| inside(&text, d));
    assert_eq!(parsed, gatos_syntax::echolua::parse(&text));
}

/// Compiles, checks the messages and their three forms.
fn compiled(text: &str) -> Compiled {
    let c = compile(Source { name: "a.lua", text }, &no_modules, &Options::default());
    c.diagnostics.iter().for_each(|d| inside(text, &d.diagnostic));
    assert_eq!(c.program.is_none(), c.has_errors(), "a program or an error, and not both");
    for form in [Form::Human { color: false }, Form::Short, Form::Json] {
        assert!(c.diagnostics.is_empty() || !render(&c, form).is_empty());
    }
    c
}

fn law(text: &str) {
    let Some(p) = compiled(text).program else { return };
    let again = compiled(text).program.map(|p| p.bytes);
    assert_eq!(again.as_deref(), Some(&p.bytes[..]), "compiling twice gives two programs");
    let decoded = decode(&p.bytes).expect("what the compiler wrote can be read");
    assert_eq!(encode(&decoded), p.bytes);
    let loaded = load(&p.bytes).expect("what the compiler wrote verifies");
    assert_eq!((loaded.fold_root(), &loaded.to_bytes()), (p.fold_root, &p.bytes));
    assert!(p.map.belongs_to(&loaded));
    assert!(!disasm(&decoded, Some(&p.map)).is_empty());
    let seen = observe::check(&loaded);
    assert_eq!(seen, observe::run(&p.program, observe::SMALL), "the compiled and the loaded program differ");
}

/// Any text compiles or is refused with a message; what compiles behaves.
pub fn oracle_compile_run(data: &[u8]) {
    law(&text(data));
}

/// The same for text that the bytes only choose, so that it always parses.
pub fn oracle_program_run(data: &[u8]) {
    let source = program::script(&mut Choices::new(data));
    law(&source);
}
