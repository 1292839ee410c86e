local shared = rng(tostring(1))
local function roll(event) return rng("seed")(6) + rng(42)(2) + rng(event.ulid)(6) + shared(2) end
function fold(state, event) state.n = roll(event) return state end
