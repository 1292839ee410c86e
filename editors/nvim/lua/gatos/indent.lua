-- Indentation of policies.

local M = {}

-- How many brackets a line leaves open. Those in strings and comments do not count.
function M.opened(line)
  local depth, at, lowest = 0, 1, 0
  while at <= #line do
    local c = line:sub(at, at)
    if c == "#" then
      break
    elseif c == '"' then
      at = at + 1
      while at <= #line and line:sub(at, at) ~= '"' do
        at = at + (line:sub(at, at) == "\\" and 2 or 1)
      end
    elseif c == "`" then
      at = line:find("`", at + 1, true) or #line
    elseif c:match("[%(%[{]") then
      depth = depth + 1
    elseif c:match("[%)%]}]") then
      depth = depth - 1
      lowest = math.min(lowest, depth)
    end
    at = at + 1
  end
  -- `} else {` leaves one open.
  return depth - lowest, -lowest
end

-- The indentation of a line, in columns.
function M.rgs(number)
  local before = vim.fn.prevnonblank(number - 1)
  if before == 0 then
    return 0
  end
  local width = vim.fn.shiftwidth()
  local line, previous = vim.fn.getline(number), vim.fn.getline(before)
  local opened = M.opened(previous)
  local indent = vim.fn.indent(before) + (opened > 0 and width or 0)
  -- A line that ends with an operator or `if` goes on.
  if opened == 0 and previous:match("[%+%*/|&=]%s*$") or previous:match("%f[%w]if%s*$") then
    indent = indent + width
  end
  if line:match("^%s*[%)%]}]") then
    indent = indent - width
  elseif previous:match("^%s*[%)%]}]") and opened == 0 then
    indent = vim.fn.indent(before)
  end
  return math.max(indent, 0)
end

return M
