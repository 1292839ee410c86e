// a comment
local a = 1 // another one here
# and this
/* and this */
local ok = 1
