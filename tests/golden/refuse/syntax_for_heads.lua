local list = { 1 }
for i = 10 do print(i) end
for item of list do print(item) end
for a, b = 1, 2 do print(a, b) end
