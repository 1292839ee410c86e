(rule condition: (_)? @function.inside) @function.around
((rule head: (head name: (identifier) @_name)) @test.around
  (#match? @_name "^test_"))
(parameters (expression) @parameter.inside)
(arguments (expression) @parameter.inside)
(comment) @comment.inside
(comment)+ @comment.around
(pair) @entry.around
