local t = {}
t[1] = "a"
t[1.0] = "b"
t[1] --> "b"
#t --> 1
t[0.1] = "tenth"
t[0.1] --> "tenth"

t["0.1"] --> nil
t[-0.0] = "zero"
t[0] --> "zero"
