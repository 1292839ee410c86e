-- `require "gatos.test"`: what the tests of folds can use. It is there in files named *_test.lua only.

local T = {}

-- Differences that are told of one comparison.
local MOST = 20
-- Tables inside tables; data of events and states is not nested deeper.
local DEEPEST = 128

local function shown(v)
  if v == nil then
    return "nothing"
  end
  local ok, text = pcall(json.encode_canonical, v)
  if ok then
    return text
  end
  return "a " .. type(v)
end

local function step(path, key)
  if math.type(key) ~= nil then
    return path .. "[" .. shown(key) .. "]"
  end
  if type(key) == "string" and string.find(key, "^[%a_][%w_]*$") then
    return path .. "." .. key
  end
  return path .. "[" .. shown(key) .. "]"
end

local function say(out, path, got, want)
  if path == "" then
    path = "the value"
  end
  out[#out + 1] = "at " .. path .. "\n  got  " .. shown(got) .. "\n  want " .. shown(want)
end

local function is_plain_table(v)
  return type(v) == "table" and getmetatable(v) == nil
end

local function compare(got, want, path, depth, out)
  if #out >= MOST then
    return
  end
  if depth > DEEPEST then
    error("the values are nested deeper than " .. DEEPEST .. ", or hold themselves")
  end
  if not (is_plain_table(got) and is_plain_table(want)) then
    if type(got) ~= type(want) or math.type(got) ~= math.type(want) or got ~= want then
      say(out, path, got, want)
    end
    return
  end
  local is_empty = true
  for key, value in dpairs(got) do
    is_empty = false
    compare(value, want[key], step(path, key), depth + 1, out)
  end
  for key, value in dpairs(want) do
    is_empty = false
    if got[key] == nil and #out < MOST then
      say(out, step(path, key), nil, value)
    end
  end
  if is_empty and shown(got) ~= shown(want) then
    say(out, path, got, want)
  end
end

-- Raises unless both are the same data: numbers of one kind, arrays and objects alike.
function T.equal(got, want, what)
  local out = {}
  compare(got, want, "", 0, out)
  if #out > 0 then
    error((what or "the values differ") .. "\n" .. table.concat(out, "\n"))
  end
end

-- Raises unless calling `f` raises; with a pattern, unless the error's text holds it.
function T.fails(f, pattern)
  local ok, raised = pcall(f)
  if ok then
    error("nothing was raised")
  end
  if pattern ~= nil then
    local text = type(raised) == "string" and raised or shown(raised)
    if not string.find(text, pattern) then
      error("another error was raised\nat the error\n  got  " .. shown(text) .. "\n  want " .. shown(pattern))
    end
  end
  return raised
end

local function copied(v)
  return json.decode_strict(json.encode_canonical(v))
end

-- An event as a fold sees it: what is not given is made up, from the number alone.
function T.event(fields, number)
  number = number or 1
  local event = {
    v = 1,
    type = "test.event",
    ulid = string.format("0000000000TEST%012d", number),
    ns = "test",
    actor = "user:test",
    seq = number - 1,
    caps = json.array(),
    labels = json.array(),
    sig_alg = "ed25519",
    payload = {},
  }
  for key, value in dpairs(fields) do
    event[key] = value
  end
  return copied(event)
end

-- The state before the first event, as the engine makes it.
function T.init(fold)
  if fold.init == nil then
    return {}
  end
  return copied(fold.init())
end

-- The state after events, each given by the fields that matter; from `state`, or from the first one.
-- Between events it is written and read again, as the engine does.
function T.fold(fold, events, state)
  if state == nil then
    state = T.init(fold)
  else
    state = copied(state)
  end
  for number, fields in ipairs(events) do
    state = fold.fold(state, T.event(fields, number))
    if state == nil then
      error("`fold` returned no state for event " .. number)
    end
    state = copied(state)
  end
  return state
end

-- The artifacts that a state gives.
function T.emit(fold, state)
  if fold.emit == nil then
    return {}
  end
  return copied(fold.emit(copied(state)))
end

return T
