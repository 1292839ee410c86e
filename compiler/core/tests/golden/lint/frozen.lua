local seen, index = {}, {}
local function build() index[1] = 1 end
build()
local function note(k) seen[k] = true end
function fold(state, event)
  seen[event.type] = true
  note(event.type)
  local own = {}
  own.x = 1
  state.own = own
  return state
end
