-- The paths that exist: { [path] = true }, and as an artifact the sorted list of them.

local M = {}

function M.fold(state, event)
  for _, file in ipairs(event.payload.files) do
    if file.st == "D" then
      state[file.path] = nil
    else
      state[file.path] = true
    end
  end
  return state
end

function M.emit(state)
  return { ["paths.json"] = dkeys(state) }
end

return M
