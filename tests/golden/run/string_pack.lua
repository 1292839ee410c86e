local function hex(s) return (s:gsub(".", function(c) return string.format("%02x", c:byte()) end)) end
hex(string.pack("<i4", 1)) --> "01000000"
hex(string.pack(">i4", 1)) --> "00000001"
hex(string.pack("b", -1)) --> "ff"
hex(string.pack("<I2", 65535)) --> "ffff"
hex(string.pack("<i8", -2)) --> "feffffffffffffff"
hex(string.pack("<j", 1)) --> "0100000000000000"
hex(string.pack("z", "hi")) --> "686900"
hex(string.pack("s1", "hi")) --> "026869"
hex(string.pack("<s2", "hi")) --> "02006869"
hex(string.pack("c4", "hi")) --> "68690000"
hex(string.pack("<i3", -1)) --> "ffffff"
hex(string.pack(">I3 B", 1, 2)) --> "00000102"
hex(string.pack("!4 b i4", 1, 2)) --> "0100000002000000"
hex(string.pack("b x b", 1, 2)) --> "010002"
string.unpack("<i4", "\1\0\0\0") --> 1, 5
string.unpack("<I2", "\255\255") --> 65535, 3
string.unpack("b", "\255") --> -1, 2
string.unpack("z", "hi\0x") --> "hi", 4
string.unpack("s1", "\2hi") --> "hi", 4
string.unpack("<i2 i2", "\1\0\2\0") --> 1, 2, 5
string.unpack("<i2", "\1\0\2\0", 3) --> 2, 5
string.packsize("<i4 i4") --> 8
string.packsize("b i8") --> 9
string.packsize("!8 b i8") --> 16
local function try(...) print(select(2, pcall(...))) end
try(string.pack, "b", 128)
try(string.pack, "B", 256)
try(string.pack, "B", -1)
try(string.pack, "i17", 1)
try(string.pack, "z", "a\0b")
try(string.pack, "c1", "too long")
try(string.pack, "f", 1.5)
try(string.pack, "d", 1.5)
try(string.pack, "n", 1)
try(string.unpack, "<i4", "\1")
try(string.unpack, "z", "unfinished")
try(string.unpack, "i4", "abcd", 10)
try(string.packsize, "s")
try(string.packsize, "z")
try(string.pack, "y")
