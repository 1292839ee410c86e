//! Runs each program on EchoLua and on the peer, in turn, and prints CPU times and ratios.

use gatos_compiler::pipeline::{Options, Source, compile, no_modules};
use gatos_echo::{Limits, Script, Silent};
use std::path::PathBuf;
use std::time::Duration;

#[cfg(feature = "luajit")]
const PEER: &str = "LuaJIT";
#[cfg(feature = "luau")]
const PEER: &str = "Luau";
#[cfg(feature = "lua54")]
const PEER: &str = "PUC Lua 5.4";

/// CPU time of this process, user and system.
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let ns = stat.split_whitespace().next().and_then(|n| n.parse().ok()).unwrap_or(0);
    Duration::from_nanos(ns)
}

fn timed<T>(f: impl FnOnce() -> T) -> (T, Duration) {
    let before = cpu();
    let r = f();
    (r, cpu().saturating_sub(before))
}

fn echo(name: &str, source: &str, n: i64) -> (String, Duration) {
    let compiled = compile(Source { name, text: source }, &no_modules, &Options::default());
    let program = compiled.program.unwrap_or_else(|| panic!("{name}: {:?}", compiled.diagnostics));
    let (mut script, _) = Script::run(&program.program, Limits::UNLIMITED, Box::new(Silent)).unwrap_or_else(|e| panic!("{name}: {e}"));
    let args = format!("[{n}]");
    let (r, t) = timed(|| script.call("run", args.as_bytes()));
    (r.unwrap_or_else(|e| panic!("{name}: {e}")), t)
}

fn peer(name: &str, source: &str, n: i64) -> (String, Duration) {
    let lua = mlua::Lua::new();
    lua.load(source).set_name(name).exec().unwrap_or_else(|e| panic!("{name}: {e}"));
    let run: mlua::Function = lua.globals().get("run").expect("run");
    let (r, t) = timed(|| run.call::<mlua::Value>(n));
    let text = match r.unwrap_or_else(|e| panic!("{name}: {e}")) {
        mlua::Value::Integer(i) => i.to_string(),
        mlua::Value::Number(x) => format!("{x:.0}"),
        mlua::Value::String(s) => format!("\"{}\"", s.to_string_lossy()),
        other => format!("{other:?}"),
    };
    (text, t)
}

fn main() {
    let mut rounds = 3;
    let mut only = Vec::new();
    let mut args = std::env::args().skip(1);
    while let Some(a) = args.next() {
        if a == "--rounds" {
            rounds = args.next().and_then(|n| n.parse().ok()).unwrap_or(rounds);
        } else {
            only.push(a);
        }
    }
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("programs");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&dir).expect("programs").filter_map(|e| Some(e.ok()?.path())).filter(|p| p.extension().is_some_and(|e| e == "lua")).collect();
    files.sort();
    println!("{:<12} {:>12} {:>12} {:>8}   best of {rounds} rounds, CPU ms; ratio = {PEER} / EchoLua", "program", "EchoLua", PEER, "ratio");
    let (mut product, mut count) = (0.0f64, 0);
    for f in files {
        let name = f.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if !only.is_empty() && !only.contains(&name) {
            continue;
        }
        let source = std::fs::read_to_string(&f).expect("readable");
        let n: i64 = source.split("n=").nth(1).and_then(|s| s.split_whitespace().next()).and_then(|s| s.parse().ok()).expect("n= in line 1");
        let (mut a, mut b) = (Duration::MAX, Duration::MAX);
        for _ in 0..rounds {
            let (x, t) = echo(&name, &source, n);
            let (y, u) = peer(&name, &source, n);
            assert_eq!(x, y, "{name}: the checksums differ");
            a = a.min(t);
            b = b.min(u);
        }
        let ratio = b.as_secs_f64() / a.as_secs_f64();
        product += ratio.ln();
        count += 1;
        println!("{:<12} {:>12.1} {:>12.1} {:>8.2}", name, a.as_secs_f64() * 1e3, b.as_secs_f64() * 1e3, ratio);
    }
    if count > 0 {
        println!("geometric mean of the ratios: {:.2}", (product / f64::from(count)).exp());
    }
}
