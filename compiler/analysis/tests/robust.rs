//! Whatever the text, analysis answers, and soon: broken files, files made to be slow.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "the test measures and reports")]

use gatos_analysis::{Place, Samples, analyse, costs, paths_to};
use gatos_compiler::{FileRole, Front, Options, Source, compile, front, no_modules};
use proptest::prelude::*;
use std::time::Instant;

fn load(text: &str) -> Front {
    front(Source { name: "main.lua", text }, FileRole::Main, &no_modules, &Options::default())
}

fn everything(text: &str) {
    let front = load(text);
    let facts = analyse(&front, &Samples::default());
    for unit in front.units() {
        for (i, local) in unit.hir.locals.iter().enumerate() {
            let id = gatos_compiler::hir::LocalId(i as u32);
            let _ = facts.type_of_local(0, id).to_string();
            let at = Place { unit: 0, span: local.span };
            let _ = (facts.fields_at(at), facts.origins(at), facts.tables_at(at));
        }
    }
    for d in &front.diagnostics {
        paths_to(&front, &facts, Place { unit: d.file, span: d.diagnostic.span });
    }
    let source = Source { name: "main.lua", text };
    if let Some(program) = compile(source, &no_modules, &Options::default()).program {
        let costs = costs(&front, &program, &facts);
        for f in &costs.functions {
            let _ = f.to_string();
            assert!(f.most.is_known() || f.most.why_unbounded().is_some());
        }
    }
}

const TEXT: &str = r#"local M = {}
local Set = {}
Set.__index = Set
function Set.new(list) local s = setmetatable({ n = 0, has = {} }, Set) for _, x in ipairs(list or {}) do s:add(x) end return s end
function Set:add(x) if not self.has[x] then self.has[x] = true self.n = self.n + 1 end return self end
function M.init() return { seen = {}, log = json.array() } end
local function walk(t, f, ...) for k, v in dpairs(t) do if type(v) == "table" then walk(v, f, k, ...) else f(k, v, ...) end end end
function M.fold(state, event)
  local p, set = event.payload, Set.new({ "a", "b" })
  walk(p, function(k, v) state.seen[k] = (state.seen[k] or 0) + (tonumber(v) or 1) end)
  while set.n < 10 do set:add(tostring(set.n)) end
  for i = #state.log, 1, -1 do if i > 5 then goto continue end state.log[i] = string.format("%d %s", i, event.type) ::continue:: end
  repeat local done = table.remove(state.log) until done == nil
  return state
end
return M
"#;

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn broken_files_are_answered(cuts in prop::collection::vec((0usize..1200, 0usize..40), 1..5)) {
        let mut text = TEXT.to_owned();
        for (at, n) in cuts {
            let at = at.min(text.len());
            let end = (at + n).min(text.len());
            text.replace_range(at..end, "");
        }
        everything(&text);
    }

    #[test]
    fn words_in_any_order_are_answered(picks in prop::collection::vec(0usize..40, 1..80)) {
        let words = [
            "local", "x", "=", "y", "{", "}", "(", ")", ",", "function", "end", "if", "then", "else", "for", "in",
            "do", "while", "repeat", "until", "return", "and", "or", "not", "#", "..", "+", "-", "1", "0.5", "'s'",
            "nil", ".", ":", "[", "]", "ipairs(x)", "x.y", "goto a", "::a::",
        ];
        let text: Vec<&str> = picks.iter().map(|i| words[*i % words.len()]).collect();
        everything(&text.join(" "));
    }
}

#[test]
fn a_large_file_takes_its_time_and_no_more() {
    let mut text = String::from("local M = {}\nlocal total = 0\n");
    for i in 0..500 {
        text.push_str(&format!(
            "local function f{i}(state, item)\n  local n = (state.n{i} or 0) + {i}\n  if item.kind == \"k{i}\" then\n    for j = 1, #item.list do\n      state.by[item.list[j]] = {{ at = j, from = item.id, n = n }}\n    end\n  end\n  state.n{i} = n\n  return n\nend\nM.f{i} = f{i}\n"
        ).replace("local function", "function M.g").replacen(&format!("M.g f{i}"), &format!("M.g{i}"), 1).replace(&format!("M.f{i} = f{i}\n"), ""));
    }
    text.push_str("function M.fold(state, event)\n  state.by = state.by or {}\n");
    for i in 0..500 {
        text.push_str(&format!("  M.g{i}(state, event.payload)\n"));
    }
    text.push_str("  return state\nend\nreturn M\n");
    let source = Source { name: "main.lua", text: &text };
    let start = Instant::now();
    let front = load(&text);
    let parsed = start.elapsed();
    let start = Instant::now();
    let facts = analyse(&front, &Samples::default());
    let inferred = start.elapsed();
    let program = compile(source, &no_modules, &Options::default()).program.expect("it compiles");
    let start = Instant::now();
    let costs = costs(&front, &program, &facts);
    let priced = start.elapsed();
    eprintln!("{} lines: resolved {parsed:?}, inferred {inferred:?}, priced {priced:?}", text.lines().count());
    assert!(!facts.is_partial());
    assert_eq!(costs.functions.len(), 502);
    assert!(inferred.as_secs() < 10 && priced.as_secs() < 10);
}

#[test]
fn files_made_to_be_slow_end() {
    let nested = format!("local x = 1\n{} x = x + 1 {}", "while x do ".repeat(60), " end".repeat(60));
    everything(&nested);
    let chain = format!("local s = 'a'{}\nreturn s", " .. s".repeat(20_000).replace(" s", " 'b'"));
    everything(&chain);
    let conditions = format!("local a = 1\nif a{} then a = 2 end", " and a > 0".repeat(3_000));
    everything(&conditions);
    let calls: String = (0..2_000).map(|i| format!("function g{i}(t) return g{}(t) end\n", (i + 1) % 2_000)).collect();
    everything(&format!("{calls}\ng0({{}})"));
    let tables =
        format!("local t = {{ {} }}\nfor _, x in ipairs(t) do x.a = x.b end", "{ a = 1, b = {} }, ".repeat(3_000));
    everything(&tables);
    // Metatables that all lead to one another, and tables that are shared everywhere.
    let metas: String = (0..120)
        .map(|i| format!("t[{i}] = setmetatable({{ a{i} = {i} }}, {{ __index = t[{}] }})\n", (i * 7) % 120))
        .collect();
    everything(&format!("local t = {{}}\n{metas}\nlocal x = t[1]\nreturn x.a1, x.b, x.a2.c"));
    let shared: String = (1..40)
        .map(|i| {
            format!(
                "local s{i} = {{ {} }}\n",
                (0..30).map(|k| format!("f{k} = s{}", i - 1)).collect::<Vec<_>>().join(", ")
            )
        })
        .collect();
    everything(&format!("local s0 = {{ x = 1 }}\n{shared}\nreturn s39"));
    let start = Instant::now();
    let spread: String = (0..300).map(|i| format!("local t{i} = {{}}\nt{i}.f = t{}\n", i / 2)).take(180).collect();
    everything(&spread);
    eprintln!("{:?}", start.elapsed());
}
