-- Shows what a command gave: Markdown in a window below, one for each kind of answer.

local M = {}

local function buffer_of(title)
  local name = "gatos://" .. title
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_get_name(buffer) == name then
      return buffer
    end
  end
  local buffer = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_name(buffer, name)
  vim.bo[buffer].buftype = "nofile"
  vim.bo[buffer].bufhidden = "hide"
  vim.bo[buffer].swapfile = false
  vim.bo[buffer].filetype = "markdown"
  vim.api.nvim_buf_set_keymap(buffer, "n", "q", "<Cmd>close<CR>", { silent = true, nowait = true })
  return buffer
end

-- Shows lines under a title, and leaves the cursor where it is.
function M.page(title, text)
  local buffer = buffer_of(title)
  local lines = vim.split(text, "\n", { plain = true })
  vim.bo[buffer].modifiable = true
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, lines)
  vim.bo[buffer].modifiable = false
  if vim.fn.bufwinid(buffer) == -1 then
    local before = vim.api.nvim_get_current_win()
    local height = math.max(5, math.min(#lines + 1, math.floor(vim.o.lines / 2)))
    vim.cmd("botright " .. height .. "split")
    local window = vim.api.nvim_get_current_win()
    vim.api.nvim_win_set_buf(window, buffer)
    vim.wo[window].wrap = true
    vim.wo[window].conceallevel = 2
    vim.wo[window].number = false
    vim.api.nvim_set_current_win(before)
  end
  return buffer
end

return M
