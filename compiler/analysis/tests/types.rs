//! What inference says of programs: types of locals and expressions, shapes of event and state,
//! ranges, signatures, callees. The last place with a given text is asked about.

use gatos_analysis::{Data, Facts, Place, Samples, analyse};
use gatos_compiler::{FileRole, Front, ModuleSource, Options, Source, front, no_modules};
use gatos_syntax::span::Span;

fn load(text: &str) -> Front {
    front(Source { name: "main.lua", text }, FileRole::Main, &no_modules, &Options::default())
}

/// The type of the last expression or name that is written so.
fn type_of(text: &str, what: &str) -> String {
    type_with(text, what, &Samples::default())
}

fn type_with(text: &str, what: &str, samples: &Samples) -> String {
    let front = load(text);
    let facts = analyse(&front, samples);
    show(text, &facts, what)
}

fn show(text: &str, facts: &Facts, what: &str) -> String {
    let at = text.rfind(what).unwrap_or_else(|| panic!("{what} is not in the text"));
    let span = Span::new(at, at + what.len());
    facts.type_of_expr(Place { unit: 0, span }).map_or("nothing noted".to_owned(), |t| t.to_string())
}

#[test]
fn constants_and_arithmetic_have_ranges() {
    assert_eq!(type_of("local x = 1 + 2\nreturn x", "x"), "integer 3");
    assert_eq!(type_of("local x = 7 // 2\nlocal y = x % 10\nreturn y", "y"), "integer 3");
    assert_eq!(type_of("local x = 1 / 2\nreturn x", "x"), "fixed");
    assert_eq!(type_of("local x = #'abc'\nreturn x", "x"), "integer 3");
    assert_eq!(type_of("local t = {}\nlocal x = #t\nreturn x", "x"), "integer 0..");
    assert_eq!(type_of("local x = 'a' .. 'b'\nreturn x", "x"), "\"ab\"");
    assert_eq!(type_of("local x = not nil\nreturn x", "x"), "true");
}

#[test]
fn loops_give_their_variables_ranges() {
    assert_eq!(type_of("for i = 1, 10 do\n  local j = i * 2\n  print(j)\nend", "j"), "integer 2..20");
    assert_eq!(type_of("for i = 10, 1, -1 do print(i) end", "i)"), "nothing noted");
    assert_eq!(type_of("for idx = 10, 1, -1 do print(idx) end", "idx"), "integer 1..10");
    assert_eq!(type_of("local n = 0\nwhile n < 100 do n = n + 1 end\nreturn n", "n"), "integer 100..");
    assert_eq!(type_of("local s = 0\nfor i = 1, 3 do s = s + i end\nreturn s", "s"), "integer 0..");
}

#[test]
fn conditions_narrow_locals() {
    let text = "local function f(x)\n  if x == nil then return 0 end\n  return x\nend\nf(1) f(nil)";
    assert_eq!(type_of(text, "x"), "integer 1");
    let text = "local function f(x)\n  if type(x) == 'string' then\n    return x\n  end\nend\nf(1) f('q')";
    assert_eq!(type_of(text, "x"), "\"q\"");
    let text = "local function f(x)\n  x = x or 5\n  return x\nend\nf(nil)";
    assert_eq!(type_of(text, "x"), "integer 5");
    let text = "local function f(n)\n  if n > 3 and n <= 8 then\n    return n\n  end\nend\nfor i = 0, 20 do f(i) end";
    assert_eq!(type_of(text, "n"), "nothing noted");
    let text =
        "local function f(idx)\n  if idx > 3 and idx <= 8 then\n    return idx\n  end\nend\nfor i = 0, 20 do f(i) end";
    assert_eq!(type_of(text, "idx"), "integer 4..8");
}

const FOLD: &str = r#"local M = {}

function M.init()
  return { by_id = {}, n = 0, tags = {} }
end

local function touch(item, amount)
  item.sum = item.sum + amount
  return item
end

