-- The order of the operators, from loosest to tightest.
1 + 2 * 3 --> 7
(1 + 2) * 3 --> 9
2 * 3 ^ 2 --> 18
-2 ^ 2 --> -4
2 ^ -0 --> 1
not nil == true --> true
not (nil == true) --> true
1 .. 2 == "12" --> true
"a" .. "b" .. "c" == "abc" --> true
1 + 1 .. "" --> "2"
1 << 2 + 1 --> 8
1 | 2 ~ 3 & 4 --> 3
3 ~ 1 | 4 --> 6
1 or 2 and 3 --> 1
nil and 1 or 2 --> 2
1 < 2 == true --> true
-3 % 5 --> 2
-(3 % 5) --> -3
#"abc" + 1 --> 4
- - 2 --> 2
not not 1 --> true
~ ~5 --> 5
2 .. 3 --> "23"
