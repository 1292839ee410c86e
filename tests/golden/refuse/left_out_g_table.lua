local g = _G.print
