; Which name is which: scopes, definitions, references.

[
  (rule)
  (every)
  (array_comprehension)
  (set_comprehension)
  (object_comprehension)
] @local.scope

(parameters (identifier) @local.definition)
(some_declaration name: (identifier) @local.definition)
(some_in key: (identifier) @local.definition)
(some_in value: (identifier) @local.definition)
(every key: (identifier) @local.definition)
(every value: (identifier) @local.definition)
(literal (binary_expression left: (identifier) @local.definition operator: ":="))

(identifier) @local.reference
