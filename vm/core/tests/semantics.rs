//! Lua's meaning, and EchoLua's own, where an implementation is likely to slip.

mod common;
use common::{Seen, check, check_error, run};

#[test]
fn numbers_of_both_kinds_are_one_order_and_one_key() {
    check(
        "return 1 == 1.0, 2^53 == 2^53, 1 < 1.5, -0.0 == 0, 1 // 0.5, 7 // -2, -7 % 3, 7 % -3, -7.5 % 2",
        &["true", "true", "true", "true", "2.0", "-4", "2", "-2", "0.5"],
    );
    check(
        "local t = {} t[1.0] = 'a' t[2] = 'b' t[2.5] = 'c' return t[1], t[2.0], t[2.5], #t",
        &["\"a\"", "\"b\"", "\"c\"", "2"],
    );
    check(
        "return math.type(3 // 1), math.type(3 / 1), math.type(2 ^ 2), math.type(2.0 ^ 2), tostring(-0.0)",
        &["\"integer\"", "\"fixed\"", "\"integer\"", "\"fixed\"", "\"0.0\""],
    );
    check(
        "return math.maxinteger < math.maxfixed, math.mininteger < math.minfixed, math.maxinteger + 0 == math.maxinteger",
        &["false", "true", "true"],
    );
    for bad in [
        "math.maxinteger + 1",
        "math.mininteger - 1",
        "-math.mininteger",
        "math.mininteger // -1",
        "math.maxinteger * 2",
        "1 // 0",
        "1 % 0",
        "1 / 0",
        "1.5 % 0.0",
        "2 ^ 63",
        "2 ^ -1",
        "2 ^ 0.5",
        "math.maxinteger / 1",
        "math.maxinteger + 0.5",
        "1 << 1.5",
        "'a' + 1",
        "'1' & 1",
    ] {
        assert!(matches!(run(&format!("local a = {bad} return a")), Seen::Error(_)), "{bad}");
        // The same through registers, where nothing is folded.
        let hidden = bad.replace("math.", "m.");
        assert!(
            matches!(
                run(&format!("local m = math local function id(x) return x end return id({hidden})")),
                Seen::Error(_)
            ),
            "{bad}"
        );
    }
    check(
        "return math.mininteger % -1, '10' + 5, '3' * '4', '0x10' + 0, 10 .. 20, 1.5 .. '', -'2', 1 << 64, 1 << -1, 3 >> -1",
        &["0", "15", "12", "16", "\"1020\"", "\"1.5\"", "-2", "0", "0", "6"],
    );
}

#[test]
fn loops_count_as_lua_counts() {
    check("local n = 0 for i = math.maxinteger - 1, math.maxinteger do n = n + 1 end return n", &["2"]);
    check("local n = 0 for i = math.mininteger + 1, math.mininteger, -1 do n = n + 1 end return n", &["2"]);
    check(
        "local o = {} for i = 1, 2.9 do o[#o + 1] = i end for i = 1, -1.5, -1 do o[#o + 1] = i end return o",
        &["[1,2,1,0,-1]"],
    );
    check("local o = {} for i = 1.0, 2, 0.5 do o[#o + 1] = i end return o", &["[1.0,1.5,2.0]"]);
    check("local n = 0 for i = math.mininteger, math.maxinteger, math.maxinteger do n = n + 1 end return n", &["3"]);
    check("local n = 0 for i = 3, 1 do n = n + 1 end for i = 1, 3, -1 do n = n + 1 end return n", &["0"]);
    check_error("for i = 1, 10, 0 do end", "step is zero");
    check_error("for i = '1', 2 do end", "must be a number");
    check(
        "local f = {} for i = 1, 3 do f[i] = function() i = i + 10 return i end end return f[1](), f[1](), f[2](), f[3]()",
        &["11", "21", "12", "13"],
    );
    check(
        "local f = {} local i = 1 while i <= 3 do local j = i f[i] = function() j = j + 1 return j end i = i + 1 end return f[1](), f[1](), f[3]()",
        &["2", "3", "4"],
    );
    check(
        "local o = {} for i = 1, 3 do for j = 1, 3 do if j == 2 then goto next end o[#o + 1] = i * 10 + j ::next:: end end return o",
        &["[11,13,21,23,31,33]"],
    );
    check(
        "local o = {} do local i = 1 ::top:: local k = i o[i] = function() k = k + 1 return k end i = i + 1 if i <= 3 then goto top end end return o[1](), o[1](), o[3]()",
        &["2", "3", "4"],
    );
}

