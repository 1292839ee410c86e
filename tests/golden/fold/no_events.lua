function init() return { started = true, list = json.array(), map = {} } end
function fold(state, event) return state end
