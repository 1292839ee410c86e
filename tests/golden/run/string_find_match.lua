("hello"):find("l") --> 3, 3
("hello"):find("l", 4) --> 4, 4
("hello"):find("xyz") --> nil
("hello"):find("") --> 1, 0
("hello"):find("", 10) --> nil
("hello"):find("", 6) --> 6, 5
("a.b"):find(".", 1, true) --> 2, 2
("a+b"):find("+", 1, true) --> 2, 2
("hello"):find("(l)(l)") --> 3, 4, "l", "l"
("hello"):find("^h") --> 1, 1
("hello"):find("^e") --> nil
("hello"):find("o$") --> 5, 5
("hello"):find("l", -2) --> 4, 4
("hello"):match("l+") --> "ll"
("hello"):match("(h)(.)") --> "h", "e"
("hello"):match("()ll()") --> 3, 5
("key = value"):match("^(%w+)%s*=%s*(%w+)$") --> "key", "value"
("  trim  "):match("^%s*(.-)%s*$") --> "trim"
("2024-01-02"):match("(%d+)-(%d+)-(%d+)") --> "2024", "01", "02"
("abc123"):match("%a+") --> "abc"
("abc123"):match("%d+") --> "123"
("abc"):match("%d*") --> ""
("[[x]]"):match("%[%[(.*)%]%]") --> "x"
("f(a(b)c)d"):match("%b()") --> "(a(b)c)"
("THE (quick) fox"):find("%((%a+)%)") --> 5, 11, "quick"
("hello world"):match("%f[%w]%w+$") --> "world"
("x=1,y=2"):match("y=(%d)") --> "2"
("aXb"):match("%u") --> "X"
("a-b"):match("[a%-]+") --> "a-"
("a]b"):match("[]]") --> "]"
("abc"):match("[^a]+") --> "bc"
("0af9"):match("^%x+$") --> "0af9"
("tab\there"):match("%c") --> "\t"
("a.b"):match("%p") --> "."
("aa"):match("^(a)%1$") --> "a"
("ab"):match("^(a)%1$") --> nil
("xyz"):match("x?y?z?") --> "xyz"
("aaa"):match("a-") --> ""
("aaa"):match("a-$") --> "aaa"
