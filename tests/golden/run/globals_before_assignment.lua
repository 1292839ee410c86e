-- A global that is declared further down is nil until then.
local function read() return late end
read() --> nil
late = 1
read() --> 1
