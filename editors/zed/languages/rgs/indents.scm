(body "}" @end) @indent
(object "}" @end) @indent
(set "}" @end) @indent
(array "]" @end) @indent
(arguments ")" @end) @indent
(set_comprehension "}" @end) @indent
(object_comprehension "}" @end) @indent
(array_comprehension "]" @end) @indent
