local n = 12abc
return n
