-- Settings of buffers that hold policies: as `gatos fmt` writes them.

if vim.b.did_ftplugin then
  return
end
vim.b.did_ftplugin = 1

local set = vim.opt_local
set.commentstring = "# %s"
set.comments = ":#"
set.expandtab = false
set.shiftwidth = 4
set.tabstop = 4
set.softtabstop = 0
set.formatoptions:remove("t")
set.formatoptions:append("croql")

require("gatos.treesitter").attach(0, "rgs")

vim.b.undo_ftplugin = "setlocal commentstring< comments< expandtab< shiftwidth< tabstop< softtabstop< formatoptions<"
