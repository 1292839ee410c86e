--# deny: unused-local
local a = 1
local b = 2 -- gatos: allow(W0501) kept
