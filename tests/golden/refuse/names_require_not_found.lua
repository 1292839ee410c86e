local m = require "no.such.module"
