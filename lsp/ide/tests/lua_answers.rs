//! Diagnostics, hovers, outlines, colours, hints, actions, calls and lenses in EchoLua.

mod fixture;

use fixture::{Fixture, applied};
use gatos_ide::{ActionKind, CodeAction, SymbolKind, Tag, TokenKind, command, modifier};
use gatos_syntax::span::Span;

const FOLD: &str = "local util = require \"util\"\n\nlocal M = {}\n\nfunction M.init()\n  return { count = 0 }\nend\n\n\
local function step(n)\n  return util.half(n) + 1\nend\n\n\
function M.fold(state, event)\n  for i = 1, 3 do\n    state.count = state.count + step(i)\n  end\n  return state\nend\n\nreturn M\n";
const UTIL: &str = "//- gatos/folds/util.lua\nlocal M = {}\n\n-- Half of a number.\nfunction M.half(n)\n  return n // 2\nend\n\nreturn M\n";

fn whole(f: &Fixture) -> Span {
    Span::new(0, f.texts[&f.path].len())
}

fn hover(text: &str) -> String {
    let f = Fixture::new(text);
    gatos_ide::hover(&f.snapshot(), &f.file(), f.at).map(|h| h.markdown).unwrap_or_default()
}

fn actions(text: &str) -> (Fixture, Vec<CodeAction>) {
    let f = Fixture::new(text);
    let end = f.marks.get(&1).map_or(f.at, |(_, at)| *at);
    let found = gatos_ide::code_actions(&f.snapshot(), &f.file(), Span { start: f.at, end });
    (f, found)
}

/// The text after the action with those words in its title.
fn act(text: &str, title: &str) -> String {
    let (f, all) = actions(text);
    let titles: Vec<&str> = all.iter().map(|a| a.title.as_str()).collect();
    let found = all.iter().find(|a| a.title.contains(title)).unwrap_or_else(|| panic!("no {title} in {titles:?}"));
    applied(&f.texts[&f.path], &found.edit.edits[0].1)
}

fn offers(text: &str, title: &str) -> bool {
    actions(text).1.iter().any(|a| a.title.contains(title))
}

#[test]
fn messages_have_codes_help_tags_and_other_places() {
    let f = Fixture::new("local used = 1\nlocal unused = 2\nfor k in pairs({}) do print(used, k) end\n");
    let all = gatos_ide::diagnostics(&f.snapshot(), &f.file());
    let codes: Vec<&str> = all.iter().map(|d| d.code).collect();
    assert_eq!(codes, ["W0501", "E0107"], "what is refused hides no use");
    assert_eq!(f.show(gatos_ide::FileSpan { file: f.file().id, span: all[0].span }), "main.lua:2:7 unused");
    assert!(all[1].message.contains("dpairs"), "{}", all[1].message);
    let silent = |text: &str| {
        let f = Fixture::new(text);
        let all = gatos_ide::diagnostics(&f.snapshot(), &f.file());
        assert!(all.iter().all(|d| d.code.starts_with('E')) && !all.is_empty(), "{text}: {all:?}");
    };
    silent("local unused = 2\nprint(\n");
    silent("local count = 2\nprint(coutn)\n");
    silent("local name = 'a'\nlocal M = require(name)\nprint(M)\n");
    let f = Fixture::new(
        "local used = 1\nlocal unused = 2\nprint(used)\nlocal function g(used) return used end\nprint(g)\n",
    );
    let all = gatos_ide::diagnostics(&f.snapshot(), &f.file());
    assert_eq!(all[0].code, "W0501");
    assert_eq!(all[0].tags, [Tag::Unnecessary]);
    assert_eq!(all[1].code, "W0505");
    assert_eq!(f.show(all[1].related[0].at), "main.lua:1:7 used");
}

#[test]
fn a_refused_construct_shows_the_way_to_it() {
    let f = Fixture::new(
        "local M = {}\nlocal function helper(t)\n  for k in pairs(t) do print(k) end\nend\nfunction M.fold(state, event)\n  helper(state)\n  return state\nend\nreturn M\n",
    );
    let all = gatos_ide::diagnostics(&f.snapshot(), &f.file());
    let pairs = all.iter().find(|d| d.code == "E0107").expect("E0107");
    let way: Vec<&str> = pairs.related.iter().map(|r| r.message.as_str()).collect();
    assert!(way.len() >= 2 && way[0].contains("M.fold") && way[1].contains("helper"), "{way:?}");
}

