return {}, {1}, {1, 2; 3,}, {a = 1, ["b"] = 2, [3] = 4; f(), ...}, {{}, {{}}}, {a, b == c, d = e == f,}, {
  f = function(x) return x end,
  g = { 1 },
};
