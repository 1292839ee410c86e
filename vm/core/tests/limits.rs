//! Whatever a program does, it ends with a value, an error or a limit: it never takes the
//! host's stack, memory or time without paying, and no protected call hides a limit.

#![allow(clippy::disallowed_methods, reason = "tests may measure time and be told how long to go on")]

mod common;
use common::{Seen, check, check_error, check_limit, run, run_with};
use gatos_vm::{Limit, Limits};
use std::time::{Duration, Instant};

fn small() -> Limits {
    Limits { fuel: 2_000_000, memory: 8 << 20, depth: 16_384 }
}

/// Runs on a thread with the stack that tests and most servers have.
fn on_a_small_stack(f: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(2 << 20).spawn(f).unwrap().join().unwrap();
}

/// Ends within a time that is far above what its fuel is worth.
#[track_caller]
fn soon(text: &str) -> Seen {
    let from = Instant::now();
    let r = run_with(text, small()).0;
    assert!(from.elapsed() < Duration::from_secs(60), "{:?}: {r:?}\n{text}", from.elapsed());
    r
}

#[test]
fn endless_work_ends() {
    for text in [
        "while true do end",
        "local function f() return f() end f()",
        "for i = 1, math.maxinteger do end",
        "::a:: goto a",
        "local t = setmetatable({}, { __index = function(t, k) return t[k + 1] end }) return t[1]",
        "repeat local s = ('x'):rep(100) until false",
        "return ('a'):rep(300):find(('a?'):rep(60) .. ('a'):rep(300) .. 'b')",
        "return table.concat(setmetatable({}, { __index = function() return 'x' end }), '', 1, math.maxinteger)",
        "return table.unpack(setmetatable({}, { __index = function() while true do end end }), 1, 3)",
        "table.move({}, 1, math.maxinteger - 1, 2)",
        "table.sort(setmetatable({}, { __len = function() return 1000000 end, __index = function(_, i) return -i end }))",
        "table.insert(setmetatable({}, { __len = function() return math.maxinteger - 1 end }), 1, 1)",
        "table.remove(setmetatable({}, { __len = function() return math.maxinteger - 1 end }), 1)",
    ] {
        assert!(matches!(soon(text), Seen::Limit(_) | Seen::Error(_)), "{text}");
    }
}

#[test]
fn no_protected_call_hides_a_limit() {
    for (body, want) in [
        ("while true do end", Limit::Fuel),
        ("local s = 'x' while true do s = s .. s end", Limit::Memory),
        ("local function f() return 1 + f() end f()", Limit::Depth),
        ("local t = {} while true do t[#t + 1] = {} end", Limit::Memory),
    ] {
        for text in [
            format!("pcall(function() {body} end)"),
            format!("pcall(pcall, pcall, function() {body} end)"),
            format!("xpcall(function() {body} end, function(e) return e end)"),
            format!("xpcall(error, function() {body} end, 'x')"),
            format!("pcall(table.sort, {{ 1, 2 }}, function() {body} end)"),
            format!("pcall(string.gsub, 'a', 'a', function() {body} end)"),
            format!("pcall(tostring, setmetatable({{}}, {{ __tostring = function() {body} end }}))"),
        ] {
            check_limit(&text, small(), want);
        }
    }
}

#[test]
fn calls_back_from_the_library_nest_within_a_small_stack() {
    on_a_small_stack(|| {
        for text in [
            "local function f(n) return (('a'):gsub('a', function() return f(n + 1) end)) end return f(1)",
            "local function f() table.sort({ 2, 1 }, function() f() end) end f()",
            "local t t = setmetatable({}, { __index = function(_, k) return t[k] end }) return t.x",
            "local t t = setmetatable({}, { __newindex = function(_, k, v) t[k] = v end }) t.x = 1",
            "local t t = setmetatable({}, { __tostring = function() return tostring(t) end }) return tostring(t)",
            "local t t = setmetatable({}, { __tostring = function() return string.format('%s', t) end }) print(t)",
            "local t t = setmetatable({}, { __add = function() return t + t end }) return t + t",
            "local t t = setmetatable({}, { __concat = function() return t .. t .. t end }) return t .. t",
            "local t t = setmetatable({}, { __eq = function(a, b) return a == b end }) return t == setmetatable({}, getmetatable(t))",
            "local t t = setmetatable({}, { __lt = function(a, b) return a < b end }) return t < t",
            "local t t = setmetatable({}, { __len = function(a) return #a end }) return #t",
            "local t t = setmetatable({}, { __index = function(_, k) return table.concat(t, '', 1, 2) end }) return t[1]",
            "local t t = setmetatable({}, { __index = function(_, k) return table.unpack(t, 1, 2) end }) return t[1]",
            "local function f() return pcall(string.gsub, 'a', 'a', f) end return f()",
            "local function f() return xpcall(error, function() return (('a'):gsub('a', f)) end, 1) end return f()",
        ] {
            assert_eq!(run(text), Seen::Limit(Limit::Depth), "{text}");
        }
    });
}

