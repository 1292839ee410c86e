local M = {}
local M.version = 1
local count: number = 0
print(M, count)
