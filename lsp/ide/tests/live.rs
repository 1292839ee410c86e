//! What needs the repository: previews of folds, budgets, the root at `HEAD`, pins, listings.

mod fixture;

use fixture::Fixture;
use gatos_canon::json_to_cbor;
use gatos_ide::answer::CommandResult;
use gatos_ide::live::{Effect, diagnostics, execute, lenses};
use gatos_ide::world::{Event, Journal, World};
use gatos_ide::{Cancel, command};
use gatos_vm::Limits;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A repository in memory.
#[derive(Default)]
struct Memory {
    events: Vec<Event>,
    head: BTreeMap<String, String>,
    files: BTreeMap<String, String>,
    denials: Vec<String>,
    limits: Limits,
    clock: AtomicU64,
    /// How often many events were asked for.
    reads: AtomicU64,
}

impl World for Memory {
    fn at_head(&self, path: &str) -> Result<Option<String>, String> {
        Ok(self.head.get(path).cloned())
    }
    fn journals(&self, _: &str) -> Result<Vec<Journal>, String> {
        Ok(vec![Journal { namespace: "shop".into(), events: Some(self.events.len() as u64) }])
    }
    fn newest(&self, _: &str, ns: &str, most: usize, cancel: &Cancel) -> Result<Vec<Event>, String> {
        if cancel.is_cancelled() {
            return Err("cancelled".into());
        }
        if ns != "shop" {
            return Ok(Vec::new());
        }
        if most > 100 {
            self.reads.fetch_add(1, Ordering::Relaxed);
        }
        Ok(self.events[self.events.len().saturating_sub(most)..].to_vec())
    }
    fn limits(&self, _: &str) -> Result<Limits, String> {
        Ok(self.limits)
    }
    fn state(&self, _: &str, _: &str) -> Result<Option<String>, String> {
        Ok(None)
    }
    fn denials(&self, _: &str, most: usize) -> Result<Vec<String>, String> {
        Ok(self.denials[self.denials.len().saturating_sub(most)..].to_vec())
    }
    fn micros(&self) -> u64 {
        self.clock.fetch_add(500, Ordering::Relaxed)
    }
    fn read(&self, path: &str) -> Result<String, String> {
        self.files.get(path).cloned().ok_or_else(|| format!("there is no {path}"))
    }
}

fn ulid(i: usize) -> String {
    format!("01ARZ3NDEKTSV4RRFFQ69G{i:04}")
}

fn event(i: usize, kind: &str, payload: &str) -> Event {
    let json = format!(
        r#"{{"v":1,"type":"{kind}","ulid":"{}","ns":"shop","actor":"user:ann","seq":{i},"payload":{payload},"sig_alg":"ed25519"}}"#,
        ulid(i)
    );
    Event {
        ulid: ulid(i),
        cid: format!("cid{i}"),
        kind: kind.to_owned(),
        actor: "user:ann".to_owned(),
        envelope: Arc::from(json_to_cbor(&json).expect("canonical")),
    }
}

