local t = setmetatable({ 1, 2 }, { __index = function() return "meta" end, __newindex = function() end, __len = function() return 9 end, __eq = function() return true end })
rawget(t, 1) --> 1
rawget(t, 5) --> nil
t[5] --> "meta"
t.x = 1
rawget(t, "x") --> nil
rawset(t, "x", 1) == t --> true
rawget(t, "x") --> 1
rawlen(t) --> 2
rawlen("abc") --> 3
rawequal(t, t) --> true
rawequal(t, {}) --> false
rawequal(1, 1.0) --> true
rawequal("a", "a") --> true
print(select(2, pcall(rawset, {}, nil, 1)))
print(select(2, pcall(rawget, 1, 1)))
print(select(2, pcall(rawlen, 5)))
