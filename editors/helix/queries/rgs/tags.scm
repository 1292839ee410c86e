; Symbols and calls, for tools that make an index.

(package path: (path) @name) @definition.module
(rule head: (head name: (identifier) @name)) @definition.function
(call function: (identifier) @name) @reference.call
(call function: (ref field: (field) @name .)) @reference.call
