--# fuel: 10000
function fold(state, event)
  while true do end
end
