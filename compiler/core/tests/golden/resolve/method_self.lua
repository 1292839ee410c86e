local A = {}
function A:get() return self.x end
function A.free() return self.x end
return A
