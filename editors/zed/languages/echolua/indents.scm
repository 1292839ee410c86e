(function_declaration "end" @end) @indent
(function_definition "end" @end) @indent
(local_function "end" @end) @indent
(do_statement "end" @end) @indent
(while_statement "end" @end) @indent
(numeric_for_statement "end" @end) @indent
(generic_for_statement "end" @end) @indent
(repeat_statement "until" @end) @indent
(if_statement "end" @end) @indent
(elseif_clause "elseif" @outdent)
(else_clause "else" @outdent)
(table "}" @end) @indent
(arguments ")" @end) @indent
