-- However a table is filled, its content is what counts.
local up, down = {}, {}
for i = 1, 50 do up[i] = i end
for i = 50, 1, -1 do down[i] = i end
#up --> 50
#down --> 50
json.encode_canonical(up) == json.encode_canonical(down) --> true
local odd = {}
for i = 1, 50, 2 do odd[i] = i end
#odd --> 1
for i = 2, 50, 2 do odd[i] = i end
#odd --> 50
local names = {}
for i = 1, 300 do names["k" .. i] = i end
local sum = 0
for _, v in dpairs(names) do sum = sum + v end
sum --> 45150
for i = 1, 300, 2 do names["k" .. i] = nil end
#dkeys(names) --> 150
