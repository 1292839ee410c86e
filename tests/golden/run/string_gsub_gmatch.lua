("hello"):gsub("l", "L") --> "heLLo", 2
("hello"):gsub("l", "L", 1) --> "heLlo", 1
("hello"):gsub("l", "L", 0) --> "hello", 0
("hello"):gsub("", "-") --> "-h-e-l-l-o-", 6
("hello"):gsub("(l)(l)", "%2%1") --> "hello", 1
("abc"):gsub("%w", "%0%0") --> "aabbcc", 3
("abc"):gsub("%w", "%%") --> "%%%", 3
("hello world"):gsub("o", { o = "0" }) --> "hell0 w0rld", 2
("$a $b"):gsub("%$(%w)", { a = 1 }) --> "1 $b", 2
("abc"):gsub("%w", function(c) return c:upper() .. "." end) --> "A.B.C.", 3
("abc"):gsub("b", function() return nil end) --> "abc", 1
("abc"):gsub("b", function() return false end) --> "abc", 1
("abc"):gsub("(a)(b)", function(x, y) return y .. x end) --> "bac", 1
("abc"):gsub("^a", "x") --> "xbc", 1
("aaa"):gsub("^a", "x") --> "xaa", 1
("a,b,,c"):gsub(",", ";") --> "a;b;;c", 3
("abc def"):gsub("%f[%w]%w+", string.upper) --> "ABC DEF", 2
("x"):gsub("x", "%1") --> "x", 1
local words = {}
for w in ("one two  three"):gmatch("%a+") do words[#words + 1] = w end
words --> ["one","two","three"]
local pairs_found = {}
for k, v in ("a=1, b=2"):gmatch("(%w+)=(%w+)") do pairs_found[k] = v end
pairs_found --> {"a":"1","b":"2"}
local positions = {}
for p in ("abc"):gmatch("()") do positions[#positions + 1] = p end
positions --> [1,2,3,4]
local from = {}
for c in ("hello"):gmatch("l", 4) do from[#from + 1] = c end
from --> ["l"]
local function try(...) print(select(2, pcall(...))) end
try(string.gsub, "x", "x", "%2")
try(string.gsub, "x", "(", "")
try(string.gsub, "x", "%", "")
try(string.gsub, "x", "[a", "")
try(string.gsub, "x", "x", "%z")
try(string.gsub, "x", "x", function() return {} end)
try(string.gsub, "x", "x", true)
try(string.find, "x", ")")
try(string.find, "x", "%b")
try(string.find, "x", "%f")
try(string.find, "x", "(x)%2")
try(string.match, ("a"):rep(300), ("(a)"):rep(40))
