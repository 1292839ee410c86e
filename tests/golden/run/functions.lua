-- Definitions, arguments, results.
local function none() end
none() -->
(none()) --> nil
select("#", none()) --> 0
local function two() return 1, 2 end
two() --> 1, 2
(two()) --> 1
two(), 10 --> 1, 10
10, two() --> 10, 1, 2
local function args(a, b, c) return a, b, c end
args(1) --> 1, nil, nil
args(1, 2, 3, 4) --> 1, 2, 3
args(two()) --> 1, 2, nil
args(two(), "x") --> 1, "x", nil
local obj = { n = 1 }
function obj.plain(x) return x end
function obj:method(x) return self.n + x end
obj.inner = {}
function obj.inner.deep() return "deep" end
function obj.inner:deeper() return self == obj.inner end
obj.plain(5) --> 5
obj:method(5) --> 6
obj.inner.deep() --> "deep"
obj.inner:deeper() --> true
local s = "x"
s:rep(2) --> "xx"
("%d"):format(3) --> "3"
local function id(x) return x end
id "str" --> "str"
id [[long]] --> "long"
id { 1 } --> [1]
obj:method(id(2)) --> 3
(function(x) return x * 2 end)(4) --> 8
type(print) --> "function"
type(id) --> "function"
