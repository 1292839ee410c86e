//! What ends an event: hostile results, shared and moved tables, and a state that goes on
//! exactly as if it had been read back.

#![allow(clippy::disallowed_methods, reason = "tests may measure time and be told how long to go on")]

mod common;
use common::Fold;
use gatos_vm::Limits;

fn fold(body: &str) -> String {
    format!("local M = {{}}\nfunction M.fold(state, event)\ndo {body} end\nreturn state\nend\nreturn M")
}

/// Each event's payload is the number of the event, from 1.
fn events(body: &str, n: usize) -> Vec<Result<String, String>> {
    let mut f = Fold::begin(&fold(body));
    (1..=n).map(|i| f.event(&format!(r#"{{"i":{i}}}"#))).collect()
}

#[test]
fn a_table_moved_into_something_that_cannot_be_kept_is_an_error_and_not_a_crash() {
    for bad in [
        "{ a = a, f = print }",
        "{ a, print }",
        "{ a = a, z = { a, print } }",
        "{ x = { y = { a = a, f = function() end } } }",
        "{ a, f = 1 }",
    ] {
        let all = events(
            &format!(
                "if event.i == 1 then state.a = {{ b = {{ 1 }} }} else local a = state.a; state.a = nil; state.x = {bad} end"
            ),
            2,
        );
        assert!(all[0].is_ok());
        assert!(all[1].as_ref().is_err_and(|e| e.starts_with("state.x")), "{bad}: {all:?}");
    }
}

#[test]
fn what_cannot_be_kept_is_forgiven_where_nothing_reaches_it() {
    let all = events(
        r#"if event.i == 1 then state.a = { b = {} } return state end
        local a = state.a
        a.f = print; a.g = { a.b, print }
        state.a = nil
        state.ok = { a.b }"#,
        2,
    );
    assert_eq!(all[1].as_deref(), Ok(r#"{"ok":[{}]}"#));
}

#[test]
fn a_second_mistake_counts_when_the_first_is_out_of_reach() {
    let all = events(
        r#"if event.i == 1 then state.a = { b = {} } return state end
        local a = state.a
        a.f = print
        state.a = nil
        state.g = print"#,
        2,
    );
    assert_eq!(all[1], Err("state.g: a function cannot be data".to_owned()));
}

#[test]
fn returning_a_part_a_wrapper_or_a_ring_is_settled() {
    let all = events(
        r#"if event.i == 1 then return { a = { b = { c = { 1 } } } } end
        if event.i == 2 then return { old = state, again = state.a.b } end
        if event.i == 3 then return state.old.a end
        if event.i == 4 then local b = state.b; state.b = nil; b.self = b; return { left = b.c } end
        return state.left"#,
        5,
    );
    let want = [
        r#"{"a":{"b":{"c":[1]}}}"#,
        r#"{"again":{"c":[1]},"old":{"a":{"b":{"c":[1]}}}}"#,
        r#"{"b":{"c":[1]}}"#,
        r#"{"left":[1]}"#,
        "[1]",
    ];
    let got: Vec<&str> = all.iter().map(|r| r.as_deref().unwrap_or("error")).collect();
    assert_eq!(got, want);
}

#[test]
fn a_list_filtered_into_a_new_one_takes_time_in_proportion() {
    let mut f = Fold::begin(&fold(
        r#"if event.i == 1 then
          state.l = {}
          for i = 1, 30000 do state.l[i] = { n = i } end
        else
          local out = {}
          for _, x in ipairs(state.l) do if x.n % 7 ~= event.i then out[#out + 1] = x end end
          state.l = out
        end
        state.n = #state.l"#,
    ));
    f.event(r#"{"i":1}"#).unwrap();
    let from = std::time::Instant::now();
    for i in 2..5 {
        f.event(&format!(r#"{{"i":{i}}}"#)).unwrap();
    }
    // Searching each parent for each child takes minutes.
    assert!(from.elapsed().as_secs() < 60);
}

/// Runs the same events on one machine, and on machines that read the state back before each.
#[track_caller]
fn lives_as_it_resumes(body: &str, n: usize) {
    let text = fold(body);
    let mut live = Fold::begin(&text);
    let mut state = live.state();
    for i in 1..=n {
        let event = format!(r#"{{"i":{i}}}"#);
        let mut read = Fold::with(&text, Limits::DEFAULT).unwrap();
        read.resume(&state);
        let (a, b) = (live.event(&event), read.event(&event));
        assert_eq!(a, b, "event {i}");
        assert_eq!(live.vm.usage(), read.vm.usage(), "event {i}: {a:?}");
        assert_eq!(live.vm.state_bytes(), read.vm.state_bytes(), "event {i}: {a:?}");
        state = a.unwrap();
    }
}

#[test]
fn depth_is_counted_where_things_end_up() {
    let text = fold(
        r#"local i = event.i
        local function chain(n) local t = { tip = true } for _ = 2, n do t = { down = t } end return t end
        local function tip(t) while t.down do t = t.down end return t end
        if i == 1 then state.a = chain(60) state.b = chain(60)
        elseif i == 2 then local b = state.b state.b = nil tip(state.a).down = b
        elseif i % 3 == 0 then return { down = state.a or state.down, n = i }
        elseif i % 3 == 1 then local t = tip(state) t.down = chain(2)
        else local d = state.down state.down = { down = d.down } end"#,
    );
    let mut live = Fold::begin(&text);
    let mut state = live.state();
    for i in 1..60 {
        let event = format!(r#"{{"i":{i}}}"#);
        let mut read = Fold::with(&text, Limits::DEFAULT).unwrap();
        read.resume(&state);
        let (a, b) = (live.event(&event), read.event(&event));
        assert_eq!(a, b, "event {i}");
        match a {
            Ok(s) => state = s,
            Err(e) => {
                assert!(i > 5 && e.contains("deeper than 128"), "event {i}: {e}");
                return;
            }
        }
    }
    panic!("no limit was met");
}

#[test]
fn wrapping_the_state_again_and_again_meets_the_limit_of_depth() {
    let mut f = Fold::begin(&fold("return { old = state }"));
    let ended = (1..200).find(|_| f.event("{}").is_err());
    assert_eq!(ended, Some(128));
}

#[test]
fn fuel_does_not_show_where_integer_keys_lie() {
    lives_as_it_resumes(
        r#"if event.i == 1 then
          local t = {}
          for i = 1, 40 do t[i] = i end
          state.t = t
        elseif event.i == 2 then
          for i = 2, 39 do state.t[i] = nil end
          state.t[40] = nil
        else
          local t = state.t
          for k = 3, 40 do t[k] = k end
          t[2] = 2
        end"#,
        4,
    );
}

#[test]
fn an_emptied_list_is_what_it_would_be_when_read_back() {
    lives_as_it_resumes(
        r#"local i = event.i
        if i == 1 then state.t = {}
        elseif i == 2 then state.t.a = 1; state.t.a = nil; state.t[1] = "x"
        elseif i == 3 then state.t[1] = nil
        elseif i == 4 then state.t[2] = 1; state.t[2] = nil
        elseif i == 5 then state.t.k = 1
        elseif i == 6 then state.t.k = nil
        elseif i == 7 then state.t[1] = 1
        elseif i == 8 then table.remove(state.t)
        end"#,
        9,
    );
}

#[test]
fn records_dictionaries_and_keys_seen_before_cost_the_same() {
    lives_as_it_resumes(
        r#"local t = state.t or {}
        state.t = t
        for i = 1, event.i * 9 do t["k" .. (i * event.i % 70)] = { i = i, ["dyn" .. i] = "s" .. i } end
        for i = 1, event.i * 4 do t["k" .. i] = nil end
        for k, v in dpairs(t) do v.seen = (v.seen or 0) + 1; v[k] = #k end
        state.text = json.encode_canonical(t)
        state.n = #dkeys(t)"#,
        8,
    );
}

#[test]
fn a_state_replaced_by_one_as_large_is_not_too_large() {
    let text = fold(r#"return { s = ("x"):rep(600), n = event.i }"#);
    let limits = Limits { memory: 1500, ..Limits::DEFAULT };
    let mut f = Fold::with(&text, limits).unwrap();
    f.start().unwrap();
    for i in 1..5 {
        f.event(&format!(r#"{{"i":{i}}}"#)).unwrap();
    }
}

#[test]
fn shared_subtrees_multiply_only_up_to_the_limit() {
    let mut f = Fold::begin(&fold("local t = { 1 }\nfor _ = 1, 100 do t = { t, t } end\nstate.t = t"));
    assert_eq!(f.event("{}").unwrap_err(), "too large");
}

#[test]
fn nothing_made_while_loading_changes_afterwards() {
    for (load, body, want) in [
        ("local t = { n = 0 }", "t.n = t.n + 1", "frozen"),
        ("local t = { 1, 2 }", "table.insert(t, 3)", "frozen"),
        ("local t = { 2, 1 }", "table.sort(t)", "frozen"),
        ("local t = { 2, 1 }", "table.remove(t)", "frozen"),
        ("local t = {}", "rawset(t, 1, 1)", "frozen"),
        ("local t = {}", "setmetatable(t, {})", "frozen"),
        ("local t = setmetatable({}, { __index = { a = { } } })", "t.a.b = 1", "frozen"),
        ("local t = setmetatable({}, {})", "getmetatable(t).__index = print", "frozen"),
        ("local t = {}", "table.move({ 1 }, 1, 1, 1, t)", "frozen"),
        ("local t = { { { x = {} } } }", "t[1][1].x.y = 1", "frozen"),
        ("local r = rng('a')", "state.r = r()", "while the fold module loaded"),
        ("local g = string.gmatch('a b c', '%a')", "state.g = g()", "while the fold module loaded"),
        ("local d = dpairs({ a = 1 })", "state.d = d()", "while the fold module loaded"),
        ("local t = { r = { rng('a') } }", "state.r = t.r[1]()", "while the fold module loaded"),
        ("local s = string", "s.extra = 1", "frozen"),
        (
            "local function make() local n = 0 return function() n = n + 1 return n end end local next_n = make()",
            "state.n = next_n()",
            "captured while the fold module loaded",
        ),
    ] {
        let text = format!("{load}\nlocal M = {{}}\nfunction M.fold(state, event)\n{body}\nreturn state end\nreturn M");
        let mut f = Fold::begin(&text);
        match f.event("{}") {
            Err(e) if e.contains(want) => {}
            other => panic!("{body}: {other:?}"),
        }
    }
}

#[test]
fn walking_a_frozen_table_leaves_nothing_of_the_event_in_it() {
    let text = "local few = {}
        for i = 1, 2000 do few['k' .. i] = i few[i] = i end
        for i = 1, 1990 do few['k' .. i] = nil few[i] = nil end
        local M = {}
        function M.fold(state, event)
          local junk = {}
          for i = 1, 500 do junk['j' .. i] = { i } end
          state.n = #dkeys(few)
          state.last = few.k2000 + few[2000]
          return state
        end
        return M";
    let mut f = Fold::begin(text);
    for _ in 0..5 {
        assert_eq!(f.event("{}").as_deref(), Ok(r#"{"last":4000,"n":20}"#));
    }
}

#[test]
fn emit_only_reads_the_state() {
    for body in [
        "state.a = 1",
        "state.l[1] = 5",
        "table.insert(state.l, 1)",
        "table.remove(state.l)",
        "table.sort(state.l)",
        "table.move({ 9 }, 1, 1, 1, state.l)",
        "rawset(state, 'a', 1)",
        "setmetatable(state, {})",
        "for k in dpairs(state) do state[k] = nil end",
        "json.array(state.e)",
    ] {
        let text = format!(
            "local M = {{}}\nfunction M.init() return {{ l = {{ 3, 2, 1 }}, e = {{}} }} end\nfunction M.fold(s) return s end\nfunction M.emit(state)\n{body}\nreturn {{ a = state }} end\nreturn M"
        );
        let mut f = Fold::begin(&text);
        assert!(f.emit().is_err(), "{body}");
        assert_eq!(f.state(), r#"{"e":{},"l":[3,2,1]}"#, "{body}");
    }
}

#[test]
fn caches_of_one_event_know_nothing_of_the_next() {
    // Metatables and holders of each event lie where those of the last one lay.
    let all = events(
        r#"local holder = { v = "event " .. event.i }
        local meta = { __index = holder }
        local out = {}
        for i = 1, 3 do
          local t = setmetatable({ i = i }, meta)
          out[i] = t.v
          if i == 2 then holder.v = "later " .. event.i end
        end
        state.s = state.s or { w = "w" .. event.i }
        local through = setmetatable({}, { __index = state.s })
        out[4] = through.w
        state.s = { w = "w" .. event.i }
        state.out = out"#,
        3,
    );
    for (i, got) in all.iter().enumerate() {
        let i = i + 1;
        let before = i.saturating_sub(1).max(1);
        assert_eq!(
            got.as_deref(),
            Ok(format!(r#"{{"out":["event {i}","event {i}","later {i}","w{before}"],"s":{{"w":"w{i}"}}}}"#).as_str())
        );
    }
}
