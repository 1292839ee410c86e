-- goto: forward, backward, out of nested loops, and as continue
for i = 1, 5 do if i % 2 == 0 then goto continue end put(i) ::continue:: end
do local i = 1 ::top:: if i <= 3 then put(i) i = i + 1 goto top end end
for i = 1, 3 do for j = 1, 3 do if i * j == 4 then goto done end put(i, j) end end ::done:: put("out")

-- a label at the end of a block is past its locals
local k = 0 while k < 3 do k = k + 1 if k == 2 then goto cont end local x = k put(x) ::cont:: end

-- the same label name in nested functions and sibling blocks
do ::a:: end do ::a:: end
local function f() ::a:: return 1 end put(f())

-- goto backward makes new locals for each round
local fs = {}
do local n = 0 ::again:: local x = n fs[#fs + 1] = function() x = x + 10 return x end n = n + 1 if n < 3 then goto again end end
put(fs[1](), fs[2](), fs[3](), fs[1]())

-- closures in loops have their own variable each round
local fs = {}
for i = 1, 3 do fs[i] = function() i = i + 10 return i end end
put(fs[1](), fs[1](), fs[2](), fs[3]())
for i, v in ipairs({"a", "b"}) do fs[i] = function() v = v .. i return v end end
put(fs[1](), fs[1](), fs[2]())
local k = 0
while k < 3 do k = k + 1 local j = k fs[k] = function() j = j * 2 return j end end
put(fs[1](), fs[2](), fs[3](), fs[3]())
repeat local z = k fs[k] = function() z = z + 1 return z end k = k - 1 until z == 1
put(fs[1](), fs[2](), fs[3](), fs[1]())

-- two closures share one variable, also after its scope ends
local get, set
do local x = 1 get = function() return x end set = function(v) x = v end end
set(5) put(get()) set(nil) put(get())

-- changing the loop variable changes only the copy
for i = 1, 3 do put(i) i = i * 10 put(i) end

-- shadowing and self reference in local declarations
local x = 1 local x = x + 1 do local x = x + 1 put(x) end put(x)
local function g(n) return n == 0 and "done" or g(n - 1) end put(g(3))

-- upvalues through several levels
local function a() local n = 0 return function() return function() n = n + 1 return n end end end
local b = a() local c, d = b(), b() put(c(), d(), c(), a()()())

-- evaluation order of operands, arguments, table fields and calls
put((say(1)) + (say(2)) * (say(3)), said())
put(say("f") and say("a") .. say("b"), said())
local t = {say(1), say(2), [say("k")] = say("v"), say(3)} put(#t, t.k, said())
local function callee(...) return select("#", ...) end
put(callee(say(1), say(2), say(3)), said())
put((say(2) < say(3)) == (say(4) > say(1)), said())

-- and, or, not: values and short circuits
put(nil and 1, false and 1, 0 and "zero", "" and "empty", nil or false, false or nil, 1 or error("no"))
put(not nil, not 0, not "", 1 and nil or "third", (nil and 1) or (2 and 3), nil == false)
local a, b = nil, 3 put(a and a.x or b, (a or {}).x, a == nil and b ~= nil)
if nil or false then put("no") elseif 0 then put("zero is true") end

-- integer loops at the edges
for i = 9223372036854775805, 9223372036854775807 do put(i) end
for i = -9223372036854775806, -9223372036854775807 - 1, -1 do put(i) end
for i = 9223372036854775807, 9223372036854775807, 9223372036854775807 do put("once", i) end
for i = 1, 0 do put("never") end
for i = 3, 1, -1 do put(i) end
for i = 1, 10, 4 do put(i) end
for i = 1, 3.7 do put(i) end
for i = 1, -0.5, -1 do put(i) end
for i = 1.0, 2.0, 0.5 do put(i) end
for i = -9223372036854775807 - 1, 9223372036854775807, 4611686018427387904 do put(i) end

-- a zero step and wrong types fail
put((pcall(function() for i = 1, 2, 0 do end end)), (pcall(function() for i = nil, 2 do end end)), (pcall(function() for i = 1, {} do end end)), (pcall(function() for i = 1, 2, nil do end end)))

-- while, repeat, break
local n = 0 while true do n = n + 1 if n > 4 then break end end put(n)
repeat local stop = n < 3 n = n - 1 until stop put(n)
for i = 1, 3 do while true do if i == 2 then break end put(i) break end end

-- generic for: iterator state, early nil, extra values
local function iter(s, c) if c < s then return c + 1, c * c, "extra" end end
for a, b, c, d in iter, 3, 0 do put(a, b, c, d) end
for k in function() return nil end do put("never") end
local function count(t) local i = 0 return function() i = i + 1 return t[i] end end
for v in count({4, 5, 6}) do put(v) end
for i, v in ipairs({1, 2, nil, 4}) do put(i, v) end
for i, v in ipairs(setmetatable({}, {__index = function(_, i) if i < 4 then return i * 10 end end})) do put(i, v) end

-- multiple assignment evaluates everything before it assigns
local a, b, c = 1, 2 put(a, b, c)
a, b = b, a put(a, b)
local i, t = 1, {} i, t[i] = i + 1, 20 put(i, t[1], t[2])
local t = {1, 2, 3} local i = 1 i, t[i], t[i + 1] = 3, "a", "b" put(i, t[1], t[2], t[3])
local x, y, z = (function() return 1, 2, 3 end)() put(x, y, z)
local x, y, z = (function() return 1, 2, 3 end)(), 10 put(x, y, z)
local x, y = ((function() return 1, 2 end)()) put(x, y)
local t = {} t.a, t.b, t.c = 1, 2 put(t.a, t.b, t.c)
local a = {} local b = a a.x, a = 5, {} put(b.x, a.x)

-- varargs
local function va(...) local a, b = ... return select("#", ...), a, b, (...) end
put(va()) put(va(nil)) put(va(1, nil, nil)) put((va(1, 2)))
local function tail(...) return ... end
put(tail(1, 2, 3), tail(), tail(4, 5)) put({tail(1, 2), tail(3, 4)}, #{tail(1, 2), tail(3, 4)}, #{tail(), tail()})
local function named(a, ...) local t = {...} return a, #t, ... end put(named(1, 2, 3)) put(named())
put(select(-1, 1, 2, 3), select(2, "a", "b", "c")) put(select("#"), select("#", nil), select("#", nil, nil))
put((pcall(select, 0)), (pcall(select, -5, 1)), select(9, 1, 2))
local function pass(...) return pcall(tail, ...) end put(pass(1, nil, 3))
local t = table.pack(tail(nil, 2, nil)) put(t.n, t[1], t[2], t[3])

-- table.unpack ranges
put(table.unpack({1, 2, 3})) put(table.unpack({1, 2, 3}, 2)) put(table.unpack({1, 2, 3}, 2, 3)) put(table.unpack({1, 2}, 0, 3))
put(table.unpack({}, 1, 3)) put(select("#", table.unpack({}, 1, 0))) put(table.unpack({[-1] = "m"}, -1, 0)) put((pcall(table.unpack, {}, 1, 100000000)))

-- borders, insert and remove
local t = {1, 2, 3} t[#t + 1] = 4 put(#t, t[4]) t[#t] = nil put(#t)
table.insert(t, "end") table.insert(t, 1, "start") table.insert(t, #t + 1, "last") put(table.concat(t, ","))
put(table.remove(t), table.remove(t, 1), table.remove(t, #t + 1), table.concat(t, ","))
put(table.remove({}), table.remove({}, 0), #t, (pcall(table.remove, t, 9)), (pcall(table.insert, t, 9, 1)), (pcall(table.insert, t, 0, 1)), (pcall(table.insert, t)))
local t = {n = 1, [1] = "one", [2] = "two"} put(#t, t[1], t[2], t.n) t[3] = 3 put(#t)
local t = {10, 20, 30, nil} put(#t) local t = {nil} put(#t) local t = {n = nil} put(#t)
put(table.concat({1, 2, 3}, "-", 2), table.concat({1, 2, 3}, "-", 2, 2), table.concat({}, "x"), table.concat({1, 2.5, "x"}, " "), table.concat({"a", "b"}, ", ", 3))
put((pcall(table.concat, {1, {}, 3})), (pcall(table.concat, {1}, "", 1, 2)))
local t = table.move({1, 2, 3}, 1, 3, 2) put(table.concat(t, ",")) local t = table.move({1, 2, 3}, 2, 3, 1) put(table.concat(t, ",")) put(#table.move({1, 2, 3}, 1, 3, 1, {}))

-- table keys: numbers of either kind, strings, booleans, tables, functions
local t = {} t[1] = "a" t[1.0] = "b" t[2^1] = "c" t["1"] = "s" t[true] = "t" t[2.5] = "f" put(t[1], t[2], t["1"], t[true], t[2.5], t[false], #t)
local k, f = {}, function() end t[k] = 1 t[f] = 2 put(t[k], t[f], t[{}]) t[k] = nil put(t[k])
put((pcall(function() t[nil] = 1 end)), t[nil], rawget(t, nil), (pcall(rawset, t, nil, 1)))
local t = {[1] = 1, 2, [2] = 3} put(t[1], t[2]) local t = {x = 1, ["x"] = 2} put(t.x) local t = {f = function() return 1 end} put(t.f())
local t = {{1, 2}, {3, x = {4}}; 5,} put(t[1][2], t[2].x[1], t[3], #t)

-- sorting
local t = {5, 2, 8, 1} table.sort(t) put(table.concat(t, " ")) table.sort(t, function(a, b) return a > b end) put(table.concat(t, " "))
local t = {"b", "a", "B", "", "aa"} table.sort(t) put(table.concat(t, ",")) put((pcall(table.sort, {1, "x"})), (pcall(table.sort, {3, 2, 1}, 5)))
local t = {} for i = 1, 50 do t[i] = i * 7919 % 101 end table.sort(t) put(table.concat(t, " ")) table.sort(t, function(a, b) return a % 10 * 1000 + a < b % 10 * 1000 + b end) put(table.concat(t, " "))

-- integer division and modulo round down
for _, a in ipairs({7, -7, 1, 0, -1, 9223372036854775807}) do for _, b in ipairs({3, -3, 1, -1, 2}) do put(a, b, a // b, a % b) end end
put(7 // 2.0, -7 // 2.0, 7 % -2.5, -7.5 % 2, 7.5 // -2, 0 // 5, 0 % -5) put((pcall(function() return 1 // 0 end)), (pcall(function() return 1 % 0 end)))
put(math.fmod(7, 3), math.fmod(-7, 3), math.fmod(7, -3), (pcall(math.fmod, 1, 0)))

-- arithmetic that stays in range, of integers and mixed
put(1 + 2, 5 - 7, 3 * -4, 7 / 2, 4 / 2, 2 ^ 10 == 1024, -(-3), 1 + 1.0, 2 * 0.5, 10 - 0.25)

-- precedence
put(2 + 3 * 4 - 1, (2 + 3) * 4, -2 + 3, not 1 == 2, 1 .. 2 .. 3, 2 * 3 % 4, 7 - 2 - 1, 1 << 2 + 1, 5 & 3 | 8, 6 ~ 3 & 1, ~5 & 15, -3 // 2, "a" .. 1 + 2, 1 < 2 == true, #"abc" + 1, -"2" + 0, not nil and 5)

-- bit operations
put(5 & 3, 5 | 3, 5 ~ 3, ~0, ~5, 1 << 4, 256 >> 4, -1 >> 60, 1 << 63, 1 << 64, 1 << -1, 8 >> -1, -1 << 1, 2^53 | 0, 3.0 & 1)
put((pcall(function() return 1.5 & 1 end)), (pcall(function() return "a" | 1 end)), (pcall(function() return 1 & nil end)), (pcall(function() return "7" & 3 end)), 1 >> 64, -1 >> 63, -1 << 63, 1 << 62)

-- comparison of kinds
put(1 == 1.0, 1 < 1.5, 2 > 1.5, 1 <= 1.0, "1" == 1, 1 ~= "1", "a" < "b", "a" < "B", "" < "a", "a" < "aa", "10" < "9", "Z" < "a")
put((pcall(function() return 1 < "2" end)), (pcall(function() return {} < {} end)), (pcall(function() return nil < 1 end)), (pcall(function() return "a" <= 1 end)), {} == {}, put == put, nil == nil)
put(9223372036854775807 == -1, -9223372036854775807 < 9223372036854775807, math.ult(-1, 1), math.ult(1, -1), 0.5 == 1 / 2, -0.0 == 0.0)

-- strings to numbers and back
put("10" + 5, "3" * "4", "0x10" + 0, " 5 " + 1, "1.5" + 1, 10 .. "", 1 .. 2, "5" // 2, "7" % "4", -"3", "10" - 0, "1e1" * 1)
put((pcall(function() return "abc" + 1 end)), (pcall(function() return {} .. "x" end)), (pcall(function() return nil .. "x" end)), (pcall(function() return "1 2" + 1 end)), (pcall(function() return "" + 1 end)))
put(tonumber("10"), tonumber("0x1F"), tonumber("  7  "), tonumber("7x"), tonumber(""), tonumber("1e2"), tonumber("z", 36), tonumber("ff", 16), tonumber("8", 8), tonumber("-101", 2), tonumber("1.5"), tonumber(nil == nil), tonumber("0x"), tonumber("- 1"))
put(tostring(nil), tostring(true), tostring(12), tostring(-0), tostring(1.5), tostring(2.0), tostring("x"), tostring(-9223372036854775807))

-- string escapes and long strings
put("a\tb", "\65\066\x43", "\u{48}\u{20AC}", "a\z
     b", 'single \'q\'', "double \"q\"", "back\\slash", "\0end" == "\0" .. "end", #"\0\0", "line\
next", [[long "str"]], [==[with ]] inside]==], [[
first newline dropped]], #"\r\n", "\a\b\f\v" == "\7\8\12\11")

-- string functions with negative and odd positions
local s = "hello" put(s:sub(2, 3), s:sub(-3), s:sub(-3, -2), s:sub(0), s:sub(10), s:sub(3, 2), s:sub(-100, 100), s:sub(2, -2), s:sub(math.tointeger(3.0)))
put(s:byte(), s:byte(-1), s:byte(10), s:byte(1, 3)) put(("x"):rep(0), ("x"):rep(-1), ("ab"):rep(3), ("ab"):rep(3, "-"), ("ab"):rep(1, "-"))
put(("abc"):reverse(), ("aBc"):upper(), ("aBc"):lower(), ("abc"):len(), #"abc", string.char(72, 105), string.char()) put(("x"):rep(3):upper():lower():len())
put(s:find("l"), s:find("l", -1), s:find("xyz"), s:find(""), s:find("", 10), s:find("", 6), s:find("l+"), s:find("(l)(l)"), s:find(".", 1, true), s:find("lo", 1, true))
put(s:match("(h)(.)"), s:match("()ll()"), s:match("%d"), s:match("^hello$"), s:match("^ello"), ("k = v"):match("(%w+)%s*=%s*(%w+)"), ("[x]"):match("%[(.-)%]"), ("f(a(b)c)"):match("%b()"))
put(s:gsub("l", "L")) put(s:gsub("l", "L", 1)) put(s:gsub("", "-")) put(s:gsub(".", {h = "H", e = false})) put(s:gsub("%w", "%0%0")) put(s:gsub("(h)(e)", "%2%1")) put(s:gsub("l", function(c) return nil end)) put(("abc"):gsub("b", "%%")) put((pcall(string.gsub, "x", "x", "%2")))
for k, v in ("a=1, b=2"):gmatch("(%w+)=(%w+)") do put(k, v) end for w in ("one two"):gmatch("%a+") do put(w) end for p in ("abc"):gmatch("()") do put(p) end

-- string.format widths and flags
put(string.format("%5d|%-5d|%05d|%+d|% d|%d", 42, 42, 42, 42, 42, -42), string.format("%5s|%-5s|%.2s|%5.1s", "ab", "ab", "abc", "abc"), string.format("%x|%X|%#x|%08x|%o", 255, 255, 255, 255, 8))
put(string.format("%c%c", 76, 117), string.format("%%"), string.format("%q", 'a "q"\n\\'), string.format("%i", 3.0), string.format("%s %s %s", nil, true, 1.5), string.format("%.3d|%3.2d", 5, 5), string.format("%.2f|%6.1f|%.0f", 1.5, 2.25, 3.0))
put((pcall(string.format, "%d", 1.5)), (pcall(string.format, "%d", "x")), string.format("%d", "10"), (pcall(string.format, "%d")), (pcall(string.format, "%y", 1)), string.format("%s", setmetatable({}, {__tostring = function() return "T" end})))

-- method calls, chains and strings as receivers
local o = {n = 1} function o:add(k) self.n = self.n + k return self end function o.plain(x) return x end
put(o:add(2):add(3).n, o.plain(7), o.add(o, 1).n, ("x"):rep(3), #("abc"):sub(2), ("%d"):format(5))
local o = {inner = {f = function(self, x) return self == o, x end}} put(o.inner:f(1), o["inner"]["f"](o.inner, 2)) local f = o.inner.f put(f(nil, 3))
put(#{n = 1}, type(print) == "function", (function() return 1 end)(), (("x")), ({1, 2})[2], ({f = 1}).f)
local function str(s) return type(s) end put(str"lit", str[[long]], str{}, str{1})

-- __index and __newindex chains
local A = {x = 1} local B = setmetatable({y = 2}, {__index = A}) local C = setmetatable({}, {__index = B}) put(C.x, C.y, C.z, rawget(C, "x"))
local log2 = {} local P = setmetatable({}, {__index = function(t, k) log2[#log2 + 1] = k return k .. "!" end}) put(P.a, P[1], #log2) P.a = 5 put(P.a, #log2)
local W = setmetatable({}, {__newindex = function(t, k, v) rawset(t, k, v * 2) end}) W.a = 1 W.a = 5 W.b = 3 put(W.a, W.b)
local store = {} local D = setmetatable({}, {__newindex = store, __index = store}) D.x = 9 put(rawget(D, "x"), D.x, store.x)
put(("x").len == string.len, ("x").nothing) put((pcall(function() return (nil).x end)), (pcall(function() return (5).x end)), (pcall(function() local t = nil t.x = 1 end)))
put(rawequal(A, A), rawequal(A, B), rawlen({1, 2}), rawlen("abc"), rawget(A, "x"), rawset(A, "y", 5) == A, A.y)

-- arithmetic, comparison and other metamethods
local mt = {} local function N(v) return setmetatable({v = v}, mt) end local function val(a) return type(a) == "table" and a.v or a end
for _, op in ipairs({"add", "sub", "mul", "div", "mod", "idiv", "pow", "band", "bor", "bxor", "shl", "shr", "concat"}) do mt["__" .. op] = function(a, b) return op .. "(" .. val(a) .. "," .. val(b) .. ")" end end
mt.__unm = function(a, b) return "unm" .. a.v end mt.__bnot = function(a) return "bnot" .. a.v end mt.__len = function(a) return a.v * 2 end
mt.__eq = function(a, b) return a.v == b.v end mt.__lt = function(a, b) return val(a) < val(b) end mt.__le = function(a, b) return val(a) <= val(b) end mt.__call = function(self, ...) return self.v, select("#", ...), ... end
local a, b = N(1), N(2)
put(a + b, a + 1, 1 + a, a - b, a * 2, 2 / a, a % b, a // b, a ^ b, a & b, 1 | a, a ~ b, a << 1, 1 >> a, a .. b, a .. "s", "s" .. a, 1 .. a)
put(-a, ~a, #a, a == b, a == N(1), a ~= N(1), a < b, a <= b, a > b, a >= b, a < 5, 5 < a, a == 1, a(1, nil)) put("x" .. "y" .. a) put(a .. "x" .. "y")
local t = setmetatable({}, {__eq = function() return true end}) put(t == a, t == {}, t == 1, rawequal(t, {}))
mt.__lt = function() return nil end put(a < b, not (a < b)) mt.__lt = function() return "yes" end put(a < b)
put((pcall(function() return {} + 1 end)), (pcall(function() return #nil end)), (pcall(function() return -{} end)), (pcall(function() return {} < 1 end)), (pcall(function() return ({})() end)))

-- metatable protection, tostring and names
local t = setmetatable({}, {__metatable = "locked"}) put(getmetatable(t), (pcall(setmetatable, t, {}))) put(getmetatable({}), setmetatable({}, nil) ~= nil, (pcall(setmetatable, 1, {})), (pcall(setmetatable, {})))
put(tostring(setmetatable({}, {__tostring = function() return "shown" end})), (pcall(tostring, setmetatable({}, {__tostring = function() return 1 end}))))

-- inheritance
local Animal = {} Animal.__index = Animal function Animal.new(n) return setmetatable({name = n}, Animal) end function Animal:speak() return self.name .. " makes " .. self:sound() end function Animal:sound() return "noise" end
local Dog = setmetatable({}, {__index = Animal}) Dog.__index = Dog function Dog.new(n) local d = Animal.new(n) return setmetatable(d, Dog) end function Dog:sound() return "woof" end
put(Animal.new("cat"):speak(), Dog.new("rex"):speak(), getmetatable(Dog.new("x")) == Dog)

-- errors: values, levels of pcall, rethrow, assert, xpcall
put(pcall(error, {code = 1}), select(2, pcall(error, {code = 1})).code, pcall(error, nil), pcall(error), pcall(error, 5), pcall(error, "m", 0), pcall(error, true))
local ok, e = pcall(function() local ok, e = pcall(error, {n = 1}) e.n = e.n + 1 error(e) end) put(ok, e.n) put(pcall(pcall, error, "x", 0)) put(select("#", pcall(error)))
put(pcall(function() return 1, nil, 3 end)) put(assert(1, 2, 3)) put(select(2, pcall(assert, false, "msg")), select(2, pcall(assert, nil, {1})), pcall(assert, false), (pcall(assert)))
put(xpcall(function() error("x", 0) end, function(m) return m .. "!", 2 end)) put(xpcall(function(...) return ... end, print, 1, 2)) put(xpcall(error, function(m) return type(m) end, {}))
local function deep(n) if n == 0 then error("bottom", 0) end return (deep(n - 1)) end put(pcall(deep, 50))
local n = 0 local function f() n = n + 1 if n < 5 then local ok, e = pcall(f) error(e .. n, 0) end error("e", 0) end put(pcall(f))
put((pcall(nil)), (pcall(5, 1)), type(select(2, pcall(function() local x = nil; x() end))))

-- tail calls do not nest
local function loop(n, acc) if n == 0 then return acc end return loop(n - 1, acc + 1) end put(loop(30000, 0))
local function even(n) if n == 0 then return true end return (function(m) if m == 0 then return false end return even(m - 1) end)(n - 1) end put(even(1001))

-- integers of a for loop used as keys, and growth in both directions
local t = {} for i = 10, 1, -1 do t[i] = i end put(#t) for i = 1, 10 do t[i] = nil end put(#t) for i = 1, 3 do t[i] = i end put(#t, t[3])
local t = {} for i = -3, 3 do t[i] = i * i end put(#t, t[-3], t[0], t[3]) local t = {} t[3] = 3 t[2] = 2 t[1] = 1 put(#t)
local big = {} for i = 1, 200 do big[i] = i end for i = 200, 101, -1 do big[i] = nil end put(#big, big[100], big[101]) local s = 0 for i, v in ipairs(big) do s = s + v end put(s)

-- nested functions, recursion and mutual recursion through locals
local isodd local function iseven(n) if n == 0 then return true end return isodd(n - 1) end isodd = function(n) if n == 0 then return false end return iseven(n - 1) end put(iseven(10), isodd(7), iseven(7))
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end put(fib(15)) local function ack(m, n) if m == 0 then return n + 1 elseif n == 0 then return ack(m - 1, 1) end return ack(m - 1, ack(m, n - 1)) end put(ack(2, 3))
local fact = function(self, n) if n < 2 then return 1 end return n * self(self, n - 1) end put(fact(fact, 20))

-- const and integer keys, semicolons, comments, method definitions with dots
local c <const> = 5; ; ; put(c --[[inline]] + 1) --[==[ long
comment ]==] put("after") local m = {a = {b = {}}} function m.a.b.f(x) return x end function m.a.b:g(x) return self == m.a.b, x end put(m.a.b.f(1), m.a.b:g(2))

-- numbers as text in programs
put(0x10, 0xff, 0xFFFFFFFFFFFFFFFF, 0x7fffffffffffffff, 1 // 1, 100, -0, 0.5, 3.25, 1000000.0, 0x0) put(9223372036854775807, -9223372036854775807 - 1)

-- integer and float kinds after operations
put(1 == 1.0, 3 // 1.0, 3 % 2.0, 2 ^ 2 == 4, 10 / 2, 1 + 0.0, 5 // 1, math.floor(2.5), math.ceil(2.5), math.floor(-2.5), math.ceil(-2.5), math.tointeger(2.0), math.tointeger(2.5), math.tointeger("x"), math.max(1, 2.5), math.min(3, 2), math.abs(-5))
