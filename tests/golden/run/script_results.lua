return 1, "two", { 3, n = nil }, nil, true, 2.5, json.null
