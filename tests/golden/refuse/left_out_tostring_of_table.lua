print(tostring({}))
print(tostring(function() end))
