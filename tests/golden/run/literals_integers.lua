-- Integer literals, decimal and hex.
0 --> 0
9223372036854775807 --> 9223372036854775807
-9223372036854775808 --> -9223372036854775808
0x10 --> 16
0XfF --> 255
0xffffffffffffffff --> -1
0x7fffffffffffffff --> 9223372036854775807
math.type(0) --> "integer"
