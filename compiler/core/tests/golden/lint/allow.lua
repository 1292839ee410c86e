local a = 1 -- gatos: allow(W0501) filled by the next migration
-- gatos: allow(unused-local) as above
local b = 2
local c = 3 -- gatos: allow(W0501)
-- gatos: allow(W0505) nothing of the kind here
local d = 4
local e = 5 -- gatos: allow(E0201) errors stay
local f = 6 -- gatos: allow(W9999)
return d
