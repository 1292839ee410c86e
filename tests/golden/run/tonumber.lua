tonumber("10") --> 10
tonumber("  10  ") --> 10
tonumber("-7") --> -7
tonumber("+7") --> 7
tonumber("0x1F") --> 31
tonumber("-0x1F") --> -31
tonumber("1.50") --> 1.5
tonumber(".5") --> 0.5
tonumber("5.") --> 5.0
tonumber("") --> nil
tonumber(" ") --> nil
tonumber("abc") --> nil
tonumber("1 2") --> nil
tonumber("nan") --> nil
tonumber("inf") --> nil
tonumber("9223372036854775807") --> 9223372036854775807
tonumber(5) --> 5
tonumber(5.5) --> 5.5
tonumber(nil) --> nil
tonumber(true) --> nil
tonumber({}) --> nil
tonumber("ff", 16) --> 255
tonumber("zz", 36) --> 1295
tonumber("-101", 2) --> -5
tonumber("8", 8) --> nil
tonumber("7", 8) --> 7
tonumber("", 10) --> nil
