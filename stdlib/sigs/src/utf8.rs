//! Rows: `utf8`.

use crate::{Cost, Kind, Sig, bytes, constant, cost, library, opt, per, req, rest};

pub(crate) const SIGS: &[Sig] = &[
    library(
        "utf8",
        "Reading and writing UTF-8. Where `lax` is true, code points up to 2^31 - 1 and surrogates are let through.",
    ),
    Sig {
        name: "utf8.char",
        kind: Kind::Function,
        params: &[rest("codes", "integer")],
        returns: &["string"],
        cost: Cost { base: 1, per: &[per(4, "code points")] },
        doc: "The UTF-8 bytes of code points from 0 to 2^31 - 1.",
        errors: "A code point out of range.",
        example: "utf8.char(72, 233, 8364) --> \"Hé€\"",
    },
    constant(
        "utf8.charpattern",
        &["string"],
        "The pattern that matches one character of a string that is UTF-8.",
        "select(2, (\"aé€\"):gsub(utf8.charpattern, \"\")) --> 3",
    ),
    Sig {
        name: "utf8.codepoint",
        kind: Kind::Function,
        params: &[req("s", "string"), opt("i", "integer"), opt("j", "integer"), opt("lax", "boolean")],
        returns: &["integer..."],
        cost: Cost { base: 1, per: &[per(4, "bytes from i to j")] },
        doc: "The code points of the characters that begin at bytes `i` (1) to `j` (`i`).",
        errors: "Bytes that are not UTF-8; a position outside the string.",
        example: "utf8.codepoint(\"é€\", 1, -1) --> 233, 8364",
    },
    Sig {
        name: "utf8.codes",
        kind: Kind::Function,
        params: &[req("s", "string"), opt("lax", "boolean")],
        returns: &["function", "string", "integer"],
        cost: cost(2),
        doc: "For a generic `for`: visits each character's position in bytes and its code point.",
        errors: "Bytes that are not UTF-8.",
        example: "local out = {}\nfor p, c in utf8.codes(\"é€\") do out[#out + 1] = p; out[#out + 1] = c end\nout --> [1,233,3,8364]",
    },
    Sig {
        name: "utf8.len",
        kind: Kind::Function,
        params: &[req("s", "string"), opt("i", "integer"), opt("j", "integer"), opt("lax", "boolean")],
        returns: &["integer|nil", "integer"],
        cost: Cost { base: 1, per: &[bytes("bytes from i to j")] },
        doc: "The number of characters that begin at bytes `i` (1) to `j` (-1); or nil and the position of the first byte that is not UTF-8.",
        errors: "A position outside the string.",
        example: "utf8.len(\"aé€\") --> 3\nutf8.len(\"a\\xff\") --> nil, 2",
    },
    Sig {
        name: "utf8.offset",
        kind: Kind::Function,
        params: &[req("s", "string"), req("n", "integer"), opt("i", "integer")],
        returns: &["integer|nil"],
        cost: Cost { base: 1, per: &[bytes("bytes passed over")] },
        doc: "The byte at which the `n`th character from `i` on begins; a negative `n` counts back from `i` (the end when absent), and 0 gives the start of the character that holds byte `i`. nil when there is none.",
        errors: "A position outside the string; one inside a character, unless `n` is 0.",
        example: "utf8.offset(\"aé€\", 3) --> 4\nutf8.offset(\"aé€\", -1) --> 4\nutf8.offset(\"aé€\", 0, 3) --> 2",
    },
];
