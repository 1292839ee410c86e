local n, sum = 0, 0
while n < 5 do
  n = n + 1
  if n == 3 then goto continue end
  sum = sum + n
  ::continue::
end
sum --> 12
repeat
  local done = n >= 10
  n = n + 1
until done
n --> 11
while true do
  n = n - 1
  if n < 5 then break end
end
n --> 4
while false do n = 0 end
n --> 4
repeat n = n + 1 until true
n --> 5
