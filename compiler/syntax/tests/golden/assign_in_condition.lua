if x = 1 then y() end
while (x = 2) do z() end
if a then elseif b = c then end
repeat f() until x = 3
local ok = 1
