; What can be folded away.

[
  (rule)
  (body)
  (array)
  (object)
  (set)
  (array_comprehension)
  (set_comprehension)
  (object_comprehension)
  (arguments)
  (raw_string)
] @fold
(comment)+ @fold
(import)+ @fold
