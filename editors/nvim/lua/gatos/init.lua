-- GATOS for Neovim: folds in EchoLua and policies in `.rgs`.
--
--     require("gatos").setup({})
--
-- Options are those of lua/gatos/config.lua; `:help gatos` tells of them.

local M = {}

-- Starts all of it. May be called again, with other options.
function M.setup(options)
  if vim.fn.has("nvim-0.7") == 0 then
    return vim.notify("gatos: Neovim 0.7 or later is needed", vim.log.levels.ERROR)
  end
  local chosen = require("gatos.config").set(options)
  require("gatos.commands").register()
  M.way = require("gatos.client").start()
  if chosen.treesitter then
    require("gatos.treesitter").register()
  end
  if chosen.dap then
    require("gatos.dap").register(chosen.cmd[1])
  end
end

-- For a status line: what the server is, in a few words; empty where there is none.
function M.status()
  local client = require("gatos.client").clients(vim.api.nvim_get_current_buf())[1]
  return client and "gatos" or ""
end

return M
