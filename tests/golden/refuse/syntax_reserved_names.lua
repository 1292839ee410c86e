local range = { start = 1, end = 9 }
print(range.end)
local function until() end
