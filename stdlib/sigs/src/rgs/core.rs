//! Rows: what Rego has for numbers, strings, collections, JSON, encodings, patterns.

use super::{Builtin, Types, f, p, pn};
use crate::{CHAR_BYTES_PER_FUEL, JSON_BYTES_PER_FUEL, bytes, per};

const NULL: Types = Types::NULL;
const BOOLEAN: Types = Types::BOOLEAN;
const NUMBER: Types = Types::NUMBER;
const STRING: Types = Types::STRING;
const ARRAY: Types = Types::ARRAY;
const OBJECT: Types = Types::OBJECT;
const SET: Types = Types::SET;
const ANY: Types = Types::ANY;

pub(crate) const BUILTINS: &[Builtin] = &[
    f("abs", "numbers", &[p("x", NUMBER)], NUMBER)
        .costs(1, &[])
        .does("The distance from zero.")
        .fails("The result is out of range.")
        .like("abs(-2.5) --> 2.5"),
    f("ceil", "numbers", &[p("x", NUMBER)], NUMBER)
        .costs(1, &[])
        .does("The smallest whole number not below.")
        .like("ceil(1.2) --> 2"),
    f("floor", "numbers", &[p("x", NUMBER)], NUMBER)
        .costs(1, &[])
        .does("The largest whole number not above.")
        .like("floor(-1.2) --> -2"),
    f("round", "numbers", &[p("x", NUMBER)], NUMBER)
        .costs(1, &[])
        .does("The nearest whole number; halves go away from zero.")
        .like("round(2.5) --> 3\nround(-2.5) --> -3"),
    f("plus", "numbers", &[p("x", NUMBER), p("y", NUMBER)], NUMBER)
        .costs(1, &[])
        .does("`x + y`.")
        .fails("The result is out of range.")
        .like("plus(1, 0.5) --> 1.5"),
    f("minus", "numbers", &[p("x", NUMBER.or(SET)), p("y", NUMBER.or(SET))], NUMBER.or(SET))
        .costs(1, &[per(1, "members and keys")])
        .does("`x - y`: of numbers the difference, of sets the members of `x` that `y` lacks.")
        .fails("The result is out of range.")
        .like("minus(3, 1) --> 2\nminus({1, 2}, {2, 3}) --> [1]"),
    f("mul", "numbers", &[p("x", NUMBER), p("y", NUMBER)], NUMBER)
        .costs(1, &[])
        .does("`x * y`, rounded toward zero to 2^-32.")
        .fails("The result is out of range.")
        .like("mul(1.5, 2) --> 3"),
    f("div", "numbers", &[p("x", NUMBER), p("y", NUMBER)], NUMBER)
        .costs(1, &[])
        .does("`x / y`. Whole numbers that divide evenly give a whole number of any size; other quotients are rounded toward zero to 2^-32.")
        .fails("`y` is 0; the result is out of range.")
        .like("div(7, 2) --> 3.5\ndiv(10000000000, 5) --> 2000000000"),
    f("rem", "numbers", &[p("x", NUMBER), p("y", NUMBER)], NUMBER)
        .costs(1, &[])
        .does("`x % y` of whole numbers, with the sign of `x`.")
        .fails("`y` is 0; a number is not whole.")
        .like("rem(-7, 4) --> -3"),
    f("numbers.range", "numbers", &[p("from", NUMBER), p("to", NUMBER)], ARRAY)
        .costs(4, &[per(1, "members and keys")])
        .does("All whole numbers from one to the other, downwards when `from` is the larger.")
        .like("numbers.range(3, 1) --> [3,2,1]"),
    f("numbers.range_step", "numbers", &[p("from", NUMBER), p("to", NUMBER), p("step", NUMBER)], ARRAY)
        .costs(4, &[per(1, "members and keys")])
        .does("As `numbers.range`, in steps.")
        .fails("`step` is not above 0.")
        .like("numbers.range_step(0, 7, 3) --> [0,3,6]"),
    f("format_int", "numbers", &[p("x", NUMBER), p("base", NUMBER)], STRING)
        .costs(4, &[])
        .does("The digits of a number in base 2, 8, 10 or 16; a fraction is cut off.")
        .like("format_int(255, 16) --> \"ff\""),
    f("to_number", "numbers", &[p("x", NULL.or(BOOLEAN).or(NUMBER).or(STRING))], NUMBER)
        .costs(4, &[bytes("bytes of a string")])
        .does("The number that a string spells; of null and false 0, of true 1, of a number itself.")
        .fails("The string is no decimal number, or is out of range.")
        .like("to_number(\"-2.50\") --> -2.5\nto_number(true) --> 1"),
    f("bits.and", "bits", &[p("x", NUMBER), p("y", NUMBER)], NUMBER)
        .costs(1, &[])
        .does("The bits that both have. Numbers are 64-bit integers in two's complement here.")
        .like("bits.and(12, 10) --> 8"),
    f("bits.or", "bits", &[p("x", NUMBER), p("y", NUMBER)], NUMBER)
        .costs(1, &[])
        .does("The bits that either has.")
        .like("bits.or(12, 10) --> 14"),
    f("bits.xor", "bits", &[p("x", NUMBER), p("y", NUMBER)], NUMBER)
        .costs(1, &[])
        .does("The bits that just one has.")
        .like("bits.xor(12, 10) --> 6"),
    f("bits.negate", "bits", &[p("x", NUMBER)], NUMBER)
        .costs(1, &[])
        .does("All bits turned.")
        .like("bits.negate(5) --> -6"),
    f("bits.lsh", "bits", &[p("x", NUMBER), p("places", NUMBER)], NUMBER)
        .costs(1, &[])
        .does("Shifted left.")
        .fails("A bit would be lost.")
        .like("bits.lsh(3, 4) --> 48"),
    f("bits.rsh", "bits", &[p("x", NUMBER), p("places", NUMBER)], NUMBER)
        .costs(1, &[])
        .does("Shifted right; the sign stays.")
        .like("bits.rsh(-8, 1) --> -4"),
    f("equal", "comparison", &[p("x", ANY), p("y", ANY)], BOOLEAN)
        .costs(1, &[per(1, "values inside, as far as they are compared"), bytes("bytes of strings")])
        .does("`x == y`.")
        .like("equal({\"a\": 1}, {\"a\": 1}) --> true"),
    f("neq", "comparison", &[p("x", ANY), p("y", ANY)], BOOLEAN)
        .costs(1, &[per(1, "values inside, as far as they are compared"), bytes("bytes of strings")])
        .does("`x != y`.")
        .like("neq(1, \"1\") --> true"),
    f("lt", "comparison", &[p("x", ANY), p("y", ANY)], BOOLEAN)
        .costs(1, &[per(1, "values inside, as far as they are compared"), bytes("bytes of strings")])
        .does("`x < y` in the order of all values: null, false, true, numbers, strings, arrays, objects, sets.")
        .like("lt(2, \"1\") --> true"),
    f("lte", "comparison", &[p("x", ANY), p("y", ANY)], BOOLEAN)
        .costs(1, &[per(1, "values inside, as far as they are compared"), bytes("bytes of strings")])
        .does("`x <= y`.")
        .like("lte([1, 2], [1, 2]) --> true"),
    f("gt", "comparison", &[p("x", ANY), p("y", ANY)], BOOLEAN)
        .costs(1, &[per(1, "values inside, as far as they are compared"), bytes("bytes of strings")])
        .does("`x > y`.")
        .like("gt([1, 2], [1]) --> true"),
    f("gte", "comparison", &[p("x", ANY), p("y", ANY)], BOOLEAN)
        .costs(1, &[per(1, "values inside, as far as they are compared"), bytes("bytes of strings")])
        .does("`x >= y`.")
        .like("gte(\"b\", \"a\") --> true"),
    f("count", "aggregates", &[p("collection", ARRAY.or(OBJECT).or(SET).or(STRING))], NUMBER)
        .costs(1, &[per(CHAR_BYTES_PER_FUEL, "bytes of a string")])
        .does("How many members an array or set has, keys an object, characters a string.")
        .like("count(\"añb\") --> 3\ncount({\"a\": 1}) --> 1"),
    f("sum", "aggregates", &[pn("numbers", ARRAY.or(SET), "array or set of numbers")], NUMBER)
        .costs(1, &[per(1, "members and keys")])
        .does("The sum, exact however large the sums on the way are; of none, 0.")
        .fails("The result is out of range.")
        .like("sum([1, 2.5]) --> 3.5"),
    f("product", "aggregates", &[pn("numbers", ARRAY.or(SET), "array or set of numbers")], NUMBER)
        .costs(1, &[per(1, "members and keys")])
        .does("The product; of none, 1.")
        .fails("A product on the way is out of range.")
        .like("product([2, 1.5]) --> 3"),
    f("max", "aggregates", &[p("values", ARRAY.or(SET))], ANY)
        .costs(1, &[per(1, "members and keys")])
        .does("The largest value; undefined of none.")
        .like("max([1, \"a\", 3]) --> \"a\"\nmax([]) --> undefined"),
    f("min", "aggregates", &[p("values", ARRAY.or(SET))], ANY)
        .costs(1, &[per(1, "members and keys")])
        .does("The smallest value; undefined of none.")
        .like("min([3, 1, 2]) --> 1"),
    f("sort", "aggregates", &[p("values", ARRAY.or(SET))], ARRAY)
        .costs(2, &[per(1, "members, times the binary digits of their number"), bytes("bytes of strings")])
        .does("The values in order.")
        .like("sort([3, \"a\", null, 1]) --> [null,1,3,\"a\"]"),
    f("union", "sets", &[pn("sets", SET, "set of sets")], SET)
        .costs(2, &[per(1, "members and keys")])
        .does("The members of any of the sets.")
        .like("union({{1}, {2, 1}}) --> [1,2]"),
    f("intersection", "sets", &[pn("sets", SET, "set of sets")], SET)
        .costs(2, &[per(1, "members and keys")])
        .does("The members of all of the sets; of no sets, none.")
        .like("intersection({{1, 2}, {2, 3}}) --> [2]"),
    f("and", "sets", &[p("x", SET), p("y", SET)], SET)
        .costs(2, &[per(1, "members and keys")])
        .does("`x & y`: the members of both.")
        .like("and({1, 2}, {2, 3}) --> [2]"),
    f("or", "sets", &[p("x", SET), p("y", SET)], SET)
        .costs(2, &[per(1, "members and keys")])
        .does("`x | y`: the members of either.")
        .like("or({1, 2}, {2, 3}) --> [1,2,3]"),
    f("array.concat", "arrays", &[p("x", ARRAY), p("y", ARRAY)], ARRAY)
        .costs(2, &[per(1, "members and keys")])
        .does("One array after the other.")
        .like("array.concat([1], [2, 3]) --> [1,2,3]"),
    f("array.slice", "arrays", &[p("array", ARRAY), p("from", NUMBER), p("to", NUMBER)], ARRAY)
        .costs(2, &[per(1, "members and keys")])
        .does("The members from place `from`, counted from 0, to before place `to`. Places outside are moved to the ends.")
        .like("array.slice([1, 2, 3, 4], 1, 3) --> [2,3]\narray.slice([1, 2], -1, 9) --> [1,2]"),
    f("array.reverse", "arrays", &[p("array", ARRAY)], ARRAY)
        .costs(2, &[per(1, "members and keys")])
        .does("The last first.")
        .like("array.reverse([1, 2, 3]) --> [3,2,1]"),
    f("array.flatten", "arrays", &[p("array", ARRAY)], ARRAY)
        .costs(2, &[per(1, "members and keys")])
        .does("Members that are arrays are replaced by their members, once.")
        .like("array.flatten([1, [2, [3]]]) --> [1,2,[3]]"),
    f("object.get", "objects", &[p("object", OBJECT), p("key", ANY), p("default", ANY)], ANY)
        .costs(2, &[per(1, "steps of a path")])
        .does("The value of a key, or the default. An array is a path, through arrays and sets too; the empty one leads to the object.")
        .like("object.get({\"a\": [1, 2]}, [\"a\", 1], 0) --> 2\nobject.get({}, \"a\", 0) --> 0"),
    f("object.keys", "objects", &[p("object", OBJECT)], SET)
        .costs(2, &[per(1, "members and keys")])
        .does("The keys.")
        .like("object.keys({\"b\": 1, 2: 2}) --> [2,\"b\"]"),
    f("object.filter", "objects", &[p("object", OBJECT), pn("keys", ARRAY.or(OBJECT).or(SET), "keys, or an object with these keys")], OBJECT)
        .costs(2, &[per(1, "members and keys")])
        .does("The object with just these keys.")
        .like("object.filter({\"a\": 1, \"b\": 2}, [\"b\", \"c\"]) --> {\"b\":2}"),
    f("object.remove", "objects", &[p("object", OBJECT), pn("keys", ARRAY.or(OBJECT).or(SET), "keys, or an object with these keys")], OBJECT)
        .costs(2, &[per(1, "members and keys")])
        .does("The object without these keys.")
        .like("object.remove({\"a\": 1, \"b\": 2}, [\"b\"]) --> {\"a\":1}"),
    f("object.union", "objects", &[p("x", OBJECT), p("y", OBJECT)], OBJECT)
        .costs(2, &[per(1, "members and keys")])
        .does("Both together. Where both have a key and both values are objects those are united, else the value of `y` counts.")
        .like("object.union({\"a\": {\"b\": 1}, \"c\": 1}, {\"a\": {\"d\": 2}, \"c\": 2}) --> {\"a\":{\"b\":1,\"d\":2},\"c\":2}"),
    f("object.union_n", "objects", &[pn("objects", ARRAY, "array of objects")], OBJECT)
        .costs(2, &[per(1, "members and keys")])
        .does("All together, later ones over earlier ones, as `object.union` does it.")
        .like("object.union_n([{\"a\": 1}, {\"b\": 2}, {\"a\": 3}]) --> {\"a\":3,\"b\":2}"),
    f("object.subset", "objects", &[p("super", ARRAY.or(OBJECT).or(SET)), p("sub", ARRAY.or(OBJECT).or(SET))], BOOLEAN)
        .costs(2, &[per(1, "values inside, as far as they are compared"), bytes("bytes of strings")])
        .does("Whether `sub` is inside `super`: an object whose keys are all there with values that are equal or inside, a set's members, an array's members in one run, or a set's members in an array.")
        .like("object.subset({\"a\": {\"b\": 1, \"c\": 2}}, {\"a\": {\"b\": 1}}) --> true\nobject.subset([1, 2, 3], [1, 3]) --> false"),
    f("walk", "objects", &[p("x", ANY)], ARRAY)
        .costs(4, &[per(1, "values inside"), per(4, "steps of their paths")])
        .does("Every value inside `x` as `[path, value]`, `x` itself first with the path `[]`. In a policy this is a relation: each pair is one solution, as in `walk(x, [path, value])`.")
        .like("walk({\"a\": [1]}) --> [[[],{\"a\":[1]}],[[\"a\"],[1]],[[\"a\",0],1]]"),
    f("concat", "strings", &[p("between", STRING), pn("strings", ARRAY.or(SET), "array or set of strings")], STRING)
        .costs(2, &[bytes("bytes of the result")])
        .does("The strings with `between` between them.")
        .like("concat(\", \", [\"a\", \"b\"]) --> \"a, b\""),
    f("contains", "strings", &[p("text", STRING), p("part", STRING)], BOOLEAN)
        .costs(2, &[bytes("bytes of both")])
        .does("Whether the part is somewhere in the text.")
        .like("contains(\"abc\", \"bc\") --> true"),
    f("startswith", "strings", &[p("text", STRING), p("prefix", STRING)], BOOLEAN)
        .costs(2, &[bytes("bytes of the prefix")])
        .does("Whether the text begins with the prefix.")
        .like("startswith(\"abc\", \"ab\") --> true"),
    f("endswith", "strings", &[p("text", STRING), p("suffix", STRING)], BOOLEAN)
        .costs(2, &[bytes("bytes of the suffix")])
        .does("Whether the text ends with the suffix.")
        .like("endswith(\"abc\", \"bc\") --> true"),
    f("indexof", "strings", &[p("text", STRING), p("part", STRING)], NUMBER)
        .costs(2, &[bytes("bytes of both"), per(CHAR_BYTES_PER_FUEL, "bytes of the text")])
        .does("Where the part is first found, in characters from 0; -1 when it is not there.")
        .fails("The part is empty.")
        .like("indexof(\"añb\", \"b\") --> 2\nindexof(\"abc\", \"x\") --> -1"),
    f("indexof_n", "strings", &[p("text", STRING), p("part", STRING)], ARRAY)
        .costs(2, &[bytes("bytes of both"), per(CHAR_BYTES_PER_FUEL, "bytes of the text"), per(1, "places")])
        .does("Every place where the part is found, overlapping ones too.")
        .fails("The part is empty.")
        .like("indexof_n(\"banana\", \"ana\") --> [1,3]"),
    f("lower", "strings", &[p("text", STRING)], STRING)
        .costs(2, &[bytes("bytes of the text"), per(CHAR_BYTES_PER_FUEL, "bytes of the text")])
        .does("Each letter as its small letter.")
        .like("lower(\"ÀB\") --> \"àb\""),
    f("upper", "strings", &[p("text", STRING)], STRING)
        .costs(2, &[bytes("bytes of the text"), per(CHAR_BYTES_PER_FUEL, "bytes of the text")])
        .does("Each letter as its capital.")
        .like("upper(\"àb\") --> \"ÀB\""),
    f("replace", "strings", &[p("text", STRING), p("old", STRING), p("new", STRING)], STRING)
        .costs(2, &[bytes("bytes of the text and the result"), per(1, "places")])
        .does("Every `old` replaced; an empty one stands around each character.")
        .like("replace(\"a.b.c\", \".\", \"-\") --> \"a-b-c\""),
    f("strings.replace_n", "strings", &[pn("pairs", OBJECT, "object of strings"), p("text", STRING)], STRING)
        .costs(4, &[per(1, "bytes of the text"), bytes("bytes of the result"), per(1, "keys tried")])
        .does("All keys replaced by their values in one pass, at each place the first key in order that fits.")
        .like("strings.replace_n({\"<\": \"&lt;\", \">\": \"&gt;\"}, \"<b>\") --> \"&lt;b&gt;\""),
    f("split", "strings", &[p("text", STRING), p("between", STRING)], ARRAY)
        .costs(2, &[bytes("bytes of both"), per(1, "parts")])
        .does("The parts between; with an empty `between`, the characters.")
        .like("split(\"a,b,\", \",\") --> [\"a\",\"b\",\"\"]\nsplit(\"añ\", \"\") --> [\"a\",\"ñ\"]"),
    f("sprintf", "strings", &[p("format", STRING), p("values", ARRAY)], STRING)
        .costs(4, &[bytes("bytes of the format and the result"), per(1, "values printed")])
        .does("Formats as Go does. Whole numbers suit `%d %b %o %x %c %q %U`, others `%f %e %g`, strings `%s %q %x`; booleans, null and composite values come as strings with their Rego text. `%v` suits all. A verb that does not suit is shown with its argument, as in `%!d(string=a)`.")
        .like("sprintf(\"%s has %d of %.1f%%\", [\"a\", 3, 12.25]) --> \"a has 3 of 12.2%\"\nsprintf(\"%v\", [{\"a\": [1, \"b\"]}]) --> \"{\\\"a\\\": [1, \\\"b\\\"]}\""),
    f("strings.any_prefix_match", "strings", &[pn("texts", STRING.or(ARRAY).or(SET), "string, or array or set of strings"), pn("prefixes", STRING.or(ARRAY).or(SET), "string, or array or set of strings")], BOOLEAN)
        .costs(4, &[per(1, "members, times the binary digits of their number"), bytes("bytes of strings")])
        .does("Whether one of the texts begins with one of the prefixes.")
        .like("strings.any_prefix_match([\"a/b\", \"c\"], [\"x\", \"a/\"]) --> true"),
    f("strings.any_suffix_match", "strings", &[pn("texts", STRING.or(ARRAY).or(SET), "string, or array or set of strings"), pn("suffixes", STRING.or(ARRAY).or(SET), "string, or array or set of strings")], BOOLEAN)
        .costs(4, &[per(1, "members, times the binary digits of their number"), bytes("bytes of strings")])
        .does("Whether one of the texts ends with one of the suffixes.")
        .like("strings.any_suffix_match(\"a.rgs\", [\".rs\", \".rgs\"]) --> true"),
    f("strings.count", "strings", &[p("text", STRING), p("part", STRING)], NUMBER)
        .costs(2, &[bytes("bytes of both"), per(1, "places"), per(CHAR_BYTES_PER_FUEL, "bytes of the text when the part is empty")])
        .does("How often the part is there without overlapping; an empty one once more than there are characters.")
        .like("strings.count(\"banana\", \"an\") --> 2"),
    f("strings.reverse", "strings", &[p("text", STRING)], STRING)
        .costs(2, &[bytes("bytes of the text"), per(CHAR_BYTES_PER_FUEL, "bytes of the text")])
        .does("The last character first.")
        .like("strings.reverse(\"añb\") --> \"bña\""),
    f("substring", "strings", &[p("text", STRING), p("from", NUMBER), p("length", NUMBER)], STRING)
        .costs(2, &[per(CHAR_BYTES_PER_FUEL, "bytes of the text")])
        .does("So many characters from a place on; below 0, all that follow.")
        .fails("`from` is below 0.")
        .like("substring(\"añbc\", 1, 2) --> \"ñb\"\nsubstring(\"abc\", 1, -1) --> \"bc\""),
    f("trim", "strings", &[p("text", STRING), p("set", STRING)], STRING)
        .costs(2, &[bytes("bytes of both"), per(CHAR_BYTES_PER_FUEL, "bytes of the text"), per(1, "bytes of the set")])
        .does("Without the characters of the set at both ends.")
        .like("trim(\"--a-b-\", \"-\") --> \"a-b\""),
    f("trim_left", "strings", &[p("text", STRING), p("set", STRING)], STRING)
        .costs(2, &[bytes("bytes of both"), per(CHAR_BYTES_PER_FUEL, "bytes of the text"), per(1, "bytes of the set")])
        .does("Without the characters of the set at the beginning.")
        .like("trim_left(\"--a-\", \"-\") --> \"a-\""),
    f("trim_right", "strings", &[p("text", STRING), p("set", STRING)], STRING)
        .costs(2, &[bytes("bytes of both"), per(CHAR_BYTES_PER_FUEL, "bytes of the text"), per(1, "bytes of the set")])
        .does("Without the characters of the set at the end.")
        .like("trim_right(\"-a--\", \"-\") --> \"-a\""),
    f("trim_prefix", "strings", &[p("text", STRING), p("prefix", STRING)], STRING)
        .costs(2, &[bytes("bytes of the text")])
        .does("Without the prefix, when it is there.")
        .like("trim_prefix(\"refs/x\", \"refs/\") --> \"x\""),
    f("trim_suffix", "strings", &[p("text", STRING), p("suffix", STRING)], STRING)
        .costs(2, &[bytes("bytes of the text")])
        .does("Without the suffix, when it is there.")
        .like("trim_suffix(\"x.git\", \".git\") --> \"x\""),
    f("trim_space", "strings", &[p("text", STRING)], STRING)
        .costs(2, &[per(CHAR_BYTES_PER_FUEL, "bytes of the text")])
        .does("Without white space at both ends.")
        .like("trim_space(\" a b\\n\") --> \"a b\""),
    f("is_array", "types", &[p("x", ANY)], BOOLEAN)
        .costs(1, &[])
        .does("Whether it is an array.")
        .like("is_array([]) --> true"),
    f("is_boolean", "types", &[p("x", ANY)], BOOLEAN)
        .costs(1, &[])
        .does("Whether it is a boolean.")
        .like("is_boolean(false) --> true"),
    f("is_null", "types", &[p("x", ANY)], BOOLEAN)
        .costs(1, &[])
        .does("Whether it is null.")
        .like("is_null(null) --> true"),
    f("is_number", "types", &[p("x", ANY)], BOOLEAN)
        .costs(1, &[])
        .does("Whether it is a number.")
        .like("is_number(\"1\") --> false"),
    f("is_object", "types", &[p("x", ANY)], BOOLEAN)
        .costs(1, &[])
        .does("Whether it is an object.")
        .like("is_object({}) --> true"),
    f("is_set", "types", &[p("x", ANY)], BOOLEAN)
        .costs(1, &[])
        .does("Whether it is a set.")
        .like("is_set([]) --> false"),
    f("is_string", "types", &[p("x", ANY)], BOOLEAN)
        .costs(1, &[])
        .does("Whether it is a string.")
        .like("is_string(\"\") --> true"),
    f("type_name", "types", &[p("x", ANY)], STRING)
        .costs(1, &[])
        .does("`null`, `boolean`, `number`, `string`, `array`, `object` or `set`.")
        .like("type_name(1.5) --> \"number\""),
    f("json.marshal", "json", &[p("x", ANY)], STRING)
        .costs(4, &[per(1, "values inside"), bytes("bytes of the text"), per(CHAR_BYTES_PER_FUEL, "bytes of strings")])
        .does("The value's JSON on one line, keys in order, sets as sorted arrays, keys that are no strings as their JSON. `<`, `>` and `&` are escaped.")
        .like("json.marshal({\"b\": [1, 2.5], \"a\": null}) --> \"{\\\"a\\\":null,\\\"b\\\":[1,2.5]}\""),
    f("json.marshal_with_options", "json", &[p("x", ANY), p("options", OBJECT)], STRING)
        .costs(4, &[per(1, "values inside"), bytes("bytes of the text"), per(CHAR_BYTES_PER_FUEL, "bytes of strings")])
        .does("As `json.marshal`; `prefix` and `indent` (strings) put each member on a line of its own, and `pretty` (a boolean) says whether to.")
        .like("json.marshal_with_options([1], {\"indent\": \" \"}) --> \"[\\n 1\\n]\""),
    f("json.unmarshal", "json", &[p("text", STRING)], ANY)
        .costs(4, &[per(JSON_BYTES_PER_FUEL, "bytes of the text")])
        .does("The value of JSON text.")
        .fails("Not just one JSON text; a repeated key; a number out of range; nesting deeper than 128.")
        .like("json.unmarshal(\"[1,{\\\"a\\\":2.50}]\") --> [1,{\"a\":2.5}]"),
    f("json.is_valid", "json", &[pn("text", ANY, "string")], BOOLEAN)
        .costs(4, &[per(JSON_BYTES_PER_FUEL, "bytes of the text")])
        .does("Whether `json.unmarshal` has a value for it; false for what is no string.")
        .like("json.is_valid(\"[1,\") --> false"),
    f("json.filter", "json", &[p("object", OBJECT), pn("paths", ARRAY.or(SET), "array or set of paths")], OBJECT)
        .costs(4, &[per(1, "steps and parts that they pass")])
        .does("The parts that paths lead to. A path is an array of steps or a string with slashes, `~1` for a slash and `~0` for a tilde; steps into arrays are strings of digits.")
        .like("json.filter({\"a\": {\"b\": 1, \"c\": 2}, \"d\": 3}, [\"a/b\"]) --> {\"a\":{\"b\":1}}"),
    f("json.remove", "json", &[p("object", OBJECT), pn("paths", ARRAY.or(SET), "array or set of paths")], OBJECT)
        .costs(4, &[per(1, "steps and parts that they pass")])
        .does("The object without the parts that paths lead to.")
        .like("json.remove({\"a\": {\"b\": 1, \"c\": 2}}, [\"a/b\", \"x\"]) --> {\"a\":{\"c\":2}}"),
    f("json.patch", "json", &[p("x", ANY), pn("patches", ARRAY, "array of objects")], ANY)
        .costs(4, &[per(1, "steps and parts that they pass")])
        .does("The value after the operations `add`, `remove`, `replace`, `move`, `copy` and `test` of RFC 6902, one by one. A member of a set is its own key. Undefined when an operation does not apply.")
        .like("json.patch({\"a\": [1, 2]}, [{\"op\": \"add\", \"path\": \"/a/-\", \"value\": 3}]) --> {\"a\":[1,2,3]}\njson.patch([], [{\"op\": \"remove\", \"path\": \"/0\"}]) --> undefined"),
    f("base64.encode", "encoding", &[p("text", STRING)], STRING)
        .costs(2, &[bytes("bytes of both texts")])
        .does("Base64 with padding.")
        .like("base64.encode(\"hi?>\") --> \"aGk/Pg==\""),
    f("base64.decode", "encoding", &[p("text", STRING)], STRING)
        .costs(2, &[bytes("bytes of the text")])
        .does("What base64 text with padding stands for.")
        .fails("It is no such text.")
        .like("base64.decode(\"aGk/Pg==\") --> \"hi?>\""),
    f("base64.is_valid", "encoding", &[pn("text", ANY, "string")], BOOLEAN)
        .costs(2, &[bytes("bytes of the text")])
        .does("Whether `base64.decode` has a value for it; false for what is no string.")
        .like("base64.is_valid(\"aGk\") --> false"),
    f("base64url.encode", "encoding", &[p("text", STRING)], STRING)
        .costs(2, &[bytes("bytes of both texts")])
        .does("Base64 of the alphabet for URLs, with padding.")
        .like("base64url.encode(\"hi?>\") --> \"aGk_Pg==\""),
    f("base64url.encode_no_pad", "encoding", &[p("text", STRING)], STRING)
        .costs(2, &[bytes("bytes of both texts")])
        .does("Base64 of the alphabet for URLs, without padding.")
        .like("base64url.encode_no_pad(\"hi?>\") --> \"aGk_Pg\""),
    f("base64url.decode", "encoding", &[p("text", STRING)], STRING)
        .costs(2, &[bytes("bytes of the text")])
        .does("What base64 text of the alphabet for URLs stands for, with or without padding.")
        .fails("It is no such text.")
        .like("base64url.decode(\"aGk_Pg\") --> \"hi?>\""),
    f("hex.encode", "encoding", &[p("text", STRING)], STRING)
        .costs(2, &[bytes("bytes of both texts")])
        .does("Two hexadecimal digits for each byte.")
        .like("hex.encode(\"hi\") --> \"6869\""),
    f("hex.decode", "encoding", &[p("text", STRING)], STRING)
        .costs(2, &[bytes("bytes of the text")])
        .does("What hexadecimal digits stand for.")
        .fails("It is no such text.")
        .like("hex.decode(\"6869\") --> \"hi\""),
    f("regex.match", "regex", &[p("pattern", STRING), p("text", STRING)], BOOLEAN)
        .costs(8, &[per(1, "bytes of the pattern"), per(1, "fourths of the pattern's size"), per(4, "bytes of the text, once more for each 32 of the pattern's size"), per(1, "results")])
        .does("Whether the pattern is found in the text. Patterns are RE2's, as Go's are.")
        .fails("The pattern is none, or too large.")
        .like("regex.match(\"^[a-z]+:\\\\d+$\", \"ann:12\") --> true"),
    f("regex.is_valid", "regex", &[pn("pattern", ANY, "string")], BOOLEAN)
        .costs(8, &[per(1, "bytes of the pattern"), per(1, "fourths of the pattern's size")])
        .does("Whether it is a pattern; false for what is no string.")
        .like("regex.is_valid(\"(a\") --> false"),
    f("regex.find_n", "regex", &[p("pattern", STRING), p("text", STRING), p("n", NUMBER)], ARRAY)
        .costs(8, &[per(1, "bytes of the pattern"), per(1, "fourths of the pattern's size"), per(4, "bytes of the text, once more for each 32 of the pattern's size"), per(4, "bytes of the text behind each result, once more for each 32 of the pattern's size; of so many bytes at most as four times the size where what repeats without end stands at the pattern's end"), per(1, "results")])
        .does("The first `n` matches, all when `n` is below 0.")
        .fails("The pattern is none, or too large.")
        .like("regex.find_n(\"a.\", \"abacad\", 2) --> [\"ab\",\"ac\"]"),
    f("regex.find_all_string_submatch_n", "regex", &[p("pattern", STRING), p("text", STRING), p("n", NUMBER)], ARRAY)
        .costs(8, &[per(1, "bytes of the pattern"), per(1, "fourths of the pattern's size"), per(4, "bytes of the text, once more for each 32 of the pattern's size"), per(4, "bytes of the text behind each result, once more for each 32 of the pattern's size; of so many bytes at most as four times the size where what repeats without end stands at the pattern's end"), per(1, "results")])
        .does("The first `n` matches, each with what its groups matched.")
        .fails("The pattern is none, or too large.")
        .like("regex.find_all_string_submatch_n(\"(\\\\w)=(\\\\d)\", \"a=1,b=2\", -1) --> [[\"a=1\",\"a\",\"1\"],[\"b=2\",\"b\",\"2\"]]"),
    f("regex.replace", "regex", &[p("text", STRING), p("pattern", STRING), p("value", STRING)], STRING)
        .costs(8, &[per(1, "bytes of the pattern"), per(1, "fourths of the pattern's size"), per(4, "bytes of the text, once more for each 32 of the pattern's size"), per(4, "bytes of the text behind each result, once more for each 32 of the pattern's size; of so many bytes at most as four times the size where what repeats without end stands at the pattern's end"), per(1, "results")])
        .does("Every match replaced; in `value`, `$1` and `${name}` stand for what groups matched, `$$` for a dollar.")
        .fails("The pattern is none, or too large.")
        .like("regex.replace(\"a1b22\", \"\\\\d+\", \"<$0>\") --> \"a<1>b<22>\""),
    f("regex.split", "regex", &[p("pattern", STRING), p("text", STRING)], ARRAY)
        .costs(8, &[per(1, "bytes of the pattern"), per(1, "fourths of the pattern's size"), per(4, "bytes of the text, once more for each 32 of the pattern's size"), per(4, "bytes of the text behind each result, once more for each 32 of the pattern's size; of so many bytes at most as four times the size where what repeats without end stands at the pattern's end"), per(1, "results")])
        .does("The parts between matches.")
        .fails("The pattern is none, or too large.")
        .like("regex.split(\"[,;] *\", \"a, b;c\") --> [\"a\",\"b\",\"c\"]"),
    f("regex.template_match", "regex", &[p("template", STRING), p("text", STRING), p("open", STRING), p("close", STRING)], BOOLEAN)
        .costs(8, &[per(1, "bytes of the pattern"), per(1, "fourths of the pattern's size"), per(4, "bytes of the text, once more for each 32 of the pattern's size"), per(1, "results")])
        .does("Whether a text is like a template as a whole, in which patterns stand between delimiters of one byte.")
        .fails("The delimiters are not one byte each or do not pair; a pattern is none.")
        .like("regex.template_match(\"urn:{[a-z]+}:x\", \"urn:foo:x\", \"{\", \"}\") --> true"),
    f("regex.globs_match", "regex", &[p("x", STRING), p("y", STRING)], BOOLEAN)
        .costs(8, &[per(1, "pairs of places in the patterns")])
        .does("Whether some string matches both patterns, which know characters, `.`, `[a-z]`, `+`, `*` and `\\` alone.")
        .fails("A pattern is none.")
        .like("regex.globs_match(\"a.*\", \"[a-c]x+\") --> true\nregex.globs_match(\"[0-9]+\", \"[a-z]*\") --> false"),
    f("glob.match", "globs", &[p("pattern", STRING), pn("delimiters", ARRAY.or(NULL), "array of characters, or null"), p("text", STRING)], BOOLEAN)
        .costs(8, &[per(1, "bytes of the pattern"), per(4, "bytes of the text, times the places of the pattern")])
        .does("Whether the text as a whole matches: `*` any characters but delimiters, `**` any, `?` one, `[a-z]` and `[!a-z]` one of a class, `{a,b}` either. The delimiter of `[]` is `.`; null is none.")
        .fails("The pattern is none, or too large.")
        .like("glob.match(\"*.github.com\", [], \"api.github.com\") --> true\nglob.match(\"a/*\", [\"/\"], \"a/b/c\") --> false"),
    f("glob.quote_meta", "globs", &[p("text", STRING)], STRING)
        .costs(2, &[bytes("bytes of the text")])
        .does("A pattern that matches just this text.")
        .like("glob.quote_meta(\"*.x\") --> \"\\\\*.x\""),
];
