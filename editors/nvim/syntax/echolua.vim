" Colours of folds where no tree-sitter parser is installed: those of Lua, and our own library.
if exists("b:current_syntax")
  finish
endif
let g:lua_version = 5
let g:lua_subversion = 4
runtime! syntax/lua.vim
unlet! b:current_syntax
syntax keyword luaFunc dkeys dpairs dsort dvalues rng
syntax match luaFunc /\<json\.\(array\|decode_strict\|encode_canonical\|null\)\>/
let b:current_syntax = "echolua"
