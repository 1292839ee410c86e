//! The way by which a refused construct is reached.

use gatos_analysis::{Place, Samples, analyse, paths_to};
use gatos_compiler::{FileRole, ModuleSource, Options, Source, front};

fn way(text: &str, module: &str, code: &str) -> Vec<String> {
    let loader = |name: &str| {
        if name == "lib" { Ok(ModuleSource { path: "lib.lua".into(), text: module.into() }) } else { Err("no".into()) }
    };
    let front = front(Source { name: "main.lua", text }, FileRole::Main, &loader, &Options::default());
    let facts = analyse(&front, &Samples::default());
    let found = front.diagnostics.iter().find(|d| d.diagnostic.code == code).unwrap_or_else(|| panic!("no {code}"));
    let at = Place { unit: found.file, span: found.diagnostic.span };
    let steps = paths_to(&front, &facts, at);
    let texts = [text, module];
    steps.iter().map(|s| format!("{}: {}", s.name, &texts[s.at.unit as usize][s.at.span.range()])).collect()
}

#[test]
fn the_way_goes_from_the_fold_through_helpers() {
    let text = "local M = {}
local function visit(t)
  for k in pairs(t) do print(k) end
end
local function helper(state)
  visit(state)
end
function M.fold(state, event)
  helper(state)
  return state
end
return M";
    assert_eq!(way(text, "", "E0107"), ["M.fold: helper(state)", "helper: visit(state)", "visit: pairs"]);
}

#[test]
fn modules_are_passed_through() {
    let text = "local lib = require 'lib'\nfunction fold(state, event)\n  return lib.run(state)\nend";
    let module = "local L = {}\nfunction L.run(s)\n  return os.time()\nend\nreturn L";
    assert_eq!(way(text, module, "E0112"), ["fold: lib.run(state)", "L.run: os.time"]);
    let module = "local L = { now = os.time() }\nreturn L";
    assert_eq!(way(text, module, "E0112"), ["the program: 'lib'", "the module \"lib\": os.time"]);
}

#[test]
fn functions_given_to_the_library_are_passed_through() {
    let text = "function fold(state, event)\n  pcall(function() io.write('x') end)\n  return state\nend";
    assert_eq!(way(text, "", "E0113").len(), 2);
    let text = "local t = { f = function() return math.random() end }\nfunction fold(s, e) return s end";
    let steps = way(text, "", "E0111");
    assert_eq!(steps.first().map(String::as_str), Some("the program: function"));
}
