-- Forward, backward, continue, nested.
local i = 1
::top::
if i < 5 then
  i = i * 2
  goto top
end
i --> 8
local out = {}
for a = 1, 3 do
  for b = 1, 3 do
    if b == 2 then goto next_a end
    out[#out + 1] = a * 10 + b
  end
  ::next_a::
end
out --> [11,21,31]
do
  goto skip
  i = 0
  ::skip::
end
i --> 8
do
  local fs = {}
  local n = 0
  ::again::
  local x = n
  fs[#fs + 1] = function() x = x + 10; return x end
  n = n + 1
  if n < 3 then goto again end
  fs[1]() + fs[2]() + fs[3]() --> 33
  fs[1]() --> 20
end
while true do
  while true do goto out_of_both end
end
::out_of_both::
i --> 8
