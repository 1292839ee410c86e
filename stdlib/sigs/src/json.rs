//! Rows: `json`.

use crate::{Cost, JSON_BYTES_PER_FUEL, Kind, Sig, bytes, constant, library, opt, per, req};

pub(crate) const SIGS: &[Sig] = &[
    library("json", "JSON as the state is written: numbers never pass through a float, and one value has one text."),
    Sig {
        name: "json.array",
        kind: Kind::Function,
        params: &[opt("t", "table")],
        returns: &["table"],
        cost: Cost { base: 4, per: &[] },
        doc: "An empty table that is `[]` in JSON, until a string key is put in it. With a table, which must be empty or an array: marks that one and gives it back.",
        errors: "A table with keys other than 1 to n; a frozen table.",
        example: "json.encode_canonical({json.array(), {}}) --> \"[[],{}]\"",
    },
    Sig {
        name: "json.decode_strict",
        kind: Kind::Function,
        params: &[req("text", "string")],
        returns: &["any"],
        cost: Cost { base: 8, per: &[per(JSON_BYTES_PER_FUEL, "bytes of the text")] },
        doc: "The value of a JSON text. A number with a point or an exponent becomes the nearest fixed, ties to even; others are integers. `null` is `json.null`.",
        errors: "Anything but one JSON text in UTF-8: repeated keys, lone surrogates, numbers out of range, nesting deeper than 128, bytes after the end. The error value says what and at which byte.",
        example: "json.decode_strict('{\"a\":[1,2.50,null]}') --> {\"a\":[1,2.5,null]}\njson.decode_strict(\"[]\") --> []\n(pcall(json.decode_strict, '{\"a\":1,\"a\":2}')) --> false",
    },
    Sig {
        name: "json.encode_canonical",
        kind: Kind::Function,
        params: &[req("v", "any")],
        returns: &["string"],
        cost: Cost {
            base: 8,
            per: &[
                per(1, "values"),
                per(1, "keys of an object, times the binary digits of their number"),
                bytes("bytes of strings and keys"),
            ],
        },
        doc: "The canonical JSON text of a value: keys sorted by UTF-16 units, no spaces, integers in plain digits, fixed numbers as their shortest decimal with a point. A table with the keys 1 to n is an array and one with string keys an object; an empty one is `{}`, unless key 1 was the first put in it or it came from `[]` or `json.array`.",
        errors: "A function; nil; a table with other keys, a metatable or a cycle; a string that is not UTF-8; nesting deeper than 128. The error value gives the path.",
        example: "json.encode_canonical({b = 1, a = {1, 2.0, \"x\"}}) --> \"{\\\"a\\\":[1,2.0,\\\"x\\\"],\\\"b\\\":1}\"\njson.encode_canonical(json.null) --> \"null\"",
    },
    constant(
        "json.null",
        &["null"],
        "JSON's null: a value of its own type, true in conditions and equal only to itself.",
        "json.null == nil --> false\njson.null and 1 --> 1",
    ),
];
