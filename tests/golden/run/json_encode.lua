json.encode_canonical(nil == nil) --> "true"
json.encode_canonical(1) --> "1"
json.encode_canonical(1.0) --> "1.0"
json.encode_canonical(-0.5) --> "-0.5"
json.encode_canonical(json.null) --> "null"
json.encode_canonical("a\"b\\c\n\t\b\f\r\1é") --> "\"a\\\"b\\\\c\\n\\t\\b\\f\\r\\u0001é\""
json.encode_canonical({}) --> "{}"
json.encode_canonical(json.array()) --> "[]"
json.encode_canonical({ 1, { 2 }, { a = {} } }) --> "[1,[2],{\"a\":{}}]"
json.encode_canonical({ b = 1, a = 2, [""] = 3, B = 4 }) --> "{\"\":3,\"B\":4,\"a\":2,\"b\":1}"
-- Keys go by UTF-16 units: a surrogate pair sorts before U+E000.
local mixed = json.encode_canonical({ ["\u{E000}"] = 1, ["\u{10000}"] = 2 })
mixed:find("\u{10000}", 1, true) < mixed:find("\u{E000}", 1, true) --> true
json.encode_canonical(math.mininteger) --> "-9223372036854775808"
json.encode_canonical(1/3) --> "0.3333333333"
local function try(v) print(select(2, pcall(json.encode_canonical, v))) end
try(nil)
try(print)
try({ 1, nil, 3 })
try({ 1, a = 2 })
try({ [1.5] = 1 })
try({ [true] = 1 })
try({ [2] = 1 })
try("\xff")
try({ ["\xff"] = 1 })
try({ a = { b = { print } } })
try(setmetatable({}, {}))
local loop = {}
loop.self = loop
try(loop)
