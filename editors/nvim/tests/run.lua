-- What a person does in Neovim with a project of GATOS, against the real language server. The
-- folder is the project; $GATOS is the program. Ends with 0 when all of it holds.

local failed, passed = {}, 0

local function say(text)
  io.stdout:write(text .. "\n")
end

-- Waits until `condition` gives something, for so many seconds.
local function wait(condition, seconds)
  local value
  vim.wait((seconds or 30) * 1000, function()
    value = condition()
    return value and true or false
  end, 20)
  return value
end

local function check(name, work)
  local done, why = xpcall(work, function(error)
    return type(error) == "table" and vim.inspect(error) or debug.traceback(tostring(error), 2)
  end)
  if done then
    passed = passed + 1
    say("ok " .. name)
  else
    failed[#failed + 1] = name
    say("FAILED " .. name .. ": " .. why)
  end
end

local function same(found, wanted, what)
  if found ~= wanted then
    error((what or "value") .. ": wanted " .. vim.inspect(wanted) .. ", found " .. vim.inspect(found), 2)
  end
end

local function open(path)
  vim.cmd("edit! " .. path)
  local buffer = vim.api.nvim_get_current_buf()
  assert(wait(function()
    return require("gatos.client").clients(buffer)[1]
  end), "no client for " .. path)
  return buffer
end

-- Puts the cursor on the first place of a text, and says where that is.
local function at(text, behind)
  for number, line in ipairs(vim.api.nvim_buf_get_lines(0, 0, -1, false)) do
    local from, to = line:find(text, 1, true)
    if from then
      vim.api.nvim_win_set_cursor(0, { number, (behind and to or from) - 1 })
      return number, from - 1
    end
  end
  error("there is no " .. text)
end

local function lines()
  return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n")
end

-- A request of the buffer at hand, answered.
local function ask(method, params, seconds)
  local answer, failure
  local client = require("gatos.client").clients(vim.api.nvim_get_current_buf())[1]
  require("gatos.client").request(client, method, params, function(problem, result)
    answer, failure = result, problem
    if answer == nil then
      answer = vim.NIL
    end
  end, vim.api.nvim_get_current_buf())
  wait(function()
    return answer ~= nil or failure
  end, seconds)
  assert(not failure, method .. ": " .. vim.inspect(failure))
  assert(answer ~= nil, method .. " was not answered")
  return answer
end

local function document()
  return { textDocument = vim.lsp.util.make_text_document_params() }
end

-- The text of the window that hovers.
local function hovering()
  return wait(function()
    for _, window in ipairs(vim.api.nvim_list_wins()) do
      if vim.api.nvim_win_get_config(window).relative ~= "" then
        local buffer = vim.api.nvim_win_get_buf(window)
        local text = table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), "\n")
        vim.api.nvim_win_close(window, true)
        return text
      end
    end
  end)
end

-- The page that a command shows.
local function page(title)
  return wait(function()
    for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
      if vim.api.nvim_buf_get_name(buffer) == "gatos://" .. title then
        local text = table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), "\n")
        return text ~= "" and text
      end
    end
  end)
end

local function lens_of(command)
  return wait(function()
    local found = ask("textDocument/codeLens", document())
    for _, lens in ipairs(found ~= vim.NIL and found or {}) do
      if lens.command and lens.command.command == command then
        return lens
      end
    end
  end)
end

-- Folds.

check("files have their types", function()
  vim.cmd("edit! gatos/folds/authors.lua")
  same(vim.bo.filetype, "echolua")
  same(vim.bo.commentstring, "-- %s")
  vim.cmd("edit! elsewhere/marked.lua")
  same(vim.bo.filetype, "echolua", "a file that says it is a fold")
  vim.cmd("edit! elsewhere/plain.lua")
  same(vim.bo.filetype, "lua", "any other")
  vim.cmd("edit! gatos/policies/gate.rgs")
  same(vim.bo.filetype, "rgs")
end)

check("a refused construct is a diagnostic, and goes with its cause", function()
  local buffer = open("gatos/folds/broken.lua")
  local found = wait(function()
    local all = vim.diagnostic.get(buffer)
    return all[1] and all
  end)
  assert(found, "no diagnostics")
  local said = {}
  for _, one in ipairs(found) do
    said[tostring(one.code or (one.user_data and one.user_data.lsp and one.user_data.lsp.code))] = one
  end
  assert(said.E0107, vim.inspect(found))
  same(said.E0107.lnum, 3, "line")
  same(said.E0107.severity, vim.diagnostic.severity.ERROR, "severity")
  local row = at("pairs(")
  vim.api.nvim_buf_set_lines(buffer, row - 1, row, true, { "  for k in dpairs(state) do n = n + 1 end" })
  assert(wait(function()
    return #vim.diagnostic.get(buffer, { severity = vim.diagnostic.severity.ERROR }) == 0
  end), vim.inspect(vim.diagnostic.get(buffer)))
end)

check("a hover tells of a function", function()
  open("gatos/folds/authors.lua")
  at("local function bump", true)
  vim.lsp.buf.hover()
  local text = hovering()
  assert(text and text:find("bump", 1, true), vim.inspect(text))
end)

check("a call leads to its function", function()
  open("gatos/folds/authors.lua")
  local declared = at("local function bump")
  at("  bump(")
  vim.api.nvim_win_set_cursor(0, { vim.api.nvim_win_get_cursor(0)[1], 3 })
  vim.lsp.buf.definition()
  assert(wait(function()
    return vim.api.nvim_win_get_cursor(0)[1] == declared
  end), "the cursor is on line " .. vim.api.nvim_win_get_cursor(0)[1])
end)

