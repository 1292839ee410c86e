//! Time, networks, digests, units, versions, graphs, URLs, YAML: what the table's examples do not show.

use crate::lab::Lab;
use crate::meaning::holds;
use gatos_vm::Limits;

#[test]
fn times() {
    holds(
        r#"
        time.parse_rfc3339_ns("1677-09-21T00:12:43.145224192-00:00") --> -9223372036854775808
        time.parse_rfc3339_ns("1677-09-21T00:12:43.145224191-00:00") --> undefined
        time.parse_rfc3339_ns("2262-04-11T23:47:16.854775807-00:00") --> 9223372036854775807
        time.parse_rfc3339_ns("2020-02-30T00:00:00Z") --> undefined
        time.parse_ns("RFC1123", "Mon, 02 Jan 2006 15:04:05 GMT") --> 1136214245000000000
        time.parse_ns("15:04", "10:00") --> undefined
        time.parse_duration_ns("0") --> 0
        time.parse_duration_ns("1") --> undefined
        time.date([1517814000000000000]) --> [2018,2,5]
        time.date([-1, "UTC"]) --> [1969,12,31]
        time.date([0, "America/Los_Angeles"]) --> [1969,12,31]
        time.date([0, "Mars/Base"]) --> undefined
        time.date([0, "utc"]) --> undefined
        time.date([]) --> undefined
        time.date(["0"]) --> undefined
        time.date([0, 1]) --> undefined
        time.date(1.5) --> undefined
        time.date("x") --> undefined
        time.clock([1600000000000000000, "Asia/Kathmandu"]) --> [18,11,40]
        time.clock([0, "-01:30"]) --> [22,30,0]
        time.weekday([1518350400000000000, "Pacific/Auckland"]) --> "Monday"
        time.format([1517832000000000001, "", ""]) --> "2018-02-05T12:00:00.000000001Z"
        time.format([1517832000000000000, "Europe/Berlin", "RFC822Z"]) --> "05 Feb 18 13:00 +0100"
        time.format([1530000000000000000, "Europe/Berlin"]) --> "2018-06-26T10:00:00+02:00"
        time.format([0, "+05:30", "15:04 MST"]) --> "05:30 +0530"
        time.format([0, "UTC", "no layout"]) --> "no layout"
        time.add_date(0, 2262, 1, 1) --> undefined
        time.add_date(-9223372036854775808, 0, 0, -1) --> undefined
        time.add_date(0, 9223372036854775807, 0, 0) --> undefined
        time.add_date(0, 0, 0, 1.5) --> undefined
        time.add_date(1706659200000000000, 0, 1, 0) --> 1709337600000000000
        time.add_date([1521846000000000000, "Europe/Berlin"], 0, 0, 1) --> 1521932400000000000
        time.add_date([1521932400000000000, "Europe/Berlin"], 0, 0, 1) --> 1522015200000000000
        time.diff(61000000000, 0) --> [0,0,0,0,1,1]
        time.diff(0, 61000000000) --> [0,0,0,0,1,1]
        time.diff([60000000000, "UTC"], [0, "Asia/Shanghai"]) --> [0,0,0,0,1,0]
        time.diff([1521932400000000000, "Europe/Berlin"], 1522015200000000000) --> [0,0,1,0,0,0]
        "#,
    );
}

#[test]
fn networks() {
    holds(
        r#"
        net.cidr_contains("10.0.0.0/8", "192.168.1.1") --> false
        net.cidr_contains("10.0.0.0/8", "10.0.0.0/7") --> false
        net.cidr_contains("::/0", "10.0.0.1") --> false
        net.cidr_contains("10.0.0.0/8", "::ffff:10.0.0.1") --> true
        net.cidr_contains("10.0.0.1", "10.0.0.1") --> undefined
        net.cidr_contains("10.0.0.0/8", "x") --> undefined
        net.cidr_contains_matches([["1.1.2.0/24", 1], "1.1.1.0/24"], ["1.1.1.1", "1.1.2.1"]) --> [[0,1],[1,0]]
        net.cidr_contains_matches({["1.1.1.0/24", "bar"]}, {["1.1.1.1", "baz"], ["1.1.2.1", "qux"]}) --> [[["1.1.1.0/24","bar"],["1.1.1.1","baz"]]]
        net.cidr_contains_matches("1.1.0.0/16", {"x": "1.1.1.1", "y": ["2.1.1.1"], "z": ["1.1.9.9/32", 7]}) --> [["1.1.0.0/16","x"],["1.1.0.0/16","z"]]
        net.cidr_contains_matches("1.1.0.0/16", [[]]) --> undefined
        net.cidr_contains_matches("1.1.0.0/16", [1]) --> undefined
        net.cidr_contains_matches(1, []) --> undefined
        net.cidr_expand("192.168.1.1/32") --> ["192.168.1.1"]
        net.cidr_expand("2001:db8::/127") --> ["2001:db8::","2001:db8::1"]
        net.cidr_expand("192.168.1.1") --> undefined
        net.cidr_is_valid(7) --> false
        net.cidr_is_valid("2002::1234:abcd:ffff:c0a8:101/64") --> true
        net.cidr_merge([]) --> []
        net.cidr_merge({"192.0.2.112", "192.0.2.116/31"}) --> ["192.0.2.0/24"]
        net.cidr_merge(["2601:600:8a80:207e:a57d:7567:e2c9:e7b3"]) --> undefined
        net.cidr_merge([1]) --> undefined
        "#,
    );
}

