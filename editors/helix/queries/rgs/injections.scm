; Patterns in raw strings are regular expressions when a function of `regex` takes them.

((call
  function: (ref base: (identifier) @_module)
  arguments: (arguments . (raw_string) @injection.content))
  (#eq? @_module "regex")
  (#set! injection.language "regex"))

((comment) @injection.content
  (#set! injection.language "comment"))
