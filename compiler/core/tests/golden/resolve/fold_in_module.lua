local counter = require "counter"
function fold(state, event) counter.bump() return state, event end
--# module: counter
local n = 0
return { bump = function() n = n + 1 return n end }
