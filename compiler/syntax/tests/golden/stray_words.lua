then
local a = 1
in x
do f() end
local ok = 1