check("a lens previews the fold over real events", function()
  local buffer = open("gatos/folds/authors.lua")
  local lens = lens_of("gatos.previewFold")
  assert(lens, "no lens")
  at("function M.fold")
  vim.lsp.codelens.refresh()
  assert(wait(function()
    for _, shown in ipairs(vim.lsp.codelens.get(buffer)) do
      if shown.command and shown.command.command == "gatos.previewFold" then
        return true
      end
    end
  end), "the editor shows no lens")
  vim.lsp.commands["gatos.previewFold"](lens.command, { bufnr = buffer })
  local text = page("preview")
  assert(text, "no page")
  assert(text:find("50", 1, true), "the page tells of no events: " .. text)
end)

check("a buffer is formatted", function()
  open("gatos/folds/untidy.lua")
  vim.cmd("GatosFormat")
  assert(wait(function()
    return lines():find("state.n = (state.n or 0) + 1", 1, true)
  end), lines())
  assert(lines():find("\n  state.n", 1, true), "not indented: " .. lines())
  vim.cmd("edit!")
end)

check("a local is renamed", function()
  open("gatos/folds/authors.lua")
  at("local function bump", true)
  vim.lsp.buf.rename("add_one")
  assert(wait(function()
    return lines():find("local function add_one", 1, true) and lines():find("  add_one(", 1, true)
  end), lines())
  same(lines():find("bump", 1, true), nil, "the old name")
  vim.cmd("edit!")
end)

check("completion offers the library", function()
  local buffer = open("gatos/folds/authors.lua")
  vim.api.nvim_buf_set_lines(buffer, 0, 0, false, { "local x = string." })
  vim.api.nvim_win_set_cursor(0, { 1, 17 })
  local params = vim.lsp.util.make_position_params(0, "utf-16")
  params.position.character = 17
  local found = ask("textDocument/completion", params)
  local items = found.items or found
  local labels = vim.tbl_map(function(item)
    return item.label
  end, items)
  assert(vim.tbl_contains(labels, "sub") or table.concat(labels, " "):find("sub", 1, true), vim.inspect(labels))
  vim.cmd("edit!")
end)

check("hints stand within the lines, where the editor can show them", function()
  local buffer = open("gatos/folds/authors.lua")
  if not vim.lsp.inlay_hint or not vim.lsp.inlay_hint.get then
    return
  end
  assert(wait(function()
    return #vim.lsp.inlay_hint.get({ bufnr = buffer }) > 0
  end), "no hints")
end)

check("a code is explained", function()
  open("gatos/folds/broken.lua")
  vim.cmd("GatosExplain E0107")
  local text = page("code")
  assert(text and text:find("dpairs", 1, true), vim.inspect(text))
end)

-- Policies.

check("a mistake in a policy is a diagnostic", function()
  local buffer = open("elsewhere/broken.rgs")
  local found = wait(function()
    local all = vim.diagnostic.get(buffer, { severity = vim.diagnostic.severity.ERROR })
    return all[1] and all
  end)
  assert(found, "no diagnostics")
  same(tostring(found[1].code or found[1].user_data.lsp.code):match("^E1%d%d%d$") ~= nil, true, "a code of policies")
end)

check("a hover tells of a rule, and a use leads to it", function()
  open("gatos/policies/gate.rgs")
  local declared = at("trusted if")
  vim.lsp.buf.hover()
  local text = hovering()
  assert(text and text:find("trusted", 1, true), vim.inspect(text))
  at("not trusted", true)
  vim.lsp.buf.definition()
  assert(wait(function()
    return vim.api.nvim_win_get_cursor(0)[1] == declared
  end), "the cursor is on line " .. vim.api.nvim_win_get_cursor(0)[1])
end)

check("a lens runs a test of a policy", function()
  local buffer = open("gatos/policies/gate_test.rgs")
  local lens = lens_of("gatos.runTest")
  assert(lens, "no lens")
  vim.lsp.commands["gatos.runTest"](lens.command, { bufnr = buffer })
  local text = page("tests")
  -- The first lens is that of the first test.
  assert(text and text:find("test_friends_are_free", 1, true), vim.inspect(text))
end)

check("the test at the cursor is found", function()
  open("gatos/policies/gate_test.rgs")
  at("count(gate.deny) == 1")
  same(require("gatos.commands").test_at_cursor(), "test_strangers_are_denied")
end)

check("a decision about a pinned input is explained", function()
  open("gatos/policies/gate.rgs")
  vim.cmd([[GatosPin json:{"actor":"user:eve","intent":"code.change"}]])
  assert(page("pin"), "nothing is said about the pin")
  vim.cmd("GatosExplain")
  local text = page("decision")
  assert(text and text:find("deny", 1, true), vim.inspect(text))
end)

check("the compiled program is shown", function()
  open("gatos/folds/authors.lua")
  vim.cmd("GatosElc")
  assert(page("elc"), "no page")
end)

-- Tree-sitter.

check("parsers are built, and colour buffers", function()
  local done, what = require("gatos.treesitter").build()
  assert(done, what)
  for _, path in ipairs({ "gatos/folds/authors.lua", "gatos/policies/gate.rgs" }) do
    local buffer = open(path)
    local language = vim.bo.filetype
    assert(vim.treesitter.highlighter.active[buffer], "no colours in " .. path)
    same(vim.treesitter.get_parser(buffer, language):parse()[1]:root():has_error(), false, path)
  end
end)

check("the server starts anew", function()
  local buffer = open("gatos/folds/authors.lua")
  local before = require("gatos.client").clients(buffer)[1].id
  vim.cmd("GatosRestart")
  assert(wait(function()
    local now = require("gatos.client").clients(buffer)[1]
    return now and now.id ~= before
  end), "no new client")
end)

say(("%d passed, %d failed"):format(passed, #failed))
vim.cmd(#failed == 0 and "qall!" or "cquit!")
