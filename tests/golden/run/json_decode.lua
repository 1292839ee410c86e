json.decode_strict("null") == json.null --> true
json.decode_strict("true") --> true
json.decode_strict("12") --> 12
json.decode_strict("-12") --> -12
json.decode_strict("1.50") --> 1.5
json.decode_strict("0.1") --> 0.1
json.decode_strict("1e3") --> 1000.0
json.decode_strict("2.5e-1") --> 0.25
json.decode_strict("-0.0") --> 0.0
json.decode_strict("-0") --> 0
json.decode_strict('"a\\n\\u00e9\\ud83d\\ude42"') --> "a\né🙂"
json.decode_strict(" [ 1 , 2 ] ") --> [1,2]
json.decode_strict("[]") --> []
json.decode_strict("{}") --> {}
json.decode_strict('{"a":{"b":[null]}}') --> {"a":{"b":[null]}}
math.type(json.decode_strict("1")) --> "integer"
math.type(json.decode_strict("1.0")) --> "fixed"
local function try(s) print(select(2, pcall(json.decode_strict, s))) end
try("")
try("nul")
try("[1,]")
try("{a:1}")
try('{"a":1,"a":2}')
try("[1] x")
try("01")
try("1.")
try(".5")
try("+1")
try("NaN")
try('"\\x"')
try('"\\ud800"')
try('"unclosed')
try('"tab\tinside"')
try("9223372036854775808")
try("1e400")
try("99999999999.5")
try("\xff")
try("[[[")
try(("["):rep(200) .. ("]"):rep(200))
