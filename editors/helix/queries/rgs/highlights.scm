; Colours of policies, in the names of Helix. Where two patterns capture a node, the later says it
; better.

["package" "import" "as"] @keyword.control.import
["if" "else"] @keyword.control.conditional
["every" "some"] @keyword.control.repeat
["default" "contains" "with"] @keyword
["in" "not"] @keyword.operator

(null) @constant.builtin
[(true) (false)] @constant.builtin.boolean
(number) @constant.numeric
[(string) (raw_string) (template)] @string
(escape_sequence) @constant.character.escape
(interpolation ["{" "}"] @punctuation.special)
(comment) @comment

["+" "-" "*" "/" "%" "&" "|" "==" "!=" "<" "<=" ">" ">=" ":=" "="] @operator
["(" ")" "[" "]"] @punctuation.bracket
(body ["{" "}"] @punctuation.bracket)
(object ["{" "}"] @punctuation.bracket)
(set ["{" "}"] @punctuation.bracket)
(set_comprehension ["{" "}"] @punctuation.bracket)
(object_comprehension ["{" "}"] @punctuation.bracket)
["," ";" ":" "."] @punctuation.delimiter

(identifier) @variable
(field) @variable.other.member
(path name: (identifier) @namespace)
(path field: (field) @namespace)
(import alias: (identifier) @namespace)
(head . name: (identifier) @function)
(head field: (field) @function)
(parameters (identifier) @variable.parameter)
(every key: (identifier) @variable.parameter)
(every value: (identifier) @variable.parameter)
(call function: (identifier) @function)
(call function: (ref base: (identifier) @namespace))
(call function: (ref field: (field) @function .))

((ref . base: (identifier) @variable.builtin . [field: (field) key: (_)])
  (#any-of? @variable.builtin "input" "data"))
