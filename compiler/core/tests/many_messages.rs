//! A file with a mistake in every word is told about in bounded time and space.

use gatos_compiler::pipeline::{Options, Source, check, no_modules};
use gatos_compiler::render::{Form, MOST_DRAWN, render};

#[test]
fn drawings_stop_and_the_rest_is_counted() {
    let text: String = (0..1_000).map(|n| format!("local a{n} = missing{n}\n")).collect();
    let compiled = check(Source { name: "many.lua", text: &text }, &no_modules, &Options::default());
    assert!(compiled.diagnostics.len() > 900, "{}", compiled.diagnostics.len());
    let drawn = render(&compiled, Form::Human { color: false });
    let rest = compiled.diagnostics.len() - MOST_DRAWN;
    assert!(drawn.ends_with(&format!("… and {rest} more messages\n")), "{}", &drawn[drawn.len() - 100..]);
    assert_eq!(render(&compiled, Form::Short).lines().count(), compiled.diagnostics.len());
}