#[test]
fn graphs() {
    holds(
        r#"
        graph.reachable({}, {"a"}) --> []
        graph.reachable({"a": {"b"}, "b": {"c"}, "c": {"a"}}, {"a"}) --> ["a","b","c"]
        graph.reachable({"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": set(), "e": {"f"}, "f": {"e"}, "x": {"x"}}, ["b", "e"]) --> ["b","d","e","f"]
        graph.reachable({"a": ["nowhere"], "b": 7}, ["a", "b"]) --> ["a","b"]
        graph.reachable({1: [[2]], [2]: []}, [1]) --> [1,[2]]
        graph.reachable({"a": []}, "a") --> undefined
        graph.reachable_paths({}, {"a"}) --> []
        graph.reachable_paths({"a": []}, {"a"}) --> [["a"]]
        graph.reachable_paths({"a": {"b"}, "b": {"c"}, "c": {"a"}}, {"a"}) --> [["a","b","c"]]
        graph.reachable_paths({"a": ["b"], "b": ["nonexistent"]}, {"a", "b"}) --> [["a","b"],["b"]]
        graph.reachable_paths({"b": {"d"}, "d": set(), "e": {"f"}, "f": {"e"}}, {"b", "e"}) --> [["b","d"],["e","f"]]
        graph.reachable_paths({"one": ["two", "five"], "two": ["four"], "three": [""], "four": ["three"], "five": ["seven", "six"], "six": ["nine"], "seven": ["eight"], "eight": [""], "nine": [""]}, {"one"}) --> [["one","five","seven","eight"],["one","five","six","nine"],["one","two","four","three"]]
        "#,
    );
    // A chain longer than any stack, and more paths than there is fuel for.
    let chain: Vec<String> = (0..5_000).map(|i| format!("{i}: [{}]", i + 1)).collect();
    let mut lab = Lab::default();
    let have = lab.show(&format!("graph.reachable({{{}}}, [0])", chain.join(", ")));
    assert!(have.ends_with(",4998,4999]"), "{}", &have[have.len().saturating_sub(40)..]);
    let doubled: Vec<String> = (0..40).map(|i| format!("{i}: [{}, {}]", i + 1, i + 2)).collect();
    let mut lab = Lab { limits: Some(Limits { fuel: 1_000_000, ..Limits::default() }), ..Lab::default() };
    assert!(lab.show(&format!("graph.reachable_paths({{{}}}, [0])", doubled.join(", "))).starts_with("limit "));
}

#[test]
fn texts() {
    holds(
        r#"
        crypto.hmac.equal("31b6", "31b7") --> false
        crypto.hmac.equal("31b6", "31b") --> false
        crypto.hmac.md5("åäöçß🥲♙Ω", "秘密の") --> "20a8743c2157ac60b7e8b79c83651b8d"
        crypto.md5("") --> "d41d8cd98f00b204e9800998ecf8427e"
        units.parse("10KI") --> 10240
        units.parse("10e") --> undefined
        units.parse("1 k") --> undefined
        units.parse("") --> undefined
        units.parse_bytes("5E") --> 5000000000000000000
        units.parse_bytes("10EiB") --> undefined
        units.parse_bytes("2MiB") --> 2097152
        semver.compare("1.0", "1.0.0") --> undefined
        semver.compare("v1.0.0", "1.0.0+7") --> 0
        semver.is_valid(1) --> false
        urlquery.decode("%") --> undefined
        urlquery.decode("%ff") --> undefined
        urlquery.encode_object({}) --> ""
        urlquery.encode_object({"a": {"c", "b"}, "e": []}) --> "a=b&a=c"
        urlquery.encode_object({"a": 1}) --> undefined
        urlquery.encode_object({1: "a"}) --> undefined
        urlquery.decode_object("") --> {}
        urlquery.decode_object("a=1;b") --> undefined
        uuid.parse("not one") --> undefined
        uuid.parse("c232ab00-9414-11ec-b3c8-9f6bdeced846") --> {"clocksequence":13256,"nodeid":"local:multicast:9f6bdeced846","time":1645557742000000000,"variant":"RFC4122","version":1}
        "#,
    );
}

