//! Bounds of fuel hold: whatever a program is run with, it never takes more than its bound says.
#![allow(clippy::disallowed_methods, reason = "the programs are files")]
#![allow(clippy::disallowed_macros, reason = "the test tells how much it held against the machine")]

use gatos_analysis::{Costs, Data, Facts, Samples, analyse, costs};
use gatos_canon::json_to_cbor;
use gatos_compiler::{CompiledProgram, FileRole, Front, Options, Source, compile, front, no_modules};
use gatos_echo::{Fold, Limits, Script, Silent};
use std::path::{Path, PathBuf};

struct Built {
    front: Front,
    program: CompiledProgram,
    facts: Facts,
    costs: Costs,
}

fn build(name: &str, text: &str) -> Option<Built> {
    let source = Source { name, text };
    let front = front(source, FileRole::Main, &no_modules, &Options::default());
    let program = compile(source, &no_modules, &Options::default()).program?;
    let facts = analyse(&front, &Samples::default());
    let costs = costs(&front, &program, &facts);
    Some(Built { front, program, facts, costs })
}

fn check(text: &str) -> Built {
    build("main.lua", text).unwrap_or_else(|| panic!("does not compile:\n{text}"))
}

impl Built {
    fn function(&self, name: &str) -> String {
        let found = self.costs.functions.iter().find(|f| f.name == name);
        found.unwrap_or_else(|| panic!("no function {name}")).to_string()
    }

    fn loops(&self) -> Vec<String> {
        self.costs.loops.iter().map(ToString::to_string).collect()
    }
}

/// Folds events and compares each with the bound; how many were compared.
fn hold(name: &str, text: &str, events: &[String]) -> usize {
    let Some(built) = build(name, text) else { return 0 };
    let Ok(mut fold) = Fold::load(&built.program.program, Limits::default(), Box::new(Silent)) else { return 0 };
    if fold.start().is_err() {
        return 0;
    }
    let [entry] = built.facts.entry("fold") else { return 0 };
    let bound = &built.costs.function(*entry).unwrap_or_else(|| panic!("{name}: no cost of {entry:?}")).most;
    if !bound.is_known() || bound.is_rough() {
        return 0;
    }
    let mut compared = 0;
    for event in events {
        let Ok(cbor) = json_to_cbor(event) else { continue };
        let before = Data::from_json(&String::from_utf8_lossy(&fold.state_json())).unwrap();
        if fold.event(&cbor).is_err() {
            break;
        }
        let after = Data::from_json(&String::from_utf8_lossy(&fold.state_json())).unwrap();
        let event = Data::from_cbor(&cbor).unwrap();
        let most = [&before, &after].map(|s| bound.for_values(&[s, &event]).unwrap()).into_iter().max().unwrap();
        let used = fold.last_usage().fuel - cbor.len() as u64 / 64;
        assert!(used <= most, "{name}: an event took {used}, and the bound {bound} says {most}");
        compared += 1;
    }
    compared
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn sources(folder: &str) -> Vec<PathBuf> {
    let mut out: Vec<PathBuf> = Vec::new();
    let mut todo = vec![root().join(folder)];
    while let Some(dir) = todo.pop() {
        for entry in std::fs::read_dir(dir).expect("the folder is there") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                todo.push(path);
            } else if path.extension().is_some_and(|e| e == "lua") {
                out.push(path);
            }
        }
    }
    out.sort();
    out
}

