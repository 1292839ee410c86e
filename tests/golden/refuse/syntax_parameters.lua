local function page(items, size = 10) return items, size end
local function typed(a: number) return a end
local function tail(..., last) return last end
print(page, typed, tail)