#[test]
fn the_way_leads_through_modules() {
    let f = Fixture::new(
        "local u = require \"u\"\nlocal M = {}\nfunction M.fold(state, event)\n  u.all(state)\n  return state\nend\nreturn M\n\
         //- gatos/folds/u.lua\nlocal U = {}\nfunction U.all(t)\n  for k in pairs(t) do print(k) end\nend\nreturn U$0\n",
    );
    let all = gatos_ide::diagnostics(&f.snapshot(), &f.file());
    let pairs = all.iter().find(|d| d.code == "E0107").expect("E0107");
    let way: Vec<String> = pairs.related.iter().map(|r| format!("{} {}", f.show(r.at), r.message)).collect();
    assert_eq!(way.len(), 2, "{way:?}");
    assert!(way[0].starts_with("main.lua:4:3 ") && way[0].contains("M.fold"), "{way:?}");
    assert!(way[1].starts_with("u.lua:3:") && way[1].contains("U.all"), "{way:?}");
}

#[test]
fn a_module_is_judged_as_its_programs_use_it() {
    let text = "local u = require \"u\"\nreturn { fold = function(s) return u.next(s) end }\n\
                //- gatos/folds/u.lua\nlocal seen = 0\nlocal M = {}\nfunction M.next(s) seen = seen + 1; return s, seen end\nreturn M$0\n";
    let f = Fixture::new(text);
    let codes: Vec<&str> = gatos_ide::diagnostics(&f.snapshot(), &f.file()).iter().map(|d| d.code).collect();
    assert!(codes.contains(&"E0401"), "{codes:?}");
    let missing = Fixture::new("local u = require \"nowhere\"\nreturn u\n");
    assert_eq!(gatos_ide::diagnostics(&missing.snapshot(), &missing.file())[0].code, "E0215");
    assert_eq!(gatos_ide::missing_modules(&missing.snapshot(), &missing.file()), ["/p/gatos/folds/nowhere.lua"]);
}

#[test]
fn an_edit_of_a_module_is_seen_by_those_who_require_it() {
    let mut f = Fixture::new("local u = require \"util\"\nprint(u.ha$0lf(2))\n//- gatos/folds/util.lua\nreturn {}\n");
    assert!(gatos_ide::goto(&f.snapshot(), &f.file(), f.at, gatos_ide::Goto::Definition).len() <= 1);
    f.change("/p/gatos/folds/util.lua", "return { half = function(n) return n // 2 end }\n");
    let found = gatos_ide::goto(&f.snapshot(), &f.file(), f.at, gatos_ide::Goto::Definition);
    let shown: Vec<String> =
        found.iter().map(|t| f.show(gatos_ide::FileSpan { file: t.full.file, span: t.focus })).collect();
    assert_eq!(shown, ["util.lua:1:10 half"]);
}

#[test]
fn hovers_show_types_documentation_and_fuel() {
    let lib = hover("print(string.by$0te('a'))\n");
    assert!(lib.contains("string.byte(s") && lib.contains("**Fuel**"), "{lib}");
    let local = hover("local n = 1 + 2\nprint(n$0)\n");
    assert!(local.contains("local n: integer 3"), "{local}");
    let function = hover("-- Adds one.\nlocal function inc(n) return n + 1 end\nprint(in$0c(4))\n");
    assert!(function.contains("function inc(n: integer 4): integer 5") && function.contains("Adds one."), "{function}");
    assert!(function.contains("**Fuel**"), "{function}");
    let module = hover(&format!("local u = require \"ut$0il\"\nprint(u.half(1))\n{UTIL}"));
    assert!(module.contains("offers `half`"), "{module}");
    let other = hover(&format!("local u = require \"util\"\nprint(u.ha$0lf(1))\n{UTIL}"));
    assert!(other.contains("Half of a number.") && other.contains("in `util.lua`"), "{other}");
    let round = hover("local s = 0\nf$0or i = 1, 10 do s = s + i end\nprint(s)\n");
    assert!(round.contains("a round") && round.contains("10 rounds"), "{round}");
    assert_eq!(hover("local x = 1 $0   \nprint(x)\n"), "");
}

