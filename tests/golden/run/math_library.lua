math.abs(-5) --> 5
math.abs(5.5) --> 5.5
math.abs(-0.5) --> 0.5
math.ceil(1.5) --> 2
math.ceil(-1.5) --> -1
math.ceil(3) --> 3
math.floor(1.5) --> 1
math.floor(-1.5) --> -2
math.floor(7) --> 7
math.fmod(7, 3) --> 1
math.fmod(-7, 3) --> -1
math.fmod(7, -3) --> 1
math.fmod(-7.5, 2) --> -1.5
math.max(1, 3, 2) --> 3
math.max(1, 1.5) --> 1.5
math.max(2, 2.0) --> 2
math.min(1, 3, 2) --> 1
math.min(-1.5, -1) --> -1.5
math.maxinteger --> 9223372036854775807
math.mininteger --> -9223372036854775808
math.sqrt(4) --> 2.0
math.sqrt(2) --> 1.4142135622
math.sqrt(0) --> 0.0
math.sqrt(0.25) --> 0.5
math.sqrt(1000000) --> 1000.0
math.tointeger(3.0) --> 3
math.tointeger(3.5) --> nil
math.tointeger(7) --> 7
math.tointeger({}) --> nil
math.type(1) --> "integer"
math.type(1.0) --> "fixed"
math.type("1") --> nil
math.ult(1, 2) --> true
math.ult(-1, 1) --> false
math.ult(1, -1) --> true
math.wrapping_add(math.maxinteger, 1) --> -9223372036854775808
math.wrapping_sub(math.mininteger, 1) --> 9223372036854775807
math.wrapping_mul(math.maxinteger, 3) --> 9223372036854775805
print(select(2, pcall(math.abs, math.mininteger)))
print(select(2, pcall(math.sqrt, -1)))
print(select(2, pcall(math.max)))
print(select(2, pcall(math.min, {})))
print(select(2, pcall(math.fmod, 1, 0)))
print(select(2, pcall(math.floor, "x")))
print(select(2, pcall(math.wrapping_add, 1.5, 1)))
print(select(2, pcall(math.type)))
print(select(2, pcall(math.abs)))
