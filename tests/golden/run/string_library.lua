("abc"):byte() --> 97
("abc"):byte(2) --> 98
("abc"):byte(-1) --> 99
("abc"):byte(10) -->
("abc"):byte(1, -1) --> 97, 98, 99
string.char() --> ""
string.char(72, 105) --> "Hi"
#string.char(0, 255) --> 2
("abc"):len() --> 3
("AbC"):lower() --> "abc"
("AbC"):upper() --> "ABC"
("É"):lower() --> "É"
("ab"):rep(3) --> "ababab"
("ab"):rep(3, "-") --> "ab-ab-ab"
("ab"):rep(0) --> ""
("ab"):rep(-1) --> ""
("ab"):rep(1, "-") --> "ab"
("abc"):reverse() --> "cba"
(""):reverse() --> ""
("hello"):sub(2) --> "ello"
("hello"):sub(2, 3) --> "el"
("hello"):sub(-3, -2) --> "ll"
("hello"):sub(0) --> "hello"
("hello"):sub(10) --> ""
("hello"):sub(3, 2) --> ""
("hello"):sub(-100, 100) --> "hello"
("hello"):sub(math.mininteger, math.maxinteger) --> "hello"
print(select(2, pcall(string.char, 256)))
print(select(2, pcall(string.char, -1)))
print(select(2, pcall(string.rep, "x", 1000000000000)))
print(select(2, pcall(string.rep)))
print(select(2, pcall(string.byte, {})))
print(select(2, pcall(string.sub, "x", "y")))
print(select(2, pcall(string.sub, "x", 1.5)))
print(select(2, pcall(string.upper)))
