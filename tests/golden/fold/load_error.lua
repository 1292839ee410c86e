local t = nil
local x = t.field
function fold(state, event) return state end
