-- Overflow and zero divisors are errors that pcall catches.
local function try(f, ...)
  print(select(2, pcall(f, ...)))
end
local function add(a, b) return a + b end
local function sub(a, b) return a - b end
local function mul(a, b) return a * b end
local function div(a, b) return a / b end
local function idiv(a, b) return a // b end
local function mod(a, b) return a % b end
local function pow(a, b) return a ^ b end
local function neg(a) return -a end
try(add, math.maxinteger, 1)
try(sub, math.mininteger, 1)
try(mul, math.maxinteger, 2)
try(neg, math.mininteger)
try(idiv, math.mininteger, -1)
try(pow, 2, 63)
try(pow, 2, -1)
try(pow, 2, 0.5)
try(pow, 2.0, 31)
try(div, 1, 0)
try(idiv, 1, 0)
try(mod, 1, 0)
try(div, 1.0, 0.0)
try(idiv, 1.5, 0)
try(mod, 1.5, 0.0)
try(add, 2147483647.5, 1)
try(sub, -2147483648.0, 0.5)
try(mul, 65536.0, 65536.0)
try(add, math.maxinteger, 0.5)
try(div, math.maxinteger, 1)
try(neg, -2147483648.0)
try(add, 1, nil)
try(add, {}, 1)
try(add, "x", 1)
try(add, true, 1)
try(add, json.null, 1)
