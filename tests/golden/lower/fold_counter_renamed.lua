--# kind: fold
--# roots: yes
-- The same program as fold_counter with other names, layout and comments: the same root.
local Module = {}

function Module.init()
  return { n = 0 }
end

function Module.fold(s, ev) s.n = s.n + 1 return s end

return Module
