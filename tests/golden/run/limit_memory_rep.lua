--# memory: 100000
-- Refused before the work is begun.
return ("x"):rep(100000000)
