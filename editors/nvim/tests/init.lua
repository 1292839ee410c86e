-- The configuration of the tests: the plugin beside this file, and the program that $GATOS names.

local here = debug.getinfo(1, "S").source:sub(2)
vim.opt.runtimepath:prepend(vim.fn.fnamemodify(here, ":p:h:h"))
vim.opt.swapfile = false
require("gatos").setup({
  cmd = { vim.env.GATOS, "lsp" },
  start = vim.env.GATOS_START or "auto",
})
