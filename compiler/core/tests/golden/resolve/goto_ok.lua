-- Jumps backwards, out of blocks, and to a label that ends its block.
local i = 1
::top::
if i < 3 then i = i + 1 goto top end
do
  goto done
  local x = 1
  print(x)
  ::done:: ; ::again:: ;
end
do local k = 0; ::l:: k = k + 1; if k < 3 then goto l end end
while true do
  do goto out end
end
::out::
do ::twice:: end
do ::twice:: goto twice end
