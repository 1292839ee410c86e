-- Module-level tables and functions may be used, and worked out while loading.
local rates = {}
for i, name in ipairs({ "low", "mid", "high" }) do rates[name] = i / 4 end
local function rate(name) return rates[name] or 0.0 end
local M = { init = function() return { sum = 0.0 } end }
function M.fold(state, event)
  state.sum = state.sum + rate(event.payload.rate) * event.payload.n
  return state
end
return M
