//! Who watches is told of every call, whoever makes it, and of errors while the calls are there.

use gatos_compiler::{KindChoice, Options, Source, compile, no_modules};
use gatos_elc::SourceMap;
use gatos_vm::{Limits, Raised, Silent, Tracer, Value, View, Vm};

/// Writes down what it is told.
struct Notes<'a> {
    map: &'a SourceMap,
    told: Vec<String>,
    /// Ends the run after so many ops.
    most: u64,
    ops: u64,
}

impl Notes<'_> {
    fn name(&self, proto: u32) -> String {
        self.map.name(proto).unwrap_or("?").to_owned()
    }

    fn stack(&self, view: View<'_>) -> String {
        let names = std::iter::successors(Some(view), View::caller).map(|v| self.name(v.proto()));
        names.collect::<Vec<_>>().join("<")
    }
}

impl Tracer for Notes<'_> {
    fn op(&mut self, view: View<'_>) {
        self.ops += 1;
        assert!(view.depth() >= 1 && view.op() > 0);
    }
    fn enter(&mut self, view: View<'_>) {
        self.told.push(format!("+{}", self.stack(view)));
    }
    fn leave(&mut self, vm: &Vm, proto: u32, result: Value) {
        let mut text = Vec::new();
        vm.push_text(&mut text, result);
        self.told.push(format!("-{} {}", self.name(proto), String::from_utf8_lossy(&text)));
    }
    fn raise(&mut self, raised: Raised, view: View<'_>) {
        let what = match (raised.limit, raised.value) {
            (Some(limit), _) => limit.name().to_owned(),
            (_, value) => value.and_then(Value::as_str).map_or("?".into(), |b| String::from_utf8_lossy(b).into_owned()),
        };
        let caught = if raised.is_caught { " (caught)" } else { "" };
        self.told.push(format!("!{what}{caught} in {}", self.stack(view)));
    }
    fn is_done(&self) -> bool {
        self.ops >= self.most
    }
}

fn watch(text: &str, most: u64) -> (Vec<String>, bool, u64) {
    let options = Options { kind: KindChoice::Script, ..Options::default() };
    let done = compile(Source { name: "t.lua", text }, &no_modules, &options);
    let done = done.program.unwrap_or_else(|| panic!("{:?}", done.diagnostics));
    let limits = Limits { fuel: 100_000, depth: 60, memory: 1 << 20 };
    let run = |tracer: Option<&mut Notes<'_>>| {
        let mut vm = Vm::new(&done.program, &gatos_stdlib::library(), limits, Box::new(Silent)).unwrap();
        vm.open();
        let main = vm.main();
        let result = match tracer {
            Some(notes) => vm.traced(notes, |vm| vm.call_continued(main, &[])),
            None => vm.call_continued(main, &[]),
        };
        (result.is_ok(), vm.usage().fuel)
    };
    let mut notes = Notes { map: &done.map, told: Vec::new(), most, ops: 0 };
    let (is_ok, fuel) = run(Some(&mut notes));
    if most == u64::MAX {
        assert_eq!((is_ok, fuel), run(None), "watching changes nothing");
    }
    (notes.told, is_ok, notes.ops)
}

#[test]
fn calls_are_told_whoever_makes_them() {
    let (told, is_ok, _) = watch(
        "local function plus(a, b) return 10 end
local function less(a, b) return a < b end
local function iter(s, i) if i < 1 then return i + 1 end end
local function inner(n) return n end
local function tail(n) return inner(n) end
local t = setmetatable({}, { __add = plus })
local sum = t + 1
table.sort({ 2, 1 }, less)
for i in iter, nil, 0 do sum = sum + i end
sum = sum + tail(5)
pcall(inner, 7)
return sum
",
        u64::MAX,
    );
    assert!(is_ok);
    assert_eq!(
        told,
        [
            "+<main>",
            "+plus<<main>",
            "-plus 10",
            "+less<<main>",
            "-less ",
            "+iter<<main>",
            "-iter 1",
            "+iter<<main>",
            "-iter ",
            // A tail call takes the place of its caller, which is not left.
            "+tail<<main>",
            "+inner<<main>",
            "-inner 5",
            "+inner<<main>",
            "-inner 7",
            "-<main> 16",
        ]
    );
}

#[test]
fn errors_are_told_while_all_calls_are_there() {
    let (told, is_ok, _) = watch(
        "local function bad() error('no') end
local function outer() bad() end
pcall(outer)
xpcall(outer, function(e) return e .. '!' end)
table.sort({ 2, 1 }, outer)
",
        u64::MAX,
    );
    assert!(!is_ok);
    let raised: Vec<&str> = told.iter().filter(|t| t.starts_with('!')).map(String::as_str).collect();
    assert_eq!(raised[0], "!no (caught) in bad<outer<<main>");
    assert_eq!(raised[1], "!no (caught) in bad<outer<<main>");
    // Through the library function it comes up once more, with the calls that are left.
    assert_eq!(raised[2..], ["!no in bad<outer<<main>", "!no in <main>"]);
    assert!(told.iter().any(|t| t.starts_with("+function at line 4<")), "{told:?}");
}

#[test]
fn limits_are_told_and_nothing_catches_them() {
    let (told, is_ok, _) = watch("local function down() return 1 + down() end\nreturn pcall(down)\n", u64::MAX);
    assert!(!is_ok);
    let raised: Vec<&String> = told.iter().filter(|t| t.starts_with('!')).collect();
    assert_eq!(raised.len(), 1);
    assert!(raised[0].starts_with("!depth in down<down<"), "{}", raised[0]);
    let (told, _, _) = watch("while true do end", u64::MAX);
    assert_eq!(told.last().map(String::as_str), Some("!fuel in <main>"));
}

#[test]
fn whoever_watches_can_end_the_run_and_no_pcall_stops_that() {
    let (told, is_ok, ops) = watch("local n = 0\nwhile true do pcall(function() n = n + 1 end) end\n", 500);
    assert!(!is_ok);
    assert_eq!(ops, 500);
    // That is no error of the program.
    assert!(told.iter().all(|t| !t.starts_with('!')), "{told:?}");
}
