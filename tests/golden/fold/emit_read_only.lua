--# emit: yes
function fold(state, event) state.n = 1; return state end
function emit(state)
  state.n = 2
  return {}
end
