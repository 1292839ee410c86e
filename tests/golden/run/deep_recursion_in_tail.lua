--# depth: 10
local function spin(n) if n > 0 then return spin(n - 1) end return "done" end
spin(1000) --> "done"
