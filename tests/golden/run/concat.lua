"a" .. "b" --> "ab"
"a" .. 1 .. 2.5 --> "a12.5"
1 .. 2 --> "12"
"" .. "" --> ""
("x"):rep(3) .. "y" --> "xxxy"
local t = setmetatable({}, { __concat = function(a, b)
  return (type(a) == "table" and "T" or a) .. "+" .. (type(b) == "table" and "T" or b)
end })
t .. "x" --> "T+x"
"x" .. t --> "x+T"
"x" .. ("y" .. t) --> "xy+T"
1 .. t --> "1+T"
local function try(a, b) print(select(2, pcall(function() return a .. b end))) end
try("a", nil)
try({}, "a")
try(true, "a")
try("a", print)
try("a", json.null)
