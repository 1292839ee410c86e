-- A table reached by two paths is two tables after the call.
function init() return {} end
function fold(state, event)
  if event.seq == 0 then
    local shared = { n = 1 }
    state.a = shared
    state.b = shared
    state.list = { shared, shared }
  else
    state.a.n = state.a.n + 10
    state.list[1].n = 99
  end
  return state
end
