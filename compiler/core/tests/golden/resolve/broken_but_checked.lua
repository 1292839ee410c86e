local x = = 1
for k in pairs(x) do end
local y = undeclared_name
