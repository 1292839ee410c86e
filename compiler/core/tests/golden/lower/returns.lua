local function a() return end
local function b(x) return x end
local function c(x) return x, 1 end
local function d(x) return (x()) end
local function e(x) return x() end
local function f(x, ...) return x:m(...) end
print(f)
return a, b, c, d, e
