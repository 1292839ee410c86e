; Which name is which: scopes, definitions, references.

[
  (rule)
  (every)
  (array_comprehension)
  (set_comprehension)
  (object_comprehension)
] @local.scope

(parameters (identifier) @local.definition.variable.parameter)
(some_declaration name: (identifier) @local.definition.variable)
(some_in key: (identifier) @local.definition.variable)
(some_in value: (identifier) @local.definition.variable)
(every key: (identifier) @local.definition.variable)
(every value: (identifier) @local.definition.variable)
(literal (binary_expression left: (identifier) @local.definition operator: ":="))

(identifier) @local.reference
