-- one line
--[[ several
lines ]]
--[==[ with ]] inside ]==]
local x = 1 --[[ between ]] + 2
x --> 3
---[[ not a long comment
local y = x
--]]
y --> 3
