-- A tail call does not deepen the stack.
local function loop(n, acc)
  if n == 0 then return acc end
  return loop(n - 1, acc + n)
end
loop(100000, 0) --> 5000050000
local obj = {}
function obj:down(n) if n == 0 then return "done" end return self:down(n - 1) end
obj:down(50000) --> "done"
