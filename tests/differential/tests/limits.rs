//! Library calls that ask for too much end with a limit or an error, quickly, and never
//! take what they did not pay for.

use gatos_compiler::{KindChoice, Options, Source, compile, no_modules};
use gatos_vm::{Failure, Limit, Limits, Silent, Vm};
use std::time::{Duration, Instant};

/// Runs a script with 10 million fuel and 16 MiB.
fn run(source: &str) -> (Result<(), Failure>, usize) {
    let options = Options { kind: KindChoice::Script, ..Options::default() };
    let compiled = compile(Source { name: "script.lua", text: source }, &no_modules, &options);
    let program = compiled.program.unwrap_or_else(|| panic!("{source}: {:?}", compiled.diagnostics));
    let limits = Limits { fuel: 10_000_000, memory: 16 << 20, ..Limits::DEFAULT };
    let mut vm = Vm::new(&program.program, &gatos_stdlib::library(), limits, Box::new(Silent)).unwrap();
    let main = vm.main();
    let r = vm.call_outer(main, &[]).map(|_| ());
    (r, vm.peak_bytes())
}

fn ends(source: &str, limit: Option<Limit>, message: &str) {
    let start = Instant::now();
    let (r, peak) = run(source);
    let failure = r.expect_err(source);
    assert_eq!(failure.limit, limit, "{source}: {}", failure.message);
    assert!(failure.message.contains(message), "{source}: {}", failure.message);
    assert!(peak < 64 << 20, "{source}: {peak} bytes");
    assert!(start.elapsed() < Duration::from_secs(20), "{source}: {:?}", start.elapsed());
}

#[test]
fn sizes_that_cannot_be_paid_for_are_limits() {
    let memory = Some(Limit::Memory);
    ends("local s = ('x'):rep(1 << 27)", memory, "memory limit");
    ends("local s = ('x'):rep(1 << 22, ('y'):rep(50))", memory, "memory limit");
    ends("local s = ('x'):rep(1 << 20) s = s:gsub('x', s)", memory, "memory limit");
    ends("local s = ('x'):rep(1 << 20) s = s:gsub('x', function() return s end)", memory, "memory limit");
    ends(
        "local s = ('x'):rep(1 << 20) local t = {} for i = 1, 100 do t[i] = s end s = table.concat(t)",
        memory,
        "memory limit",
    );
    ends(
        "local s = ('x'):rep(1 << 20) s = string.format('%s%s%s%s%s%s%s%s%s%s%s%s%s%s%s%s', s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s)",
        memory,
        "memory limit",
    );
    ends("local s = string.pack('c100000000', '')", memory, "memory limit");
    ends("local t = {} for i = 1, 40 do t = {t, t} end local s = json.encode_canonical(t)", memory, "memory limit");
    ends(
        "local s = ('x'):rep(1 << 20) local t = {s} for i = 1, 20 do t = {t, t} end s = json.encode_canonical(t)",
        memory,
        "memory limit",
    );
    ends("table.sort(setmetatable({}, {__len = function() return 2000000000 end}))", Some(Limit::Fuel), "fuel");
    ends("table.move({}, 1, math.maxinteger - 2, 2, {})", Some(Limit::Fuel), "fuel");
    ends(
        "table.insert(setmetatable({}, {__len = function() return math.maxinteger - 1 end}), 1, 1)",
        Some(Limit::Fuel),
        "fuel",
    );
    ends("table.concat({}, '', 1, math.maxinteger)", None, "invalid value (at index 1)");
    ends(
        "local t = setmetatable({}, {__index = function() return 'x' end}) table.concat(t, '', 1, math.maxinteger)",
        Some(Limit::Fuel),
        "fuel",
    );
    ends("table.unpack({}, 1, 100000000)", None, "too many results");
    ends("('x'):rep(2000000):byte(1, -1)", Some(Limit::Depth), "deeper");
}

