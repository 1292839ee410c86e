limit = 10
function run()
  limit = 20
  fresh = 1
  function inner() end
  return fresh + limit
end
if limit > 5 then more = 1 end
return more
