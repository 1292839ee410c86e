string.format("%d", 42) --> "42"
string.format("%5d|%-5d|%05d|%+d|% d", 42, 42, 42, 42, 42) --> "   42|42   |00042|+42| 42"
string.format("%.3d", 5) --> "005"
string.format("%d", 3.0) --> "3"
string.format("%d", "10") --> "10"
string.format("%i", -7) --> "-7"
string.format("%u", 7) --> "7"
string.format("%x %X %#x", 255, 255, 255) --> "ff FF 0xff"
string.format("%x", -1) --> "ffffffffffffffff"
string.format("%o", 8) --> "10"
string.format("%c%c", 72, 105) --> "Hi"
string.format("%s %s %s %s", 1, 2.5, true, nil) --> "1 2.5 true nil"
string.format("%10s|%-10s|%.2s", "abc", "abc", "abc") --> "       abc|abc       |ab"
string.format("%q", "a\nb\"c\\\0d") --> "\"a\\\nb\\\"c\\\\\\0d\""
string.format("%q", 42) --> "42"
string.format("%f", 1.5) --> "1.500000"
string.format("%.2f", 2.675) --> "2.68"
string.format("%.0f", 0.5) --> "0"
string.format("%.0f", 1.5) --> "2"
string.format("%.0f", 2.5) --> "2"
string.format("%.1f", 0.25) --> "0.2"
string.format("%8.2f|%-8.2f|%08.2f", 3.14159, 3.14159, -3.14159) --> "    3.14|3.14    |-0003.14"
string.format("%.10f", 0.1) --> "0.1000000001"
string.format("%f", 3) --> "3.000000"
string.format("%+.1f", 2) --> "+2.0"
string.format("%%") --> "%"
string.format("") --> ""
string.format("no args", 1, 2) --> "no args"
string.format("%s", setmetatable({}, { __tostring = function() return "T" end })) --> "T"
local function try(...) print(select(2, pcall(string.format, ...))) end
try("%g", 1.5)
try("%e", 1.5)
try("%a", 1.5)
try("%p", {})
try("%d", 1.5)
try("%d", "x")
try("%d")
try("%s")
try("%y", 1)
try("%")
try("%200d", 1)
try("%.100f", 1)
try("%s", {})
try("%q", {})
try("%c", "x")
