-- For Neovim 0.11 and later: `vim.lsp.enable("gatos")` is enough where only the server is wanted.

local client = require("gatos.client")

local settings = client.settings()
settings.root_dir = function(buffer, found)
  found(client.root(vim.api.nvim_buf_get_name(buffer)))
end
return settings
