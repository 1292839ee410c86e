-- A local or a global of one's own may have any of these names.
local pairs = function(t) return ipairs(t) end
local os <const> = { time = function() return 0 end }
function load(x) return x end
for _, v in pairs({ os.time(), load(1) }) do print(v) end
