--# kind: fold
local function helper() end
helper()
