//! Results that the table's examples do not show.

use crate::lab::Lab;

/// Lines `expression --> term`.
pub fn holds(rows: &str) {
    let mut lab = Lab::default();
    let mut wrong = String::new();
    for line in rows.lines().map(str::trim).filter(|l| !l.is_empty()) {
        let (expression, want) = line.rsplit_once(" --> ").unwrap_or_else(|| panic!("{line}"));
        let have = lab.show(expression);
        if have != lab.canonical(want) {
            wrong.push_str(&format!("{expression}\n  want {want}\n  have {have}\n"));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn numbers() {
    holds(
        r#"
        round(0.5) --> 1
        round(-0.5) --> -1
        round(0.49) --> 0
        round(7) --> 7
        ceil(-1.5) --> -1
        abs(-9223372036854775808) --> undefined
        plus(9223372036854775807, 1) --> undefined
        plus(0.25, 0.75) --> 1
        div(0, 7) --> 0
        div(1, 0) --> undefined
        div(9223372036854775806, 2) --> 4611686018427387903
        div(-9223372036854775808, -1) --> undefined
        rem(-9223372036854775808, -1) --> 0
        rem(7, -4) --> 3
        rem(7.5, 2) --> undefined
        minus({1, 2, 3}, {2, 4}) --> [1,3]
        minus({1}, 1) --> undefined
        bits.lsh(2147483647, 1) --> 4294967294
        bits.lsh(1, 63) --> undefined
        bits.lsh(-1, 63) --> -9223372036854775808
        bits.lsh(0, 9999999) --> 0
        bits.lsh(1, -1) --> undefined
        bits.rsh(-1, 200) --> -1
        bits.rsh(7, 64) --> 0
        bits.and(1.5, 1) --> undefined
        bits.or(50, 0) --> 50
        bits.xor(6, 3) --> 5
        numbers.range(-2, 3) --> [-2,-1,0,1,2,3]
        numbers.range(5, 5) --> [5]
        numbers.range(9223372036854775807, 9223372036854775806) --> [9223372036854775807,9223372036854775806]
        numbers.range(1.5, 3) --> undefined
        numbers.range_step(10, 3, 2) --> [10,8,6,4]
        numbers.range_step(1, 2, 0) --> undefined
        format_int(15.5, 16) --> "f"
        format_int(-15.5, 2) --> "-1111"
        format_int(-9223372036854775808, 10) --> "-9223372036854775808"
        format_int(1, 7) --> undefined
        to_number("+5") --> 5
        to_number("007.50") --> 7.5
        to_number(".5e1") --> 5
        to_number("5.") --> 5
        to_number(null) --> 0
        to_number(" 1") --> undefined
        to_number("0x10") --> undefined
        to_number("") --> undefined
        to_number("1e400") --> undefined
        to_number("-Infinity") --> undefined
        to_number([1]) --> undefined
        "#,
    );
}

#[test]
fn order() {
    holds(
        r#"
        lt(null, false) --> true
        lt(true, -1) --> true
        lt("z", []) --> true
        lt([9], {}) --> true
        lt({"a": 1}, set()) --> true
        lt([1, 2], [1, 2, 0]) --> true
        gt({"b": 0}, {"a": 9}) --> true
        equal({1, 2}, {2, 1}) --> true
        equal(1, 1.0) --> true
        sort([{1}, {"a": 1}, [0], "b", "a", 2, 1.5, true, false, null]) --> [null, false, true, 1.5, 2, "a", "b", [0], {"a": 1}, {1}]
        sort({3, 1, 2}) --> [1,2,3]
        sort([]) --> []
        max({1, 5, 3}) --> 5
        min({4, 2}) --> 2
        min([]) --> undefined
        "#,
    );
}

#[test]
fn collections() {
    holds(
        r#"
        count({"a", "b"}) --> 2
        count("") --> 0
        count(null) --> undefined
        sum([]) --> 0
        sum([9223372036854775807, 1, -1]) --> 9223372036854775807
        sum([9223372036854775807, 1]) --> undefined
        sum({0.5, 1.5}) --> 2
        sum([1, "a"]) --> undefined
        product([]) --> 1
        product([0.5, 4]) --> 2
        union(set()) --> []
        union({{1}, {2}, {1, 3}}) --> [1,2,3]
        union({1}) --> undefined
        intersection(set()) --> []
        intersection({set(), {1, 2}}) --> []
        intersection({{1, 2, 3}, {2}, {2, 3}}) --> [2]
        and({1}, {1}) --> [1]
        array.slice([1, 2, 3, 4, 5], 3, 6) --> [4,5]
        array.slice([1, 2], 2, 1) --> []
        array.slice([], 1000, 2000) --> []
        array.flatten([[[1], [2, 3, []]], [[4, 5]]]) --> [[1],[2,3,[]],[4,5]]
        object.get({1: 2}, 1, 3) --> 2
        object.get({"a": {"b": [1, 2, 3]}}, ["a", "b", "a"], 2) --> 2
        object.get({1: {"b": {[1, 2]: 1}}}, [1, "b", [1, 2]], 2) --> 1
        object.get({"a": 1}, [], 2) --> {"a":1}
        object.get({"a": {1, 2}}, ["a", 2], 0) --> 2
        object.get({"a": false}, "a", true) --> false
        object.get("a", "a", 1) --> undefined
        object.keys({}) --> []
        object.filter({"a": 1, [[7]]: 2}, {[[7]]}) --> {"[[7]]":2}
        object.filter({"a": 1, "b": 2}, {"b": 0}) --> {"b":2}
        object.remove({"a": 1, "b": {"c": 3}, "d": 4}, {"b": 1, "d": ""}) --> {"a":1}
        object.union({"a": 1}, {"a": {"b": 2}}) --> {"a":{"b":2}}
        object.union({"a": {"b": 2}}, {"a": 1}) --> {"a":1}
        object.union_n([]) --> {}
        object.union_n([{"a": {"x": 1}}, {"a": 2}, {"a": {"y": 3}}, {"a": {"z": 4}}]) --> {"a":{"y":3,"z":4}}
        object.union_n([{}, 1]) --> undefined
        object.subset({"a": {1, 2}, "b": [1, 2, 3]}, {"a": {2}, "b": [2, 3]}) --> true
        object.subset({"a": 1}, {"a": 1, "b": 2}) --> false
        object.subset([1, 2, 3, 4], {4, 2}) --> true
        object.subset({1, 2}, [1]) --> undefined
        object.subset([1, 1, 2], [1, 2]) --> true
        object.subset([1], []) --> true
        walk(1) --> [[[],1]]
        walk([{"a": {1}}]) --> [[[],[{"a":[1]}]],[[0],{"a":[1]}],[[0,"a"],[1]],[[0,"a",1],1]]
        type_name({}) --> "object"
        type_name(set()) --> "set"
        type_name(null) --> "null"
        "#,
    );
}

#[test]
fn strings() {
    holds(
        r#"
        concat(",", {"3", "1", "2"}) --> "1,2,3"
        concat(",", []) --> ""
        concat(",", [1]) --> undefined
        indexof("skön var våren", "vår") --> 9
        indexof("🍧🍨🧁🍰🍮", "🍮") --> 4
        indexof("a", "") --> undefined
        indexof_n("aaaa", "aa") --> [0,1,2]
        indexof_n("åäåä", "åä") --> [0,2]
        indexof_n("a", "b") --> []
        lower("İΣ") --> "iσ"
        upper("straße ŉ ᾳ") --> "STRAßE ŉ ᾼ"
        replace("añ", "", "-") --> "-a-ñ-"
        replace("aaa", "aa", "b") --> "ba"
        replace("x", "y", "z") --> "x"
        strings.replace_n({"f": "x", "foo": "xxx"}, "foobar") --> "xoobar"
        strings.replace_n({"a": "b", "b": "a"}, "ab") --> "ba"
        strings.replace_n({"": "-", "a": "b"}, "ac") --> "-b-c-"
        strings.replace_n({}, "ac") --> "ac"
        strings.replace_n({"a": 1}, "ac") --> undefined
        split("", ".") --> [""]
        split("", "") --> []
        split("abc", ".") --> ["abc"]
        strings.any_prefix_match("a/b", []) --> false
        strings.any_prefix_match({"b", "ab"}, {"a"}) --> true
        strings.any_prefix_match("x", "") --> true
        strings.any_suffix_match(["aa/bb/cc", "ee/ff/gg"], ["b/c", "f/gg"]) --> true
        strings.any_suffix_match(["aa/bb/cc", "ee/ff/gg"], ["b/c", "aa"]) --> false
        strings.count("", "") --> 1
        strings.count("cheese", "e") --> 3
        strings.reverse("2️⃣") --> "⃣️2"
        substring("aåäö", 2, -1) --> "äö"
        substring("abcdefgh", 2, 10000) --> "cdefgh"
        substring("åäö", 4, -1) --> ""
        substring("abc", -1, 1) --> undefined
        substring("", 0, 1) --> ""
        trim("¡¡foo¡", "¡") --> "foo"
        trim("abc", "") --> "abc"
        trim_prefix("¡¡¡foo, bar!!!", "¡¡¡foo") --> ", bar!!!"
        trim_suffix("aaa", "a") --> "aa"
        trim_space("\u00a0 \t\n foo, bar \r\n\u2003") --> "foo, bar"
        "#,
    );
}

#[test]
fn formats() {
    holds(
        r#"
        sprintf("hi %.2f", [3.1415]) --> "hi 3.14"
        sprintf("hi %s", [true]) --> "hi true"
        sprintf("hi %v", [["there", 5, 3.14]]) --> "hi [\"there\", 5, 3.14]"
        sprintf("%v %v %v", [{1, "a"}, set(), {"k": {}}]) --> "{1, \"a\"} set() {\"k\": {}}"
        sprintf("%v", ["a\nb"]) --> "a\nb"
        sprintf("%v", [["a\n\u00e9\u200b\u0007"]]) --> "[\"a\\né\\u200b\\a\"]"
        sprintf("%s %d", [null, "x"]) --> "null %!d(string=x)"
        sprintf("%d", [3.0]) --> "3"
        sprintf("%s", [3]) --> "%!s(int=3)"
        sprintf("%v", [0.00001]) --> "1e-05"
        sprintf("%05.1f|%-6d|%+d", [2.25, 42, 7]) --> "002.2|42    |+7"
        sprintf("%x %X %q", ["hi", 255, "a\"b"]) --> "6869 FF \"a\\\"b\""
        sprintf("no args", [1, "a"]) --> "no args%!(EXTRA int=1, string=a)"
        sprintf("%d %d", [1]) --> "1 %!d(MISSING)"
        "#,
    );
}

#[test]
fn json_and_encodings() {
    holds(
        r#"
        json.marshal({1: "a", "b": {3, 1}, [1]: null}) --> "{\"1\":\"a\",\"[1]\":null,\"b\":[1,3]}"
        json.marshal("<a&b>\u2028\u0001é") --> "\"\\u003ca\\u0026b\\u003e\\u2028\\u0001é\""
        json.marshal(2.50) --> "2.5"
        json.marshal_with_options([1, {"a": []}], {"prefix": "> "}) --> "> [\n> \t1,\n> \t{\n> \t\t\"a\": []\n> \t}\n> ]"
        json.marshal_with_options([1], {"indent": " ", "pretty": false}) --> "[1]"
        json.marshal_with_options([1], {}) --> "[1]"
        json.marshal_with_options([1], {"what": 1}) --> undefined
        json.unmarshal("[1") --> undefined
        json.unmarshal(" {\"a\": [1.0, null]} ") --> {"a":[1,null]}
        json.is_valid(1) --> false
        json.is_valid("{}") --> true
        json.filter({"a": {"b": {"c": 7, "d": 8}}, "e": 9}, ["a/b/c", "e"]) --> {"a":{"b":{"c":7}},"e":9}
        json.filter({"a": {"b": 7}}, {"a", "a/b"}) --> {"a":{"b":7}}
        json.filter({"a": [{"1": ["b", "c", "d"]}, {"x": "y"}]}, {"a/0/1/2"}) --> {"a":[{"1":["d"]}]}
        json.filter({"a/b": 1, "c~d": 2, "e": 3}, ["a~1b", "c~0d"]) --> {"a/b":1,"c~d":2}
        json.filter({"a": 1}, []) --> {}
        json.remove({"a": [{"1": ["b", "c", "d"]}, {"x": "y"}]}, {"a/0/1/2"}) --> {"a":[{"1":["b","c"]},{"x":"y"}]}
        json.remove({"a": {"b": 7}, "c": 1}, {"a/b", "c"}) --> {"a":{}}
        json.remove({"a": {"b": 7}}, {["a", "b"]}) --> {"a":{}}
        json.remove({"a": {1, 2}}, {["a", 2]}) --> {"a":[1]}
        json.remove({"a": 1}, {1}) --> undefined
        json.patch({"foo": {"a", "b"}, "bar": {"c"}}, [{"op": "move", "from": "foo/a", "path": "bar/a"}]) --> {"foo":["b"],"bar":["a","c"]}
        json.patch({[1]}, [{"op": "add", "path": [[1], 1], "value": 2}]) --> [[1,2]]
        json.patch({"foo": {"a", "b", "c"}}, [{"op": "remove", "path": "foo/b"}]) --> {"foo":["a","c"]}
        json.patch([1, 2, 3], [{"op": "add", "path": "1.2", "value": "foo"}]) --> undefined
        json.patch([1, 2], [{"op": "add", "path": "0", "value": 0}, {"op": "replace", "path": [2], "value": 9}, {"op": "copy", "from": "0", "path": "-"}]) --> [0,1,9,0]
        json.patch([1, 2], [{"op": "add", "path": "3", "value": 0}]) --> undefined
        json.patch([1, 2], [{"op": "remove", "path": "01"}]) --> undefined
        json.patch({"a": 1}, [{"op": "test", "path": "a", "value": 1}, {"op": "add", "path": "", "value": [1]}]) --> [1]
        json.patch({"a": 1}, [{"op": "test", "path": "a", "value": 2}]) --> undefined
        json.patch({"a": 1}, [{"op": "replace", "path": "b", "value": 2}]) --> undefined
        json.patch({"a": {"b": {}}}, [{"op": "add", "path": "/a/b/c", "value": 2}, {"op": "move", "from": "/a/b", "path": "/d"}]) --> {"a":{},"d":{"c":2}}
        json.patch({"a": 1}, [{"op": "move", "from": "/a", "path": "/a/b"}]) --> undefined
        json.patch({}, [1]) --> undefined
        base64.decode("dGhlcmU=\n") --> "there"
        base64.decode("dGhlcmU") --> undefined
        base64.is_valid(1) --> false
        base64url.decode("aGVsbG8=") --> "hello"
        base64url.decode("aGVsbG8") --> "hello"
        base64url.decode("aGVsb") --> undefined
        hex.decode("6g") --> undefined
        hex.decode("616") --> undefined
        hex.encode("") --> ""
        "#,
    );
}

#[test]
fn patterns() {
    holds(
        r#"
        regex.match("", "x") --> true
        regex.match("[", "x") --> undefined
        regex.match("^\\d+$", "١") --> false
        regex.is_valid("++") --> false
        regex.is_valid(1) --> false
        regex.find_n("a.", "paranormal", -1) --> ["ar","an","al"]
        regex.find_n("a.", "paranormal", 0) --> []
        regex.find_n("a*", "baac", -1) --> ["","aa",""]
        regex.find_all_string_submatch_n("a(x*)b(y)?", "-ab-axb-", -1) --> [["ab","",""],["axb","x",""]]
        regex.replace("-wy-wxxy-", "w(x*)y", "0") --> "-0-0-"
        regex.replace("foo", "(?P<n>fo)o", "${n}$1x$$${1}") --> "fo$fo"
        regex.replace("aaa", "^a", "b") --> "baa"
        regex.replace("abc", "", "-") --> "-a-b-c-"
        regex.replace("foo", "[", "x") --> undefined
        regex.split("^[a-z]+\\[[0-9]+\\]$", "") --> [""]
        regex.split("^[a-z]+", "foobar baz") --> [""," baz"]
        regex.split("[a-z]+$", "foobar baz") --> ["foobar ",""]
        regex.split("z+", "pizza") --> ["pi","a"]
        regex.split("", "abc") --> ["a","b","c"]
        regex.template_match("urn:foo:{.*}", "urn:foo:bar:baz", "{", "}") --> true
        regex.template_match("urn.foo:<[0-9]+>", "urn-foo:1", "<", ">") --> false
        regex.template_match("a{", "a", "{", "}") --> undefined
        regex.template_match("a", "a", "{{", "}") --> undefined
        regex.globs_match("a.a.[0-9]+z", ".b.b2359825792*594823z") --> true
        regex.globs_match("[a-z]+", "[0-9]*") --> false
        regex.globs_match("a*b+c", "ab") --> false
        regex.globs_match("a*b+c", "bbbc+") --> true
        regex.globs_match("a+", "aaaa") --> true
        regex.globs_match("[a-c]+x", "[c-e]+.") --> true
        regex.globs_match("pqrs]", "[a-b]+") --> undefined
        regex.globs_match("a\\*", "a\\*") --> true
        glob.match("*", null, "foo.bar") --> true
        glob.match("*", [], "foo.bar") --> false
        glob.match("api.**.com", ["."], "api.cdn.github.com") --> true
        glob.match("[!a-c]at", [], "fat") --> true
        glob.match("{cat,bat,[fr]at}", [], "rat") --> true
        glob.match("a", ["ab"], "a") --> undefined
        glob.match("[", [], "a") --> undefined
        "#,
    );
}
