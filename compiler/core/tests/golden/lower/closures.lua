local value, cell = ..., 0
local function by_value() return value end
local function counter() cell = cell + 1 return cell end
local function fact(n) if n < 2 then return 1 end return n * fact(n - 1) end
local function deep() return function() return function() return value, cell, deep, fact end end end
local function changed() return changed end
changed = nil
local fs = {}
for i = 1, 3 do
  local j = i
  fs[i] = function() j = j + 1 return i, j end
end
local function param(p, q) return function() p = p + q return p end end
local byte, limit = string.byte, 10
local function uses() return byte("x"), limit, limit + cell end
local s = string
return by_value, counter, deep, changed, fs, param, uses, s.upper("x")
