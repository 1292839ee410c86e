string.upper = nil
print = nil
