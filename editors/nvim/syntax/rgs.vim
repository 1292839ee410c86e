" Colours of policies where no tree-sitter parser is installed.
if exists("b:current_syntax")
  finish
endif
syntax keyword rgsStatement package import as default with
" The name of an argument of `:syntax`, so that it is no keyword there.
syntax match rgsStatement /\<contains\>/
syntax keyword rgsConditional if else
syntax keyword rgsRepeat some every
syntax keyword rgsOperator in not
syntax keyword rgsBoolean true false
syntax keyword rgsConstant null
syntax keyword rgsDocument input data
syntax match rgsNumber /\<\d\+\(\.\d\+\)\?\([eE][+-]\?\d\+\)\?\>/
syntax match rgsEscape contained /\\\(["\\\/bfnrt{}]\|u\x\{4}\)/
syntax region rgsString start=/"/ skip=/\\\\\|\\"/ end=/"/ oneline contains=rgsEscape
syntax region rgsRaw start=/`/ end=/`/
syntax region rgsTemplate start=/\$"/ skip=/\\\\\|\\"/ end=/"/ oneline contains=rgsEscape,rgsHole
syntax region rgsTemplate start=/\$`/ end=/`/ contains=rgsHole
syntax region rgsHole contained matchgroup=Delimiter start=/\\\@<!{/ end=/}/ contains=TOP
syntax match rgsSign /:=\|==\|!=\|<=\|>=\|[-+*\/%&|<>=]/
syntax match rgsFunction /\<[A-Za-z_][A-Za-z0-9_.]*\ze(/
syntax match rgsComment /#.*$/ contains=rgsTodo,@Spell
syntax keyword rgsTodo contained TODO FIXME METADATA

highlight default link rgsStatement Keyword
highlight default link rgsConditional Conditional
highlight default link rgsRepeat Repeat
highlight default link rgsOperator Operator
highlight default link rgsSign Operator
highlight default link rgsBoolean Boolean
highlight default link rgsConstant Constant
highlight default link rgsDocument Identifier
highlight default link rgsNumber Number
highlight default link rgsEscape SpecialChar
highlight default link rgsString String
highlight default link rgsRaw String
highlight default link rgsTemplate String
highlight default link rgsFunction Function
highlight default link rgsComment Comment
highlight default link rgsTodo Todo
let b:current_syntax = "rgs"
