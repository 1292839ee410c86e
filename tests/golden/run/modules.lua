-- Modules are compiled in; each is loaded once, and its globals are its own.
local shape = require "geo.shape"
local count = require("geo.count")
shape.area(2, 3) --> 6
shape.area(1, 1) --> 1
count.n --> 2
require("geo.shape") == shape --> true
require "plain" --> true
