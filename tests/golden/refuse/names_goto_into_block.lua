goto inside
do
  ::inside::
end