#[test]
fn deep_chains_of_protected_calls_and_handlers_stay_off_the_host_stack() {
    on_a_small_stack(|| {
        let deep = Limits { depth: 100_000, ..Limits::DEFAULT };
        let text = "local function bad(e) error('again') end
            local function f(n) if n == 0 then error('first') end xpcall(f, bad, n - 1) end
            f(30000) return 'done'";
        assert_eq!(run_with(text, deep).0, Seen::Values(vec!["\"done\"".into()]));
        let text = "local function f(n) if n == 0 then error('x') end local ok, e = pcall(f, n - 1) error(e) end
            return select(2, pcall(f, 30000))";
        assert_eq!(run_with(text, deep).0, Seen::Values(vec!["\"x\"".into()]));
        let mut nested = "error".to_owned();
        for _ in 0..100 {
            nested = format!("pcall, {nested}");
        }
        check(&format!("return #table.pack(pcall({nested}, 'x'))"), &["102"]);
    });
}

#[test]
fn a_handler_that_fails_ends_its_own_protected_call() {
    check("return xpcall(error, function(e) error('second') end, 'first')", &["false", "\"second\""]);
    check(
        "return pcall(function() xpcall(error, function(e) error('second') end, 'first') return 'goes on' end)",
        &["true", "\"goes on\""],
    );
    check(
        "return select('#', xpcall(error, function() end, 1)), xpcall(error, function() end, 1)",
        &["2", "false", "<Nil>"],
    );
}

#[test]
fn deep_data_stays_off_the_host_stack() {
    on_a_small_stack(|| {
        let text = "local t = {} for i = 1, 5000 do t = { t } end
            local ok, e = pcall(json.encode_canonical, t) return ok, e:sub(-40)";
        assert!(matches!(run(text), Seen::Values(v) if v[0] == "false"));
        let text = "return pcall(json.decode_strict, ('['):rep(100000))";
        assert!(matches!(run(text), Seen::Values(v) if v[0] == "false"));
        check_error("local t = {} for i = 1, 10000 do t = setmetatable({}, { __index = t }) end return t.x", "loop");
        check_error("local t = {} for i = 1, 10000 do t = setmetatable({}, { __newindex = t }) end t.x = 1", "loop");
    });
}

#[test]
fn results_with_shared_or_circular_tables_are_written_in_bounded_time() {
    let from = Instant::now();
    assert_eq!(run("local t = {} t.a = t t.b = t t.c = { t, t } return t"), Seen::Values(vec!["<Cycle>".into()]));
    let (seen, _) = run_with("local t = { 1 } for _ = 1, 100 do t = { t, t } end return t", small());
    assert_eq!(seen, Seen::Values(vec!["<TooLarge>".into()]));
    assert!(from.elapsed() < Duration::from_secs(60));
}

#[test]
fn chains_of_call_metamethods_end() {
    check_error("local t = {} setmetatable(t, { __call = t }) t()", "loop");
    check(
        "local t = function(...) return select('#', ...) end for _ = 1, 20 do t = setmetatable({}, { __call = t }) end return t(1, 2)",
        &["22"],
    );
}

