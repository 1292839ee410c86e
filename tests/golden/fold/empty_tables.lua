-- [] and {} as they were begun, also after being emptied.
function init() return { arr = json.array(), map = {}, was_arr = { 1 }, was_map = { a = 1 } } end
function fold(state, event)
  local p = event.payload
  if p.step == 1 then
    state.was_arr[1] = nil
    state.was_map.a = nil
    state.from_event = p.empty_list
    state.from_event_map = p.empty_map
  elseif p.step == 2 then
    state.arr[1] = "x"
  elseif p.step == 3 then
    state.arr[1] = nil
    state.was_arr.k = 1
  end
  return state
end
