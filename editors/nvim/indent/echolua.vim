" EchoLua is indented as Lua.
runtime! indent/lua.vim