#[test]
fn the_outline_holds_functions_and_what_is_at_the_top() {
    let f = Fixture::new(
        "local limit <const> = 3\nlocal M = { sub = { go = function() end } }\nfunction M:add(n)\n  local function inner() end\n  return inner, n, limit\nend\nreturn M\n",
    );
    let all = gatos_ide::symbols(&f.snapshot(), &f.file());
    let shown: Vec<(&str, SymbolKind)> = all.iter().map(|s| (s.name.as_str(), s.kind)).collect();
    assert_eq!(shown, [("limit", SymbolKind::Constant), ("M", SymbolKind::Variable), ("M:add", SymbolKind::Method)]);
    assert_eq!(all[2].detail, "(n)");
    assert_eq!(all[2].children[0].name, "inner");
    assert_eq!(all[1].children[0].children[0].name, "go");
    let exported = gatos_ide::exported(&f.snapshot(), &f.file());
    assert!(exported.iter().any(|s| s.name == "inner" && s.container == "main"));
    let text = &f.texts[&f.path];
    for s in all.iter().chain(&all[2].children) {
        assert!(s.span.start <= s.name_span.start && s.name_span.end <= s.span.end, "{}", s.name);
        assert!(text[s.name_span.range()].contains(s.name.rsplit([':', '.']).next().unwrap_or("")), "{}", s.name);
    }
}

#[test]
fn words_have_their_colours() {
    let text = "local n <const> = 1\nlocal function f(a) return function() return a + n end end\nfor k in pairs(f) do print(k, string.rep) end -- end\n::top::\n";
    let f = Fixture::new(text);
    let all = gatos_ide::tokens(&f.snapshot(), &f.file(), None);
    let of = |word: &str, nth: usize| {
        let found = all.iter().filter(|t| &text[t.span.range()] == word).nth(nth).unwrap_or_else(|| panic!("{word}"));
        (found.kind, found.modifiers)
    };
    assert_eq!(of("n", 0), (TokenKind::Variable, modifier::DECLARATION | modifier::READONLY | modifier::CAPTURED));
    assert_eq!(of("const", 0).0, TokenKind::Keyword);
    assert_eq!(of("f", 0).0, TokenKind::Function);
    assert_eq!(of("a", 0), (TokenKind::Parameter, modifier::DECLARATION | modifier::CAPTURED));
    assert_eq!(of("pairs", 0).1 & modifier::DEPRECATED, modifier::DEPRECATED);
    assert_eq!(of("string", 0), (TokenKind::Namespace, modifier::DEFAULT_LIBRARY));
    assert_eq!(of("-- end", 0).0, TokenKind::Comment);
    assert_eq!(of("top", 0).0, TokenKind::Label);
    let some = gatos_ide::tokens(&f.snapshot(), &f.file(), Some(Span::new(0, 5)));
    assert_eq!(some.len(), 1);
}

#[test]
fn blocks_comments_and_requires_fold() {
    let f = Fixture::new(
        "local a = require \"a\"\nlocal b = require \"b\"\n-- one\n-- two\nif a then\n  print(b)\nelse\n  print(a,\n    b)\nend\n",
    );
    let text = &f.texts[&f.path];
    let found = gatos_ide::foldings(&f.snapshot(), &f.file());
    let shown: Vec<(usize, usize)> = found
        .iter()
        .map(|x| (fixture::line_col(text, x.span.start as usize).0, fixture::line_col(text, x.span.end as usize).0))
        .collect();
    assert_eq!(shown, [(1, 2), (3, 4), (5, 6), (7, 9)]);
}

#[test]
fn selection_grows_by_the_tree() {
    let f = Fixture::new("local x = f(a.b$0 + 1, 2)\n");
    let text = &f.texts[&f.path];
    let found = gatos_ide::selections(&f.snapshot(), &f.file(), f.at);
    let shown: Vec<&str> = found.iter().map(|s| &text[s.range()]).collect();
    assert_eq!(shown[..5], ["b", "a.b", "a.b + 1", "a.b + 1, 2", "f(a.b + 1, 2)"]);
}

#[test]
fn hints_tell_types_parameters_and_fuel() {
    let f = Fixture::new(&format!("{FOLD}{UTIL}"));
    let text = f.texts[&f.path].clone();
    let found = gatos_ide::inlay_hints(&f.snapshot(), &f.file(), whole(&f));
    let shown: Vec<String> =
        found.iter().map(|h| format!("{}:{}", fixture::line_col(&text, h.at as usize).0, h.label)).collect();
    assert!(shown.iter().any(|h| h.starts_with("13:fuel ≤ ")), "the fold: {shown:?}");
    assert!(
        shown.iter().any(|h| h.starts_with("14:fuel ") && h.contains("a round, ≤ 3 rounds")),
        "its loop: {shown:?}"
    );
    let f = Fixture::new(
        "local function area(width, height) return width * height end\nlocal w = 2\nlocal a = area(w, 3)\nprint(a, string.rep('x', 3))\n",
    );
    let found = gatos_ide::inlay_hints(&f.snapshot(), &f.file(), whole(&f));
    let shown: Vec<&str> = found.iter().map(|h| h.label.as_str()).collect();
    assert!(shown.contains(&"width:") && shown.contains(&"height:") && shown.contains(&": integer 6"), "{shown:?}");
}

