local h <close> = nil
local x <constant> = 1
local y <cosnt> = 1
return { h, x, y }
