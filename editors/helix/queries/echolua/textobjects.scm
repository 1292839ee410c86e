(function_declaration body: (_)? @function.inside) @function.around
(function_definition body: (_)? @function.inside) @function.around
(local_function body: (_)? @function.inside) @function.around
(parameters [(identifier) (vararg)] @parameter.inside)
(arguments (expression) @parameter.inside)
(comment) @comment.inside
(comment)+ @comment.around
[(named_item) (keyed_item) (positional_item)] @entry.around
