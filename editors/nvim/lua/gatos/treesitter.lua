-- Tree-sitter: the parsers of both languages, which are C files beside this plugin. They are built
-- by `:GatosParsers` with the C compiler of the machine, or by nvim-treesitter's `:TSInstall`.

local M = {}

M.languages = { "echolua", "rgs" }

-- The folder that holds the grammars: `editors/` of the repository.
local function grammars()
  local here = debug.getinfo(1, "S").source:sub(2)
  return vim.fn.fnamemodify(here, ":p:h:h:h:h")
end

-- The folder that the built parsers go into; it is on the runtime path.
local function site()
  return vim.fn.stdpath("data") .. "/site/parser"
end

-- Whether the editor has a parser.
function M.has(language)
  if #vim.api.nvim_get_runtime_file("parser/" .. language .. ".so", false) == 0 then
    return false
  end
  if vim.treesitter.language and vim.treesitter.language.add then
    local done, added = pcall(vim.treesitter.language.add, language)
    return done and added ~= nil and added ~= false
  end
  return (pcall(vim.treesitter.require_language, language))
end

-- Colours a buffer by its tree, when there is a parser; else by syntax/.
function M.attach(buffer, language)
  buffer = buffer == 0 and vim.api.nvim_get_current_buf() or buffer
  if require("gatos.config").get().treesitter == false or not M.has(language) then
    return false
  end
  if vim.treesitter.start then
    return (pcall(vim.treesitter.start, buffer, language))
  end
  return (pcall(function()
    vim.treesitter.highlighter.new(vim.treesitter.get_parser(buffer, language), {})
  end))
end

-- Builds the parsers, and uses them at once where buffers of the languages are open.
function M.build()
  local compiler
  for _, name in ipairs({ vim.env.CC or "cc", "gcc", "clang" }) do
    if vim.fn.executable(name) == 1 then
      compiler = name
      break
    end
  end
  if not compiler then
    return false, "there is no C compiler (cc, gcc or clang) on PATH"
  end
  vim.fn.mkdir(site(), "p")
  for _, language in ipairs(M.languages) do
    local source = grammars() .. "/tree-sitter-" .. language .. "/src"
    if vim.fn.filereadable(source .. "/parser.c") == 0 then
      return false, source .. " has no parser.c: the plugin wants the whole repository beside it"
    end
    local target = site() .. "/" .. language .. ".so"
    local command = { compiler, "-O2", "-shared", "-fPIC", "-I", source, "-o", target .. ".new" }
    vim.list_extend(command, { source .. "/parser.c", source .. "/scanner.c" })
    local told = vim.fn.system(command)
    if vim.v.shell_error ~= 0 then
      return false, told
    end
    -- Renamed, so that an editor that has the old one loaded keeps it whole.
    vim.fn.rename(target .. ".new", target)
  end
  -- A folder that was not there when the editor started is looked into only after this.
  vim.o.runtimepath = vim.o.runtimepath
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    local language = vim.api.nvim_buf_is_loaded(buffer) and vim.bo[buffer].filetype
    if vim.tbl_contains(M.languages, language) then
      M.attach(buffer, language)
    end
  end
  return true, "the parsers are in " .. site()
end

-- Tells nvim-treesitter of both, so that `:TSInstall echolua rgs` works.
function M.register()
  local found, parsers = pcall(require, "nvim-treesitter.parsers")
  if not found then
    return
  end
  local configs = parsers.get_parser_configs and parsers.get_parser_configs() or parsers
  for _, language in ipairs(M.languages) do
    configs[language] = {
      install_info = {
        url = grammars() .. "/tree-sitter-" .. language,
        path = grammars() .. "/tree-sitter-" .. language,
        files = { "src/parser.c", "src/scanner.c" },
      },
      filetype = language,
    }
  end
end

return M
