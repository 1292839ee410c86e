-- The debugger, for nvim-dap: `gatos dap` over folds and policies. It steps back too
-- (`:lua require("dap").step_back()`, `reverse_continue()`).

local M = {}

M.adapter = { type = "executable", command = "gatos", args = { "dap" } }

local function ask(prompt, default, completion)
  return function()
    local answer = vim.fn.input(prompt, default or "", completion)
    -- What is left out is left out.
    return answer ~= "" and answer or nil
  end
end

M.configurations = {
  echolua = {
    {
      type = "gatos",
      request = "launch",
      name = "Fold the events of a journal or file",
      program = "${file}",
      events = ask("Namespace, or file of events: ", "", "file"),
    },
    {
      type = "gatos",
      request = "launch",
      name = "Fold, and stop at an event",
      program = "${file}",
      events = ask("Namespace, or file of events: ", "", "file"),
      stopOnEvent = ask("Number or ULID of the event: ", "1"),
    },
  },
  rgs = {
    {
      type = "gatos",
      request = "launch",
      name = "Decide an input",
      program = "${file}",
      input = ask("JSON file with the input: ", "", "file"),
    },
    {
      type = "gatos",
      request = "launch",
      name = "Ask for a document of an input",
      program = "${file}",
      input = ask("JSON file with the input: ", "", "file"),
      query = ask("Document: ", "data."),
    },
  },
}

-- Registers with nvim-dap. Configurations that are there already stay.
function M.register(command)
  local found, dap = pcall(require, "dap")
  if not found then
    return false
  end
  M.adapter.command = command or M.adapter.command
  dap.adapters.gatos = dap.adapters.gatos or M.adapter
  for filetype, list in pairs(M.configurations) do
    dap.configurations[filetype] = dap.configurations[filetype] or list
  end
  return true
end

return M
