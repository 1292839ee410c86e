-- Decimals arrive as the nearest fixed; whole numbers stay integers.
function fold(state, event)
  local p = event.payload
  state[#state + 1] = { v = p.v, kind = math.type(p.v), text = tostring(p.v) }
  return state
end
function init() return json.array() end
