--# depth: 100
local function down(n) return 1 + down(n + 1) end
pcall(down, 0)
