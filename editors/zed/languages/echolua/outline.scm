(function_declaration "function" @context name: (function_name) @name) @item
(local_function "local" @context "function" @context name: (identifier) @name) @item
(named_item name: (identifier) @name value: (function_definition)) @item
