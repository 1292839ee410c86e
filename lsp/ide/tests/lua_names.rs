//! Where names lead and stand in EchoLua, and renaming them, across files.

mod fixture;

use fixture::Fixture;
use gatos_ide::{Access, Goto};

fn goto(text: &str, way: Goto) -> (Fixture, Vec<String>) {
    let f = Fixture::new(text);
    let found = gatos_ide::goto(&f.snapshot(), &f.file(), f.at, way);
    let shown = found.iter().map(|t| f.show(gatos_ide::FileSpan { file: t.full.file, span: t.focus })).collect();
    (f, shown)
}

fn definition(text: &str) -> Vec<String> {
    goto(text, Goto::Definition).1
}

fn references(text: &str) -> Vec<String> {
    let f = Fixture::new(text);
    let found = gatos_ide::references(&f.snapshot(), &f.file(), f.at, true);
    found.into_iter().map(|at| f.show(at)).collect()
}

fn renamed(text: &str, name: &str) -> Result<String, String> {
    let mut f = Fixture::new(text);
    gatos_ide::prepare_rename(&f.snapshot(), &f.file(), f.at)?;
    let edit = gatos_ide::rename(&f.snapshot(), &f.file(), f.at, name)?;
    let out = f.apply(&edit);
    Ok(out.into_iter().map(|(path, text)| format!("-- {}\n{text}", path.rsplit('/').next().unwrap_or(""))).collect())
}

#[test]
fn locals_lead_to_the_innermost_declaration() {
    assert_eq!(definition("local x = 1\ndo\n  local x = 2\n  print(x$0)\nend\n"), ["main.lua:3:9 x"]);
    assert_eq!(definition("local x = 1\nlocal x = x$0 + 1\n"), ["main.lua:1:7 x"]);
    assert_eq!(definition("local function f(a) return f$0(a) end\n"), ["main.lua:1:16 f"]);
    assert_eq!(definition("repeat local done = true until do$0ne\n"), ["main.lua:1:14 done"]);
}

#[test]
fn globals_labels_and_fields_lead_to_their_first_value() {
    assert_eq!(definition("total = 1\nfunction f() return tot$0al end\n"), ["main.lua:1:1 total"]);
    assert_eq!(definition("while true do goto out end\n::out::\ngoto $0out\n"), ["main.lua:2:3 out"]);
    assert_eq!(definition("local M = {}\nfunction M.one() end\nM.on$0e()\nreturn M\n"), ["main.lua:2:12 one"]);
    assert_eq!(definition("local p = { x = 1, y = 2 }\nprint(p.$0y)\n"), ["main.lua:1:20 y"]);
    assert_eq!(
        definition(
            "local A = {}\nfunction A:put(v) self.v = v end\nfunction A:get() self:pu$0t(1) return self.v end\n"
        ),
        ["main.lua:2:12 put"]
    );
}

#[test]
fn the_state_is_one_thing_in_all_entries() {
    let text = "local M = {}\nfunction M.init() return { count = 0 } end\n\
                function M.fold(state, event)\n  state.count = state.cou$0nt + 1\n  return state\nend\n\
                function M.emit(s) return s.count end\nreturn M\n";
    assert_eq!(references(text).len(), 4, "{:?}", references(text));
}

#[test]
fn modules_lead_to_their_files() {
    let text = "local dates = require \"lib.dates\"\nprint(dates.pa$0rse('x'))\n\
                //- gatos/folds/lib/dates.lua\nlocal D = {}\nfunction D.parse(text) return text end\nreturn D\n";
    assert_eq!(definition(text), ["dates.lua:2:12 parse"]);
    let direct = "print(require('lib.dates').pa$0rse('x'))\n\
                  //- gatos/folds/lib/dates.lua\nreturn { parse = function(text) return text end }\n";
    assert_eq!(definition(direct), ["dates.lua:1:10 parse"]);
    let file = "local d = require \"lib.da$0tes\"\nreturn d\n//- gatos/folds/lib/dates.lua\nreturn {}\n";
    assert_eq!(definition(file), ["dates.lua:1:1 "]);
}

#[test]
fn a_table_leads_to_its_constructor() {
    let (_, found) = goto("local point = { x = 1 }\nlocal p = po$0int\n", Goto::TypeDefinition);
    assert_eq!(found, ["main.lua:1:15 { x = 1 }"]);
    let (_, found) = goto(
        "local u = require \"util\"\nprint(u$0.x)\n//- gatos/folds/util.lua\nlocal M = { x = 1 }\nreturn M\n",
        Goto::TypeDefinition,
    );
    assert_eq!(found, ["util.lua:1:11 { x = 1 }"]);
}

#[test]
fn references_cross_files() {
    let text = "local u = require \"util\"\nlocal function f() return u.half(4) end\nreturn { fold = function(s) return u.half(s) end, f = f }\n\
                //- gatos/folds/other.lua\nlocal half = require(\"util\").half\nprint(half(2), require('util').half)\n\
                //- gatos/folds/util.lua\nlocal M = {}\nfunction M.ha$0lf(n) return n // 2 end\nfunction M.two() return M.half(4) end\nreturn M\n";
    assert_eq!(
        references(text),
        [
            "main.lua:2:29 half",
            "main.lua:3:38 half",
            "other.lua:1:30 half",
            "other.lua:2:32 half",
            "util.lua:2:12 half",
            "util.lua:3:27 half"
        ]
    );
}

