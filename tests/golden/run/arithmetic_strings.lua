-- Strings that spell numbers count as those numbers.
"10" + 5 --> 15
"10" * "2" --> 20
"0x10" + 0 --> 16
"1.5" + 1 --> 2.5
" 7 " - 2 --> 5
-"3" --> -3
"3" // 2 --> 1
10 .. 20 --> "1020"
1.5 .. "" --> "1.5"
"2" ^ 3 --> 8
math.type("10" + 0) --> "integer"
math.type("10.0" + 0) --> "fixed"
"10" == 10 --> false
