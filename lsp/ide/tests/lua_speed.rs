//! How long answers about a large EchoLua file take. Ignored: it prints times, and asserts none, because
//! machines differ; `cargo test --release -p gatos-ide --test lua_speed -- --ignored --nocapture`.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "it measures and prints")]

mod fixture;

use fixture::Fixture;
use gatos_syntax::span::Span;
use std::fmt::Write as _;
use std::time::Instant;

/// A fold of about as many lines, of the kind that people write.
fn large(lines: usize) -> String {
    let mut out =
        String::from("local M = {}\n\nfunction M.init()\n  return { count = 0, by_kind = {}, names = {} }\nend\n\n");
    for i in 0..lines / 20 {
        let call = if i == 0 { "0".to_owned() } else { format!("step_{}(state, n - 1)", i - 1) };
        write!(
            out,
            "-- Counts what belongs to {i}.\nlocal function step_{i}(state, n)\n  local seen = state.by_kind[\"k{i}\"] or 0\n  \
             for j = 1, 10 do\n    if j % 2 == 0 then\n      seen = seen + n * {i}\n    elseif n > {i} then\n      seen = seen - j\n    \
             end\n  end\n  local name = string.format(\"%s-%d\", \"step\", n)\n  state.by_kind[\"k{i}\"] = seen\n  \
             state.names[name] = {{ first = n, last = seen }}\n  if seen > 100 then\n    return {call}\n  end\n  return seen, name\nend\n\n"
        )
        .expect("a string takes all");
    }
    let last = lines / 20 - 1;
    write!(
        out,
        "function M.fold(state, event)\n  local n = #event.type\n  state.count = state.count + (step_{last}(state, n))\n  return state\nend\n\nreturn M\n"
    )
    .expect("a string takes all");
    out
}

/// Nanoseconds that this thread ran, where the system tells: others may use the machine too.
fn ran() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok()
}

fn timed<T>(what: &str, f: impl FnOnce() -> T) -> T {
    let (start, before) = (Instant::now(), ran());
    let out = f();
    let wall = start.elapsed().as_secs_f64() * 1_000.0;
    let own = before.zip(ran()).map_or(wall, |(a, b)| (b - a) / 1e6);
    println!("{what:<40} {own:>9.2} ms ({wall:.2} ms by the clock)");
    out
}

#[test]
#[ignore = "prints times"]
fn a_large_file() {
    // 200 locals at most fit in a function, so the functions stand in blocks of their own.
    let text = large(3_900);
    println!("{} lines, {} bytes", text.lines().count(), text.len());
    let mut f = Fixture::new("");
    let path = f.path.clone();
    let place = text.find("local name = ").expect("a place") as u32;
    for round in 0..3 {
        println!("-- round {round}");
        let typed = format!("{text}-- {round}\n");
        f.change(&path, &typed);
        let (s, file) = (f.snapshot(), f.file());
        let source = gatos_compiler::Source { name: "m.lua", text: &typed };
        let front = timed("(reading and judging alone)", || {
            gatos_compiler::front(
                source,
                gatos_compiler::FileRole::Main,
                &gatos_compiler::no_modules,
                &Default::default(),
            )
        });
        timed("(lowering alone)", || gatos_compiler::lower_front(&front));
        timed("(inference alone)", || gatos_analysis::analyse(&front, &Default::default()));
        let found = timed("diagnostics", || gatos_ide::diagnostics(&s, &file));
        println!("{} messages: {:?}", found.len(), found.first().map(|d| &d.message));
        timed("completion of names", || gatos_ide::completions(&s, &file, place, None));
        timed("tokens", || gatos_ide::tokens(&s, &file, None));
        timed("symbols", || gatos_ide::symbols(&s, &file));
        timed("foldings", || gatos_ide::foldings(&s, &file));
        timed("hover", || gatos_ide::hover(&s, &file, place + 7));
        timed("hints of a screen", || gatos_ide::inlay_hints(&s, &file, Span { start: place, end: place + 2_000 }));
        timed("lenses", || gatos_ide::lenses(&s, &file));
        timed("actions", || gatos_ide::code_actions(&s, &file, Span { start: place, end: place }));
        timed("references", || gatos_ide::references(&s, &file, place + 7, true));
        // What is typed breaks the file.
        let mut broken = typed.clone();
        broken.insert_str(place as usize, "state.\n  ");
        f.change(&path, &broken);
        let (s, file) = (f.snapshot(), f.file());
        timed("completion of names, cold", || gatos_ide::completions(&s, &file, place, None));
        f.change(&path, &broken.clone());
        let (s, file) = (f.snapshot(), f.file());
        let items = timed("completion of fields, cold", || gatos_ide::completions(&s, &file, place + 6, Some('.')));
        println!("{} items", items.items.len());
        timed("completion of fields, again", || gatos_ide::completions(&s, &file, place + 6, Some('.')));
        timed("diagnostics of the broken file", || gatos_ide::diagnostics(&s, &file));
    }
}