function M.fold(state, event)
  local p = event.payload
  local item = state.by_id[p.id]
  if not item then
    item = { sum = 0, name = p.name, seen = event.ulid }
    state.by_id[p.id] = item
  end
  touch(item, 1)
  state.n = state.n + 1
  for i, cap in ipairs(event.caps) do
    state.tags[#state.tags + 1] = cap
  end
  return state
end

return M
"#;

#[test]
fn the_state_has_the_shape_that_init_and_fold_give_it() {
    let front = load(FOLD);
    let facts = analyse(&front, &Samples::default());
    let state = show(FOLD, &facts, "state");
    assert_eq!(
        state,
        "{ by_id: {[any]: { name?: any, seen: string, sum: integer 0.. }}, n: integer 0.., tags: {string} }"
    );
    assert_eq!(show(FOLD, &facts, "cap"), "string");
    assert_eq!(show(FOLD, &facts, "event.ulid"), "string");
    assert_eq!(show(FOLD, &facts, "event.payload"), "any");
}

#[test]
fn events_have_the_shape_of_samples() {
    let one = Data::from_json(r#"{"payload":{"id":"a","amount":3,"lines":[{"sku":"x","n":1}]},"type":"t"}"#).unwrap();
    let two = Data::from_json(r#"{"payload":{"id":"b","amount":1.5,"note":"hi"},"type":"u"}"#).unwrap();
    let samples = Samples::of_events([&one, &two]);
    let text = "local M = {}\nfunction M.fold(state, event)\n  local p = event.payload\n  return p\nend\nreturn M";
    assert_eq!(
        type_with(text, "event.payload", &samples),
        "{ amount: number, id: string, lines?: {{ n: integer, sku: string, … }}, note?: string, … }"
    );
}

#[test]
fn modules_are_seen_through() {
    let text = "local d = require 'dates'\nlocal x = d.day(3)\nreturn x";
    let loader = |name: &str| {
        Ok(ModuleSource {
            path: format!("{name}.lua"),
            text: "local D = {}\nfunction D.day(n) return { n = n } end\nreturn D".into(),
        })
    };
    let front = front(Source { name: "main.lua", text }, FileRole::Main, &loader, &Options::default());
    let facts = analyse(&front, &Samples::default());
    assert_eq!(show(text, &facts, "x"), "{ n: integer 3 }");
    assert_eq!(show(text, &facts, "d.day"), "function(n: integer 3): { n: integer 3 }");
}

#[test]
fn methods_are_found_through_metatables() {
    let text = "local A = {}\nA.__index = A\nfunction A.new(n)\n  return setmetatable({ n = n }, A)\nend\nfunction A:add(k)\n  self.n = self.n + k\n  return self.n\nend\nlocal a = A.new(1)\nlocal r = a:add(2)\nreturn r";
    assert_eq!(type_of(text, "r"), "integer 1..");
    assert_eq!(type_of(text, "a:add(2)"), "integer 1..");
}

#[test]
fn calls_know_whom_they_reach() {
    let front = load(FOLD);
    let facts = analyse(&front, &Samples::default());
    let at = FOLD.rfind("touch(item, 1)").unwrap();
    let found = facts.callees(Place { unit: 0, span: Span::new(at, at + "touch(item, 1)".len()) });
    assert_eq!((found.functions.len(), found.is_open), (1, false));
    let signature = facts.signature(found.functions[0]);
    assert_eq!(signature.name, "touch");
    assert_eq!(signature.params[1].1.to_string(), "integer 1");
    let callers = facts.callers(found.functions[0]);
    assert_eq!(callers.len(), 1);
    assert_eq!(facts.signature(callers[0].0).name, "M.fold");
    assert_eq!(facts.entry("fold"), [callers[0].0]);
}

#[test]
fn fields_come_with_where_they_are_set() {
    let front = load(FOLD);
    let facts = analyse(&front, &Samples::default());
    let at = FOLD.rfind("state").unwrap();
    let fields = facts.fields_at(Place { unit: 0, span: Span::new(at, at + 5) });
    let names: Vec<&str> = fields.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(names, ["by_id", "n", "tags"]);
    assert_eq!(fields[1].origin.map(|p| p.span.start as usize), FOLD.find("n = 0"));
    let at = FOLD.find("event.payload").unwrap();
    let fields = facts.fields_at(Place { unit: 0, span: Span::new(at, at + 5) });
    assert!(fields.iter().any(|f| f.name == "ulid" && f.doc.contains("26")));
    assert!(fields.iter().any(|f| f.name == "ts" && f.is_optional));
}

#[test]
fn patterns_tell_what_they_capture() {
    assert_eq!(type_of("local word = string.match('a b', '^(%a) (%a)')\nreturn word", "word"), "string?");
    assert_eq!(type_of("local word = string.match('a b', '()%a')\nreturn word", "word"), "(integer 1.. | string)?");
    assert_eq!(type_of("for word in ('a b'):gmatch('%a') do print(word) end", "word"), "string");
    assert_eq!(type_of("local n = 1\nfor _ = 1, 9 do n = n * 2 end\nreturn n", "n"), "integer 1..");
}

#[test]
fn broken_files_have_types_too() {
    let text = "local t = { a = 1, b = 'x' }
local u = t.
local function f(q) return t.a end
f(";
    assert_eq!(type_of(text, "t.a"), "integer 1");
}

#[test]
fn strings_and_libraries_have_members() {
    let text = "local s = ('x'):upper()\nlocal n = s:len()\nlocal up = string.upper\nreturn n";
    assert_eq!(type_of(text, "n"), "integer 0..");
    assert_eq!(type_of(text, "string.upper"), "string.upper");
}
