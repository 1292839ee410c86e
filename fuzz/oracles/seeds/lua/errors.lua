local log = {}
local function try(f, ...)
  local ok, e = pcall(f, ...)
  log[#log + 1] = tostring(ok) .. ":" .. (type(e) == "table" and e.code or tostring(e))
  return ok, e
end
try(function() error("plain") end)
try(function() error({ code = "E1" }) end)
try(function() error() end)
try(function() local x = nil; return x.y end)
try(function() return 1 + {} end)
try(function() return 9223372036854775807 + 1 end)
try(function() return 1 // 0 end)
try(function() return "a" < 1 end)
try(error, "direct")
try(pcall, error, "inner")
try(function(...) return select(-1, ...) end, 1, 2)
local ok, e, f = xpcall(function() error("handled") end, function(m) return "h:" .. m, 2 end)
log[#log + 1] = e
local depth = 0
local function rec() depth = depth + 1 local ok, e = pcall(rec) error(e or "bottom") end
function run(n)
  local r = {}
  for i = 1, n do
    local ok, e = pcall(function(x) if x % 2 == 0 then error({ code = x }) end return x end, i)
    r[#r + 1] = ok and e or e.code
  end
  return table.concat(r, ","), assert(pcall(tostring, 1))
end
function overflow() return pcall(rec) end
return log
