local function a() do return 1 end print("never") end
local function b() error("no") print("never") end
local function c() while true do print("x") end print("never") end
local function d(x) if x then return 1 else return 2 end print("never") end
local function e() while true do if a() then break end end print("reached") end
local function f() goto skip; print("never") ::skip:: print("reached") end
local function g() for i = 1, 2 do if i == 1 then goto on end do break end print("never") ::on:: end end
return { a, b, c, d, e, f, g }
