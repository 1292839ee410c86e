-- Settings of buffers that hold folds: as `gatos fmt` writes them.

if vim.b.did_ftplugin then
  return
end
vim.b.did_ftplugin = 1

local set = vim.opt_local
set.commentstring = "-- %s"
set.comments = ":---,:--"
set.expandtab = true
set.shiftwidth = 2
set.softtabstop = 2
set.suffixesadd = ".lua"
set.formatoptions:remove("t")
set.formatoptions:append("croql")

require("gatos.treesitter").attach(0, "echolua")

vim.b.undo_ftplugin = "setlocal commentstring< comments< expandtab< shiftwidth< softtabstop< suffixesadd< formatoptions<"
