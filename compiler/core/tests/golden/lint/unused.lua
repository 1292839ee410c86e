--# warn: unused-parameter
local a = 1
local _b = 2
local c
c = 3
local function f(x, y, _z) return x end
local function g() return g() end
local function _h() end
::never::
for i = 1, 3 do print("again") end
for k, v in ipairs({}) do print(k) end
local d, e = 1, 2
print(e)
