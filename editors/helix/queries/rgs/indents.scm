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
] @indent

["}" ")" "]"] @outdent