#[test]
fn patterns_that_explode_use_up_the_fuel() {
    let fuel = Some(Limit::Fuel);
    ends("local s = ('a'):rep(60) local x = s:find(('a*'):rep(30) .. 'b')", fuel, "fuel");
    ends("local s = ('a'):rep(200000) local x = s:find('.-.-.-b')", fuel, "fuel");
    ends("local s = ('('):rep(200000) local x = s:find('%b()')", fuel, "fuel");
    ends("local s = ('a'):rep(200000) for w in s:gmatch('a-b') do end", fuel, "fuel");
    ends("local s = ('a'):rep(300) local x = s:find(('a?'):rep(300))", None, "pattern too complex");
    ends("pcall(string.find, ('a'):rep(60), ('a*'):rep(30) .. 'b')", fuel, "fuel");
}

#[test]
fn json_refuses_depth_cycles_and_what_is_not_data() {
    ends("json.decode_strict(('['):rep(10000))", None, "nest deeper than 128");
    ends("local t = {} t.t = t json.encode_canonical(t)", None, "value.t: the table contains itself");
    ends("local t = {} for i = 1, 200 do t = {t} end json.encode_canonical(t)", None, "128 levels");
    ends("json.encode_canonical({a = {1, {b = print}}})", None, "value.a[2].b: a function cannot be data");
    ends("json.encode_canonical({a = {x = 1, [1] = 2}})", None, "value.a: a table holds both");
    ends("json.encode_canonical({1, nil, 3})", None, "not 1..n without a gap");
    ends("json.encode_canonical({['a b'] = '\\xff'})", None, "value[\"a b\"]: a string that is not UTF-8");
    ends("json.encode_canonical({[1.5] = 1})", None, "a key of data");
    ends("json.encode_canonical(setmetatable({}, {}))", None, "metatable");
    ends("json.encode_canonical()", None, "there is no value");
    ends("json.decode_strict('[1,]')", None, "at byte 4: nothing follows the comma");
    ends("json.decode_strict('{\"a\":1,\"a\":2}')", None, "this key already");
    ends("json.decode_strict('9223372036854775808')", None, "number out of range");
    ends("json.decode_strict('[1] x')", None, "something after the value");
    ends("json.decode_strict('')", None, "the text ends inside a value");
    ends("json.decode_strict(5)", None, "string expected, got number");
    ends("json.array({a = 1})", None, "string keys");
}

#[test]
fn what_has_no_stable_meaning_is_an_error() {
    ends("local t = {} tostring(t)", None, "__tostring");
    ends("local f = print tostring(f)", None, "a function has no text");
    ends("local t = {} string.format('%s', t)", None, "__tostring");
    ends("local f = '%p' string.format(f, {})", None, "'%p' is refused");
    ends("local f = '%g' string.format(f, 1)", None, "'%g' is refused");
    ends("local f = 'd' string.pack(f, 1)", None, "no floats");
    ends("local k = '__gc' setmetatable({}, {[k] = print})", None, "'__gc' is not available");
    ends("for k in dpairs({[print] = 1}) do end", None, "a key of type function has no place");
    ends("dkeys({[{}] = 1})", None, "a key of type table has no place");
    ends("rng({})", None, "string or integer expected");
    ends("rng('x')(0)", None, "interval is empty");
    ends("rng('x')(5, 4)", None, "interval is empty");
    ends("rng('x')(1, 2, 3)", None, "wrong number of arguments");
    ends("math.sqrt(-1)", None, "out of range");
    ends("math.abs(math.mininteger)", None, "overflow");
}

#[test]
fn errors_of_the_library_name_function_argument_and_type() {
    ends("string.rep()", None, "bad argument #1 to 'string.rep' (string expected, got no value)");
    ends("string.rep('x', {})", None, "bad argument #2 to 'string.rep' (number expected, got table)");
    ends("string.rep('x', 1.5)", None, "bad argument #2 to 'string.rep' (number has no integer representation)");
    ends("table.insert(1, 2)", None, "bad argument #1 to 'table.insert' (table expected, got number)");
    ends("math.floor(nil)", None, "bad argument #1 to 'math.floor' (number expected, got nil)");
    ends("table.sort({1, 2}, 1)", None, "bad argument #2 to 'table.sort' (function expected, got number)");
}
