local k = next({})
