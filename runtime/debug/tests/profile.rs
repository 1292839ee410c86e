//! Profiles: what they say of small programs, and that the file is one that both viewers read.

use gatos_compiler::{CompiledProgram, KindChoice, Options, Source, compile, no_modules};
use gatos_debug::profile::{Profile, Recorder};
use gatos_echo::{Limits, Script, Silent};
use serde_json::Value;

const SOURCE: &str = "local function work(n)
  local s = 0
  for i = 1, n do
    s = s + i
  end
  return s
end
local function both(n)
  return work(n) + work(2 * n)
end
local list = {}
for i = 1, 20 do list[i] = 21 - i end
table.sort(list, function(a, b) return a < b end)
local ok = pcall(function() error('no') end)
return both(100), string.rep('ab', 1000), ok
";

fn script() -> CompiledProgram {
    let options = Options { kind: KindChoice::Script, ..Options::default() };
    let done = compile(Source { name: "work.lua", text: SOURCE }, &no_modules, &options);
    done.program.unwrap_or_else(|| panic!("{:?}", done.diagnostics))
}

fn with_profile(check: impl FnOnce(Profile<'_>, u64)) {
    let program = script();
    let mut recorder = Recorder::new(program.program.program(), Some(&program.map));
    recorder.begin("script", Limits::DEFAULT.fuel);
    let (script, _) =
        Script::run_watched(&program.program, Limits::DEFAULT, Box::new(Silent), Some(&mut recorder)).unwrap();
    let fuel = script.usage().fuel;
    recorder.end(fuel);
    check(recorder.finish(), fuel);
}

#[test]
fn fuel_is_told_by_function() {
    with_profile(|profile, fuel| {
        assert_eq!(profile.total(), fuel);
        let all = profile.functions();
        let of = |name: &str| all.iter().find(|f| f.name == name).unwrap_or_else(|| panic!("{name}: {all:?}")).clone();
        let (work, both, sort) = (of("work"), of("both"), of("table.sort"));
        assert_eq!(work.calls, 2);
        assert_eq!(work.own, work.total);
        assert!(both.total > work.total && both.own < 60, "{both:?} {work:?}");
        assert_eq!(work.place.as_deref(), Some("work.lua:1"));
        // The comparisons are the sort's, though the program wrote them.
        assert!(sort.total > sort.own && sort.calls == 1, "{sort:?}");
        assert!(of("string.rep").own > 0);
        assert_eq!(of("script").total, fuel);
        assert_eq!(of("pcall").calls, 1);
        let own: u64 = all.iter().map(|f| f.own).sum();
        assert_eq!(own, fuel);
    });
}

#[test]
fn fuel_is_told_by_line() {
    with_profile(|profile, _| {
        let lines = profile.lines();
        let hottest = lines.iter().max_by_key(|(_, _, fuel)| *fuel).unwrap();
        assert_eq!(hottest.0, "work.lua");
        assert!([3, 4, 13].contains(&hottest.1), "{lines:?}");
        // 300 rounds, and an addition each.
        assert!(lines.iter().any(|(_, line, fuel)| *line == 4 && *fuel == 300), "{lines:?}");
    });
}

#[test]
fn the_table_shows_functions_and_hot_lines() {
    with_profile(|profile, _| {
        let text = profile.table(5, &|name| (name == "work.lua").then(|| SOURCE.to_owned()));
        assert!(text.contains("work  work.lua:1"), "{text}");
        assert!(text.contains("4 |     s = s + i"), "{text}");
        assert!(text.contains("and ") && text.contains(" more"), "{text}");
    });
}

fn numbers(v: &Value) -> Vec<u64> {
    v.as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).collect()
}

#[test]
fn the_file_is_one_of_speedscope() {
    with_profile(|profile, fuel| {
        let json: Value = serde_json::from_str(&profile.to_json("work.lua")).unwrap();
        assert_eq!(json["$schema"], "https://www.speedscope.app/file-format-schema.json");
        let frames = json["shared"]["frames"].as_array().unwrap();
        for p in json["profiles"].as_array().unwrap() {
            assert_eq!(p["type"], "sampled");
            assert_eq!(p["unit"], "none");
            let weights = numbers(&p["weights"]);
            let samples = p["samples"].as_array().unwrap();
            assert_eq!(weights.len(), samples.len());
            assert_eq!(weights.iter().sum::<u64>(), fuel);
            assert_eq!(p["endValue"].as_u64(), Some(fuel));
            for sample in samples {
                assert!(numbers(sample).iter().all(|i| (*i as usize) < frames.len()));
            }
        }
        assert!(frames.iter().any(|f| f["name"] == "work" && f["file"] == "work.lua" && f["line"] == 1));
        assert!(frames.iter().any(|f| f["name"] == "work (line 4)" && f["line"] == 4));
    });
}

#[test]
fn the_file_is_one_of_the_firefox_profiler_too() {
    with_profile(|profile, fuel| {
        let json: Value = serde_json::from_str(&profile.to_json("work.lua")).unwrap();
        assert_eq!(json["meta"]["preprocessedProfileVersion"], 55);
        let thread = &json["threads"][0];
        // Every table has as many rows in each column as it says.
        for table in ["samples", "stackTable", "frameTable", "funcTable", "resourceTable", "nativeSymbols", "markers"] {
            let table = thread[table].as_object().unwrap();
            let length = table["length"].as_u64().unwrap() as usize;
            for (name, column) in table.iter().filter(|(name, _)| *name != "length" && *name != "weightType") {
                assert_eq!(column.as_array().unwrap().len(), length, "{name}");
            }
        }
        assert_eq!(numbers(&thread["samples"]["weight"]).iter().sum::<u64>(), fuel);
        let strings = thread["stringArray"].as_array().unwrap().len() as u64;
        assert!(numbers(&thread["funcTable"]["name"]).iter().all(|i| *i < strings));
        // A stack's prefix comes before it, and its frame is there.
        let (prefixes, frames) = (&thread["stackTable"]["prefix"], numbers(&thread["stackTable"]["frame"]));
        let rows = thread["frameTable"]["length"].as_u64().unwrap();
        for (i, (prefix, frame)) in prefixes.as_array().unwrap().iter().zip(frames).enumerate() {
            assert!(prefix.is_null() || prefix.as_u64().unwrap() < i as u64);
            assert!(frame < rows);
        }
        assert!(thread["frameTable"]["line"].as_array().unwrap().iter().any(|line| line == 4));
    });
}

#[test]
fn endless_recursion_makes_a_profile_of_bounded_size() {
    let options = Options { kind: KindChoice::Script, ..Options::default() };
    let text = "local function down(n) return 1 + down(n + 1) end\nreturn down(1)\n";
    let done = compile(Source { name: "deep.lua", text }, &no_modules, &options).program.unwrap();
    let mut recorder = Recorder::new(done.program.program(), Some(&done.map));
    recorder.begin("script", Limits::DEFAULT.fuel);
    let ran = Script::run_watched(&done.program, Limits::DEFAULT, Box::new(Silent), Some(&mut recorder));
    assert!(ran.is_err());
    recorder.end(0);
    let profile = recorder.finish();
    assert!(profile.to_json("deep.lua").len() < 4 << 20);
    assert!(profile.functions()[0].calls > 10_000);
}
