local function size(n)
  if n < 10 then
    return "small"
  elseif n < 100 then
    return "medium"
  elseif n < 1000 then
    return "large"
  else
    return "huge"
  end
end
size(1) --> "small"
size(50) --> "medium"
size(500) --> "large"
size(5000) --> "huge"
local out = "none"
if nil then out = "no" end
out --> "none"
if 0 then out = "zero is true" end
out --> "zero is true"
