; Other languages inside: none but the notes in comments, which editors know.

((comment) @injection.content
  (#set! injection.language "comment"))