#[test]
fn fixes_are_offered_where_the_message_is() {
    assert_eq!(
        act("for k in pai$0rs({}) do print(k) end\n", "Replace `pairs` by `dpairs`"),
        "for k in dpairs({}) do print(k) end\n"
    );
    let two = "for k in pai$0rs({}) do print(k) end\nfor k in pairs({}) do print(k) end\n";
    assert_eq!(act(two, "Replace every `pairs`").matches("dpairs").count(), 2);
    assert_eq!(act(two, "Fix all that can be fixed").matches("dpairs").count(), 2);
    assert_eq!(act("local unu$0sed = 1\n", "_unused"), "local _unused = 1\n");
    assert_eq!(act("print(1)\nlocal unu$0sed = 1\nprint(2)\n", "Remove the local"), "print(1)\nprint(2)\n");
    let allowed = act("do\n  local unu$0sed = 1\nend\n", "Allow W0501");
    assert_eq!(allowed, "do\n  -- gatos: allow(W0501) say why this is meant\n  local unused = 1\nend\n");
    let f = Fixture::new(&allowed);
    assert!(gatos_ide::diagnostics(&f.snapshot(), &f.file()).is_empty(), "the comment is understood");
    assert_eq!(
        act("local function f()\n  do return 1 end\n  pri$0nt(2)\nend\nprint(f)\n", "never reached"),
        "local function f()\n  do return 1 end\nend\nprint(f)\n"
    );
}

#[test]
fn fixing_all_leaves_nothing_to_fix() {
    let text = "local a$0 = 1\nfor k in pairs({}) do print(k, strin.byte('x')) end\nlocal b <close> = 2\n";
    let mended = act(text, "Fix all that can be fixed");
    let f = Fixture::new(&mended);
    let left = gatos_ide::code_actions(&f.snapshot(), &f.file(), whole(&f));
    assert!(left.iter().all(|a| a.kind != ActionKind::FixAll), "{mended}");
    assert!(mended.contains("dpairs") && mended.contains("string.byte") && mended.contains("<const>"), "{mended}");
}

#[test]
fn statements_become_a_function() {
    let text = "local function f(list, by)\n  local sum = 0\n  $0for _, n in ipairs(list) do\n    sum = sum + n * by\n  end\n  local twice = sum * 2$1\n  return twice, sum\nend\nprint(f)\n";
    assert_eq!(
        act(text, "Extract into a function"),
        "local function extracted(list, sum, by)\n  for _, n in ipairs(list) do\n    sum = sum + n * by\n  end\n  local twice = sum * 2\n  return sum, twice\nend\n\n\
         local function f(list, by)\n  local sum = 0\n  local twice\n  sum, twice = extracted(list, sum, by)\n  return twice, sum\nend\nprint(f)\n"
    );
    let last = "local function f(a)\n  $0if a then return 1 end\n  return 2$1\nend\nprint(f)\n";
    assert!(act(last, "Extract into a function").contains("  return extracted(a)\nend"));
}

#[test]
fn an_expression_becomes_a_function_or_a_local() {
    let text = "local function f(a, b)\n  return 1 + $0a * b$1\nend\nprint(f)\n";
    assert_eq!(
        act(text, "Extract into a function"),
        "local function extracted(a, b)\n  return a * b\nend\n\nlocal function f(a, b)\n  return 1 + extracted(a, b)\nend\nprint(f)\n"
    );
    assert_eq!(
        act(text, "Extract into a local"),
        "local function f(a, b)\n  local value = a * b\n  return 1 + value\nend\nprint(f)\n"
    );
}

