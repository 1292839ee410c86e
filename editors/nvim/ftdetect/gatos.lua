-- Folds are `.lua` files that lie below gatos/folds or say so; policies end in `.rgs`.
-- Autocommands work in every version, and come after the editor's own for `.lua`.

local group = vim.api.nvim_create_augroup("gatos_filetype", { clear = true })

vim.api.nvim_create_autocmd({ "BufRead", "BufNewFile", "BufFilePost" }, {
  group = group,
  pattern = { "*.lua", "*.rgs" },
  callback = function(event)
    local buffer = event.buf
    local path = vim.fn.fnamemodify(vim.api.nvim_buf_get_name(buffer), ":p")
    local lines = vim.api.nvim_buf_get_lines(buffer, 0, 40, false)
    local found = require("gatos.filetype").of(path, lines)
    if found and vim.bo[buffer].filetype ~= found then
      vim.bo[buffer].filetype = found
    end
  end,
})