fn orders(n: usize) -> Vec<Event> {
    (0..n).map(|i| event(i, "order.placed", &format!(r#"{{"id":"o{}","amount":{i},"items":[1,2]}}"#, i % 4))).collect()
}

fn run(fixture: &Fixture, world: &Memory, command: &str, arguments: &[&str]) -> Result<CommandResult, String> {
    let arguments: Vec<String> = arguments.iter().map(|a| (*a).to_owned()).collect();
    execute(&fixture.snapshot(), world, command, &arguments, &|_, _, _| ()).map(|(result, _)| result)
}

const SUMS: &str = "local M = {}
function M.init() return { by = {}, n = 0 } end
function M.fold(state, event)
  local p = event.payload
  state.by[p.id] = (state.by[p.id] or 0) + p.amount
  state.n = state.n + 1
  return state
end
return M
";
const PATH: &str = "/p/gatos/folds/main.lua";

#[test]
fn a_preview_folds_the_newest_events_of_the_buffer_and_compares_with_head() {
    let fixture = Fixture::new(SUMS);
    let mut world = Memory { events: orders(10), ..Memory::default() };
    let done = run(&fixture, &world, command::PREVIEW_FOLD, &[PATH]).unwrap();
    assert!(done.json.contains(r#""state":{"by":{"o0":12,"o1":15,"o2":8,"o3":10},"n":10}"#), "{}", done.json);
    assert!(done.json.contains(r#""head":{"is":"new"}"#) && done.json.contains(r#""is_all":true"#), "{}", done.json);
    assert!(done.json.contains(r#""events_per_second":20000"#), "{}", done.json);

    world.head.insert(PATH.into(), SUMS.into());
    let done = run(&fixture, &world, command::PREVIEW_FOLD, &[PATH, "shop", "4"]).unwrap();
    assert!(done.json.contains(r#""head":{"is":"same"}"#) && done.json.contains(r#""folded":4"#), "{}", done.json);
    assert!(done.json.contains(r#""is_all":false"#) && done.markdown.contains("the newest 4 events"), "{}", done.json);

    world.head.insert(PATH.into(), SUMS.replace("+ p.amount", "+ 1"));
    let done = run(&fixture, &world, command::PREVIEW_FOLD, &[PATH]).unwrap();
    assert!(done.json.contains(r#""changes_total":4"#), "{}", done.json);
    assert!(done.json.contains(r#"{"got":12,"path":"state.by.o0","was":3}"#), "{}", done.json);
    assert!(done.markdown.contains("| `state.by.o0` | `3` | `12` |"), "{}", done.markdown);
}

#[test]
fn a_failing_event_is_named_with_its_stack_and_the_state_before_it() {
    let fixture = Fixture::new(SUMS);
    let mut events = orders(5);
    events.push(event(5, "order.placed", r#"{"id":"o1","amount":"much"}"#));
    events.extend(orders(3));
    let world = Memory { events, ..Memory::default() };
    let done = run(&fixture, &world, command::PREVIEW_FOLD, &[PATH]).unwrap();
    assert!(done.json.contains(&format!(r#""ulid":"{}""#, ulid(5))), "{}", done.json);
    assert!(done.json.contains(r#""line":5"#) && done.json.contains(r#""name":"M.fold""#), "{}", done.json);
    assert!(done.json.contains(r#""folded":5"#) && done.json.contains(r#""n":5"#), "{}", done.json);
    assert!(done.markdown.contains("It fails at event"), "{}", done.markdown);
}

#[test]
fn states_are_compared_only_where_both_versions_got_through() {
    let (stops, all) = (SUMS.replace("state.n = state.n", "state.n = state.missing"), SUMS.to_owned());
    let late = SUMS.replace("  return state", "  if state.n > 4 then error(\"full\") end\n  return state");
    let told = |now: &str, head: &str| {
        let fixture = Fixture::new(now);
        let mut world = Memory { events: orders(10), ..Memory::default() };
        world.head.insert(PATH.into(), head.into());
        let done = run(&fixture, &world, command::PREVIEW_FOLD, &[PATH]).unwrap();
        assert!(done.json.contains(r#""is":"failed""#) && !done.json.contains("changes"), "{}", done.json);
        assert!(!done.markdown.contains("same state"), "{}", done.markdown);
        done.markdown
    };
    let text = told(&stops, &all);
    assert!(text.contains("it folds all 10 events, and the text as it is now folds none of 10 events"), "{text}");
    let text = told(&stops, &late);
    assert!(text.contains(&format!("it folds 4 of 10 events and fails at event {}", ulid(4))), "{text}");
    let text = told(&all, &late);
    assert!(text.contains("it folds 4 of 10 events and fails") && !text.contains("as it is now folds"), "{text}");
    let endless =
        "local M = {}\nfunction M.init() while true do end end\nfunction M.fold(s, e) return s end\nreturn M\n";
    let text = told(endless, &all);
    assert!(text.contains("There is no state") && text.contains("before the first event"), "{text}");
    assert!(!text.contains("fuel 0 in all"), "{text}");
}

#[test]
fn previews_say_what_is_in_their_way() {
    let fixture = Fixture::new(SUMS);
    let world = Memory { events: orders(3), ..Memory::default() };
    let refused = |arguments: &[&str]| run(&fixture, &world, command::PREVIEW_FOLD, arguments).unwrap_err();
    assert!(refused(&[]).contains("path"));
    assert!(refused(&["/p/other.lua"]).contains("not a fold"));
    let policy = Fixture::new(&format!("{SUMS}//- gatos/policies/a.rgs\npackage gatos.a\n\nallow := true\n"));
    let why = run(&policy, &world, command::PREVIEW_FOLD, &["/p/gatos/policies/a.rgs"]).unwrap_err();
    assert!(why.contains("a.rgs is a policy") && why.contains("gatos.pinInput"), "{why}");
    assert!(refused(&[PATH, "other"]).contains("no events"));
    assert!(refused(&[PATH, "shop", "many"]).contains("not a number"));
    assert!(refused(&[PATH, "shop", "0"]).contains("not a number"));
    let broken = Fixture::new("function fold(state, event) return stat end");
    let why = run(&broken, &world, command::PREVIEW_FOLD, &[PATH]).unwrap_err();
    assert!(why.contains("does not compile") && why.contains("main.lua:1"), "{why}");
    let script = Fixture::new("return 1");
    assert!(run(&script, &world, command::PREVIEW_FOLD, &[PATH]).unwrap_err().contains("offers no function `fold`"));
    assert!(run(&fixture, &world, "gatos.nothing", &[]).unwrap_err().contains("no command"));
}

#[test]
fn a_fold_that_never_ends_ends_by_fuel_and_a_preview_can_be_given_up() {
    let endless = Fixture::new("function fold(state, event)\n  while true do end\nend");
    let limits = Limits { fuel: 100_000, ..Limits::default() };
    let world = Memory { events: orders(3), limits, ..Memory::default() };
    let done = run(&endless, &world, command::PREVIEW_FOLD, &[PATH]).unwrap();
    assert!(done.json.contains("fuel limit") && done.json.contains(r#""line":2"#), "{}", done.json);
    // What was used up is told, though no event was folded; and no speed.
    assert!(done.json.contains(r#""max":100000"#) && !done.json.contains(r#""total":0"#), "{}", done.json);
    assert!(!done.json.contains("events_per_second"), "{}", done.json);
    assert!(done.markdown.contains("100000 at most of 100000 allowed"), "{}", done.markdown);

    let fixture = Fixture::new(SUMS);
    let world = Memory { events: orders(1000), ..Memory::default() };
    let cancel = Cancel::new();
    let told = Cell::new(0);
    let stop = cancel.clone();
    let snapshot = fixture.host.snapshot(cancel);
    let progress = |done: u64, _: u64, what: &str| {
        if what == "folding" {
            told.set(done);
            if done >= 128 {
                stop.cancel();
            }
        }
    };
    let given_up = execute(&snapshot, &world, command::PREVIEW_FOLD, &[PATH.to_owned()], &progress);
    assert_eq!(given_up.unwrap_err(), "cancelled");
    assert_eq!(told.get(), 128);
}

#[test]
fn modules_are_taken_from_the_buffer_and_from_head() {
    let fixture = Fixture::new(
        "local lib = require \"lib.sum\"\nfunction fold(state, event)\n  state.n = lib.add(state.n or 0)\n  return state\nend\n\
         //- gatos/folds/lib/sum.lua\nlocal L = {}\nfunction L.add(n) return n + 2 end\nreturn L\n",
    );
    let mut world = Memory { events: orders(3), ..Memory::default() };
    let main = fixture.texts[PATH].clone();
    world.head.insert(PATH.into(), main);
    let lib = "/p/gatos/folds/lib/sum.lua";
    world.head.insert(lib.into(), "local L = {}\nfunction L.add(n) return n + 1 end\nreturn L\n".into());
    let done = run(&fixture, &world, command::PREVIEW_FOLD, &[PATH]).unwrap();
    assert!(done.json.contains(r#"{"got":6,"path":"state.n","was":3}"#), "{}", done.json);
    let done = run(&fixture, &world, command::COMPARE_ROOT, &[PATH]).unwrap();
    assert!(done.json.contains(r#""is":"changed""#) && done.json.contains(r#""name":"L.add""#), "{}", done.json);
    let file = fixture.file_at(PATH);
    let shown = lenses(&fixture.snapshot(), &world, &file);
    assert_eq!(shown.iter().map(|l| l.command.title.as_str()).collect::<Vec<_>>(), ["ELC root changed since HEAD"]);
    world.head.insert(lib.into(), fixture.texts[lib].clone());
    assert!(lenses(&fixture.snapshot(), &world, &file).is_empty());
    let done = run(&fixture, &world, command::COMPARE_ROOT, &[PATH]).unwrap();
    assert!(done.json.contains(r#""functions":[]"#) && done.json.contains(r#""is":"same""#), "{}", done.json);
}

#[test]
fn formatting_does_not_make_another_program() {
    let fixture = Fixture::new(SUMS);
    let mut world = Memory::default();
    world.head.insert(PATH.into(), format!("-- a comment\n\n{}", SUMS.replace("local p", "local   p")));
    let file = fixture.file_at(PATH);
    assert!(lenses(&fixture.snapshot(), &world, &file).is_empty());
    world.head.insert(PATH.into(), "return {".into());
    let shown = lenses(&fixture.snapshot(), &world, &file);
    assert_eq!(shown[0].command.title, "the version at HEAD does not compile");
    assert!(lenses(&fixture.snapshot(), &Memory::default(), &file).is_empty());
}

const PAIRS: &str = "local M = {}
function M.fold(state, event)
  for _, a in ipairs(event.payload.items) do
    for _, b in ipairs(event.payload.items) do
      if a == b then state.n = (state.n or 0) + 1 end
    end
  end
  return state
end
return M
";

fn items(n: usize) -> String {
    format!(r#"{{"items":[{}]}}"#, (0..n).map(|i| i.to_string()).collect::<Vec<_>>().join(","))
}

#[test]
fn budgets_are_warned_about_before_they_are_used_up() {
    let fixture = Fixture::new(PAIRS);
    let file = fixture.file_at(PATH);
    let events = vec![event(0, "a", &items(3)), event(1, "a", &items(100)), event(2, "a", &items(5))];
    let mut world = Memory { events, ..Memory::default() };
    assert_eq!(diagnostics(&fixture.snapshot(), &world, &file), []);
    // The loop takes about 40 000 for a hundred items; the bound says more, and is warned by first.
    world.limits.fuel = 70_000;
    let told = diagnostics(&fixture.snapshot(), &world, &file);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].code, "W0520");
    assert_eq!(&fixture.texts[PATH][told[0].span.range()], "fold");
    assert!(told[0].message.contains(&ulid(1)) && told[0].message.contains("event.payload.items: 100"), "{told:?}");
    let related = &told[0].related[0];
    assert!(fixture.texts[PATH][related.at.span.range()].starts_with("for _, a"), "{related:?}");
    world.limits.fuel = 20_000;
    let told = diagnostics(&fixture.snapshot(), &world, &file);
    assert!(told[0].message.contains("uses up its 20 000 fuel") && told[0].message.contains(&ulid(1)), "{told:?}");
    assert!(told[0].related.iter().any(|r| r.message.contains("when the fuel was used up")), "{told:?}");
}

const WAITS: &str = "function fold(state, event)\n  local i = 0\n  while i ~= event.payload.n do\n    i = i + 1\n  end\n  return state\nend";

#[test]
fn budgets_are_measured_where_there_is_no_bound() {
    let fixture = Fixture::new(WAITS);
    let file = fixture.file_at(PATH);
    let limits = Limits { fuel: 5_000, ..Limits::default() };
    let events = vec![event(0, "a", r#"{"n":10}"#), event(1, "a", r#"{"n":900}"#)];
    let mut world = Memory { events, limits, ..Memory::default() };
    let told = diagnostics(&fixture.snapshot(), &world, &file);
    assert!(told.len() == 1 && told[0].message.contains("more than half"), "{told:?}");
    world.limits.fuel = 1_000_000;
    assert_eq!(diagnostics(&fixture.snapshot(), &world, &file), []);
}

#[test]
fn budgets_look_at_all_events_and_name_the_first_that_is_too_large() {
    let fixture = Fixture::new(PAIRS);
    let file = fixture.file_at(PATH);
    let size = |i: usize| match i {
        203 => 40,
        250 => 45,
        i => i % 22,
    };
    let events: Vec<Event> = (0..500).map(|i| event(i, "a", &items(size(i)))).collect();
    let mut world = Memory { events, limits: Limits { fuel: 4_000, ..Limits::default() }, ..Memory::default() };
    let told = diagnostics(&fixture.snapshot(), &world, &file);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].message.contains(&format!("uses up its 4 000 fuel on event {}", ulid(203))), "{told:?}");
    // The same text over the same journal is not folded again; a journal that grew is, and other limits are.
    assert_eq!(diagnostics(&fixture.snapshot(), &world, &file), told);
    assert_eq!(world.reads.load(Ordering::Relaxed), 1);
    world.events.push(event(500, "a", &items(1)));
    assert_eq!(diagnostics(&fixture.snapshot(), &world, &file), told);
    assert_eq!(world.reads.load(Ordering::Relaxed), 2);
    world.limits.fuel = 10_000_000;
    assert_eq!(diagnostics(&fixture.snapshot(), &world, &file), []);
    assert_eq!(world.reads.load(Ordering::Relaxed), 3);

    // Without a bound the dearest of all is named.
    let fixture = Fixture::new(WAITS);
    let file = fixture.file_at(PATH);
    let n = |i: usize| if i == 100 { 900 } else { 10 + i % 7 };
    let events: Vec<Event> = (0..500).map(|i| event(i, "a", &format!(r#"{{"n":{}}}"#, n(i)))).collect();
    let world = Memory { events, limits: Limits { fuel: 5_000, ..Limits::default() }, ..Memory::default() };
    let told = diagnostics(&fixture.snapshot(), &world, &file);
    assert!(told.len() == 1 && told[0].message.contains("more than half"), "{told:?}");
    assert!(told[0].message.contains(&ulid(100)), "{told:?}");

    // What was given up is not remembered.
    let cancel = Cancel::new();
    cancel.cancel();
    let fixture = Fixture::new(WAITS);
    let file = fixture.file_at(PATH);
    assert_eq!(diagnostics(&fixture.host.snapshot(cancel), &world, &file), []);
    assert_eq!(diagnostics(&fixture.snapshot(), &world, &file).len(), 1);
}

#[test]
fn inputs_are_pinned_from_events_denials_files_and_text() {
    let fixture = Fixture::new(SUMS);
    let mut world =
        Memory { events: orders(3), denials: vec![r#"{"n":1}"#.into(), r#"{"n":2}"#.into()], ..Memory::default() };
    world.files.insert("/p/inputs/a.json".into(), r#"{"n":3}"#.into());
    let pin = |source: &str| -> Result<(String, String), String> {
        let arguments = [PATH.to_owned(), source.to_owned()];
        let (result, effects) = execute(&fixture.snapshot(), &world, command::PIN_INPUT, &arguments, &|_, _, _| ())?;
        assert!(result.refresh);
        match effects.as_slice() {
            [Effect::Pin(root, Some(pin))] if root == "/p" => Ok((pin.json.to_string(), pin.from.clone())),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(pin("denial:0").unwrap(), (r#"{"n":2}"#.into(), "the newest denial".into()));
    assert_eq!(pin("denial:1").unwrap().0, r#"{"n":1}"#);
    assert!(pin("denial:2").unwrap_err().contains("only 2 refusals"));
    assert!(pin("denial:x").unwrap_err().contains("not the number"));
    assert_eq!(pin("inputs/a.json").unwrap().0, r#"{"n":3}"#);
    assert_eq!(pin(r#"json:{"x":1}"#).unwrap(), (r#"{"x":1}"#.into(), "the JSON that was given".into()));
    assert!(pin("json:{").unwrap_err().starts_with("the JSON that was given: line 1"));
    assert!(pin("json:[1]").unwrap_err().contains("a JSON object"));
    assert!(pin("nothing.json").is_err());
    let (input, from) = pin(&format!("event:{}", ulid(0))).unwrap();
    assert!(input.contains(r#""intent":"order.placed""#) && input.contains(r#""resource":"gatos://shop""#), "{input}");
    assert!(input.contains(r#""payload":{"amount":0"#) && from.contains(&ulid(0)), "{input}");
    assert!(pin("event:01ARZ3NDEKTSV4RRFFQ69G9999").unwrap_err().contains("no event"));
    let (_, effects) =
        execute(&fixture.snapshot(), &world, command::PIN_INPUT, &[PATH.to_owned()], &|_, _, _| ()).unwrap();
    assert_eq!(effects, [Effect::Pin("/p".into(), None)]);
    let outside = execute(&fixture.snapshot(), &world, command::PIN_INPUT, &["/q/a.rgs".to_owned()], &|_, _, _| ());
    assert!(outside.unwrap_err().contains("no project"));
}

#[test]
fn listings_and_pages_are_shown() {
    let fixture = Fixture::new(&format!(
        "{SUMS}//- gatos/policies/a.rgs\npackage gatos.a\n\ndefault allow := false\n\nallow if input.actor == \"user:ann\"\n"
    ));
    let world = Memory::default();
    let done = run(&fixture, &world, command::SHOW_ELC, &[PATH]).unwrap();
    assert!(done.markdown.contains("M.fold") && done.json.contains("SetField"), "{}", done.json);
    let done = run(&fixture, &world, command::SHOW_ELC, &["/p/gatos/policies/a.rgs"]).unwrap();
    assert!(done.json.contains("policy"), "{}", done.json);
    let done = run(&fixture, &world, command::EXPLAIN_CODE, &["e0107"]).unwrap();
    assert!(done.json.contains(r#""code":"E0107""#) && done.markdown.contains("dpairs"));
    assert!(run(&fixture, &world, command::EXPLAIN_CODE, &["E9999"]).is_err());
    assert!(run(&fixture, &world, command::EXPLAIN_DECISION, &[PATH]).unwrap_err().contains("is a fold"));
    assert!(run(&fixture, &world, command::RUN_TESTS, &[PATH]).unwrap_err().contains("cannot be run here"));
    assert!(
        run(&fixture, &world, command::TEST_FROM_DENIAL, &["/p/gatos/policies/a.rgs"])
            .unwrap_err()
            .contains("no refusal")
    );
    let done = run(&fixture, &world, command::COMPARE_ROOT, &["/p/gatos/policies/a.rgs"]).unwrap();
    assert!(done.json.contains(r#""is":"new""#), "{}", done.json);
}
