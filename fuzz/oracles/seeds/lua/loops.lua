local out = {}
for i = 1, 5 do out[#out + 1] = i end
for i = 10, 1, -3 do out[#out + 1] = i end
for i = 1.0, 2.0, 0.25 do out[#out + 1] = i end
for i = 9223372036854775806, 9223372036854775807 do out[#out + 1] = i end
for i = 3, 1 do out[#out + 1] = "never" end
for i, v in ipairs({ "a", "b", nil, "d" }) do out[#out + 1] = i .. v end
for k, v in dpairs({ z = 1, a = 2, [3] = 3 }) do out[#out + 1] = tostring(k) .. v end
for w in string.gmatch("one two three", "%a+") do out[#out + 1] = w end
local n = 0
while true do
  n = n + 1
  if n % 2 == 0 then goto continue end
  if n > 9 then break end
  out[#out + 1] = n
  ::continue::
end
repeat local done = n > 12; n = n + 1 until done
local function iter(t, i) i = i + 1 if t[i] then return i, t[i] end end
for i, v in iter, { 5, 6, 7 }, 0 do out[#out + 1] = i * v end
function run(n)
  local s = 0
  for i = 1, n do
    for j = i, n do
      if j == 2 then goto next end
      s = s + i * j
      ::next::
    end
  end
  return s, table.concat(out, " ")
end
return out
