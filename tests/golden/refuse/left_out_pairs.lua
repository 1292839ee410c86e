for k, v in pairs({}) do end
