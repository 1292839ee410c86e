function fold(state, event)
  local inner = state
  for _ = 1, 200 do
    inner.next = {}
    inner = inner.next
  end
  return state
end
