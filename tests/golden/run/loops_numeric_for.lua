local function list(a, b, c)
  local out = {}
  for i = a, b, c or 1 do out[#out + 1] = i end
  return table.concat(out, " ")
end
list(1, 5) --> "1 2 3 4 5"
list(5, 1) --> ""
list(5, 1, -2) --> "5 3 1"
list(1, 2, 0.5) --> "1.0 1.5 2.0"
list(1.0, 3) --> "1.0 2.0 3.0"
list(1, 3.5) --> "1 2 3"
list(3, 1.5, -1) --> "3 2"
list(math.maxinteger - 1, math.maxinteger) --> "9223372036854775806 9223372036854775807"
list(math.mininteger, math.mininteger + 1) --> "-9223372036854775808 -9223372036854775807"
list(math.mininteger + 1, math.mininteger, -1) --> "-9223372036854775807 -9223372036854775808"
list(1, math.maxinteger, math.maxinteger) --> "1"
list(2147483647.0, 2147483647.5) --> "2147483647.0"
local count = 0
for i = 1, 3 do
  local saved = i
  i = i * 10
  count = count + i + saved
end
count --> 66
for i = 1, 10 do
  if i == 4 then break end
  count = i
end
count --> 3
local function try(a, b, c) print(select(2, pcall(list, a, b, c))) end
try(1, 5, 0)
try(1.0, 5, 0.0)
try("a", 5)
try(1, {})
try(1, 5, "x")
try(nil, 5)
