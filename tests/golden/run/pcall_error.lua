pcall(error) --> false, nil
pcall(error, "x") --> false, "x"
pcall(error, "x", 2) --> false, "x"
pcall(error, { code = 1 }) --> false, {"code":1}
pcall(error, json.null) --> false, null
pcall(error, 5) --> false, 5
pcall(function() return 1, 2, 3 end) --> true, 1, 2, 3
pcall(function(...) return select("#", ...) end, nil, nil) --> true, 2
local function nested()
  local ok, e = pcall(function() error("inner") end)
  error("outer of " .. e)
end
pcall(nested) --> false, "outer of inner"
local e = setmetatable({}, { __tostring = function() return "object" end })
select(2, pcall(error, e)) == e --> true
xpcall(function() error("x") end, function(m) return "handled " .. m end) --> false, "handled x"
xpcall(function(a, b) return a + b end, print, 1, 2) --> true, 3
xpcall(function() local t; return t.x end, function(m) return type(m) end) --> false, "string"
pcall(pcall, error, "x") --> true, false, "x"
pcall(pcall) --> false, "pcall and xpcall need a function to call"
assert(1, "unused") --> 1, "unused"
pcall(assert, false) --> false, "assertion failed!"
pcall(assert, nil, "why") --> false, "why"
pcall(assert, false, { 1 }) --> false, [1]
local ok, why = pcall(assert)
ok --> false
local t = { n = 0 }
pcall(function() t.n = 1; error("after") end) --> false, "after"
t.n --> 1
local ran = 0
for i = 1, 3 do
  if not pcall(function() if i == 2 then error("two") end ran = ran + 1 end) then ran = ran + 10 end
end
ran --> 12
