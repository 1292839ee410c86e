for k, v in pairs({}) do print(k, v) end
local first = next({})
local co = coroutine.wrap(function() end)
local mt = { __gc = function() end, ["__mode"] = "k" }
mt.__pairs = function() end
function mt.__close() end
local dice = math.random(6)
math.randomseed(1)
local now = os.time()
io.write("x")
debug.traceback()
package.path = "x"
local f = load("return 1")
local g, h, i = loadstring, dofile, loadfile
collectgarbage("count")
local big = math.huge
local y = math.sin(1) + math.log(2) + math.pi
local bytes = string.dump(f)
_G.x = 1
local env = _ENV
local a = unpack({})
local n = table.getn({})
local m = math.pow(2, 3)
warn("x")
return { first, co, dice, now, g, h, i, big, y, bytes, env, a, n, m }
