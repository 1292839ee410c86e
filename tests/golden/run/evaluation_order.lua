-- Left to right, everywhere.
local log = {}
local function v(name, value)
  log[#log + 1] = name
  return value
end
local t = {}
local _ = v("a", 1) + v("b", 2) * v("c", 3)
v("f", function() end)(v("x"), v("y"))
t[v("key")or 1] = v("value", 1)
_ = { v("one", 1), [v("two", 2)] = v("three", 3), four = v("four", 4) }
_ = v("p", "p") .. v("q", "q") .. v("r", "r")
_ = v("l", 1) < v("m", 2)
table.concat(log, " ") --> "a b c f x y key value one two three four p q r l m"