#[test]
fn what_leaves_is_not_extracted() {
    let refused = |text: &str| assert!(!offers(text, "Extract into a function"), "{text}");
    refused("for i = 1, 3 do\n  $0if i == 2 then break end$1\nend\n");
    refused("local function f(a)\n  $0if a then return 1 end$1\n  return 2\nend\nprint(f)\n");
    refused("local function f(...)\n  $0print(...)$1\nend\nprint(f)\n");
    refused("for i = 1, 3 do\n  $0if i == 2 then goto next end$1\n  ::next::\nend\n");
    refused(
        "local function f()\n  local n = 0\n  local function up() n = n + 1 end\n  $0up() n = n + 1$1\n  return n\nend\nprint(f)\n",
    );
    refused("local x = $0 1 +$1 2\nprint(x)\n");
    assert!(
        !offers("local function f(a, b) return a and $0b.c$1 end\nprint(f)\n", "Extract into a local"),
        "it may not run"
    );
}

#[test]
fn small_rewrites() {
    assert_eq!(act("local n$0 = 1\nprint(n)\n", "constant"), "local n <const> = 1\nprint(n)\n");
    assert_eq!(act("local n$0 = -1\nprint(n ^ 2, n)\n", "Inline"), "print((-1) ^ 2, (-1))\n");
    assert_eq!(act("local t = {}\nprint(t['na$0me'])\n", "Write `.name`"), "local t = {}\nprint(t.name)\n");
    assert!(!offers("local n$0 = 1\nn = 2\nprint(n)\n", "constant"));
}

#[test]
fn calls_are_followed_through_modules_with_their_fuel() {
    let f = Fixture::new(&format!("{}{UTIL}", FOLD.replace("local function step", "local function st$0ep")));
    let s = f.snapshot();
    let item = gatos_ide::call_items(&s, &f.file(), f.at).remove(0);
    assert_eq!(item.name, "step");
    assert!(item.detail.starts_with("fuel ≤ "), "{}", item.detail);
    let up = gatos_ide::incoming_calls(&s, &f.file(), &item.data);
    assert_eq!((up.len(), up[0].item.name.as_str(), up[0].sites.len()), (1, "M.fold", 1));
    let down = gatos_ide::outgoing_calls(&s, &f.file(), &item.data);
    assert_eq!((down.len(), down[0].item.name.as_str()), (1, "M.half"));
    let util = f.file_at("/p/gatos/folds/util.lua");
    assert_eq!(down[0].item.full.file, util.id);
    let from = gatos_ide::incoming_calls(&s, &util, &down[0].item.data);
    assert_eq!(from[0].item.name, "step");
}

#[test]
fn links_and_lenses() {
    let f = Fixture::new(&format!(
        "{FOLD}{UTIL}//- gatos/folds/main_test.lua\nlocal M = {{}}\nfunction M.test_one() end\nlocal function test_two() end\nM.test_two = test_two\nfunction M.helper() end\nreturn M\n"
    ));
    let s = f.snapshot();
    let links = gatos_ide::links(&s, &f.file());
    assert_eq!(links.len(), 1);
    assert_eq!(links[0].file.map(|id| f.path_of(id)).as_deref(), Some("/p/gatos/folds/util.lua"));
    let lenses = gatos_ide::lenses(&s, &f.file());
    assert!(lenses.iter().any(|l| l.command.name == command::PREVIEW_FOLD));
    assert!(lenses.iter().any(|l| l.command.name.is_empty() && l.command.title == "1 reference"), "{lenses:?}");
    let test = f.file_at("/p/gatos/folds/main_test.lua");
    let lenses = gatos_ide::lenses(&s, &test);
    let run: Vec<&[String]> =
        lenses.iter().filter(|l| l.command.name == command::RUN_TEST).map(|l| l.command.arguments.as_slice()).collect();
    assert_eq!(run.len(), 2, "{lenses:?}");
    assert_eq!(run[0], ["/p/gatos/folds/main_test.lua", "test_one"]);
    assert!(lenses.iter().any(|l| l.command.name == command::RUN_TESTS));
}

