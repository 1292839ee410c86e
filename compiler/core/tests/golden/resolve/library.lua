string.trim = function() end
function table.last(t) return t[#t] end
print = nil
string["x"] = 1
local key = "y"
string[key] = 2
math = nil
type = 1
function string.utils.trim() end
local string = {}
string.mine = 1
return string
