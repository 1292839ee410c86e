local x = string.uper("x")
local y = table.getn({})
