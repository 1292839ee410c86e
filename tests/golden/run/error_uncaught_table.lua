error({ code = 7, why = "no" })
