return 1 + 2 * 3, "a" .. "b", -(-5), not nil, 1 < 2, 10 // 3
