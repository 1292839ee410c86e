local function f(x)
  if x then return 1 else return 2 end
end
local function g(x)
  do return x end
  return f
end
while true do
  if g(1) then break end
end
do return g end
print("never")
