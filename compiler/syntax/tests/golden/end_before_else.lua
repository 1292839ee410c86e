local function f(a)
  if a then
    x()
  end
  else
    y()
  end
end
local function g(a)
  local t = { 1 end, 2 }
  return t
end
function M.h b, c)
  return b
end
function M.+(b, c)
  return b
end
+ x == 1 then y() else z() end
local ok = 1
