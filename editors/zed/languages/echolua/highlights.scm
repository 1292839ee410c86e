; Colours of EchoLua. Where two patterns capture a node, the later says it better.

; Words

["and" "or" "not"] @keyword
["if" "then" "else" "elseif"] @keyword
["for" "in" "while" "repeat" "until"] @keyword
(break_statement) @keyword
["local" "do" "goto"] @keyword
"function" @keyword
"return" @keyword
(function_definition "end" @keyword)
(function_declaration "end" @keyword)
(local_function "end" @keyword)
(if_statement "end" @keyword)
(while_statement "end" @keyword)
(numeric_for_statement "end" @keyword)
(generic_for_statement "end" @keyword)
(do_statement "end" @keyword)

; Values

(nil) @constant
[(true) (false)] @boolean
(number) @number
(string) @string
(escape_sequence) @string.escape
(vararg) @variable.parameter
(comment) @comment
(hash_line) @comment

; Signs

["+" "-" "*" "/" "//" "%" "^" "#" "&" "~" "|" "<<" ">>" "==" "~=" "<=" ">=" "<" ">" "=" ".."] @operator
["(" ")" "[" "]" "{" "}"] @punctuation.bracket
["," ";" ":" "." "::"] @punctuation.delimiter
(empty_statement) @punctuation.delimiter

; Functions and fields

(field_expression field: (identifier) @property)
(named_item name: (identifier) @property)
(function_declaration
  name: (function_name . name: (identifier) @function .))
(function_declaration
  name: (function_name name: (identifier) @variable . ["." ":"]))
(function_name field: (identifier) @function . )
(function_name field: (identifier) @property . ["." ":"])
(function_name method: (identifier) @function.method)
(local_function name: (identifier) @function)
(parameters name: (identifier) @variable.parameter)
(named_item name: (identifier) @function value: (function_definition))

; Calls

(call function: (identifier) @function)
((call function: (identifier) @function.builtin)
  (#any-of? @function.builtin
    "assert" "dkeys" "dpairs" "dsort" "dvalues" "error" "getmetatable" "ipairs" "pcall" "print"
    "rawequal" "rawget" "rawlen" "rawset" "require" "rng" "select" "setmetatable" "tonumber"
    "tostring" "type" "xpcall"))
(call function: (field_expression field: (identifier) @function))
(method_call method: (identifier) @function.method)

; The library

((field_expression object: (identifier) @type)
  (#any-of? @type "json" "math" "string" "table" "utf8"))

; Other names

(attribute name: (identifier) @attribute)
(goto_statement label: (identifier) @label)
(label_statement name: (identifier) @label)
