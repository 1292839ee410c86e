[
  (function_declaration)
  (function_definition)
  (local_function)
  (do_statement)
  (while_statement)
  (repeat_statement)
  (if_statement)
  (numeric_for_statement)
  (generic_for_statement)
  (table)
  (arguments)
  (parameters)
] @indent

["end" "until" "}" ")"] @outdent
(elseif_clause "elseif" @outdent)
(else_clause "else" @outdent)
