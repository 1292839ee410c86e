-- Every form of string literal.
"double" --> "double"
'single' --> "single"
[[long]] --> "long"
[==[with ]] inside]==] --> "with ]] inside"
"\a\b\f\n\r\t\v" --> "\u0007\b\f\n\r\t\u000b"
"\\ \" \'" --> "\\ \" '"
"\65\066\0677" --> "ABC7"
"\x41\x42" --> "AB"
"\u{48}\u{20AC}\u{10FFFF}" --> "H€􏿿"
#"\u{7FFFFFFF}" --> 6
#"\0\0" --> 2
local folded = "a\z
               b"
folded --> "ab"
local broken = "a\
b"
broken --> "a\nb"
local long = [[
first newline is dropped]]
long --> "first newline is dropped"
