-- Equality and order.
1 == 1.0 --> true
1 < 1.5 --> true
2 > 1.5 --> true
1 <= 1.0 --> true
1.0 >= 1 --> true
9223372036854775807 < 2147483647.0 --> false
-9223372036854775808 < -2147483648.0 --> true
2147483648 > 2147483647.5 --> true
"a" < "b" --> true
"a" < "B" --> false
"" < "a" --> true
"a" < "ab" --> true
"Z" < "a" --> true
"\xff" > "z" --> true
"a\0b" < "a\0c" --> true
"1" == 1 --> false
nil == false --> false
json.null == json.null --> true
json.null == nil --> false
{} == {} --> false
local t = {}
t == t --> true
1 ~= 2 --> true
"a" ~= "a" --> false
not (1 == 2) --> true
