utf8.char(72, 228, 8364, 128578) --> "Hä€🙂"
utf8.char() --> ""
utf8.charpattern == "[\0-\x7F\xC2-\xFD][\x80-\xBF]*" --> true
utf8.len("Hä€🙂") --> 4
utf8.len("") --> 0
utf8.len("abc", 2) --> 2
utf8.len("abc", 4) --> 0
utf8.len("a\xffb") --> nil, 2
utf8.codepoint("ä") --> 228
utf8.codepoint("Hä€", 1, -1) --> 72, 228, 8364
utf8.offset("Hä€", 2) --> 2
utf8.offset("Hä€", 3) --> 4
utf8.offset("Hä€", 4) --> 7
utf8.offset("Hä€", 5) --> nil
utf8.offset("Hä€", -1) --> 4
utf8.offset("Hä€", 0, 5) --> 4
local out = {}
for p, c in utf8.codes("aä€") do out[#out + 1] = p .. ":" .. c end
table.concat(out, " ") --> "1:97 2:228 4:8364"
local chars = {}
for c in ("aä€"):gmatch(utf8.charpattern) do chars[#chars + 1] = c end
chars --> ["a","ä","€"]
local function try(...) print(select(2, pcall(...))) end
try(utf8.char, -1)
try(utf8.codepoint, "\xff")
try(utf8.codepoint, "abc", 5)
try(utf8.offset, "ä", 1, 2)
try(utf8.len, "abc", 6)
try(function() for _ in utf8.codes("a\xff") do end end)