#[test]
fn a_module_of_a_fold_has_no_error_of_its_own_and_shows_its_fuel() {
    let text = "local util = require \"util\"\nlocal M = {}\nfunction M.init() return { n = 0 } end\n\
                function M.fold(state, event)\n  state.n = util.$0f(3)\n  return state\nend\nreturn M\n\
                //- gatos/folds/util.lua\nlocal U = {}\ncount = 2\nfunction U.f$1(x)\n  for i = 1, 4 do x = x + i end\n  \
                return x * count\nend\nreturn U\n";
    let f = Fixture::new(text);
    let s = f.snapshot();
    let util = f.file_at("/p/gatos/folds/util.lua");
    let all = gatos_ide::diagnostics(&s, &util);
    assert!(all.is_empty(), "{all:?}");
    let called = gatos_ide::hover(&s, &f.file(), f.at).expect("a hover").markdown;
    assert!(called.contains("U.f(x: integer 3): integer") && called.contains("**Fuel**"), "{called}");
    let written = gatos_ide::hover(&s, &util, f.marks[&1].1 - 1).expect("a hover").markdown;
    assert!(written.contains("U.f(x: integer 3): integer") && written.contains("**Fuel**"), "{written}");
    let hints = gatos_ide::inlay_hints(&s, &util, Span::new(0, f.texts["/p/gatos/folds/util.lua"].len()));
    let fuel = hints.iter().filter(|h| h.label.starts_with("fuel ")).count();
    assert_eq!(fuel, 2, "the function and its loop: {hints:?}");
    let item = gatos_ide::call_items(&s, &util, f.marks[&1].1 - 1).remove(0);
    assert!(item.detail.starts_with("fuel "), "{}", item.detail);
}

#[test]
fn one_refused_call_leaves_the_types_around_it() {
    let f = Fixture::new(
        "local M = {}\nlocal function twice(n)\n  local double = n * 2\n  return double\nend\n\
         function M.init() return { count = 0, seen = {} } end\nfunction M.fold(state, event)\n  \
         local before = state.count\n  for k in pairs(state) do print(k) end\n  local after = twice(state.count)\n  \
         local name = event.type\n  os.remove(state)\n  state.count = twice(4) + before\n  return state, after, name\nend\nreturn M\n",
    );
    let text = &f.texts[&f.path];
    let hints = gatos_ide::inlay_hints(&f.snapshot(), &f.file(), whole(&f));
    let of = |name: &str| {
        let at = text.find(&format!("local {name} ")).expect(name) + "local ".len() + name.len();
        hints.iter().find(|h| h.at as usize == at).map_or("", |h| h.label.as_str())
    };
    assert_eq!(of("name"), ": string", "{hints:?}");
    for name in ["double", "before", "after"] {
        assert!(of(name).starts_with(": integer"), "{name}: {hints:?}");
    }
    assert!(hints.iter().all(|h| !h.label.contains("fuel")), "{hints:?}");
}

#[test]
fn a_field_of_an_event_has_the_type_that_is_offered_for_it() {
    let schema = "//- gatos/schemas/a.json\n{ \"type\": \"object\", \"properties\": { \"files\": { \"type\": \"object\", \
                  \"properties\": { \"size\": { \"type\": \"integer\" } } } } }\n";
    let fold = |line: &str| {
        format!(
            "local M = {{}}\nfunction M.fold(state, event)\n  local p = event.payload\n  {line}\n  return state\nend\nreturn M\n{schema}"
        )
    };
    let offered = Fixture::new(&fold("local x = event.payload.$0"));
    let all = gatos_ide::completions(&offered.snapshot(), &offered.file(), offered.at, None);
    let files = all.items.iter().find(|c| c.label == "files").expect("it is offered");
    assert!(files.detail.contains("size") && files.detail.ends_with('?'), "{}", files.detail);
    for line in ["print(p.fil$0es)", "print(event.payload.fil$0es)"] {
        let shown = hover(&fold(line));
        assert!(shown.contains(&format!(": {}", files.detail)), "{shown}, {}", files.detail);
    }
}

#[test]
fn what_changes_a_field_does_not_declare_it() {
    let text = "local M = { a = 1 }\nfunction M.init() return { n = 0 } end\nfunction M.fold(state, event)\n  state.x = event.seq\n  return state\nend\nM.a = 2\nreturn M\n";
    let f = Fixture::new(text);
    let all = gatos_ide::tokens(&f.snapshot(), &f.file(), None);
    let of = |word: &str, nth: usize| {
        let found = all.iter().filter(|t| &text[t.span.range()] == word).nth(nth).unwrap_or_else(|| panic!("{word}"));
        found.modifiers & (modifier::DECLARATION | modifier::MODIFICATION)
    };
    assert_eq!(of("x", 0), modifier::MODIFICATION);
    assert_eq!((of("a", 0), of("a", 1)), (modifier::DECLARATION, modifier::MODIFICATION));
    assert_eq!((of("n", 0), of("fold", 0)), (modifier::DECLARATION, modifier::DECLARATION));
}