#[test]
fn yaml() {
    holds(
        r#"
        yaml.is_valid(1) --> false
        yaml.is_valid("") --> true
        yaml.is_valid("a: &x 1") --> false
        yaml.unmarshal("") --> null
        yaml.unmarshal("{\"a\": [1.0, 1e2, \"\\u0041\"]}") --> {"a":[1,100,"A"]}
        yaml.unmarshal("a: 1\na: 2") --> undefined
        yaml.unmarshal("b: 1\na: [x, y]\n") --> {"a":["x","y"],"b":1}
        yaml.marshal([{"foo": {1, 2, 3}}]) --> "- foo:\n  - 1\n  - 2\n  - 3\n"
        yaml.marshal("x") --> "x\n"
        yaml.marshal({1: [[], {}, null, true, -1.5]}) --> "\"1\":\n- []\n- {}\n- null\n- true\n- -1.5\n"
        yaml.marshal([[1, [2]], {"a": {"b": "c: d"}}]) --> "- - 1\n  - - 2\n- a:\n    b: 'c: d'\n"
        yaml.marshal({"a": "x\ny\n", "b": [" x\ny"]}) --> "a: |\n  x\n  y\nb:\n- |2-\n   x\n  y\n"
        "#,
    );
}

/// Writing and reading give the value back.
#[test]
fn yaml_goes_both_ways() {
    let mut lab = Lab::default();
    for term in [
        r#"{"a":[1,[2,{"b":null}],[]],"c":{},"d":{"e":{"f":"g"}}}"#,
        r##"["","~","no","12","1e3","0x1","- a","a: b","a #b","#","x\ny","x\n","x\n\n","\n","\n\n"," x\n y","x \ny","\tx","\u0007","é","'","\"","|","2001-01-01","{","%","a:"]"##,
        r##"{"":1,"no":2,"a b":3,"a: b":4,"x\ny":5,"#":6,"1":7,"null":8}"##,
        r#"[[[["a\nb"]]],{"k":["c\nd\n",{"l":"e\n\nf"}]}]"#,
        r#""a\nb""#,
        r#""\n a\n""#,
        "-9223372036854775808",
    ] {
        let text = lab.show(&format!("yaml.marshal({term})"));
        let back = lab.show(&format!("yaml.unmarshal({text})"));
        assert_eq!(back, lab.canonical(term), "{text}");
    }
}

#[test]
fn strict_rules_tell_what_is_wrong() {
    let mut lab = Lab { strict: true, ..Lab::default() };
    for (expression, want) in [
        ("time.date(\"x\")", "eval_type_error: time.date: operand 1 must be one of {number, array} but got string"),
        (
            "time.date([])",
            "eval_type_error: time.date: operand 1 must be either number (ns) or [number (ns), string (tz)] but got array",
        ),
        ("time.clock(1.5)", "eval_builtin_error: time.clock: timestamp too big"),
        ("time.add_date(0, 2262, 1, 1)", "eval_builtin_error: time.add_date: time outside of valid range"),
        (
            "time.weekday([0, \"europe/berlin\"])",
            "eval_builtin_error: time.weekday: unknown time zone europe/berlin; did you mean Europe/Berlin?",
        ),
        ("net.cidr_merge([\"::1\"])", "eval_builtin_error: net.cidr_merge: IPv6 invalid: needs prefix length"),
        (
            "graph.reachable({}, \"a\")",
            "eval_type_error: graph.reachable: operand 2 must be one of {array, set} but got string",
        ),
        ("units.parse(\"1 k\")", "eval_builtin_error: units.parse: spaces not allowed in resource strings"),
        (
            "yaml.unmarshal(\"a: b\\nc\")",
            "eval_builtin_error: yaml.unmarshal: yaml: line 2: a key with a colon belongs here",
        ),
        ("uuid.parse(\"x\")", "undefined"),
    ] {
        assert_eq!(lab.show(expression), want);
    }
}

#[test]
fn what_would_be_huge_ends_at_a_limit() {
    let small = Limits { fuel: 1_000_000, memory: 10_000_000, ..Limits::default() };
    let long = "a".repeat(5_000);
    for expression in [
        "net.cidr_expand(\"::/0\")".to_string(),
        "net.cidr_expand(\"10.0.0.0/8\")".to_string(),
        format!("gatos.glob.match(\"{0}{0}{0}{0}\", \"{0}{0}{0}{0}\")", long),
        format!("urlquery.decode_object(\"{}\")", "a&".repeat(200_000)),
    ] {
        let mut lab = Lab { limits: Some(small), ..Lab::default() };
        let have = lab.show(&expression);
        assert!(have.starts_with("limit "), "{}: {}", &expression[..30], &have[..60.min(have.len())]);
    }
}
