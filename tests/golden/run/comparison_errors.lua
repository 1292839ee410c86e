local function lt(a, b) return a < b end
local function le(a, b) return a <= b end
local function try(f, a, b) print(select(2, pcall(f, a, b))) end
try(lt, 1, "2")
try(lt, {}, {})
try(lt, nil, 1)
try(le, true, false)
try(le, "a", 1)
try(lt, print, print)
try(lt, json.null, json.null)
