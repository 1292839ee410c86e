local order = { lines = nil }
return order.lines[1]
