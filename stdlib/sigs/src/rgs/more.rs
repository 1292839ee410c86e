//! Rows: time on given instants, networks, digests, units, versions, graphs, URLs, UUIDs, YAML.

use super::{Builtin, Types, f, p, pn};
use crate::{bytes, per};

const BOOLEAN: Types = Types::BOOLEAN;
const NUMBER: Types = Types::NUMBER;
const STRING: Types = Types::STRING;
const ARRAY: Types = Types::ARRAY;
const OBJECT: Types = Types::OBJECT;
const SET: Types = Types::SET;
const ANY: Types = Types::ANY;

/// An instant: nanoseconds, or an array with a zone and a layout.
const INSTANT: Types = NUMBER.or(ARRAY);
const INSTANT_NOTE: &str = "ns, [ns, zone] or [ns, zone, layout]";
const LIST: Types = ARRAY.or(SET);
const NETS: Types = STRING.or(ARRAY).or(SET).or(OBJECT);
const NETS_NOTE: &str = "string, or array, set or object of strings or of arrays that begin with one";

pub(crate) const BUILTINS: &[Builtin] = &[
    f("time.parse_rfc3339_ns", "time", &[p("text", STRING)], NUMBER)
        .costs(8, &[bytes("bytes of the text")])
        .does("Nanoseconds since 1970 of a time in RFC 3339.")
        .fails("Another form; a time before 1677-09-21 or after 2262-04-11.")
        .like("time.parse_rfc3339_ns(\"2017-06-02T19:00:00-07:00\") --> 1496455200000000000"),
    f("time.parse_ns", "time", &[p("layout", STRING), p("text", STRING)], NUMBER)
        .costs(8, &[per(2, "bytes of layout and text")])
        .does("Nanoseconds since 1970 of a time in a layout that shows 2006-01-02T15:04:05Z07:00, or in one by name: ANSIC, UnixDate, RubyDate, RFC822, RFC822Z, RFC850, RFC1123, RFC1123Z, RFC3339, RFC3339Nano.")
        .fails("The text departs from the layout; the time is out of range.")
        .like("time.parse_ns(\"2006-01-02\", \"2020-02-29\") --> 1582934400000000000"),
    f("time.parse_duration_ns", "time", &[p("text", STRING)], NUMBER)
        .costs(4, &[bytes("bytes of the text")])
        .does("Nanoseconds of a duration in h, m, s, ms, us, ns.")
        .fails("Another form; a duration out of range.")
        .like("time.parse_duration_ns(\"1h30m\") --> 5400000000000\ntime.parse_duration_ns(\"-1.5s\") --> -1500000000"),
    f("time.format", "time", &[pn("at", INSTANT, INSTANT_NOTE)], STRING)
        .costs(16, &[bytes("bytes of the layout, nine times"), per(2, "bytes of the layout")])
        .does("An instant as text: in RFC 3339 in UTC, unless zone and layout say otherwise. A zone is `UTC`, an IANA name or an offset like `+01:00`; `Local` is UTC.")
        .fails("An unknown zone; a number that is not whole.")
        .like("time.format(1517832000000000000) --> \"2018-02-05T12:00:00Z\"\ntime.format([1517832000000000000, \"America/New_York\", \"Mon 15:04 MST\"]) --> \"Mon 07:00 EST\""),
    f("time.date", "time", &[pn("at", INSTANT, INSTANT_NOTE)], ARRAY)
        .costs(8, &[])
        .does("Year, month and day.")
        .fails("An unknown zone; a number that is not whole.")
        .like("time.date(1517832000000000000) --> [2018,2,5]"),
    f("time.clock", "time", &[pn("at", INSTANT, INSTANT_NOTE)], ARRAY)
        .costs(8, &[])
        .does("Hour, minute and second.")
        .fails("An unknown zone; a number that is not whole.")
        .like("time.clock([1517832000000000000, \"America/New_York\"]) --> [7,0,0]"),
    f("time.weekday", "time", &[pn("at", INSTANT, INSTANT_NOTE)], STRING)
        .costs(8, &[])
        .does("The day of the week in English.")
        .fails("An unknown zone; a number that is not whole.")
        .like("time.weekday(1517832000000000000) --> \"Monday\""),
    f(
        "time.add_date",
        "time",
        &[pn("at", INSTANT, INSTANT_NOTE), p("years", NUMBER), p("months", NUMBER), p("days", NUMBER)],
        NUMBER,
    )
    .costs(8, &[])
    .does("The instant that many years, months and days later on the clock of its zone, where 31 April is 1 May.")
    .fails("The result is out of range; an unknown zone; a number that is not whole.")
    .like("time.add_date(1585852421593912000, -1, -1, -1) --> 1551465221593912000"),
    f("time.diff", "time", &[pn("a", INSTANT, INSTANT_NOTE), pn("b", INSTANT, INSTANT_NOTE)], ARRAY)
        .costs(16, &[])
        .does("What lies between two instants, whichever is first: years, months, days, hours, minutes, seconds, on the clock of the zone of `a`.")
        .fails("An unknown zone; a number that is not whole.")
        .like("time.diff(1580601600000000000, 1583020800000000000) --> [0,0,28,0,0,0]"),
    f("net.cidr_contains", "net", &[p("cidr", STRING), pn("inner", STRING, "network or address")], BOOLEAN)
        .costs(8, &[])
        .does("Whether a network holds an address or all of another network.")
        .fails("A text that is neither.")
        .like("net.cidr_contains(\"10.0.0.0/8\", \"10.1.0.0/24\") --> true\nnet.cidr_contains(\"2001:db8::/32\", \"2001:db9::1\") --> false"),
    f("net.cidr_contains_matches", "net", &[pn("cidrs", NETS, NETS_NOTE), pn("inner", NETS, NETS_NOTE)], SET)
        .costs(8, &[per(1, "pairs of networks, eight times")])
        .does("Pairs of which the first holds the second. A string and a set's member stand for themselves, an array's element for its index, an object's value for its key.")
        .fails("A text that is neither network nor address.")
        .like("net.cidr_contains_matches([\"1.1.2.0/24\", \"1.1.1.0/24\"], {\"1.1.1.1\"}) --> [[1,\"1.1.1.1\"]]"),
    f("net.cidr_expand", "net", &[p("cidr", STRING)], SET)
        .costs(8, &[per(1, "addresses, twice")])
        .does("All addresses of a network.")
        .fails("A text that is no network.")
        .like("net.cidr_expand(\"172.16.100.255/30\") --> [\"172.16.100.252\",\"172.16.100.253\",\"172.16.100.254\",\"172.16.100.255\"]"),
    f("net.cidr_intersects", "net", &[p("a", STRING), p("b", STRING)], BOOLEAN)
        .costs(8, &[])
        .does("Whether two networks share an address.")
        .fails("A text that is no network.")
        .like("net.cidr_intersects(\"192.168.1.0/25\", \"192.168.1.64/25\") --> true"),
    f("net.cidr_is_valid", "net", &[pn("cidr", ANY, "string")], BOOLEAN)
        .costs(4, &[])
        .does("Whether it is the text of a network; an address alone is none.")
        .like("net.cidr_is_valid(\"2001:db8::/32\") --> true\nnet.cidr_is_valid(\"192.168.1.2\") --> false"),
    f("net.cidr_merge", "net", &[pn("cidrs", LIST, "array or set of strings")], SET)
        .costs(8, &[per(1, "networks, four times")])
        .does("The fewest networks that hold just the addresses of these. An IPv4 address alone stands for the network of its class.")
        .fails("A text that is no network; an IPv6 address without a prefix.")
        .like("net.cidr_merge([\"192.0.128.0/24\", \"192.0.129.0/24\"]) --> [\"192.0.128.0/23\"]"),
    f("crypto.md5", "crypto", &[p("text", STRING)], STRING)
        .costs(16, &[per(16, "bytes of the text")])
        .does("The MD5 digest in hexadecimal; for old checksums only.")
        .like("crypto.md5(\"abc\") --> \"900150983cd24fb0d6963f7d28e17f72\""),
    f("crypto.sha1", "crypto", &[p("text", STRING)], STRING)
        .costs(16, &[per(16, "bytes of the text")])
        .does("The SHA-1 digest in hexadecimal; for old checksums only.")
        .like("crypto.sha1(\"lorem ipsum\") --> \"bfb7759a67daeb65410490b4d98bb9da7d1ea2ce\""),
    f("crypto.sha256", "crypto", &[p("text", STRING)], STRING)
        .costs(16, &[per(16, "bytes of the text")])
        .does("The SHA-256 digest in hexadecimal.")
        .like("crypto.sha256(\"lorem ipsum\") --> \"5e2bf57d3f40c4b6df69daf1936cb766f832374b4fc0259a7cbff06e2f70f269\""),
    f("crypto.hmac.md5", "crypto", &[p("text", STRING), p("key", STRING)], STRING)
        .costs(32, &[per(16, "bytes of text and key")])
        .does("HMAC with MD5, in hexadecimal.")
        .like("crypto.hmac.md5(\"foo\", \"bar\") --> \"31b6db9e5eb4addb42f1a6ca07367adc\""),
    f("crypto.hmac.sha1", "crypto", &[p("text", STRING), p("key", STRING)], STRING)
        .costs(32, &[per(16, "bytes of text and key")])
        .does("HMAC with SHA-1, in hexadecimal.")
        .like("crypto.hmac.sha1(\"foo\", \"bar\") --> \"85d155c55ed286a300bd1cf124de08d87e914f3a\""),
    f("crypto.hmac.sha256", "crypto", &[p("text", STRING), p("key", STRING)], STRING)
        .costs(32, &[per(16, "bytes of text and key")])
        .does("HMAC with SHA-256, in hexadecimal.")
        .like("crypto.hmac.sha256(\"foo\", \"bar\") --> \"147933218aaabc0b8b10a2b3a5c34684c8d94341bcf10a4736dc7270f7741851\""),
    f("crypto.hmac.sha512", "crypto", &[p("text", STRING), p("key", STRING)], STRING)
        .costs(32, &[per(16, "bytes of text and key")])
        .does("HMAC with SHA-512, in hexadecimal.")
        .like("crypto.hmac.sha512(\"foo\", \"bar\") --> \"24257d7210582a65c731ec55159c8184cc24c02489453e58587f71f44c23a2d61b4b72154a89d17b2d49448a8452ea066f4fc56a2bcead45c088572ffccdb3d8\""),
    f("crypto.hmac.equal", "crypto", &[p("a", STRING), p("b", STRING)], BOOLEAN)
        .costs(2, &[bytes("bytes of the shorter")])
        .does("Whether two digests are the same; every byte is compared.")
        .like("crypto.hmac.equal(\"31b6\", \"31b6\") --> true"),
    f("units.parse", "units", &[p("text", STRING)], NUMBER)
        .costs(8, &[per(8, "bytes of the text")])
        .does("An amount with a unit: k, M, G, T, P, E by thousands, Ki, Mi and so on by 1024s, m for a thousandth. Capitals matter in `m` and `M` only; ten digits behind the point are kept.")
        .fails("No amount; an unknown unit; a space; an amount out of range.")
        .like("units.parse(\"500m\") --> 0.5\nunits.parse(\"1.1Ki\") --> 1126.4"),
    f("units.parse_bytes", "units", &[p("text", STRING)], NUMBER)
        .costs(8, &[per(8, "bytes of the text")])
        .does("An amount of bytes: kb, mb and so on by thousands, kib, mib by 1024s, in any capitals and also without `b`; parts of a byte are cut off.")
        .fails("No amount; an unknown unit; a space; an amount out of range.")
        .like("units.parse_bytes(\"10KiB\") --> 10240\nunits.parse_bytes(\"1.1KB\") --> 1100"),
    f("semver.compare", "semver", &[p("a", STRING), p("b", STRING)], NUMBER)
        .costs(4, &[bytes("bytes of both")])
        .does("-1, 0 or 1: the order of two semantic versions, where candidates come before their release and what is behind `+` does not count.")
        .fails("A text that is no semantic version.")
        .like("semver.compare(\"1.0.0-rc.2\", \"1.0.0-rc.11\") --> -1\nsemver.compare(\"1.0.0\", \"1.0.0-rc.1\") --> 1"),
    f("semver.is_valid", "semver", &[pn("text", ANY, "string")], BOOLEAN)
        .costs(4, &[bytes("bytes of the text")])
        .does("Whether it is the text of a semantic version; a `v` before it is no harm.")
        .like("semver.is_valid(\"1.2.3-a.1+b\") --> true\nsemver.is_valid(\"1.2\") --> false"),
    f("graph.reachable", "graph", &[pn("graph", OBJECT, "object of arrays or sets of nodes"), pn("from", LIST, "array or set of nodes")], SET)
        .costs(8, &[per(1, "nodes and neighbours, and comparisons among them")])
        .does("The nodes of a graph that can be reached from some, with these.")
        .like("graph.reachable({\"a\": [\"b\"], \"b\": {\"c\"}, \"c\": [], \"d\": [\"a\"]}, {\"a\"}) --> [\"a\",\"b\",\"c\"]"),
    f("graph.reachable_paths", "graph", &[pn("graph", OBJECT, "object of arrays or sets of nodes"), pn("from", LIST, "array or set of nodes")], SET)
        .costs(8, &[per(1, "steps, and the nodes of each path")])
        .does("The paths from some nodes that end where a node has no neighbours, is not in the graph, or would be on the path again.")
        .like("graph.reachable_paths({\"a\": [\"b\", \"c\"], \"b\": [\"a\"], \"c\": []}, [\"a\"]) --> [[\"a\",\"b\"],[\"a\",\"c\"]]"),
    f("urlquery.encode", "urlquery", &[p("text", STRING)], STRING)
        .costs(2, &[bytes("bytes of the text, three times")])
        .does("A text as it stands in a query string.")
        .like("urlquery.encode(\"a=b+1 x\") --> \"a%3Db%2B1+x\""),
    f("urlquery.decode", "urlquery", &[p("text", STRING)], STRING)
        .costs(2, &[bytes("bytes of the text")])
        .does("The text that stands so in a query string.")
        .fails("A `%` without two hexadecimal digits; a result that is not UTF-8.")
        .like("urlquery.decode(\"a%3Db%2B1+x\") --> \"a=b+1 x\""),
    f("urlquery.encode_object", "urlquery", &[pn("object", OBJECT, "object of strings, or of arrays or sets of strings")], STRING)
        .costs(4, &[bytes("bytes of keys and values, three times")])
        .does("A query string, keys in order.")
        .like("urlquery.encode_object({\"c\": [\"d\", \"e\"], \"a\": \"b&\"}) --> \"a=b%26&c=d&c=e\""),
    f("urlquery.decode_object", "urlquery", &[p("text", STRING)], OBJECT)
        .costs(4, &[per(1, "pairs"), bytes("bytes of the text, twice")])
        .does("The keys of a query string, each with an array of its values.")
        .fails("A `%` without two hexadecimal digits; a semicolon; a result that is not UTF-8.")
        .like("urlquery.decode_object(\"a=b&c=d&c=e\") --> {\"a\":[\"b\"],\"c\":[\"d\",\"e\"]}"),
    f("uuid.parse", "uuid", &[pn("text", STRING, "string")], OBJECT)
        .costs(8, &[])
        .does("What a UUID says: `version` and `variant`, and of versions 1 and 2 `time`, `nodeid`, `clocksequence`. Undefined for other texts.")
        .like("uuid.parse(\"00000000-0000-4000-8000-000000000000\") --> {\"variant\":\"RFC4122\",\"version\":4}"),
    f("yaml.marshal", "yaml", &[p("x", ANY)], STRING)
        .costs(4, &[per(1, "values inside"), bytes("bytes of the text")])
        .does("The value as YAML, keys in order, sets as lists.")
        .like("yaml.marshal({\"a\": [1, \"no\"], \"b\": {}}) --> \"a:\\n- 1\\n- \\\"no\\\"\\nb: {}\\n\""),
    f("yaml.unmarshal", "yaml", &[p("text", STRING)], ANY)
        .costs(4, &[per(8, "bytes of the text"), per(1, "values inside")])
        .does("The value of one YAML document that is another spelling of JSON; keys become strings.")
        .fails("Broken YAML; anchors, aliases, tags, merge keys; a repeated key; a number out of range; nesting deeper than 128.")
        .like("yaml.unmarshal(\"a:\\n- 1\\n- x: 'y'\\n\") --> {\"a\":[1,{\"x\":\"y\"}]}"),
    f("yaml.is_valid", "yaml", &[pn("text", ANY, "string")], BOOLEAN)
        .costs(4, &[per(8, "bytes of the text")])
        .does("Whether `yaml.unmarshal` has a value for it; false for what is no string.")
        .like("yaml.is_valid(\"a: [1\") --> false\nyaml.is_valid(\"a: [1]\") --> true"),
];
