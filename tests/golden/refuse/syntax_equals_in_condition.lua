local n = 1
if n = 1 then n = 2 end
while n = 3 do n = 4 end
print(n)
