-- Captures by value, cells that are shared, recursion.
local function counter()
  local n = 0
  return function() n = n + 1; return n end, function() return n end
end
local inc, get = counter()
inc() + inc() --> 3
get() --> 2
local inc2 = counter()
inc2() --> 1
get() --> 2
local function adder(a) return function(b) return a + b end end
adder(3)(4) --> 7
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
fib(15) --> 610
local even, odd
function even(n) if n == 0 then return true end return odd(n - 1) end
function odd(n) if n == 0 then return false end return even(n - 1) end
even(10) --> true
odd(7) --> true
local fs = {}
for i = 1, 3 do fs[i] = function() return i end end
fs[1]() + fs[2]() * 10 + fs[3]() * 100 --> 321
local k = 1
local function deep() return function() return function() k = k + 1; return k end end end
deep()()() --> 2
k --> 2
local function param(p)
  local f = function() p = p + 1 end
  f()
  return p
end
param(1) --> 2
local y = function(f)
  return (function(x) return x(x) end)(function(x) return f(function(v) return x(x)(v) end) end)
end
y(function(self) return function(n) return n < 2 and 1 or n * self(n - 1) end end)(10) --> 3628800
