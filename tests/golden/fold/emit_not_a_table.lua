--# emit: yes
function fold(state, event) return state end
function emit(state) return 5 end
