--# kind: fold
local function make() return { fold = function(state) return state end } end
return make()
