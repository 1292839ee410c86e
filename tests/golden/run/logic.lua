-- and, or, not; only nil and false are false.
nil and 1 --> nil
false and 1 --> false
0 and 1 --> 1
"" and 1 --> 1
json.null and 1 --> 1
nil or 2 --> 2
false or nil --> nil
1 or error("not reached") --> 1
false and error("not reached") --> false
not nil --> true
not 0 --> false
not json.null --> false
1 and 2 or 3 --> 2
nil and 2 or 3 --> 3
(nil or false) == false --> true
local function count(n) return n > 0 and n or "none" end
count(2) --> 2
count(0) --> "none"
