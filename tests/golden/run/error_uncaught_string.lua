local function inner() error("something broke") end
print("before")
inner()
