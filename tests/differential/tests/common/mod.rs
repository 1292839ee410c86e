//! Running a script on our side, and the same script in PUC Lua.

use gatos_compiler::{KindChoice, Options, Source, compile, no_modules};
use gatos_syntax::diagnostic::Severity;
use gatos_vm::{Limits, Silent, Tag, Value, Vm};

/// Why a script gave nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Failed {
    /// It does not compile.
    Compile(String),
    /// It raised an error.
    Run(String),
}

/// Runs a script that returns an array of strings.
pub fn ours(source: &str) -> Result<Vec<String>, Failed> {
    let options = Options { kind: KindChoice::Script, ..Options::default() };
    let compiled = compile(Source { name: "script.lua", text: source }, &no_modules, &options);
    let Some(program) = compiled.program else {
        let messages: Vec<String> = compiled
            .diagnostics
            .iter()
            .map(|d| &d.diagnostic)
            .filter(|d| d.severity == Severity::Error)
            .map(|d| format!("{} {}", d.code, d.message))
            .collect();
        return Err(Failed::Compile(messages.join("\n")));
    };
    let mut vm = Vm::new(&program.program, &gatos_stdlib::library(), Limits::DEFAULT, Box::new(Silent))
        .map_err(|e| Failed::Run(e.to_string()))?;
    let main = vm.main();
    let results = vm.call_outer(main, &[]).map_err(|f| Failed::Run(f.message))?;
    let list = results.first().copied().unwrap_or(Value::NIL);
    assert_eq!(list.tag(), Tag::Table, "the script must return an array");
    let item = |i| String::from_utf8_lossy(vm.raw_get_int(list, i).str_bytes()).into_owned();
    Ok((1..=vm.border(list)).map(item).collect())
}

/// Runs the same in PUC Lua.
#[allow(dead_code)] // each test file is its own program, and not all compare
pub fn puc(source: &str) -> Result<Vec<String>, Failed> {
    let lua = mlua::Lua::new();
    let list: mlua::Table = lua.load(source).eval().map_err(|e| Failed::Run(e.to_string()))?;
    Ok(list
        .sequence_values::<mlua::LuaString>()
        .map(|s| String::from_utf8_lossy(&s.unwrap().as_bytes()).into_owned())
        .collect())
}
