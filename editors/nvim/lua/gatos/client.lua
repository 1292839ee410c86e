-- The language server in this editor: where a project begins, how the server is started in every
-- version since 0.7, and how it is asked.

local config = require("gatos.config")

local M = {}

M.name = "gatos"
M.filetypes = { "echolua", "rgs" }

local function is_folder(path)
  return vim.fn.isdirectory(path) == 1
end

-- The folder that holds `gatos/`, else that of the repository, else that of the file.
function M.root(path)
  local folder = vim.fn.fnamemodify(path, ":p:h")
  local repository
  local at = folder
  while true do
    local inner = at .. "/gatos"
    if is_folder(inner .. "/folds") or is_folder(inner .. "/policies") or is_folder(inner .. "/config") then
      return at
    end
    if not repository and vim.fn.getftype(at .. "/.git") ~= "" then
      repository = at
    end
    local above = vim.fn.fnamemodify(at, ":h")
    if above == at then
      return repository or folder
    end
    at = above
  end
end

-- The clients of ours; only those of a buffer when one is given.
function M.clients(buffer)
  local list
  if vim.lsp.get_clients then
    list = vim.lsp.get_clients({ name = M.name, bufnr = buffer })
  elseif buffer then
    list = vim.tbl_values(vim.lsp.buf_get_clients(buffer))
  else
    list = vim.lsp.get_active_clients()
  end
  return vim.tbl_filter(function(client)
    return client.name == M.name
  end, list)
end

-- Sends a request; `handler` is called with an error or nil, and the result.
function M.request(client, method, params, handler, buffer)
  local function done(failure, result)
    handler(failure, result)
  end
  if vim.fn.has("nvim-0.11") == 1 then
    return client:request(method, params, done, buffer)
  end
  return client.request(method, params, done, buffer)
end

local function refresh_lenses(buffer)
  if vim.lsp.codelens and vim.lsp.codelens.refresh and config.get().codelens then
    -- Asked for one buffer where that can be said; before, it is the current one.
    if vim.fn.has("nvim-0.10") == 1 then
      vim.lsp.codelens.refresh({ bufnr = buffer })
    elseif vim.api.nvim_get_current_buf() == buffer then
      vim.lsp.codelens.refresh()
    end
  end
end

M.handlers = {
  -- The server says that lenses may be others now.
  ["workspace/codeLens/refresh"] = function(_, _, context)
    for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
      local ours = vim.api.nvim_buf_is_loaded(buffer) and vim.tbl_contains(M.filetypes, vim.bo[buffer].filetype)
      if ours and vim.lsp.buf_is_attached(buffer, context.client_id) then
        refresh_lenses(buffer)
      end
    end
    return vim.NIL
  end,
}

-- What happens when the server has a buffer.
function M.on_attach(client, buffer)
  local options = config.get()
  -- Later versions set these themselves.
  if vim.fn.has("nvim-0.8") == 0 then
    vim.bo[buffer].omnifunc = "v:lua.vim.lsp.omnifunc"
    vim.bo[buffer].tagfunc = "v:lua.vim.lsp.tagfunc"
    vim.bo[buffer].formatexpr = "v:lua.vim.lsp.formatexpr()"
  end
  local group = vim.api.nvim_create_augroup("gatos_buffer_" .. buffer, { clear = true })
  if options.codelens then
    if vim.lsp.codelens.enable then
      pcall(vim.lsp.codelens.enable, true, { bufnr = buffer })
    else
      vim.api.nvim_create_autocmd({ "BufEnter", "InsertLeave", "BufWritePost", "CursorHold" }, {
        group = group,
        buffer = buffer,
        callback = function()
          refresh_lenses(buffer)
        end,
      })
      vim.schedule(function()
        if vim.api.nvim_buf_is_valid(buffer) then
          refresh_lenses(buffer)
        end
      end)
    end
  end
  if options.inlay_hints and vim.lsp.inlay_hint then
    pcall(vim.lsp.inlay_hint.enable, true, { bufnr = buffer })
  end
  if options.format_on_save then
    vim.api.nvim_create_autocmd("BufWritePre", {
      group = group,
      buffer = buffer,
      callback = function()
        M.format(buffer)
      end,
    })
  end
  if options.on_attach then
    options.on_attach(client, buffer)
  end
