-- A state may be a number, too.
function init() return 0 end
function fold(state, event) return state + event.payload.n end
