local a = 1
if a then
  print(a)
end
else
  print(2)
end