#[test]
fn the_first_border_and_what_is_an_array() {
    check("local t = { 1, 2, nil, 4 } return #t", &["2"]);
    check("local t = {} t[3] = 1 t[2] = 1 local a = #t t[1] = 1 return a, #t", &["0", "3"]);
    check("local t = { 1, 2, 3 } t[2] = nil local a = #t t[2] = 5 return a, #t", &["1", "3"]);
    check("local t = { n = 1, [1] = 'a', [3] = 'c' } local a = #t t[2] = 'b' return a, #t", &["1", "3"]);
    check(
        "local a, b, c, d, e = {}, json.array(), {}, {}, {} c[1] = 1 c[1] = nil d.x = 1 d.x = nil e[2] = 1 e[2] = nil return a, b, c, d, e",
        &["{}", "[]", "[]", "{}", "{}"],
    );
    check(
        "local a = json.array() a.x = 1 a.x = nil local b = json.decode_strict('[]') b[1] = 1 b[1] = nil return a, b",
        &["{}", "[]"],
    );
    check(
        "return #setmetatable({}, { __len = function() return 7 end }), rawlen(setmetatable({ 1 }, { __len = function() return 7 end }))",
        &["7", "1"],
    );
}

#[test]
fn metamethods_apply_when_and_as_lua_says() {
    check(
        "local n = 0 local m = { __eq = function() n = n + 1 return 1 end } local a, b = setmetatable({}, m), setmetatable({}, m) local r = { a == b, a ~= b, a == a, a == 1, rawequal(a, b) } r[6] = n return r",
        &["[true,false,true,false,false,2]"],
    );
    check(
        "local m = { __lt = function() return nil end, __le = function() return 'yes' end } local a = setmetatable({}, m) return a < 1, 1 < a, a <= 1, a > 1, 1 >= a",
        &["false", "false", "true", "false", "true"],
    );
    check(
        "local t = setmetatable({ a = false }, { __index = function() return 'm' end }) return t.a, t.b, rawget(t, 'b')",
        &["false", "\"m\"", "<Nil>"],
    );
    check(
        "local log = {} local t = setmetatable({ a = 1 }, { __newindex = function(t, k, v) log[#log + 1] = k rawset(t, k, v) end }) t.a = 2 t.b = 3 t.b = 4 t.a = nil t.a = 5 return log, t.a, t.b",
        &["[\"b\",\"a\"]", "5", "4"],
    );
    check(
        "local t = setmetatable({}, { __concat = function(a, b) return (type(a) == 'table' and 'T' or a) .. (type(b) == 'table' and 'T' or b) end }) return 1 .. t .. 2 .. 'x'",
        &["\"1T2x\""],
    );
    check(
        "local t = setmetatable({}, { __metatable = 'locked' }) return getmetatable(t), pcall(setmetatable, t, {})",
        &["\"locked\"", "false", "\"cannot change a protected metatable\""],
    );
    check(
        "local t = setmetatable({}, { __tostring = function() return 'shown' end }) return tostring(t), ('%s|%5.2s'):format(t, t)",
        &["\"shown\"", "\"shown|   sh\""],
    );
    check_error("return tostring(setmetatable({}, { __tostring = function() return {} end }))", "must return a string");
    check_error("local function id(x) return x end return tostring(id({}))", "no text of its own");
    check_error("local function id(x) return x end return tostring(id(print))", "no text");
    check(
        "local t = setmetatable({}, { __call = function(self, ...) return select('#', ...), ... end }) return t(1, nil)",
        &["2", "1", "<Nil>"],
    );
    check(
        "local t = setmetatable({}, { __add = function(a, b) return 'add' end, __unm = function() return 'neg' end, __idiv = function() return 'idiv' end, __bnot = function() return 'not' end }) return t + 1, 1 + t, 'x' + t, -t, t // 2, ~t",
        &["\"add\"", "\"add\"", "\"add\"", "\"neg\"", "\"idiv\"", "\"not\""],
    );
}

