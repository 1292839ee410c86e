do
  local a = [==[ abc ]]
end
