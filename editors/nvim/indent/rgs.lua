-- Indentation of policies: by the brackets that are open at the end of the line before.

if vim.b.did_indent then
  return
end
vim.b.did_indent = 1

vim.opt_local.indentexpr = "v:lua.require'gatos.indent'.rgs(v:lnum)"
vim.opt_local.indentkeys = "0},0),0],!^F,o,O"
vim.opt_local.autoindent = true
vim.b.undo_indent = "setlocal indentexpr< indentkeys< autoindent<"
