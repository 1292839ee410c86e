local tenth, pi = 0.1, 3.14159265358979
return tenth + pi -- gatos: allow(W0509) not this line
