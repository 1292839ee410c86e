[
  (chunk)
  (do_statement)
  (while_statement)
  (repeat_statement)
  (if_statement)
  (elseif_clause)
  (else_clause)
  (numeric_for_statement)
  (generic_for_statement)
  (function_declaration)
  (function_definition)
  (local_function)
] @local.scope

(local_declaration names: (attribute_list name: (identifier) @local.definition.variable))
(local_function name: (identifier) @local.definition.function)
(parameters name: (identifier) @local.definition.variable.parameter)
(numeric_for_statement name: (identifier) @local.definition.variable)
(generic_for_statement names: (name_list (identifier) @local.definition.variable))

(identifier) @local.reference
