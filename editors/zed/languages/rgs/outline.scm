(package "package" @context path: (path) @name) @item
(rule "default"? @context head: (head) @name) @item
