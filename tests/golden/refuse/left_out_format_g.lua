print(string.format("%g", 1.5))
