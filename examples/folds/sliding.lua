-- The busiest 30 days: the most events in any window (t - 30 days, t] that ends with an
-- event, and the earliest time at which that many were reached.
--
-- Events need not come in the order of their times: one that is late raises the counts of
-- the windows it falls into. The state keeps 60 days of times, so an event may be 30 days
-- late; one that is later still is an error, since its window is gone.

local DAY <const> = 86400
local WINDOW <const> = 30 * DAY

-- The first index of sorted `times` whose value is above `time`.
local function first_above(times, time)
  local low, high = 1, #times + 1
  while low < high do
    local middle = (low + high) // 2
    if times[middle] > time then
      high = middle
    else
      low = middle + 1
    end
  end
  return low
end

-- Drops what no event can reach any more. Seldom, so that it costs little per event.
local function trim(state)
  local oldest = state.times[1]
  if oldest == nil or oldest > state.newest - 4 * WINDOW then
    return
  end
  local from = first_above(state.times, state.newest - 2 * WINDOW)
  state.times = table.move(state.times, from, #state.times, 1, json.array())
  state.counts = table.move(state.counts, from, #state.counts, 1, json.array())
end

local function consider(state, count, time)
  local best = state.best
  if count > best.count or (count == best.count and time < best.at_ts) then
    best.count = count
    best.at_ts = time
  end
end

local M = {}

function M.init()
  return {
    best = { count = 0, at_ts = 0 },
    newest = 0,
    times = json.array(),
    counts = json.array(),
  }
end

function M.fold(state, event)
  local time = event.ts
  if time < state.newest - WINDOW then
    error("event " .. event.ulid .. " is more than 30 days late")
  end
  state.newest = math.max(state.newest, time)
  trim(state)

  local times, counts = state.times, state.counts
  local at = first_above(times, time)
  local count = at - first_above(times, time - WINDOW) + 1
  table.insert(times, at, time) -- gatos: allow(W0511) trim drops what is older than 60 days
  table.insert(counts, at, count) -- gatos: allow(W0511) as above
  consider(state, count, time)

  -- Those of the same time count each other; those after it up to 30 days later count this one.
  local before = at - 1
  while before >= 1 and times[before] == time do
    counts[before] = counts[before] + 1
    consider(state, counts[before], time)
    before = before - 1
  end
  for after = at + 1, #times do
    if times[after] - time >= WINDOW then
      break
    end
    counts[after] = counts[after] + 1
    consider(state, counts[after], times[after])
  end
  return state
end

function M.emit(state)
  return { ["sliding_30d_max.json"] = state.best }
end

return M
