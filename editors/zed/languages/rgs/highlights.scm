; Colours of policies. Where two patterns capture a node, the later says it better.

; Words

["package" "import" "as"] @keyword
["if" "else"] @keyword
["every" "some"] @keyword
["default" "contains" "with"] @keyword
["in" "not"] @keyword

; Values

(null) @constant
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

(path name: (identifier) @type)
(path field: (field) @type)
(import alias: (identifier) @type)
(head . name: (identifier) @function)
(head field: (field) @function)
(parameters (identifier) @variable.parameter)
(call function: (identifier) @function)
(call function: (ref field: (field) @function .))
(call function: (ref field: (field) @type . (field)))
(call function: (ref base: (identifier) @type))
(some_declaration name: (identifier) @variable)
(every key: (identifier) @variable.parameter)
(every value: (identifier) @variable.parameter)
(some_in key: (identifier) @variable)
(some_in value: (identifier) @variable)

; The two documents everything is asked of

((ref . base: (identifier) @variable.special . [field: (field) key: (_)])
  (#any-of? @variable.special "input" "data"))
