local base = { greet = function(self) return "hi " .. self.name end, kind = "base" }
local mid = setmetatable({ kind = "mid" }, { __index = base })
local obj = setmetatable({ name = "o" }, { __index = mid })
obj.kind --> "mid"
obj:greet() --> "hi o"
rawget(obj, "kind") --> nil
obj.missing --> nil
local f = setmetatable({}, { __index = function(t, k) return k .. "?" end })
f.x --> "x?"
f[1] --> "1?"
local log = {}
local w = setmetatable({}, { __newindex = function(t, k, v) log[#log + 1] = k; rawset(t, k, v) end })
w.a = 1
w.a = 2
w.b = 3
log --> ["a","b"]
w.a --> 2
local store = {}
local p = setmetatable({}, { __newindex = store })
p.x = 5
rawget(p, "x") --> nil
store.x --> 5
local c = setmetatable({}, { __call = function(self, a, b) return a + b, "extra" end })
c(1, 2) --> 3, "extra"
pcall(c, 3, 4) --> true, 7, "extra"
local len = setmetatable({ 1, 2 }, { __len = function() return 10 end })
#len --> 10
rawlen(len) --> 2
tostring(setmetatable({}, { __tostring = function() return "custom" end })) --> "custom"
getmetatable(obj).__index == mid --> true
getmetatable("x") --> nil
("x").len == string.len --> true
getmetatable(setmetatable({}, { __metatable = "private" })) --> "private"
pcall(setmetatable, setmetatable({}, { __metatable = 1 }), {}) --> false, "cannot change a protected metatable"
local proxy = setmetatable({}, { __index = { 10, 20, 30 } })
local sum = 0
for _, x in ipairs(proxy) do sum = sum + x end
sum --> 60
