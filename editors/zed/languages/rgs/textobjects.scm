(rule condition: (_)? @function.inside) @function.around
(comment)+ @comment.around
