//! Policies from ops, run: every op of documents, memo slots, `with`, indexes, limits, traces.

mod common {
    pub mod policy;
}
use common::policy::*;
use gatos_elc::ops::*;
use gatos_elc::program::{Const, Document, DocumentKind, IndexKind, Rule};
use gatos_vm::{DecideError, Input, Limit, Limits, Question, Tracer, Value, View, Vm};

fn sense(s: bool) -> Flag {
    Flag(s)
}

/// `input.a.b`, or undefined.
fn fields() -> Builder {
    let mut b = Builder::new();
    let (ka, kb) = (b.text("a"), b.text("b"));
    b.document(
        "d.v",
        true,
        vec![
            Op::EnvGet { dst: r(0), env: Env(0) },
            Op::JDocField { dst: r(0), doc: r(0), key: ka, to: Target(7) },
            BLOCK,
            Op::JDocField { dst: r(0), doc: r(0), key: kb, to: Target(7) },
            BLOCK,
            ret(0),
            BLOCK,
            Op::LoadNil { dst: r(0), n: Count(1) },
            ret(0),
        ],
    );
    b.policy.input_reads = vec![path("a.b")];
    b
}

#[test]
fn fields_of_any_input() {
    let mut vm = fields().vm(None);
    for (input, want) in [
        (r#"{"a":{"b":1}}"#, "1"),
        (r#"{"x":[{"y":"\u00e9\\"},-1.5e3,true],"a":{"c":{},"b":"é"},"z":null}"#, r#""é""#),
        (r#"{"a":{"b":{"c":[1,{"d":2.0},2.5]}}}"#, r#"{"c":[1,{"d":2},2.5]}"#),
        (r#"{"a":{"b":[]}}"#, "[]"),
        (r#"{"a":{}}"#, "undefined"),
        (r#"{"a":[1]}"#, "undefined"),
        (r#"{"a":"b"}"#, "undefined"),
        (r#"{}"#, "undefined"),
        ("[]", "undefined"),
        ("7", "undefined"),
        ("", "undefined"),
        (
            r#"{"a":{"b":1,"b":2}}"#,
            r#"error: the input is not JSON as accepted here: key "b" at byte 12 is there twice"#,
        ),
        (
            r#"{"a":{"b":{"x":1,"x":2}}}"#,
            r#"error: the input is not JSON as accepted here: key "x" is there twice in the object that ends at byte 22"#,
        ),
    ] {
        assert_eq!(decide(&mut vm, "d.v", input), want, "{input}");
    }
    // What is stepped over must be JSON too.
    for bad in [
        r#"{"x":01}"#,
        r#"{"x":1"#,
        r#"{"x":"\q"}"#,
        r#"{"x":"\ud800"}"#,
        r#"{"x":[1,]}"#,
        r#"{"x":{"y"}}"#,
        r#"{"a":{"b":1}}x"#,
        r#"{"x":tru}"#,
        r#"{"x":[}}"#,
        r#"{"x":1,}"#,
        "{\"x\":\"\u{1}\"}",
        r#"{"a":{"b":1}"#,
        "{",
    ] {
        let got = decide(&mut vm, "d.v", bad);
        assert!(got.starts_with("error: the input is not JSON"), "{bad}: {got}");
    }
    let deep = format!(r#"{{"x":{}1{}}}"#, "[".repeat(127), "]".repeat(127));
    assert_eq!(decide(&mut vm, "d.v", &deep), "undefined");
    let deeper = format!(r#"{{"x":{}1{}}}"#, "[".repeat(128), "]".repeat(128));
    assert!(decide(&mut vm, "d.v", &deeper).contains("nest deeper than 128"), "{}", decide(&mut vm, "d.v", &deeper));
    // The same from an input decoded beforehand.
    let id = vm.prepare_input(br#"{"a":{"b":[3]}}"#).expect("is JSON");
    let d = vm.find_document(&["d", "v"]).expect("is there");
    for _ in 0..3 {
        let v = vm.decide(Question::Document(d), Input::Prepared(id));
        assert_eq!(show(v, &vm), "[3]");
    }
}

/// Walks `input` and collects `[key, value]` of each step.
#[test]
fn walks_go_in_the_order_of_keys() {
    let mut b = Builder::new();
    b.document(
        "d.v",
        true,
        vec![
            Op::DocNew { dst: r(0), kind: Choice(0) },
            Op::EnvGet { dst: r(1), env: Env(0) },
            Op::DocIter { base: r(1), exit: Target(10) },
            BLOCK,
            Op::Move { dst: r(6), a: r(4) },
            Op::Move { dst: r(7), a: r(5) },
            Op::DocArray { dst: r(6), first: r(6), n: Count(2) },
            Op::DocPush { acc: r(0), a: r(6) },
            Op::DocNext { base: r(1), body: Target(4) },
            BLOCK,
            Op::DocSeal { acc: r(0) },
            ret(0),
        ],
    );
    let mut vm = b.vm(None);
    for (input, want) in [
        (r#"{"b":1,"a":2,"é":3,"ab":4}"#, r#"[["a",2],["ab",4],["b",1],["é",3]]"#),
        (r#"["x",[]]"#, r#"[[0,"x"],[1,[]]]"#),
        ("{}", "[]"),
        ("[]", "[]"),
        ("1", "[]"),
    ] {
        assert_eq!(decide(&mut vm, "d.v", input), want);
    }
    let many: Vec<String> = (0..100).rev().map(|i| format!(r#""k{i:03}":{i}"#)).collect();
    let got = decide(&mut vm, "d.v", &format!("{{{}}}", many.join(",")));
    let want: Vec<String> = (0..100).map(|i| format!(r#"["k{i:03}",{i}]"#)).collect();
    assert_eq!(got, format!("[{}]", want.join(",")));
}

/// Ops over two fields of input, one document an op.
#[test]
fn comparing_members_kinds_and_arithmetic() {
    let mut b = Builder::new();
    let (ka, kb) = (b.text("a"), b.text("b"));
    let decide_by = |b: &mut Builder, name: &str, op: fn(Target) -> Op| {
        b.document(
            name,
            true,
            vec![
                Op::EnvGet { dst: r(2), env: Env(0) },
                Op::DocField { dst: r(0), doc: r(2), key: ka },
                Op::DocField { dst: r(1), doc: r(2), key: kb },
                op(Target(8)),
                BLOCK,
                Op::LoadBool { dst: r(0), value: Flag(false) },
                ret(0),
                BLOCK,
                Op::LoadBool { dst: r(0), value: Flag(true) },
                ret(0),
            ],
        );
    };
    decide_by(&mut b, "eq", |to| Op::JDocEq { a: r(0), b: r(1), sense: sense(true), to });
    decide_by(&mut b, "ne", |to| Op::JDocEq { a: r(0), b: r(1), sense: sense(false), to });
    decide_by(&mut b, "lt", |to| Op::JDocCmp { a: r(0), b: r(1), kind: Choice(0), sense: sense(true), to });
    decide_by(&mut b, "le", |to| Op::JDocCmp { a: r(0), b: r(1), kind: Choice(1), sense: sense(true), to });
    decide_by(&mut b, "gt", |to| Op::JDocCmp { a: r(0), b: r(1), kind: Choice(2), sense: sense(true), to });
    decide_by(&mut b, "ge", |to| Op::JDocCmp { a: r(0), b: r(1), kind: Choice(3), sense: sense(true), to });
    decide_by(&mut b, "in", |to| Op::JDocIn { a: r(0), doc: r(1), sense: sense(true), to });
    decide_by(&mut b, "not_two", |to| Op::JDocKind { a: r(0), kind: Choice(0), n: N::Fixed(2), to });
    decide_by(&mut b, "no_object", |to| Op::JDocKind { a: r(0), kind: Choice(1), n: N::Open, to });
    for kind in 0..7 {
        b.document(
            &format!("op{kind}"),
            true,
            vec![
                Op::EnvGet { dst: r(2), env: Env(0) },
                Op::DocField { dst: r(0), doc: r(2), key: ka },
                Op::DocField { dst: r(1), doc: r(2), key: kb },
                Op::DocArith { dst: r(0), a: r(0), b: r(1), kind: Choice(kind) },
                ret(0),
            ],
        );
    }
    b.document(
        "get",
        true,
        vec![
            Op::EnvGet { dst: r(2), env: Env(0) },
            Op::DocField { dst: r(0), doc: r(2), key: ka },
            Op::DocField { dst: r(1), doc: r(2), key: kb },
            Op::DocGet { dst: r(0), doc: r(0), key: r(1) },
            ret(0),
        ],
    );
    let mut vm = b.vm(None);
    let order = [
        "null",
        "false",
        "true",
        "-1.5",
        "-1",
        "0",
        "0.5",
        "3",
        r#""""#,
        r#""a""#,
        r#""ab""#,
        r#""b""#,
        "[]",
        "[1]",
        "[1,0]",
        "[2]",
        "{}",
        r#"{"a":1}"#,
        r#"{"a":1,"b":0}"#,
        r#"{"a":2}"#,
        r#"{"b":0}"#,
    ];
    let rank = |s: &str| order.iter().position(|o| *o == s).expect("is in the list");
    for x in order {
        for y in order {
            let input = format!(r#"{{"b":{y},"a":{x}}}"#);
            let (i, j) = (rank(x), rank(y));
            for (name, want) in
                [("eq", i == j), ("ne", i != j), ("lt", i < j), ("le", i <= j), ("gt", i > j), ("ge", i >= j)]
            {
                assert_eq!(decide(&mut vm, name, &input), want.to_string(), "{x} {name} {y}");
            }
        }
    }
    for (name, a, b, want) in [
        ("eq", "1.0", "1", "true"),
        ("eq", r#"{"a":1,"b":[2]}"#, r#"{"b":[2.0],"a":1}"#, "true"),
        ("in", "1", "[3,1.0]", "true"),
        ("in", "1", r#"{"1":2}"#, "false"),
        ("in", "[2]", r#"{"k":[2]}"#, "true"),
        ("in", r#""x""#, r#"["y","x"]"#, "true"),
        ("in", r#""x""#, r#""x""#, "false"),
        ("not_two", "[1,2]", "0", "false"),
        ("not_two", "[1,2,3]", "0", "true"),
        ("no_object", "{}", "0", "false"),
        ("no_object", "[]", "0", "true"),
        ("get", "[5,6]", "1", "6"),
        ("get", "[5,6]", "2", "undefined"),
        ("get", "[5,6]", "-1", "undefined"),
        ("get", "[5,6]", r#""0""#, "undefined"),
        ("get", r#"{"k":7}"#, r#""k""#, "7"),
        ("get", r#"{"k":7}"#, "1", "undefined"),
        ("get", r#""k""#, "0", "undefined"),
        ("op0", "1", "2.5", "3.5"),
        ("op0", "0.5", "2.5", "3"),
        ("op0", "9223372036854775807", "1", "undefined"),
        ("op1", "1", "0.5", "0.5"),
        ("op2", "2", "1.5", "3"),
        ("op3", "6", "4", "1.5"),
        ("op3", "6", "3", "2"),
        ("op3", "6", "0", "undefined"),
        ("op4", "-7", "2", "-1"),
        ("op4", "7.5", "2", "undefined"),
        ("op0", "1", r#""x""#, "undefined"),
        ("op5", "1", "2", "undefined"),
    ] {
        let input = format!(r#"{{"a":{a},"b":{b}}}"#);
        assert_eq!(decide(&mut vm, name, &input), want, "{a} {name} {b}");
    }
    vm.set_strict(true);
    for (name, a, b, want) in [
        ("op3", "6", "0", "error: eval_builtin_error: div: "),
        ("op0", "1", r#""x""#, "error: eval_type_error: plus: operand 2 must be number but got string"),
        ("op1", "[]", "1", "error: eval_type_error: minus: operand 1 must be one of {number, set} but got array"),
        ("op6", "1", "2", "error: eval_type_error: or: operand 1 must be set but got number"),
    ] {
        let got = decide(&mut vm, name, &format!(r#"{{"a":{a},"b":{b}}}"#));
        assert!(got.starts_with(want), "{got}");
    }
}

/// Collects members, keys or values of `input`, and works on sets.
#[test]
fn collecting_sorts_and_refuses_conflicts() {
    let mut b = Builder::new();
    let collect = |b: &mut Builder, name: &str, kind: u8, entry: bool| {
        // `input` is an array of members, or of [key, value].
        let (k0, k1) = (Imm(0), Imm(1));
        let add = if entry {
            vec![
                Op::LoadInt { dst: r(6), value: k0 },
                Op::LoadInt { dst: r(7), value: k1 },
                Op::DocGet { dst: r(6), doc: r(5), key: r(6) },
                Op::DocGet { dst: r(7), doc: r(5), key: r(7) },
                Op::DocPut { acc: r(0), key: r(6), a: r(7) },
            ]
        } else {
            vec![Op::DocPush { acc: r(0), a: r(5) }]
        };
        let mut code = vec![
            Op::DocNew { dst: r(0), kind: Choice(kind) },
            Op::EnvGet { dst: r(1), env: Env(0) },
            Op::DocIter { base: r(1), exit: Target(6 + add.len() as u32) },
            BLOCK,
        ];
        code.extend(add);
        code.extend([Op::DocNext { base: r(1), body: Target(4) }, BLOCK, Op::DocSeal { acc: r(0) }, ret(0)]);
        b.document(name, true, code);
    };
    collect(&mut b, "array", 0, false);
    collect(&mut b, "object", 1, true);
    collect(&mut b, "set", 2, false);
    collect(&mut b, "wrong", 1, false);
    let mut vm = b.vm(None);
    for (name, input, want) in [
        ("array", "[3,1,2]", "[3,1,2]"),
        ("set", r#"[3,"x",1,null,[2],{"a":1},3.0,{"a":1.0},true,[]]"#, r#"[null,true,1,3,"x",[],[2],{"a":1}]"#),
        ("set", "[]", "[]"),
        ("object", r#"[["b",1],["a",2],["b",1.0]]"#, r#"{"a":2,"b":1}"#),
        ("object", r#"[[1,"n"],["1","s"],[[0],"a"]]"#, r#"{"1":"n","1":"s","[0]":"a"}"#),
        (
            "object",
            r#"[["b",1],["b",2]]"#,
            "error: eval_conflict_error: an object has two different values for one key",
        ),
        ("object", r#"[["b"]]"#, "error: a document would hold a value that is undefined"),
        ("wrong", "[1]", "error: a member without a key was added to an object"),
        ("wrong", "[]", "{}"),
    ] {
        assert_eq!(decide(&mut vm, name, input), want, "{name} {input}");
    }
}

#[test]
fn memo_slots_functions_and_conflicts() {
    let mut b = Builder::new();
    let (ka, count) = (b.text("a"), b.lib("count"));
    let fails = b.lib("fails");
    let double = b.function(1, vec![Op::DocArith { dst: r(1), a: r(0), b: r(0), kind: Choice(0) }, ret(1)]);
    // A document that is asked twice and computed once: the second time a conflict would show.
    let base = b.document(
        "base",
        true,
        vec![
            Op::Fired { rule: RuleId(0) },
            Op::EnvGet { dst: r(0), env: Env(0) },
            Op::DocField { dst: r(1), doc: r(0), key: ka },
            Op::CallRule { base: r(0), proto: ProtoId(double), n: Count(1) },
            ret(0),
        ],
    );
    let call_base = |dst: u8, at: u32| {
        vec![
            Op::MemoGet { dst: r(dst), memo: Memo(0), to: Target(at + 4) },
            BLOCK,
            Op::CallRule { base: r(dst), proto: ProtoId(base), n: Count(0) },
            Op::MemoSet { memo: Memo(0), a: r(dst) },
            BLOCK,
        ]
    };
    let mut code = call_base(0, 1);
    code.extend(call_base(1, 6));
    code.extend([Op::DocArray { dst: r(0), first: r(0), n: Count(2) }, ret(0)]);
    b.document("twice", true, code);
    b.document("raise", true, vec![Op::Raise { kind: Choice(0) }]);
    b.document(
        "counted",
        true,
        vec![
            Op::EnvGet { dst: r(1), env: Env(0) },
            Op::Lib { dst: r(0), lib: count },
            Op::Call { base: r(0), args: N::Fixed(1), results: N::Fixed(1) },
            ret(0),
        ],
    );
    b.document(
        "failing",
        true,
        vec![
            Op::EnvGet { dst: r(1), env: Env(0) },
            Op::Lib { dst: r(0), lib: fails },
            Op::Call { base: r(0), args: N::Fixed(1), results: N::Fixed(1) },
            ret(0),
        ],
    );
    b.policy.documents.push(Document {
        path: path("double"),
        kind: DocumentKind::Function(1),
        proto: double,
        memo: None,
        reads_input: false,
    });
    b.policy.documents.sort_by(|x, y| x.path.cmp(&y.path));
    let at = b.policy.documents.iter().position(|d| d.path == ["base"]).expect("is there") as u32;
    b.policy.rules = vec![Rule { name: "base#1".into(), document: at }];
    let mut vm = b.vm(None);
    assert_eq!(decide(&mut vm, "twice", r#"{"a":21}"#), "[42,42]");
    assert_eq!(vm.fired(), [0]);
    assert_eq!(decide(&mut vm, "twice", r#"{"a":1}"#), "[2,2]");
    assert_eq!(decide(&mut vm, "raise", "{}"), "error: eval_conflict_error: a complete rule has two different values");
    assert!(vm.fired().is_empty());
    assert_eq!(decide(&mut vm, "counted", r#"[1,2]"#), "2");
    assert_eq!(decide(&mut vm, "failing", "1"), "undefined");
    let d = vm.find_document(&["double"]).expect("is there");
    assert_eq!(vm.ask(d).err(), Some(DecideError::NoSuchDocument));
    let v = vm.ask_function(d, &[Value::int(4)]);
    assert_eq!(show(v, &vm), "8");
    // Several questions of one decision share what was computed.
    vm.begin_decision(Input::Json(br#"{"a":5}"#)).expect("is JSON");
    let (base, twice) = (vm.find_document(&["base"]), vm.find_document(&["twice"]));
    let v = vm.ask(base.expect("is there"));
    assert_eq!(show(v, &vm), "10");
    let fuel = vm.usage().fuel;
    let v = vm.ask(twice.expect("is there"));
    assert_eq!(show(v, &vm), "[10,10]");
    assert!(vm.usage().fuel - fuel < 14, "{} after {fuel}", vm.usage().fuel);
    vm.set_strict(true);
    assert_eq!(decide(&mut vm, "failing", "1"), "error: eval_type_error: fails: operand 1 must be a number");
}

/// Documents without input are computed once; `with` puts other data and input in their place
/// for a while.
#[test]
fn data_is_read_once_and_replaced_by_with() {
    let mut b = Builder::new();
    let (kn, klimit) = (b.text("n"), b.text("limit"));
    let limit = b.document(
        "limit",
        false,
        vec![
            Op::EnvGet { dst: r(0), env: Env(1) },
            Op::DocField { dst: r(0), doc: r(0), key: klimit },
            Op::LoadInt { dst: r(1), value: Imm(1) },
            Op::DocArith { dst: r(0), a: r(0), b: r(1), kind: Choice(0) },
            ret(0),
        ],
    );
    b.document("broken", false, vec![Op::Raise { kind: Choice(1) }]);
    let keys = b.keys(&["limit"]);
    let ask_limit = |dst: u8, at: u32| {
        vec![
            Op::MemoGet { dst: r(dst), memo: Memo(0), to: Target(at + 4) },
            BLOCK,
            Op::CallRule { base: r(dst), proto: ProtoId(limit), n: Count(0) },
            Op::MemoSet { memo: Memo(0), a: r(dst) },
            BLOCK,
        ]
    };
    // [limit, limit with data.limit as input.n, limit]
    let mut code = ask_limit(0, 1);
    code.extend([
        Op::EnvGet { dst: r(4), env: Env(0) },
        Op::DocField { dst: r(4), doc: r(4), key: kn },
        Op::DocRecord { dst: r(4), keys, first: r(4) },
        Op::WithBegin {},
        Op::EnvSet { env: Env(1), a: r(4) },
    ]);
    code.extend(ask_limit(1, 11));
    code.push(Op::WithEnd {});
    code.extend(ask_limit(2, 17));
    code.extend([Op::DocArray { dst: r(0), first: r(0), n: Count(3) }, ret(0)]);
    b.document("three", true, code);
    let mut vm = b.vm(Some(r#"{"limit":10}"#));
    assert_eq!(decide(&mut vm, "three", r#"{"n":5}"#), "[11,6,11]");
    assert_eq!(decide(&mut vm, "limit", ""), "11");
    assert_eq!(vm.usage().fuel, 0, "it was computed when data loaded");
    let broken = "error: eval_conflict_error: a function has two different values for the same arguments";
    assert_eq!(decide(&mut vm, "broken", ""), broken);
    vm.load_data(br#"{"limit":99}"#).expect("is JSON");
    assert_eq!(decide(&mut vm, "limit", ""), "100");
    assert!(matches!(vm.load_data(b"[1]"), Err(DecideError::Input(_))));
    assert!(matches!(vm.load_data(b"{"), Err(DecideError::Input(_))));
    assert_eq!(decide(&mut vm, "limit", ""), "100", "the data from before stay");
    // A failure inside `with` leaves nothing of it behind.
    let d = vm.find_document(&["three"]).expect("is there");
    vm.begin_decision(Input::Json(br#"{"n":"x"}"#)).expect("is JSON");
    vm.set_strict(true);
    let failed = vm.ask(d);
    assert!(show(failed, &vm).starts_with("error: eval_type_error: plus"));
    let v = vm.ask(vm.find_document(&["limit"]).expect("is there"));
    assert_eq!(show(v, &vm), "100");
}

/// What an index gives, in base data and in data that `with` brought, is what a search gives.
#[test]
fn indexes_answer_as_searches() {
    let mut b = Builder::new();
    let keys = b.keys(&["users"]);
    let (kk, ku) = (b.text("key"), b.text("users"));
    for (name, field, kind) in [
        ("equal", "id", IndexKind::Equal),
        ("holds", "roles", IndexKind::Holds),
        ("glob", "glob", IndexKind::Glob(vec!["/".into()])),
        ("member", "", IndexKind::Equal),
    ] {
        let index = b.index("users", field, kind);
        for with in [false, true] {
            let mut code = vec![
                Op::EnvGet { dst: r(10), env: Env(0) },
                Op::DocField { dst: r(11), doc: r(10), key: kk },
                Op::DocField { dst: r(12), doc: r(10), key: ku },
                Op::DocRecord { dst: r(12), keys, first: r(12) },
                Op::DocNew { dst: r(0), kind: Choice(0) },
                Op::WithBegin {},
            ];
            if with {
                code.push(Op::EnvSet { env: Env(1), a: r(12) });
            }
            let at = code.len() as u32 + 1;
            code.extend([
                Op::IndexIter { base: r(1), index, key: r(11), exit: Target(at + 5) },
                BLOCK,
                Op::DocPush { acc: r(0), a: r(4) },
                Op::DocNext { base: r(1), body: Target(at + 1) },
                BLOCK,
                BLOCK,
                Op::WithEnd {},
                Op::DocSeal { acc: r(0) },
                ret(0),
            ]);
            b.document(&format!("{name}{}", if with { "_with" } else { "" }), true, code);
        }
    }
    let users = r#"[
        {"id":"ann","roles":["dev","admin","dev"],"glob":"src/**"},
        {"id":"bob","roles":[],"glob":"src/*/x"},
        {"id":1.0,"roles":["dev"],"glob":"src/a*"},
        {"id":[1,2],"roles":"dev","glob":"**"},
        {"glob":"src/a/x"},
        {"id":"ann","roles":[["dev"],null,3],"glob":"docs/{a,b}?"},
        "ann", null, {"id":null,"glob":5}]"#;
    let mut vm = b.vm(Some(&format!(r#"{{"users":{users}}}"#)));
    for (name, key, want) in [
        ("equal", r#""ann""#, "[0,5]"),
        ("equal", "1", "[2]"),
        ("equal", "[1,2.0]", "[3]"),
        ("equal", "[1]", "[]"),
        ("equal", "null", "[8]"),
        ("equal", "true", "[]"),
        ("holds", r#""dev""#, "[0,2]"),
        ("holds", r#"["dev"]"#, "[5]"),
        ("holds", "3", "[5]"),
        ("holds", r#""d""#, "[]"),
        ("glob", r#""src/a""#, "[0,2,3]"),
        ("glob", r#""src/a/x""#, "[0,1,3,4]"),
        ("glob", r#""docs/bz""#, "[3,5]"),
        ("glob", r#""""#, "[3]"),
        ("glob", "7", "[]"),
        ("member", r#""ann""#, "[6]"),
        ("member", "null", "[7]"),
    ] {
        let input = format!(r#"{{"key":{key},"users":{users}}}"#);
        assert_eq!(decide(&mut vm, name, &input), want, "{name} {key}");
        assert_eq!(decide(&mut vm, &format!("{name}_with"), &input), want, "{name} {key}, searched");
    }
}

#[test]
fn limits_end_a_decision_and_not_the_machine() {
    let mut b = Builder::new();
    // x = [x], as often as fuel allows: deeper than documents may be.
    b.document(
        "deep",
        true,
        vec![
            Op::DocArray { dst: r(0), first: r(0), n: Count(0) },
            Op::Jump { to: Target(3) },
            BLOCK,
            Op::DocArray { dst: r(0), first: r(0), n: Count(1) },
            Op::Jump { to: Target(3) },
        ],
    );
    let rec = b.protos_len();
    b.document("recursive", true, vec![Op::CallRule { base: r(0), proto: ProtoId(rec), n: Count(0) }, ret(0)]);
    b.document(
        "memory",
        true,
        vec![
            Op::DocNew { dst: r(0), kind: Choice(0) },
            Op::LoadInt { dst: r(1), value: Imm(1) },
            Op::Jump { to: Target(4) },
            BLOCK,
            Op::DocPush { acc: r(0), a: r(1) },
            Op::Jump { to: Target(4) },
        ],
    );
    // s = {s, [s]} doubles in size each time it is walked, but not in memory.
    b.document(
        "shared",
        true,
        vec![
            Op::LoadInt { dst: r(0), value: Imm(0) },
            Op::LoadInt { dst: r(2), value: Imm(0) },
            Op::Jump { to: Target(4) },
            BLOCK,
            Op::Move { dst: r(1), a: r(0) },
            Op::DocArray { dst: r(0), first: r(0), n: Count(2) },
            Op::DocSet { dst: r(3), first: r(0), n: Count(2) },
            Op::Jump { to: Target(4) },
        ],
    );
    let mut vm = b.vm(None);
    assert_eq!(decide(&mut vm, "deep", ""), "error: a document nests deeper than 128 levels");
    for (name, limit) in [("recursive", Limit::Depth), ("memory", Limit::Memory), ("shared", Limit::Fuel)] {
        vm.set_limits(Limits { fuel: 1_000_000, depth: 200, memory: 1 << 20 });
        let d = vm.find_document(&[name]).expect("is there");
        match vm.decide(Question::Document(d), Input::None) {
            Err(DecideError::Failed(f)) => assert_eq!(f.limit, Some(limit), "{name}: {}", f.message),
            other => panic!("{name}: {other:?}"),
        }
    }
    let mut vm = fields().vm(None);
    assert_eq!(decide(&mut vm, "d.v", r#"{"a":{"b":1}}"#), "1");
}

#[derive(Default)]
struct Steps(Vec<String>);

impl Tracer for Steps {
    fn op(&mut self, view: View<'_>) {
        let shown: Vec<String> =
            (0..2).map(|i| view.register(i).map_or("-".into(), |v| view.vm().doc_text(v))).collect();
        self.0.push(format!("f{} {} {}", view.proto(), view.op(), shown.join(" ")));
    }
    fn enter(&mut self, view: View<'_>) {
        self.0.push(format!("enter f{}", view.proto()));
    }
    fn leave(&mut self, vm: &Vm, proto: u32, result: Value) {
        self.0.push(format!("leave f{proto} {}", vm.doc_text(result)));
    }
}

#[test]
fn a_traced_decision_is_the_same_decision() {
    let mut b = Builder::new();
    let ka = b.text("a");
    let inc = b.function(
        1,
        vec![
            Op::LoadInt { dst: r(1), value: Imm(1) },
            Op::DocArith { dst: r(0), a: r(0), b: r(1), kind: Choice(0) },
            ret(0),
        ],
    );
    b.document(
        "d",
        true,
        vec![
            Op::EnvGet { dst: r(0), env: Env(0) },
            Op::JDocField { dst: r(1), doc: r(0), key: ka, to: Target(5) },
            BLOCK,
            Op::CallRule { base: r(0), proto: ProtoId(inc), n: Count(1) },
            BLOCK,
            ret(0),
        ],
    );
    let mut vm = b.vm(None);
    assert_eq!(decide(&mut vm, "d", r#"{"a":1}"#), "2");
    let fuel = vm.usage();
    vm.begin_decision(Input::Json(br#"{"a":1}"#)).expect("is JSON");
    let mut steps = Steps::default();
    let v = vm.ask_traced(Question::Document(0), &mut steps);
    assert_eq!(show(v, &vm), "2");
    assert_eq!(vm.usage(), fuel);
    let want = [
        "enter f2",
        "f2 1 undefined undefined",
        r#"f2 2 {"a":1} undefined"#,
        r#"f2 4 {"a":1} 1"#,
        "enter f1",
        "f1 1 1 undefined",
        "f1 2 1 1",
        "f1 3 2 1",
        "leave f1 2",
        "f2 6 2 2",
        "leave f2 2",
    ];
    assert_eq!(steps.0, want);
}

/// A constant in a place where no compiler would put it.
#[test]
fn constants_compare_in_the_order_of_documents() {
    let mut b = Builder::new();
    let five = b.k(Const::Int(5));
    b.document(
        "lt",
        true,
        vec![
            Op::EnvGet { dst: r(0), env: Env(0) },
            Op::JLtK { a: r(0), k: five, sense: Flag(true), to: Target(6) },
            BLOCK,
            Op::LoadBool { dst: r(0), value: Flag(false) },
            ret(0),
            BLOCK,
            Op::LoadBool { dst: r(0), value: Flag(true) },
            ret(0),
        ],
    );
    let mut vm = b.vm(None);
    for (input, want) in [("4.5", "true"), ("5", "false"), ("null", "true"), (r#""1""#, "false"), ("[]", "false")] {
        assert_eq!(decide(&mut vm, "lt", input), want, "{input}");
    }
}
