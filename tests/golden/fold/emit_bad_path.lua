--# emit: yes
function fold(state, event) state.n = 1; return state end
function emit(state) return { ["../outside.json"] = 1 } end
