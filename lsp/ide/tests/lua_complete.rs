//! Completion and signature help in EchoLua, in text that is being typed.

mod fixture;

use fixture::{Fixture, applied};
use gatos_ide::{Completion, CompletionKind, TextEdit};

fn items(text: &str) -> (Fixture, Vec<Completion>) {
    let f = Fixture::new(text);
    let found = gatos_ide::completions(&f.snapshot(), &f.file(), f.at, None);
    (f, found.items)
}

fn labels(text: &str) -> Vec<String> {
    let mut all = items(text).1;
    all.sort_by(|a, b| (&a.sort, &a.label).cmp(&(&b.sort, &b.label)));
    all.into_iter().map(|i| i.label).collect()
}

fn has(text: &str, wanted: &[&str]) {
    let all = labels(text);
    for w in wanted {
        assert!(all.iter().any(|l| l == w), "{w} is not among {all:?} in\n{text}");
    }
}

fn lacks(text: &str, unwanted: &[&str]) {
    let all = labels(text);
    for w in unwanted {
        assert!(!all.iter().any(|l| l == w), "{w} is among {all:?} in\n{text}");
    }
}

#[test]
fn locals_are_those_in_scope() {
    let text = "local one = 1\nlocal function two(three)\n  do local four = 4 end\n  local five = o$0\n  local six\nend\nlocal seven = 7\n";
    has(text, &["one", "two", "three", "string", "dpairs"]);
    lacks(text, &["four", "five", "six", "seven", "pairs"]);
    has("local x = 1\nfor i = 1, 3 do\n  $0\nend\n", &["x", "i", "local", "break"]);
    has("repeat local inner = 1 until in$0\n", &["inner"]);
    lacks("for i = 1, 3 do end\n$0\n", &["i", "break"]);
    has("if a then local b = 1 elseif c then $0 end\n", &["string"]);
    lacks("if a then local b = 1 elseif c then $0 end\n", &["b"]);
}

#[test]
fn a_file_that_breaks_off_still_completes() {
    has("local count = 1\nfunction f(state)\n  local n = cou$0", &["count", "state"]);
    has("local M = {}\nfunction M.fold(state, event)\n  if event.type == 'x' then\n    st$0", &["state", "event", "M"]);
    has("local t = { one = 1, two = 2 }\nlocal x = t.$0\nlocal y = 3\n", &["one", "two"]);
    has("local t = { one = 1, two = 2 }\nt.$0\nt.one = 3\n", &["one", "two"]);
    has("local t = { one = 1, two = 2 }\nprint(t.o$0\nlocal y = 3\n", &["one", "two"]);
    has("local t = { one = 1 }\nfunction f()\n  return t.$0\nend\n", &["one"]);
}

#[test]
fn the_library_is_offered_by_table() {
    has("print(string.$0)\n", &["byte", "sub", "format"]);
    has("string.su$0\nlocal x = 1\n", &["sub"]);
    lacks("local string = { mine = 1 }\nprint(string.$0)\n", &["byte"]);
    has("local string = { mine = 1 }\nprint(string.$0)\n", &["mine"]);
    let (_, all) = items("print(string.s$0)\n");
    let sub = all.iter().find(|i| i.label == "sub").expect("sub");
    assert_eq!(sub.kind, CompletionKind::Function);
    assert!(sub.detail.starts_with("string.sub(s"), "{}", sub.detail);
    let f = Fixture::new("");
    let doc = gatos_ide::resolve_completion(&f.snapshot(), &f.file(), &sub.resolve).expect("documentation");
    assert!(doc.contains("**Fuel**"), "{doc}");
}

#[test]
fn the_event_has_the_fields_of_its_envelope_and_schemas() {
    let text = "local M = {}\nfunction M.fold(state, event)\n  local x = event.$0\n  return state\nend\nreturn M\n";
    has(text, &["type", "ulid", "actor", "ts", "payload"]);
    let text = "local M = {}\nfunction M.fold(state, event)\n  state.n = event.payload.$0\n  return state\nend\nreturn M\n\
                //- gatos/schemas/order.json\n{\"type\":\"object\",\"properties\":{\"amount\":{\"type\":\"integer\"},\"note\":{\"type\":\"string\"}},\"required\":[\"amount\"]}\n";
    has(text, &["amount", "note"]);
    let text = "local M = {}\nfunction M.init() return { count = 0, names = {} } end\nfunction M.fold(state, event)\n  state.$0\n  return state\nend\nreturn M\n";
    has(text, &["count", "names"]);
}

