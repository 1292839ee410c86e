local a = [[never closed
