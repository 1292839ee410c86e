; Colours of EchoLua, in the names of Helix. Where two patterns capture a node, the later says it
; better.

["and" "or" "not"] @keyword.operator
["if" "then" "else" "elseif"] @keyword.control.conditional
["for" "in" "while" "repeat" "until"] @keyword.control.repeat
(break_statement) @keyword.control.repeat
["do" "goto" "end"] @keyword
"local" @keyword.storage
"function" @keyword.function
"return" @keyword.control.return

(nil) @constant.builtin
[(true) (false)] @constant.builtin.boolean
(number) @constant.numeric
(string) @string
(escape_sequence) @constant.character.escape
(vararg) @variable.parameter
(comment) @comment
(hash_line) @comment

["+" "-" "*" "/" "//" "%" "^" "#" "&" "~" "|" "<<" ">>" "==" "~=" "<=" ">=" "<" ">" "=" ".."] @operator
["(" ")" "[" "]" "{" "}"] @punctuation.bracket
["," ";" ":" "." "::"] @punctuation.delimiter
(empty_statement) @punctuation.delimiter

(identifier) @variable
(field_expression field: (identifier) @variable.other.member)
(named_item name: (identifier) @variable.other.member)
(function_declaration name: (function_name name: (identifier) @function .))
(function_name field: (identifier) @function)
(function_name method: (identifier) @function.method)
(local_function name: (identifier) @function)
(parameters name: (identifier) @variable.parameter)
(named_item name: (identifier) @function value: (function_definition))

(call function: (identifier) @function)
((call function: (identifier) @function.builtin)
  (#any-of? @function.builtin
    "assert" "dkeys" "dpairs" "dsort" "dvalues" "error" "getmetatable" "ipairs" "pcall" "print"
    "rawequal" "rawget" "rawlen" "rawset" "require" "rng" "select" "setmetatable" "tonumber"
    "tostring" "type" "xpcall"))
(call function: (field_expression field: (identifier) @function))
(method_call method: (identifier) @function.method)
((field_expression object: (identifier) @namespace)
  (#any-of? @namespace "json" "math" "string" "table" "utf8"))

(attribute name: (identifier) @attribute)
(goto_statement label: (identifier) @label)
(label_statement name: (identifier) @label)
