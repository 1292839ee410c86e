--# fuel: 100000
-- A pattern that backtracks pays for every step.
return (("a"):rep(60)):find(("a*"):rep(20) .. "b")
