local s = "\a\b\f\n\r\t\v\\\"\x41\65\u{20AC}\z
   end", [[
line
next]], [==[ ]] ]=] ]==], 'a\
b'
--[[ long
comment ]] local x = 1 -- short
--[==[ ]] ]==]
