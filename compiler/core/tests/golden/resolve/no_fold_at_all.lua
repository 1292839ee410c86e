--# kind: fold
return { init = function() return {} end }
