-- # is the first border.
#"" --> 0
#"héllo" --> 6
#{} --> 0
#{ 1, 2, 3 } --> 3
#{ 1, 2, nil, 4 } --> 2
#{ nil, 2 } --> 0
#{ n = 1 } --> 0
local t = { 1, 2, 3 }
t[5] = 5
#t --> 3
t[4] = 4
#t --> 5
t[3] = nil
#t --> 2
t[#t + 1] = "x"
#t --> 5
#setmetatable({}, { __len = function() return 42 end }) --> 42
local function try(v) print(select(2, pcall(function() return #v end))) end
try(nil)
try(5)
try(true)
try(print)
try(json.null)
