function fold(state, event) return state end
