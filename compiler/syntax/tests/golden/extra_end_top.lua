do f() end
end
local ok = 1
