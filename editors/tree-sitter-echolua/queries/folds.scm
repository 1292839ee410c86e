; What can be folded away.

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
  (comment)
  (string)
] @fold
