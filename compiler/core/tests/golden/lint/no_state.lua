local M = { fold = function(state, event) state.n = event.seq end }
return M
