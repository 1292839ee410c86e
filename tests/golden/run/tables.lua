-- Constructors, indexing, keys.
{ 1, 2, 3 } --> [1,2,3]
{ a = 1, ["b c"] = 2 } --> {"a":1,"b c":2}
{ 1, 2; 3, } --> [1,2,3]
{ [1] = "a", [2] = "b" } --> ["a","b"]
{ { 1 }, { 2 } } --> [[1],[2]]
local function three() return 1, 2, 3 end
{ three() } --> [1,2,3]
{ three(), three() } --> [1,1,2,3]
{ (three()) } --> [1]
{ three(), nil } --> [1]
{ "x", three() } --> ["x",1,2,3]
local t = {}
t[1.0] = "one"
t[1] --> "one"
t["1"] --> nil
t[2^31] = "big"
t[2147483648] --> "big"
t[0.5] = "half"
t[0.5] --> "half"
t[true] = "yes"
t[true] --> "yes"
t[-1] = "neg"
t[-1] --> "neg"
t.a = { b = { c = 1 } }
t.a.b.c --> 1
t["a"]["b"]["c"] --> 1
t.a.b.c = t.a.b.c + 1
t.a.b.c --> 2
t.missing --> nil
t.a.missing --> nil
t[nil] --> nil
local k = {}
t[k] = "by identity"
t[k] --> "by identity"
t[{}] --> nil
t[print] = 1
t[print] --> 1
t[json.null] = "null"
t[json.null] --> "null"
t.gone = 1
t.gone = nil
t.gone --> nil
("x").y --> nil
local big = {}
for i = 1, 100 do big[i] = i * i end
#big --> 100
big[100] --> 10000
for i = 100, 1, -1 do big[i] = nil end
#big --> 0
