--# roots: yes
-- Every operation over many pairs of numbers, mixed into one value each: what other machines
-- must reproduce. The mixing is FNV-1a over the text of the results, errors included.
local values = {
  0, 1, -1, 2, -2, 3, 7, -7, 10, 63, 64, 255, 65536, 1000003, 2147483647, 2147483648, -2147483648, -2147483649,
  4294967296, 9007199254740993, math.maxinteger, math.maxinteger - 1, math.mininteger, math.mininteger + 1,
  0.0, 0.5, -0.5, 1.0, -1.0, 0.1, -0.1, 0.25, 1.5, 2.0, 3.0, 0.0000000002, -0.0000000002, 0.3333333333,
  12345.678901, -12345.678901, 46340.95, 65536.0, 2147483647.0, math.maxfixed, math.minfixed,
}
local function mix(h, text)
  for i = 1, #text do h = math.wrapping_mul(h ~ text:byte(i), 0x100000001b3) end
  return h
end
local start = 0xcbf29ce484222325
local binary = {
  { "add", function(a, b) return a + b end }, { "sub", function(a, b) return a - b end },
  { "mul", function(a, b) return a * b end }, { "div", function(a, b) return a / b end },
  { "idiv", function(a, b) return a // b end }, { "mod", function(a, b) return a % b end },
  { "pow", function(a, b) return a ^ b end }, { "fmod", math.fmod },
  { "band", function(a, b) return a & b end }, { "bor", function(a, b) return a | b end },
  { "bxor", function(a, b) return a ~ b end }, { "shl", function(a, b) return a << b end },
  { "shr", function(a, b) return a >> b end }, { "eq", function(a, b) return a == b end },
  { "lt", function(a, b) return a < b end }, { "le", function(a, b) return a <= b end },
  { "max", math.max }, { "min", math.min }, { "ult", math.ult },
  { "wrapping_add", math.wrapping_add }, { "wrapping_sub", math.wrapping_sub },
  { "wrapping_mul", math.wrapping_mul },
}
for _, row in ipairs(binary) do
  local h = start
  for _, a in ipairs(values) do
    for _, b in ipairs(values) do
      local ok, r = pcall(row[2], a, b)
      h = mix(h, (ok and "=" or "!") .. tostring(r))
    end
  end
  print(row[1], string.format("%016x", h))
end
local unary = {
  { "unm", function(a) return -a end }, { "bnot", function(a) return ~a end }, { "abs", math.abs },
  { "ceil", math.ceil }, { "floor", math.floor }, { "sqrt", math.sqrt }, { "tointeger", math.tointeger },
  { "type", math.type }, { "text", tostring }, { "back", function(a) return tonumber(tostring(a)) == a end },
  { "half", function(a) return a * 0.5 end }, { "json", json.encode_canonical },
  { "format_d", function(a) return string.format("%d", a) end },
  { "format_f", function(a) return string.format("%.3f", a) end },
  { "format_20f", function(a) return string.format("%+025.9f", a) end },
}
for _, row in ipairs(unary) do
  local h = start
  for _, a in ipairs(values) do
    local ok, r = pcall(row[2], a)
    h = mix(h, (ok and "=" or "!") .. tostring(r))
  end
  print(row[1], string.format("%016x", h))
end
local r, h = rng("number model"), start
for i = 1, 1000 do h = mix(h, tostring(r(i)) .. tostring(r()) .. tostring(r(-i, i))) end
print("rng", string.format("%016x", h))
