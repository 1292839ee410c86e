local t, n = ...
for i = 1, n do t[i] = i end
for i = n, 1, -1 do if t[i] == 0 then break end end
for k, v in ipairs(t) do print(k, v) end
for k in t do print(k) end
while n > 0 do
  n = n - 1
  if n == 5 then goto continue end
  print(n)
  ::continue::
end
repeat local done = n > 10; n = n + 1 until done
while true do n = n + 1 if n > 100 then return n end end
