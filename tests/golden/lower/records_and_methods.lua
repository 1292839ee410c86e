local t = { name = "x", n = 1, list = { 1, 2, 3 } }
t.n = t.n + 1
t.list[#t.list + 1] = t.name:upper()
return t
