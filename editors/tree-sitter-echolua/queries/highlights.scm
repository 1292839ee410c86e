; Colours of EchoLua. Where two patterns capture a node, the later says it better.

; Words

["and" "or" "not"] @keyword.operator
["if" "then" "else" "elseif"] @keyword.conditional
["for" "in" "while" "repeat" "until"] @keyword.repeat
(break_statement) @keyword.repeat
["local" "do" "goto"] @keyword
"function" @keyword.function
"return" @keyword.return
(function_definition "end" @keyword.function)
(function_declaration "end" @keyword.function)
(local_function "end" @keyword.function)
(if_statement "end" @keyword.conditional)
(while_statement "end" @keyword.repeat)
(numeric_for_statement "end" @keyword.repeat)
(generic_for_statement "end" @keyword.repeat)
(do_statement "end" @keyword)

; Values

(nil) @constant.builtin
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

(field_expression field: (identifier) @variable.member)
(named_item name: (identifier) @variable.member)
(function_declaration
  name: (function_name . name: (identifier) @function .))
(function_declaration
  name: (function_name name: (identifier) @variable . ["." ":"]))
(function_name field: (identifier) @function . )
(function_name field: (identifier) @variable.member . ["." ":"])
(function_name method: (identifier) @function.method)
(local_function name: (identifier) @function)
(parameters name: (identifier) @variable.parameter)
(named_item name: (identifier) @function value: (function_definition))

; Calls

(call function: (identifier) @function.call)
((call function: (identifier) @function.builtin)
  (#any-of? @function.builtin
    "assert" "dkeys" "dpairs" "dsort" "dvalues" "error" "getmetatable" "ipairs" "pcall" "print"
    "rawequal" "rawget" "rawlen" "rawset" "require" "rng" "select" "setmetatable" "tonumber"
    "tostring" "type" "xpcall"))
(call function: (field_expression field: (identifier) @function.call))
(method_call method: (identifier) @function.method.call)

; The library

((field_expression object: (identifier) @module.builtin)
  (#any-of? @module.builtin "json" "math" "string" "table" "utf8"))

; Other names

(attribute name: (identifier) @attribute)
(goto_statement label: (identifier) @label)
(label_statement name: (identifier) @label)
