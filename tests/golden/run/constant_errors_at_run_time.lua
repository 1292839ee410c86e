-- An operation on constants that must fail is not folded away: it fails when it runs.
pcall(function() return 1 // 0 end) --> false, "attempt to divide by zero"
pcall(function() return 1 % 0 end) --> false, "attempt to divide by zero"
(pcall(function() return 9223372036854775807 + 1 end)) --> false
(pcall(function() return -(-9223372036854775807 - 1) end)) --> false
(pcall(function() return "a" + 1 end)) --> false
(pcall(function() return 1 < "2" end)) --> false
