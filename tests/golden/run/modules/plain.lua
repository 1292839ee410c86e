-- A module without a result gives true.
private = 1
