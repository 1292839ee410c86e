local a, b = 1, 2
b = 3
local function by_value() return a end
local function by_cell() b = b + 1; return b end
local function itself(n) if n > 0 then return itself(n - 1) end return by_value() + by_cell() end
return itself(2)
