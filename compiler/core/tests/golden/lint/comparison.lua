local x, y = ...
if x == 1 then print(1) end
if tostring(x) == 1 then print(2) end
if 1 < "a" then print(3) end
if #x == "1" then print(4) end
if (x < y) == 1 then print(5) end
if type(x) == "nubmer" or type(x) == "table" then print(6) end
if math.type(x) == "float" then print(7) end
if {} == 1 or x ~= "a" then print(8) end
if true < false then print(9) end
if tonumber(x) == "1" then print(10) end