/// Folds of the kinds that people write, with loops over what events and state hold.
const FOLDS: &[&str] = &[
    "local M = {}
     function M.init() return { sums = {}, n = 0 } end
     function M.fold(state, event)
       for _, item in ipairs(event.payload.items) do
         local s = state.sums[item.sku] or 0
         state.sums[item.sku] = s + item.n
         for _, tag in ipairs(item.tags) do state.n = state.n + #tag end
       end
       return state
     end
     return M",
    "local function total(list)
       local sum = 0
       for i = 1, #list do sum = sum + list[i].n end
       return sum
     end
     function fold(state, event)
       local p = event.payload
       state[event.actor] = total(p.items) + total(p.items)
       for i = 1, p.repeats do state.last = i end
       return state
     end",
    "local M = {}
     function M.fold(state, event)
       local list = {}
       for _, item in ipairs(event.payload.items) do
         if item.n > 3 then list[#list + 1] = item.n end
       end
       local sum, i = 0, 1
       while i <= #list do
         sum = sum + list[i]
         i = i + 1
       end
       for k, v in dpairs(event.payload.by) do sum = sum + v end
       for _, k in ipairs(dkeys(event.payload.by)) do state[k] = sum end
       for k in dpairs(state) do state.count = (state.count or 0) + 1 end
       return state
     end
     return M",
    "local Account = {}
     Account.__index = Account
     local function open(n) return setmetatable({ n = n }, Account) end
     function Account:add(k) self.n = self.n + k end
     local M = {}
     function M.fold(state, event)
       local a = open(state.n or 0)
       for _, item in ipairs(event.payload.items) do a:add(item.n) end
       local ok = pcall(function() a:add(event.payload.repeats) end)
       state.n, state.ok = a.n, ok
       state.name = event.actor .. \"/\" .. event.type .. \":\" .. event.payload.text
       if state.name == event.payload.text then state.same = true end
       return state
     end
     return M",
];

fn event(i: u64) -> String {
    let items: Vec<String> = (0..i % 7)
        .map(|k| {
            let tags = ["\"a\"", "\"bb\"", "\"ccc\""][..(k % 4).min(3) as usize].join(",");
            format!("{{\"sku\":\"s{}\",\"n\":{},\"tags\":[{tags}]}}", k * i % 5, k + i)
        })
        .collect();
    let by: Vec<String> = (0..i * 3 % 11).map(|k| format!("\"k{k}\":{k}")).collect();
    let text = "x".repeat((i * 37 % 300) as usize);
    let payload = format!(
        "\"items\":[{}],\"by\":{{{}}},\"repeats\":{},\"text\":\"{text}\",\"id\":\"i{}\",\"amount\":{i},\"key\":\"k{}\"",
        items.join(","),
        by.join(","),
        i * 5 % 13,
        i % 3,
        i % 4
    );
    format!(
        "{{\"v\":1,\"type\":\"add\",\"ulid\":\"01ARZ3NDEKTSV4RRFFQ69G5F{:02}\",\"ns\":\"a\",\"actor\":\"user:u{}\",\"seq\":{i},\"key\":\"k{}\",\"n\":{i},\"payload\":{{{payload}}}}}",
        i % 100,
        i % 5,
        i % 6,
    )
}

#[test]
fn folds_never_take_more_than_their_bound() {
    let events: Vec<String> = (0..60).map(event).collect();
    let mut compared = 0;
    for path in sources("tests/golden/fold").into_iter().chain(sources("examples/folds")) {
        let text = std::fs::read_to_string(&path).unwrap();
        compared += hold(&path.display().to_string(), &text, &events);
    }
    for text in FOLDS {
        let held = hold(text, text, &events);
        assert!(held > 50, "{held} events held against the bound of\n{text}");
        compared += held;
    }
    eprintln!("{compared} events held against bounds");
    assert!(compared > 500, "only {compared} events could be compared");
}

#[test]
fn scripts_never_take_more_than_their_bound() {
    let (mut compared, mut all) = (0, 0);
    for path in sources("tests/golden/run").into_iter().chain(sources("bench/lua")) {
        let text = std::fs::read_to_string(&path).unwrap();
        let Some(built) = build("main.lua", &text) else { continue };
        all += 1;
        let main = &built.costs.functions.iter().find(|f| f.func.func.0 == 0).unwrap().most;
        let Some(most) = main.as_fixed().filter(|_| !main.is_rough()) else { continue };
        let limits = Limits { fuel: most.max(1), ..Limits::default() };
        if let Ok((script, _)) = Script::run(&built.program.program, limits, Box::new(Silent)) {
            assert!(script.usage().fuel <= most);
        } else {
            // It may fail of itself, but not for want of fuel.
            let Err(why) = Script::run(&built.program.program, limits, Box::new(Silent)).map(|_| ()) else { continue };
            assert!(!why.to_string().contains("fuel"), "{}: bound {most}: {why}", path.display());
        }
        compared += 1;
    }
    eprintln!("{compared} of {all} scripts held against bounds");
    assert!(compared > 10, "only {compared} scripts could be compared");
}

#[test]
fn straight_code_costs_a_number() {
    let b = check(
        "local M = {}\nfunction M.fold(state, event)\n  state.n = (state.n or 0) + 1\n  return state\nend\nreturn M",
    );
    assert_eq!(b.function("M.fold"), "fuel ≤ 6");
    assert!(b.loops().is_empty());
}

#[test]
fn loops_over_parts_of_the_event_grow_with_them() {
    let b = check(
        "local M = {}\nfunction M.fold(state, event)\n  for _, item in ipairs(event.payload.items) do\n    state[#state + 1] = 1\n    for i = 1, 3 do state.x = i end\n  end\n  return state\nend\nreturn M",
    );
    assert_eq!(b.loops(), ["fuel 20 a round", "fuel 2 a round, ≤ 3 rounds"]);
    assert_eq!(b.function("M.fold"), "fuel ≤ 13 + 20·n (n = entries of event.payload.items)");
}

#[test]
fn helpers_are_priced_in_the_words_of_their_callers() {
    let b = check(
        "local M = {}\nlocal function sum(list)\n  local s = 0\n  for _, x in ipairs(list) do s = s + x end\n  return s\nend\nfunction M.fold(state, event)\n  state.s = sum(event.payload.xs) + sum({1, 2, 3})\n  return state\nend\nreturn M",
    );
    assert_eq!(b.function("sum"), "fuel ≤ 13 + 4·n + strings (n = entries of list)");
    assert_eq!(b.function("M.fold"), "fuel ≤ 64 + 4·n + strings (n = entries of event.payload.xs)");
}

#[test]
fn what_is_not_known_is_said() {
    let b = check("local function f(n) if n > 0 then return 1 + f(n - 1) end return 0 end\nreturn f(3)");
    let f = b.costs.functions.iter().find(|f| f.name == "f").unwrap();
    assert_eq!(f.most.why_unbounded().unwrap().why, "`f` calls itself");
    let b = check("local x = ...\nwhile x do x = x.next end");
    assert!(b.costs.loops[0].rounds.why_unbounded().unwrap().why.contains("while"));
    assert_eq!(b.front.files.len(), 1);
}
