--# fuel: 10000
-- No pcall catches a limit.
print("start")
pcall(function() while true do end end)
print("not reached")
