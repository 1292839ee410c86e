function init() error("no start") end
function fold(state, event) return state end
