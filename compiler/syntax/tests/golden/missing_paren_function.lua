foo(function()
  bar()
)
local ok = 1
