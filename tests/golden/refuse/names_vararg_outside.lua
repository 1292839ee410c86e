local function f() return ... end
f()
