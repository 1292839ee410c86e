local i = 0
::top::
do
  local x = i
  if x > 3 then goto done end
  i = i + 1
  goto top
end
::done::
for a = 1, 3 do
  for b = 1, 3 do
    if a == b then goto next end
    if b > a then goto out end
    ::next::
  end
end
::out::
return i
