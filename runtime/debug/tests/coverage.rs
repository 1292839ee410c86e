//! What coverage says of small programs, line by line and way by way.

use gatos_compiler::rgs::PolicyOptions;
use gatos_compiler::{CompiledProgram, KindChoice, Options, Source, compile, no_modules};
use gatos_debug::coverage::{FileCoverage, Hits, Recorder, lcov, merge, report};
use gatos_echo::{Limits, Script, Silent};
use gatos_vm::{Input, Question, Vm};

fn script(text: &str) -> CompiledProgram {
    let options = Options { kind: KindChoice::Script, ..Options::default() };
    let done = compile(Source { name: "a.lua", text }, &no_modules, &options);
    done.program.unwrap_or_else(|| panic!("{:?}", done.diagnostics))
}

fn hits(program: &CompiledProgram) -> Hits {
    let mut recorder = Recorder::new();
    let ran = Script::run_watched(&program.program, Limits::DEFAULT, Box::new(Silent), Some(&mut recorder));
    ran.map(|_| ()).unwrap();
    recorder.into_hits()
}

fn cover(text: &str) -> FileCoverage {
    let program = script(text);
    report(&program.map, program.program.program(), &hits(&program)).remove(0)
}

/// `line:hits` of every line with code.
fn lines(file: &FileCoverage) -> String {
    file.lines.iter().map(|(line, hits)| format!("{line}:{hits}")).collect::<Vec<_>>().join(" ")
}

/// `line.block:on/away` of every condition.
fn branches(file: &FileCoverage) -> String {
    let pair =
        |b: &[gatos_debug::coverage::Branch]| format!("{}.{}:{}/{}", b[0].line, b[0].block, b[0].hits, b[1].hits);
    file.branches.chunks(2).map(pair).collect::<Vec<_>>().join(" ")
}

#[test]
fn lines_and_ways_of_a_script() {
    let file = cover(
        "local function sign(n)
  if n > 0 then
    return 1
  elseif n < 0 then
    return -1
  end
  return 0
end
local sum = 0
for i = 1, 5 do
  sum = sum + sign(i)
end
return sum, sign(0)
",
    );
    assert_eq!(lines(&file), "1:1 2:6 3:5 4:1 5:0 7:1 9:1 10:5 11:5 13:1", "{file:?}");
    // Both ways of the first condition; the second is reached once and goes away; the loop is entered.
    assert_eq!(branches(&file), "2.0:5/1 4.0:0/1 10.0:1/0");
    assert_eq!(file.functions.len(), 1);
    assert_eq!((file.functions[0].name.as_str(), file.functions[0].line, file.functions[0].hits), ("sign", 1, 6));
    assert_eq!(file.lines_hit(), (9, 10));
}

#[test]
fn conditions_of_one_line_are_told_apart() {
    let file = cover(
        "local function f(a, b)
  return a and b
end
f(1, 2)
f(nil, 2)
local function g(a, b) if a == 1 or b == 2 then return 1 end return 2 end
return g(1, 0), g(0, 2), g(1, 2)
",
    );
    let text = branches(&file);
    assert!(text.contains("6.0:") && text.contains("6.1:"), "{text}");
    // `a == 1` held twice and failed once; `b == 2` was asked once, and held.
    let of = |block: u32| -> Vec<u64> {
        file.branches.iter().filter(|b| b.line == 6 && b.block == block).map(|b| b.hits).collect()
    };
    let mut first = of(0);
    first.sort_unstable();
    assert_eq!(first, [1, 2]);
    let mut second = of(1);
    second.sort_unstable();
    assert_eq!(second, [0, 1]);
}

#[test]
fn code_that_nobody_reaches_is_there_with_nothing() {
    let file =
        cover("local function never(x)\n  if x then\n    return 1\n  end\n  return 2\nend\nreturn type(never)\n");
    assert_eq!(file.lines.get(&3), Some(&0));
    assert!(file.branches.iter().all(|b| !b.is_reached && b.hits == 0), "{file:?}");
    let text = lcov(&[file]);
    assert!(text.contains("BRDA:2,0,0,-\n"), "{text}");
    assert!(text.contains("FNDA:0,never\n"), "{text}");
    assert!(text.contains("DA:3,0\n"), "{text}");
}

#[test]
fn reports_of_one_file_join() {
    let text = "local n = select('#', ...)\nif n == 0 then\n  return 'none'\nend\nreturn 'some'\n";
    let program = script(text);
    let one = report(&program.map, program.program.program(), &hits(&program));
    let mut twice = hits(&program);
    twice.add(&hits(&program));
    let mut joined = one.clone();
    merge(&mut joined, one);
    assert_eq!(joined, report(&program.map, program.program.program(), &twice));
}

const POLICY: &str = "package gatos.exec

allow if {
\tinput.user == \"ann\"
\tinput.n > 3
}

allow if input.admin

deny contains \"too many\" if {
\tinput.n > 100
}
";

#[test]
fn rules_of_a_policy_hold_or_fail() {
    let done =
        gatos_compiler::rgs::compile(&[Source { name: "exec.rgs", text: POLICY }], None, &PolicyOptions::default());
    let policy = done.program.unwrap_or_else(|| panic!("{:?}", done.diagnostics));
    let library = gatos_stdlib::rgs::library();
    let mut vm = Vm::new(&policy.program, &library, Limits::DEFAULT, Box::new(Silent)).unwrap();
    vm.load_data(b"{}").unwrap();
    let mut recorder = Recorder::new();
    for input in [r#"{"user":"ann","n":4}"#, r#"{"user":"bob","n":4}"#, r#"{"user":"ann","n":1}"#] {
        vm.begin_decision(Input::Json(input.as_bytes())).unwrap();
        for name in ["allow", "deny"] {
            let id = vm.find_document(&["gatos", "exec", name]).unwrap();
            vm.ask_traced(Question::Document(id), &mut recorder).unwrap();
        }
    }
    let file = report(&policy.map, policy.program.program(), recorder.hits()).remove(0);
    let held: Vec<(&str, u64)> = file.functions.iter().map(|f| (f.name.as_str(), f.hits)).collect();
    assert_eq!(held, [("gatos.exec.allow#1", 1), ("gatos.exec.allow#2", 0), ("gatos.exec.deny#1", 0)]);
    let ways = |line: u32| -> Vec<u64> { file.branches.iter().filter(|b| b.line == line).map(|b| b.hits).collect() };
    assert_eq!(ways(4), [2, 1], "{file:?}");
    assert_eq!(ways(5), [1, 1], "{file:?}");
    assert_eq!(ways(11), [0, 3], "{file:?}");
    assert!(lcov(&[file]).contains("SF:exec.rgs\n"));
}
