if x do y() end
while x then y() end
