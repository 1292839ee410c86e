-- What people can ask for: by commands of the editor, and by the lenses above functions and rules.

local client = require("gatos.client")
local show = require("gatos.show")

local M = {}

-- Titles of the pages that answers are shown on.
local titles = {
  ["gatos.previewFold"] = "preview",
  ["gatos.pinInput"] = "pin",
  ["gatos.explainDecision"] = "decision",
  ["gatos.explainCode"] = "code",
  ["gatos.runTest"] = "tests",
  ["gatos.runTests"] = "tests",
  ["gatos.compareRoot"] = "root",
  ["gatos.testFromDenial"] = "test",
  ["gatos.showElc"] = "elc",
}

local function tell(text, level)
  vim.notify("gatos: " .. text, level or vim.log.levels.INFO)
end

-- Asks the server to do a command. `done` gets what it gave: `{ json, markdown }`; without it the
-- Markdown is shown.
function M.execute(command, arguments, done, buffer)
  buffer = buffer or vim.api.nvim_get_current_buf()
  local ours = client.clients(buffer)[1] or client.clients()[1]
  if not ours then
    return tell("the language server is not running; open a fold or a policy", vim.log.levels.WARN)
  end
  local params = { command = command, arguments = arguments }
  client.request(ours, "workspace/executeCommand", params, function(failure, result)
    if failure then
      return tell(failure.message or vim.inspect(failure), vim.log.levels.ERROR)
    end
    result = type(result) == "table" and result or {}
    if done then
      return done(result)
    end
    if type(result.markdown) == "string" and result.markdown ~= "" then
      show.page(titles[command] or "answer", result.markdown)
    end
  end, buffer)
end

local function path()
  return vim.api.nvim_buf_get_name(0)
end

-- The test whose function or rule the cursor is in or behind.
function M.test_at_cursor()
  local line = vim.api.nvim_win_get_cursor(0)[1]
  local lines = vim.api.nvim_buf_get_lines(0, 0, line, false)
  for at = #lines, 1, -1 do
    local text = lines[at]
    local name = text:match("^(test_[%w_]+)") or text:match("function%s+[%w_.:]*(test_[%w_]+)%s*%(")
      or text:match("(test_[%w_]+)%s*=%s*function")
    if name then
      return name
    end
  end
  return nil
end

-- Pins an input for policies; asks what, unless it is told.
function M.pin(source)
  if source and source ~= "" then
    if not source:match("^%a+:") then
      source = vim.fn.fnamemodify(source, ":p")
    end
    return M.execute("gatos.pinInput", { path(), source })
  end
  local kinds = { "a JSON file", "an event, by its ULID", "the newest denial", "JSON, typed here" }
  local here = path()
  vim.ui.select(kinds, { prompt = "Show policies with which input?" }, function(_, at)
    local function pin(chosen)
      if chosen and chosen ~= "" then
        M.execute("gatos.pinInput", { here, chosen })
      end
    end
    if at == 1 then
      vim.ui.input({ prompt = "File: ", completion = "file" }, function(file)
        pin(file and file ~= "" and vim.fn.fnamemodify(file, ":p"))
      end)
    elseif at == 2 then
      vim.ui.input({ prompt = "ULID: " }, function(id)
        pin(id and id ~= "" and "event:" .. id)
      end)
    elseif at == 3 then
      pin("denial:0")
    elseif at == 4 then
      vim.ui.input({ prompt = "JSON: ", default = "{}" }, function(json)
        pin(json and json ~= "" and "json:" .. json)
      end)
    end
  end)
end

-- The commands of the editor: name, what it does, and how it is declared.
local commands = {
  GatosPreview = {
    "Folds the newest real events: [namespace] [number of events]",
    { nargs = "*" },
    function(asked)
      M.execute("gatos.previewFold", { path(), asked.fargs[1] or "", asked.fargs[2] or "" })
    end,
  },
  GatosPin = {
    "Pins an input for policies: a JSON file, event:ULID, denial:NUMBER, json:{…}",
    -- Not `complete = "file"`, which would have the editor expand wildcards in JSON.
    {
      nargs = "?",
      complete = function(lead)
        return vim.fn.getcompletion(lead, "file")
      end,
    },
    function(asked)
      M.pin(asked.args)
    end,
  },
  GatosUnpin = {
    "Takes the pinned input off",
    { nargs = 0 },
    function()
      M.execute("gatos.pinInput", { path() })
    end,
  },
  GatosExplain = {
    "Says why the pinned decision fell; with a code, what a diagnostic means",
    { nargs = "?" },
    function(asked)
      if asked.args ~= "" then
        M.execute("gatos.explainCode", { asked.args })
      elseif vim.bo.filetype == "rgs" then
        M.execute("gatos.explainDecision", { path() })
      else
        local found = vim.diagnostic.get(0, { lnum = vim.api.nvim_win_get_cursor(0)[1] - 1 })
        local code = found[1] and found[1].code or (((found[1] or {}).user_data or {}).lsp or {}).code
        if not code then
          return tell("no diagnostic on this line; `:GatosExplain E0107` explains a code")
        end
        M.execute("gatos.explainCode", { code })
      end
    end,
  },
  GatosRunTest = {
    "Runs the test at the cursor, or the one that is named",
    { nargs = "?" },
    function(asked)
      local name = asked.args ~= "" and asked.args or M.test_at_cursor()
      if not name then
        return tell("there is no test at the cursor, nor before it", vim.log.levels.WARN)
      end
      M.execute("gatos.runTest", { path(), name })
    end,
  },
  GatosRunTests = {
    "Runs all tests of the file",
    { nargs = 0 },
    function()
      M.execute("gatos.runTests", { path() })
    end,
  },
  GatosRoot = {
    "Compares the compiled root with that at HEAD",
    { nargs = 0 },
    function()
      M.execute("gatos.compareRoot", { path() })
    end,
  },
  GatosElc = {
    "Shows the compiled program",
    { nargs = 0 },
    function()
      M.execute("gatos.showElc", { path() })
    end,
  },
  GatosTestFromDenial = {
    "Writes a test from the newest denial on record",
    { nargs = 0 },
    function()
      M.execute("gatos.testFromDenial", { path() })
    end,
  },
  GatosFormat = {
    "Formats the buffer",
    { nargs = 0 },
    function()
      client.format(vim.api.nvim_get_current_buf())
    end,
  },
  GatosLens = {
    "Does what the lens above this line says",
    { nargs = 0 },
    function()
      vim.lsp.codelens.run()
    end,
  },
  GatosRestart = {
    "Starts the language server anew",
    { nargs = 0 },
    function()
      client.restart()
    end,
  },
  GatosParsers = {
    "Builds the tree-sitter parsers with the C compiler",
    { nargs = 0 },
    function()
      local done, what = require("gatos.treesitter").build()
      tell(what, done and vim.log.levels.INFO or vim.log.levels.ERROR)
    end,
  },
}

-- Declares the commands, and takes what lenses and actions carry.
function M.register()
  for name, row in pairs(commands) do
    local what, how, work = row[1], row[2], row[3]
    vim.api.nvim_create_user_command(name, work, vim.tbl_extend("force", how, { desc = what }))
  end
  for command in pairs(titles) do
    vim.lsp.commands[command] = function(asked, context)
      local arguments = asked.arguments or {}
      M.execute(command, arguments, nil, context and context.bufnr)
    end
  end
end

return M