#[test]
fn modules_are_offered_with_what_they_return() {
    let util = "//- gatos/folds/util.lua\nlocal M = { limit = 3 }\n--- Half of it.\nfunction M.half(n) return n // 2 end\nlocal function hidden() end\nreturn M\n";
    has(&format!("local u = require \"util\"\nprint(u.$0)\n{util}"), &["half", "limit"]);
    lacks(&format!("local u = require \"util\"\nprint(u.$0)\n{util}"), &["hidden"]);
    let nested = "//- gatos/folds/lib/dates.lua\nreturn {}\n//- gatos/folds/main_test.lua\nreturn {}\n";
    let text = format!("local u = require \"$0\"\n{util}{nested}");
    has(&text, &["util", "lib.dates"]);
    lacks(&text, &["main", "main_test"]);
    has(&format!("local u = require(\"li$0\n{util}{nested}"), &["lib.dates"]);
    // A module that is not required yet brings its `require`.
    let (f, all) = items(&format!("local n = 1\nprint(uti$0)\n{util}"));
    let item = all.iter().find(|i| i.label == "util").expect("util");
    let mut edits = item.extra.clone();
    edits.push(TextEdit { span: item.replace, text: item.insert.clone() });
    edits.sort_by_key(|e| e.span);
    let text = applied(&f.texts[&f.path], &edits);
    assert_eq!(text, "local util = require \"util\"\n\nlocal n = 1\nprint(util)\n");
}

#[test]
fn methods_labels_attributes_and_codes() {
    has("local s = 'abc'\nprint(s:$0)\n", &["upper", "sub"]);
    let class =
        "local A = {}\nA.__index = A\nfunction A:put(v) self.v = v end\nA.limit = 3\nfunction A:get() self:$0 end\n";
    has(class, &["put", "get"]);
    lacks(class, &["limit"]);
    has("for i = 1, 3 do\n  goto $0\n  ::next_one::\nend\n", &["next_one", "continue"]);
    assert_eq!(labels("local x <$0\n"), ["const"]);
    has("-- gatos: allow($0\nlocal x = 1\n", &["unused-local"]);
    assert_eq!(labels("-- just wor$0ds\n"), Vec::<String>::new());
    assert_eq!(labels("local x = 'in a str$0ing'\n"), Vec::<String>::new());
    assert_eq!(labels("local function f(nam$0)\n"), Vec::<String>::new());
    assert_eq!(labels("local x = 12$0\n"), Vec::<String>::new());
}

#[test]
fn what_is_put_in_replaces_the_whole_word() {
    let (f, all) = items("local counter = 1\nprint(cou$0nt)\n");
    let item = all.iter().find(|i| i.label == "counter").expect("counter");
    assert_eq!(&f.texts[&f.path][item.replace.range()], "count");
}

#[test]
fn signatures_tell_the_argument_being_typed() {
    let help = |text: &str| {
        let f = Fixture::new(text);
        gatos_ide::signature_help(&f.snapshot(), &f.file(), f.at)
    };
    let sub = help("print(string.sub(s, $0))\n").expect("help");
    assert!(sub.label.starts_with("string.sub(s: "), "{}", sub.label);
    assert_eq!(sub.active, Some(1));
    let own =
        help("--- Adds.\nlocal function add(a, b, ...) return a + b end\nadd(1, {2, 3}, f(4, 5), $0\nlocal x = 1\n")
            .expect("help");
    assert!(own.label.starts_with("add(a"), "{}", own.label);
    assert_eq!(own.active, Some(2), "all that is more goes to the dots");
    assert!(own.markdown.contains("Adds."), "{}", own.markdown);
    let module = help(
        "local u = require 'util'\nu.half($0\n//- gatos/folds/util.lua\nlocal M = {}\nfunction M.half(n) return n // 2 end\nreturn M\n",
    );
    assert!(module.expect("help").label.starts_with("M.half(n"));
    assert!(help("local function add(a$0, b) end\n").is_none());
    assert!(help("local x = (1 + $0 2)\n").is_none());
    assert_eq!(help("string.rep($0").expect("help").active, Some(0));
}