#[test]
fn errors_are_values_and_calls_give_what_lua_gives() {
    check("return pcall(error, { 1 })", &["false", "[1]"]);
    check("return pcall(error)", &["false", "<Nil>"]);
    check("return select('#', pcall(error))", &["2"]);
    check("return pcall(error, 'plain', 2)", &["false", "\"plain\""]);
    check("return pcall(pcall)", &["false", "\"pcall and xpcall need a function to call\""]);
    check("return pcall(pcall, error, 'x')", &["true", "false", "\"x\""]);
    check("return select('#', pcall(function(...) return ... end, nil, nil))", &["3"]);
    check(
        "local function f(...) local a, b = ... return b, a, select('#', ...) end return f(1), f(1, 2, nil)",
        &["<Nil>", "2", "1", "3"],
    );
    check("local t = { (select(2, 'a', 'b', 'c')), select(2, 'a', 'b', 'c') } return t", &["[\"b\",\"b\",\"c\"]"]);
    check("return (function(...) return select('#', ...) end)(table.unpack({ 1, nil, 3 }, 1, 3))", &["3"]);
    check(
        "local ok, e = pcall(function() local t = nil; return t.x.y end) return e",
        &["\"attempt to index a nil value with key 'x'\""],
    );
    check("local r = {} for i, v in ipairs({ 1, 2, nil, 4 }) do r[#r + 1] = v end return r", &["[1,2]"]);
    check(
        "local r = {} for k, v in (function() local n = 0 return function() n = n + 1 if n < 4 then return n, n * n end end end)() do r[k] = v end return r",
        &["[1,4,9]"],
    );
    check(
        "return tonumber('10', 2), tonumber('zz', 36), tonumber('8', 8), tonumber('  0x1F  '), tonumber('1e1'), tonumber(''), tonumber('-7', 10)",
        &["2", "1295", "<Nil>", "31", "10.0", "<Nil>", "-7"],
    );
}

#[test]
fn sorting_and_substituting_survive_what_callbacks_do() {
    check(
        "local t = { 5, 3, 1, 4 } table.sort(t, function(a, b) t[1] = nil t[9] = 1 return a < b end) return t[1], t[2], t[3], t[4]",
        &["1", "3", "4", "5"],
    );
    check(
        "local t = {} for i = 1, 40 do t[i] = i * 17 % 40 end table.sort(t, function() return true end) return #t",
        &["40"],
    );
    check_error("table.sort({ 1, 'a' })", "compare");
    check(
        "local s = ('abc'):gsub('%w', function(c) if c == 'b' then return false end return c:rep(2) end) return s",
        &["\"aabcc\""],
    );
    check(
        "local keys = {} local t = { a = 1, b = 2, c = 3 } for k in dpairs(t) do t[k] = nil t.b = nil t.z = 1 keys[#keys + 1] = k end return keys",
        &["[\"a\",\"c\"]"],
    );
    check(
        "local t = { 1, 2, 3, 4, 5 } table.move(t, 1, 4, 2) local u = { 1, 2, 3, 4, 5 } table.move(u, 2, 5, 1) return t, u",
        &["[1,1,2,3,4]", "[2,3,4,5,5]"],
    );
    check(
        "local t = { 1, 2, 3 } table.insert(t, 1, 0) table.insert(t, 5, 9) return t, table.remove(t, 1), table.remove(t), table.remove({}), #t",
        &["[1,2,3]", "0", "9", "<Nil>", "3"],
    );
}
