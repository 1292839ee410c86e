-- What `setup` was told.

local M = {}

M.defaults = {
  -- The language server.
  cmd = { "gatos", "lsp" },
  -- "auto": by `vim.lsp.config` where it is, else by nvim-lspconfig where that is, else by ourselves.
  -- "none": somebody else starts it.
  start = "auto",
  -- Handed to the server as it starts; see the page of the language server.
  init_options = {},
  settings = {},
  -- Called with the client and the buffer when the server has a buffer.
  on_attach = nil,
  capabilities = nil,
  -- Lenses above functions and rules.
  codelens = true,
  -- Types and costs within the lines, where the editor can show them.
  inlay_hints = true,
  -- `gatos fmt` when a buffer is saved.
  format_on_save = false,
  -- Colours by tree-sitter when its parsers are there.
  treesitter = true,
  -- Registers with nvim-dap when that is there.
  dap = true,
}

local current

function M.set(options)
  current = vim.tbl_deep_extend("force", M.defaults, options or {})
  return current
end

function M.get()
  return current or M.set()
end

return M
