; Symbols and calls, for tools that make an index.

(function_declaration name: (function_name) @name) @definition.function
(local_function name: (identifier) @name) @definition.function
(named_item name: (identifier) @name value: (function_definition)) @definition.function
(call function: (identifier) @name) @reference.call
(call function: (field_expression field: (identifier) @name)) @reference.call
(method_call method: (identifier) @name) @reference.call