#[test]
fn registers_run_out_before_the_stack_does() {
    for text in [
        "local t = {} for i = 1, 999990 do t[i] = i end return select('#', table.unpack(t))",
        "local t = {} for i = 1, 300000 do t[i] = 0 end
         local function f(...) return f(1, ...) end return f(table.unpack(t))",
        "local function f(...) return (select('#', f(1, 2, 3, 4, 5, 6, 7, 8, ...))) end return f()",
        "local t = {} for i = 1, 250000 do t[i] = 0 end
         local function g(...) return table.unpack(t) end
         return select('#', g(table.unpack(t)), g(table.unpack(t)), g(g(g(table.unpack(t)))))",
        "local t = {} for i = 1, 400000 do t[i] = 0 end return #table.pack(table.unpack(t), table.unpack(t))",
        "return #('x'):rep(999990), ('x'):rep(999990):byte(1, -1)",
        "local t = {} for i = 1, 600000 do t[i] = 0 end
         return pcall(pcall, select, 2, table.unpack(t))",
        "local t = {} for i = 1, 600000 do t[i] = 0 end return ('x'):rep(3):gsub('x', function() return table.unpack(t) end)",
        "local t = {} for i = 1, 499000 do t[i] = 0 end
         local c = setmetatable({}, { __call = function(self, ...) return ... end }) return select('#', c(table.unpack(t)))",
        "local function f(n, ...) local a, b, c, d, e, g, h if n == 0 then return ... end return (f(n - 1, ...)) end
         return f(16000, 1, 2, 3)",
    ] {
        let from = Instant::now();
        let seen = run_with(text, Limits { memory: 1 << 30, ..Limits::DEFAULT }).0;
        assert!(from.elapsed() < Duration::from_secs(60), "{seen:?}\n{text}");
        assert!(!matches!(seen, Seen::Limit(Limit::Memory)), "{seen:?}\n{text}");
    }
}

#[test]
fn huge_arguments_are_refused_or_charged() {
    check_error("return ('x'):rep(1 << 40)", "too large");
    check("return #(''):rep(1 << 60), #('x'):rep(-5), ('x'):rep(0)", &["0", "0", "\"\""]);
    check_limit("return ('x'):rep(1 << 30)", Limits { fuel: u64::MAX, ..small() }, Limit::Memory);
    check_error("return ('x'):rep(1 << 20, ('y'):rep(1 << 12))", "too large");
    check_error("return table.unpack({}, 1, 1 << 40)", "too many results");
    check_error("return table.unpack({}, math.mininteger, math.maxinteger)", "too many results");
    check_error("return table.concat({}, '', 1, 1 << 60)", "invalid value (at index 1)");
    check_error("return table.move({}, math.mininteger, math.maxinteger, 1)", "too many");
    check_error("return table.move({}, 1, 2, math.maxinteger)", "wrap around");
    check_error("table.insert({ 1 }, 5, 1)", "out of bounds");
    check_error("table.insert({ 1 }, 0, 1)", "out of bounds");
    check_error("table.insert({ 1 }, math.mininteger, 1)", "out of bounds");
    check_error("table.remove({ 1 }, 7)", "out of bounds");
    check_error("return select(0)", "out of range");
    check_error("return select(-2, 1)", "out of range");
    check("return select('#'), select(-1, 1, 2), select(5, 1)", &["0", "2"]);
    check_error("return utf8.char(1 << 31)", "out of range");
    check_error("return ('%100d'):format(1)", "invalid conversion");
    check("return #('%99d'):format(1), #('%-99.99d'):format(-1), #('%.99f'):format(1.5)", &["99", "100", "101"]);
    check("return ('%5.1s|%-5s|%.0s'):format('abc', 'd', 'e')", &["\"    a|d    |\""]);
    check_error("return string.pack('i17', 1)", "out of limits");
    check_error("return string.unpack('s', ('\\xff'):rep(8))", "too short");
    check_error("return string.unpack('c2147483647', 'x')", "too short");
}

#[test]
fn memory_of_the_host_stays_near_what_was_paid() {
    // Each of these would take gigabytes if hints, tombstones or numbers were believed.
    for text in [
        "local t = {} while true do t = { t, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil } end",
        "local s = ('x'):rep(2 << 20) while true do local r = 1 .. s .. s .. s .. s .. s .. s .. s .. s .. s .. s end",
        "local t = {} while true do for i = 1, 100 do t[i * 7] = i end for i = 1, 100 do t[i * 7] = nil end end",
        "local n while true do local t = { a = n, b = n, c = n, d = n, e = n, f = n, g = n, h = n, i = n, j = n, k = n } end",
    ] {
        let mut m = common::Machine::new(text, Limits { fuel: 50_000_000, ..small() });
        assert!(matches!(m.main(), Seen::Limit(_)), "{text}");
        let peak = m.vm.peak_bytes();
        assert!(peak < 80 << 20, "{peak} bytes\n{text}");
    }
}

