do
  goto done
  local x = 1
  ::done::
  print(x)
end
goto nowhere
for i = 1, 3 do
  if i == 2 then goto continue end
  local y = i
  print(y)
  ::continue::
end
for i = 1, 3 do
  if i == 2 then goto continue end
  print(i)
end
repeat
  goto cont
  local z = 1
  ::cont::
until z
do ::here:: end
goto here
::a::
do ::a:: end
local function f()
  ::a::
  goto a
end
goto a
f()
