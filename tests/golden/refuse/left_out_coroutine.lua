local c = coroutine.create(function() end)
