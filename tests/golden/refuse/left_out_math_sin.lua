local s = math.sin(1)
