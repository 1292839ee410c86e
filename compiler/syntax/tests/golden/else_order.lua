if a then b() else c() elseif d then e() else f() end
else
end
local ok = 1
