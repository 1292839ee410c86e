-- Which files are folds and which are policies.

local M = {}

-- Whether a text says `-- gatos: fold` in its first comment.
local function says_fold(lines)
  for _, line in ipairs(lines) do
    if line:match("^%s*%-%-+%s*gatos:%s*fold%s*$") then
      return true
    end
    if not (line:match("^%s*%-%-") or line:match("^%s*$") or line:match("^#!")) then
      return false
    end
  end
  return false
end

-- The file type of a path and its first lines; nil leaves the editor's own.
function M.of(path, lines)
  path = path:gsub("\\", "/")
  if path:match("%.rgs$") then
    return "rgs"
  end
  if path:match("%.lua$") and (path:match("/gatos/folds/") or path:match("^gatos/folds/") or says_fold(lines)) then
    return "echolua"
  end
  return nil
end

return M
