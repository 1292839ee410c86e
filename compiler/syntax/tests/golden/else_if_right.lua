if a then
  x()
else if b then
  y()
end end
