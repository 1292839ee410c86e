; Indentation.

[
  (body)
  (array)
  (object)
  (set)
  (array_comprehension)
  (set_comprehension)
  (object_comprehension)
  (arguments)
  (parameters)
] @indent.begin

["}" ")" "]"] @indent.branch
["}" ")" "]"] @indent.end
(comment) @indent.auto
(raw_string) @indent.auto
