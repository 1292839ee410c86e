local out = {}
local function put(...) for i = 1, select("#", ...) do out[#out + 1] = tostring((select(i, ...))) end end
put(("hello world"):gsub("o", "0"))
put(("hello world"):gsub("(%w+) (%w+)", "%2 %1"))
put(("abc"):gsub("%w", { a = "1", b = true, c = false }))
put(("abc"):gsub("%w", function(c) return c:byte() end))
put(("key=val"):match("^(%w+)=(%w*)$"))
put(("  x "):find("x", 1, true))
put(string.format("%5d|%-5s|%05.2f|%x|%q", 42, "ab", 1.5, 255, "q\n"))
put(("x"):rep(3, "-"), ("abc"):reverse(), ("abc"):upper():byte(1, -1))
put(table.unpack({ 1, 2, 3 }, 2))
local t = { 5, 3, 1, 4 }
table.sort(t, function(a, b) return a > b end)
table.insert(t, 2, 9)
put(table.remove(t, 1), table.concat(t, ","), #table.move(t, 1, 3, 2))
put(string.unpack("<i4", string.pack("<i4", -2)))
put(utf8.char(228, 8364, 128512), utf8.len("äö"), utf8.codepoint("äö", 1, -1))
put(json.encode_canonical({ b = { 1, 2.5, json.null }, a = "x" }))
put(json.decode_strict('{"x":[1,{"y":2}]}').x[2].y)
local r = rng("seed")
put(r(6), r(1, 100), math.type(r()))
put(math.max(1, 2.5), math.floor(-1.5), math.tointeger(3.0), math.wrapping_mul(1 << 62, 4), math.sqrt(2.0))
put(tonumber("0x10"), tonumber("z", 36), tonumber(" 1.5 "))
local d = { 3, 1, 2 }
dsort(d)
put(table.concat(dkeys({ b = 1, a = 2 })), table.concat(dvalues({ b = 1, a = 2 })), table.concat(d))
for p, c in utf8.codes("añ") do put(p, c) end
function run(n)
  local s = {}
  for i = 1, n do s[i] = string.format("%03d", i):gsub("0", "o") end
  return table.concat(s, ";"), #out
end
return out