#[test]
fn failing_again_and_again_is_paid_for() {
    // Work before an error is work: each of these does much of it for little, if it is free.
    let big = "local big = ('x'):rep(4 << 20)\n";
    for body in [
        "pcall(table.concat, { big, big, {} })",
        "pcall(string.format, '%s%s%d', big, big, 'x')",
        "pcall(string.gsub, 'aaaa', 'a', big .. '%9')",
        "pcall(string.gsub, 'ab', '.', function(c) if c == 'a' then return big end error('x') end)",
        "pcall(string.find, 'x', '[' .. big)",
        "pcall(function() return -big end)",
        "pcall(function() return big + 1 end)",
        "pcall(utf8.offset, 'a' .. cont, 2)",
        "pcall(utf8.codes('a'), 'a' .. cont, 1)",
        "pcall(json.encode_canonical, { big, big, print })",
        "pcall(string.rep, big, 3)",
        "pcall(tonumber, big)",
        "pcall(string.pack, 's4i1', big, 300)",
        "pcall(string.unpack, 'zi8', big)",
    ] {
        let text = format!("{big}local cont = ('\\x80'):rep(4 << 20)\nwhile true do {body} end");
        let from = Instant::now();
        let limits = Limits { fuel: 3_000_000, memory: 1 << 40, ..Limits::DEFAULT };
        let seen = run_with(&text, limits).0;
        assert!(from.elapsed() < Duration::from_secs(60), "{:?} {body}", from.elapsed());
        assert_eq!(seen, Seen::Limit(Limit::Fuel), "{body}");
    }
}

#[test]
fn empty_tables_that_were_large_are_cheap_to_walk() {
    for (fill, clear) in [
        ("t[i] = i", "for i = n, 1, -1 do t[i] = nil end"),
        ("t[i] = i", "for i = 1, n do t[i] = nil end"),
        ("t[i] = i", "for i = 1, n - 1 do t[i] = nil end"),
        ("t[i * 3] = i", "for i = 1, n do t[i * 3] = nil end"),
        ("t['k' .. i] = i", "for i = 1, n do t['k' .. i] = nil end"),
    ] {
        for walk in ["dkeys(t)", "for _ in dpairs(t) do end", "pcall(json.encode_canonical, t)", "dvalues(t)"] {
            let text = format!(
                "local t, n = {{}}, 100000\nfor i = 1, n do {fill} end\n{clear}\nfor _ = 1, 30000 do {walk} end return 1"
            );
            let from = Instant::now();
            let seen = run_with(&text, Limits { memory: 1 << 40, ..Limits::DEFAULT }).0;
            assert_eq!(seen, Seen::Values(vec!["1".into()]), "{text}");
            assert!(from.elapsed() < Duration::from_secs(60), "{:?}\n{text}", from.elapsed());
        }
    }
}

#[test]
fn results_passed_on_are_paid_for() {
    let text = "local t = {} for i = 1, 200000 do t[i] = 0 end
        local function f(n) if n == 0 then return table.unpack(t) end return 1, f(n - 1) end
        return select('#', f(16000))";
    let from = Instant::now();
    assert_eq!(run_with(text, Limits { fuel: 20_000_000, ..Limits::DEFAULT }).0, Seen::Limit(Limit::Fuel));
    assert!(from.elapsed() < Duration::from_secs(60));
}

#[test]
fn a_depth_limit_of_any_size_can_be_set() {
    let text = "local function f(n) if n == 0 then return 0 end return 1 + f(n - 1) end return f(1000)";
    assert_eq!(run_with(text, Limits { depth: u32::MAX, ..Limits::DEFAULT }).0, Seen::Values(vec!["1000".into()]));
    let text = "local function f() return 1 + f() end return f()";
    check_limit(text, Limits { depth: u32::MAX, ..Limits::DEFAULT }, Limit::Depth);
}
