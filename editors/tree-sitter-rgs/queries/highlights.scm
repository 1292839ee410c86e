; Colours of policies. Where two patterns capture a node, the later says it better.

; Words

["package" "import" "as"] @keyword.import
["if" "else"] @keyword.conditional
["every" "some"] @keyword.repeat
["default" "contains" "with"] @keyword
["in" "not"] @keyword.operator

; Values

(null) @constant.builtin
[(true) (false)] @boolean
(number) @number
[(string) (raw_string) (template)] @string
(escape_sequence) @string.escape
(interpolation ["{" "}"] @punctuation.special)
(comment) @comment

; Signs

["+" "-" "*" "/" "%" "&" "|" "==" "!=" "<" "<=" ">" ">=" ":=" "="] @operator
["(" ")" "[" "]"] @punctuation.bracket
(body ["{" "}"] @punctuation.bracket)
(object ["{" "}"] @punctuation.bracket)
(set ["{" "}"] @punctuation.bracket)
(set_comprehension ["{" "}"] @punctuation.bracket)
(object_comprehension ["{" "}"] @punctuation.bracket)
["," ";" ":" "."] @punctuation.delimiter

; Names

(path name: (identifier) @module)
(path field: (field) @module)
(import alias: (identifier) @module)
(head . name: (identifier) @function)
(head field: (field) @function)
(parameters (identifier) @variable.parameter)
(call function: (identifier) @function.call)
(call function: (ref field: (field) @function.call .))
(call function: (ref field: (field) @module . (field)))
(call function: (ref base: (identifier) @module))
(some_declaration name: (identifier) @variable)
(every key: (identifier) @variable.parameter)
(every value: (identifier) @variable.parameter)
(some_in key: (identifier) @variable)
(some_in value: (identifier) @variable)

; The two documents everything is asked of

((ref . base: (identifier) @variable.builtin . [field: (field) key: (_)])
  (#any-of? @variable.builtin "input" "data"))
