local total, count = 0, 0
total = totl + conut
print(strnig.format("x"), ipair({}), string.uper("x"), math.foo, xyzzy)
function known() return later() + unknown_thing end
function later() return 1 end
