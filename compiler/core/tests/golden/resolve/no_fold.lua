--# kind: fold
local function fold(state, event) return state, event end
print(fold)
