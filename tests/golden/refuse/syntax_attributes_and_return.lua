return 1
local after = 2