end

-- Formats a buffer, and waits for it.
function M.format(buffer)
  if vim.lsp.buf.format then
    vim.lsp.buf.format({ bufnr = buffer, name = M.name, timeout_ms = 3000 })
  else
    vim.lsp.buf.formatting_sync({}, 3000)
  end
end

-- What every way of starting shares.
function M.settings()
  local options = config.get()
  local capabilities = options.capabilities or vim.lsp.protocol.make_client_capabilities()
  capabilities = vim.tbl_deep_extend("force", capabilities, {
    workspace = { codeLens = { refreshSupport = true } },
  })
  return {
    name = M.name,
    cmd = options.cmd,
    filetypes = M.filetypes,
    -- We show the results of commands ourselves.
    init_options = vim.tbl_deep_extend("force", { commands = { show = "client" } }, options.init_options),
    settings = options.settings,
    capabilities = capabilities,
    handlers = M.handlers,
    on_attach = M.on_attach,
  }
end

-- Without any help: a client for each root, which buffers of that root share.
local started = {}

local function attach_ourselves(buffer)
  local path = vim.api.nvim_buf_get_name(buffer)
  if path == "" or vim.bo[buffer].buftype ~= "" then
    return
  end
  local settings = M.settings()
  settings.root_dir = M.root(path)
  if vim.fn.executable(settings.cmd[1]) == 0 then
    if not M.told then
      M.told = true
      vim.notify("gatos: the program `" .. settings.cmd[1] .. "` is not on PATH", vim.log.levels.WARN)
    end
    return
  end
  settings.workspace_folders = {
    { uri = vim.uri_from_fname(settings.root_dir), name = settings.root_dir },
  }
  if vim.lsp.start then
    vim.lsp.start(settings, { bufnr = buffer })
    return
  end
  local id = started[settings.root_dir]
  if not id or not vim.lsp.get_client_by_id(id) then
    id = vim.lsp.start_client(settings)
    started[settings.root_dir] = id
  end
  if id then
    vim.lsp.buf_attach_client(buffer, id)
  end
end

-- Starts the server for buffers that are open and those to come.
function M.start()
  local options = config.get()
  local way = options.start
  if way == "none" then
    return way
  end
  if vim.lsp.config and vim.lsp.enable and way == "auto" then
    vim.lsp.config(M.name, vim.tbl_extend("force", M.settings(), {
      root_dir = function(buffer, found)
        found(M.root(vim.api.nvim_buf_get_name(buffer)))
      end,
    }))
    vim.lsp.enable(M.name)
    return "vim.lsp.config"
  end
  local there, configs = pcall(require, "lspconfig.configs")
  if there and way == "auto" then
    local settings = M.settings()
    settings.root_dir = M.root
    if not configs.gatos then
      configs.gatos = { default_config = settings }
    end
    configs.gatos.setup({})
    return "lspconfig"
  end
  local group = vim.api.nvim_create_augroup("gatos_start", { clear = true })
  vim.api.nvim_create_autocmd("FileType", {
    group = group,
    pattern = M.filetypes,
    callback = function(event)
      attach_ourselves(event.buf)
    end,
  })
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_loaded(buffer) and vim.tbl_contains(M.filetypes, vim.bo[buffer].filetype) then
      attach_ourselves(buffer)
    end
  end
  return "ourselves"
end

-- Ends the server, and starts it anew for the buffers that it had.
function M.restart()
  local buffers = {}
  for _, client in ipairs(M.clients()) do
    for _, buffer in ipairs(vim.lsp.get_buffers_by_client_id(client.id)) do
      buffers[buffer] = true
    end
    if vim.fn.has("nvim-0.11") == 1 then
      client:stop()
    else
      client.stop()
    end
  end
  started = {}
  vim.defer_fn(function()
    for buffer in pairs(buffers) do
      if vim.api.nvim_buf_is_valid(buffer) then
        vim.api.nvim_buf_call(buffer, function()
          vim.cmd("doautocmd <nomodeline> FileType " .. vim.bo[buffer].filetype)
        end)
      end
    end
  end, 500)
end

return M
