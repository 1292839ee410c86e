; Which name is which: scopes, definitions, references.

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

(local_declaration names: (attribute_list name: (identifier) @local.definition))
(local_function name: (identifier) @local.definition)
(parameters name: (identifier) @local.definition)
(numeric_for_statement name: (identifier) @local.definition)
(generic_for_statement names: (name_list (identifier) @local.definition))

(identifier) @local.reference
