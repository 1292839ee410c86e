limit = 3
function clamp(n) return math.min(n, limit) end
return clamp(5)