#[test]
fn highlights_tell_reads_from_writes() {
    let f = Fixture::new("local n = 0\nn = n + 1\nprint(n$0)\n");
    let found = gatos_ide::highlights(&f.snapshot(), &f.file(), f.at);
    let shown: Vec<_> = found.iter().map(|(s, a)| (s.start, *a)).collect();
    assert_eq!(shown, [(6, Access::Write), (12, Access::Write), (16, Access::Read), (28, Access::Read)]);
}

#[test]
fn a_local_is_renamed_with_all_its_uses_and_nothing_else() {
    let text = "local count = 0\nlocal t = { count = count }\nfunction add(by) count = count + by; return t.count end\nprint(co$0unt)\n";
    assert_eq!(
        renamed(text, "total").unwrap(),
        "-- main.lua\nlocal total = 0\nlocal t = { count = total }\nfunction add(by) total = total + by; return t.count end\nprint(total)\n"
    );
    assert_eq!(
        renamed("for i = 1, 3 do print($0i) end\n", "n").unwrap(),
        "-- main.lua\nfor n = 1, 3 do print(n) end\n"
    );
    assert_eq!(
        renamed("while true do goto done end ::do$0ne::\n", "out").unwrap(),
        "-- main.lua\nwhile true do goto out end ::out::\n"
    );
}

#[test]
fn a_function_of_a_module_is_renamed_in_all_files() {
    let text = "local util = require \"util\"\nreturn { fold = function(s, e) return util.half(s) end }\n\
                //- gatos/folds/other.lua\nprint(require('util').half(2))\n\
                //- gatos/folds/util.lua\nlocal M = {}\nfunction M.half$0(n) return n // 2 end\nM.two = M.half(4)\nreturn M\n";
    assert_eq!(
        renamed(text, "halve").unwrap(),
        "-- main.lua\nlocal util = require \"util\"\nreturn { fold = function(s, e) return util.halve(s) end }\n\
         -- other.lua\nprint(require('util').halve(2))\n\
         -- util.lua\nlocal M = {}\nfunction M.halve(n) return n // 2 end\nM.two = M.halve(4)\nreturn M\n"
    );
}

#[test]
fn fields_in_brackets_keep_their_quotes() {
    let text = "local p = { ['x'] = 1 }\nprint(p.x$0, p[\"x\"])\n";
    assert_eq!(renamed(text, "left").unwrap(), "-- main.lua\nlocal p = { ['left'] = 1 }\nprint(p.left, p[\"left\"])\n");
}

#[test]
fn what_could_mean_something_else_is_refused() {
    let refused = |text: &str, name: &str| renamed(text, name).expect_err(text);
    let capture = refused("local a = 1\nlocal function f(b$0) return a + b end\nprint(f(a))\n", "a");
    assert!(capture.contains("something else"), "{capture}");
    let hidden = refused("local a$0 = 1\nlocal function f(b) return a + b end\nprint(f(a))\n", "b");
    assert!(hidden.contains("something else"), "{hidden}");
    let taken = refused("local a = 1\nlocal b$0 = 2\nprint(b)\n", "a");
    assert!(taken.contains("hides another local"), "{taken}");
    assert!(refused("local a$0 = 1\n", "end").contains("reserved word"));
    assert!(refused("local a$0 = 1\n", "1x").contains("not a name"));
    assert!(refused("local a$0 = 1\n", "a-b").contains("not a name"));
    assert!(refused("local a$0 = 1\nprint(a)\n", "string").contains("library"));
    assert!(refused("prin$0t(1)\n", "say").contains("library"));
    assert!(
        refused("local x = require 'ut$0il'\n//- gatos/folds/util.lua\nreturn {}\n", "u").contains("rename the file")
    );
    assert!(
        refused("local M = {}\nfunction M.fo$0ld(s) return s end\nreturn M\n", "f").contains("is the name by which")
    );
    assert!(
        refused("local M = {}\nfunction M.fold(s) return s.cou$0nt end\nreturn M\n", "n").contains("field of data")
    );
    assert!(refused("local p = { x = 1 }\nprint(p.x$0, p)\n", "y").contains("used as a whole"));
    assert!(refused("local p = { x = 1, y = 2 }\nprint(p.x$0, p.y)\n", "y").contains("already"));
    assert!(refused("local function f(p) return p.x$0 end\nprint(f)\n", "y").contains("not made in this file"));
    assert!(refused("local x = 1\nprint($0x)\n? x = x ] x ? then x\n", "y").contains("mistakes"));
    assert!(refused("function A:f() return sel$0f end\n", "this").contains("self"));
    assert!(refused("  $0  \n", "this").contains("no name here"));
}
