local h = math.huge
