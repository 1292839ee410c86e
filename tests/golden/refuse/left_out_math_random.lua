local x = math.random(6)
