//! Policies that must not run, one small program for each rule, and near misses that may.

mod common;

use common::{BLOCK, golden, int, proto, r, script};
use gatos_elc::ops::*;
use gatos_elc::program::*;
use gatos_elc::{decode, encode, verify};
use std::fmt::Write;

fn path(text: &str) -> Vec<String> {
    text.split('.').filter(|p| !p.is_empty()).map(str::to_owned).collect()
}

const RETURN: Op = Op::Return { first: Reg(0), n: N::Fixed(0) };
const F: fn(u8) -> N = N::Fixed;

/// A policy with one document whose function has this code between its first block and a return.
fn of(code: &[Op]) -> Program {
    let mut all = vec![BLOCK];
    all.extend_from_slice(code);
    all.push(RETURN);
    let mut p = script(vec![BLOCK, RETURN]);
    p.kind = ProgramKind::Policy;
    p.globals.clear();
    p.protos.push(Proto { cells: 0, ..proto(all) });
    // A function of two arguments.
    p.protos.push(Proto { params: 2, ..proto(vec![BLOCK, RETURN]) });
    p.policy = Some(Policy {
        documents: vec![Document {
            path: path("a.b"),
            kind: DocumentKind::Complete,
            proto: 1,
            memo: Some(0),
            reads_input: true,
        }],
        rules: vec![Rule { name: "a.b#1".into(), document: 0 }],
        indexes: vec![Index { collection: path("x"), field: vec![], kind: IndexKind::Equal }],
        input_reads: vec![path("a"), path("b.c")],
        memos: 1,
        envs: 3,
        query: None,
    });
    p
}

fn with(mut p: Program, change: impl FnOnce(&mut Program)) -> Program {
    change(&mut p);
    p
}

fn tables(change: impl FnOnce(&mut Policy)) -> Program {
    with(of(&[]), |p| change(p.policy.as_mut().expect("is a policy")))
}

fn document(name: &str, kind: DocumentKind, proto: u32, memo: Option<u32>) -> Document {
    Document { path: path(name), kind, proto, memo, reads_input: false }
}

fn broken_tables() -> Vec<(&'static str, Program)> {
    let glob = |d: &str| Index { collection: path("x"), field: vec![], kind: IndexKind::Glob(path(d)) };
    vec![
        ("a policy without tables", with(of(&[]), |p| p.policy = None)),
        ("a script with tables", with(of(&[]), |p| p.kind = ProgramKind::Script)),
        ("globals", with(of(&[]), |p| p.globals.push("g".into()))),
        ("modules", with(of(&[]), |p| p.modules.push(ModuleEntry { name: "m".into(), proto: 1 }))),
        ("captures", with(of(&[]), |p| p.protos[1].captures.push(Capture::SelfFn))),
        ("no environment", tables(|p| p.envs = 1)),
        ("too many environment slots", tables(|p| p.envs = 5000)),
        ("too many memo slots", tables(|p| p.memos = 1 << 20)),
        ("documents out of order", tables(|p| p.documents.push(document("a.a", DocumentKind::Set, 1, None)))),
        ("a document twice", tables(|p| p.documents.push(document("a.b", DocumentKind::Set, 1, None)))),
        ("a document inside another", tables(|p| p.documents.push(document("a.b.c", DocumentKind::Set, 1, None)))),
        ("a document without a function", tables(|p| p.documents[0].proto = 9)),
        ("the main chunk as a document", tables(|p| p.documents[0].proto = 0)),
        ("a document with parameters", tables(|p| p.documents[0].proto = 2)),
        ("a function of three with two parameters", tables(|p| p.documents[0].kind = DocumentKind::Function(3))),
        ("a memo slot too far", tables(|p| p.documents[0].memo = Some(1))),
        ("a shared memo slot", tables(|p| p.documents.push(document("c", DocumentKind::Object, 1, Some(0))))),
        (
            "a function with a memo slot",
            tables(|p| p.documents.push(document("c", DocumentKind::Function(2), 2, Some(0)))),
        ),
        ("a rule of no document", tables(|p| p.rules[0].document = 1)),
        ("a rule twice", tables(|p| p.rules.push(Rule { name: "a.b#1".into(), document: 0 }))),
        (
            "rules out of order",
            tables(|p| {
                p.documents.push(document("c", DocumentKind::Set, 1, None));
                p.rules[0].document = 1;
                p.rules.push(Rule { name: "x".into(), document: 0 });
            }),
        ),
        ("an index twice", tables(|p| p.indexes.push(p.indexes[0].clone()))),
        ("a glob index twice", tables(|p| p.indexes.extend([glob("/"), glob(":"), glob("/")]))),
        ("input paths out of order", tables(|p| p.input_reads.push(path("a.x")))),
        ("an input path inside another", tables(|p| p.input_reads.insert(1, path("a.x")))),
        ("all of input, and more", tables(|p| p.input_reads.insert(0, vec![]))),
        ("a query without a function", tables(|p| p.query = Some(9))),
        ("a query with parameters", tables(|p| p.query = Some(2))),
    ]
}

fn broken_ops() -> Vec<(&'static str, Program)> {
    let (to, sense) = (Target(3), Flag(true));
    let outside = with(script(vec![BLOCK, Op::EnvGet { dst: r(0), env: Env(0) }, RETURN]), |_| ());
    let jumps = |op: Op| of(&[int(0, 1), int(1, 1), op, BLOCK]);
    let target = Target(4);
    vec![
        ("a document op in a script", outside),
        ("a table op in a policy", of(&[Op::NewTable { dst: r(0), array: Count(0), record: Count(0) }])),
        ("an open call", of(&[int(0, 1), Op::Call { base: r(0), args: F(0), results: N::Open }])),
        ("an environment slot too far", of(&[Op::EnvGet { dst: r(0), env: Env(3) }])),
        ("a memo slot too far", of(&[int(0, 1), Op::MemoSet { memo: Memo(1), a: r(0) }])),
        ("a rule too far", of(&[Op::Fired { rule: RuleId(1) }])),
        (
            "an index too far",
            of(&[int(6, 1), Op::IndexIter { base: r(0), index: IndexId(1), key: r(6), exit: to }, BLOCK]),
        ),
        ("an unknown comparison", jumps(Op::JDocCmp { a: r(0), b: r(1), kind: Choice(4), sense, to: target })),
        ("an unknown kind", jumps(Op::JDocKind { a: r(0), kind: Choice(3), n: F(0), to: target })),
        ("an unknown operator", of(&[int(0, 1), Op::DocArith { dst: r(0), a: r(0), b: r(0), kind: Choice(7) }])),
        ("an unknown collection", of(&[Op::DocNew { dst: r(0), kind: Choice(3) }, Op::DocSeal { acc: r(0) }])),
        ("an unknown conflict", of(&[Op::Raise { kind: Choice(3) }, BLOCK])),
        ("a field that is no string", jumps(Op::JDocField { dst: r(0), doc: r(0), key: K(2), to: target })),
        ("a call of the main chunk", of(&[Op::CallRule { base: r(0), proto: ProtoId(0), n: Count(0) }])),
        ("a call with too few", of(&[int(1, 1), Op::CallRule { base: r(0), proto: ProtoId(2), n: Count(1) }])),
        ("a call past the frame", of(&[Op::CallRule { base: r(8), proto: ProtoId(1), n: Count(0) }])),
        ("an array past the frame", of(&[Op::DocArray { dst: r(0), first: r(4), n: Count(5) }])),
        ("a walk past the frame", of(&[int(4, 1), Op::DocIter { base: r(4), exit: Target(3) }, BLOCK])),
        ("a conflict that goes on", of(&[Op::Raise { kind: Choice(0) }])),
    ]
}

/// A walk over `r0` with this body.
fn walk(body: &[Op]) -> Program {
    let mut code = vec![int(0, 1), int(7, 1), Op::DocIter { base: r(0), exit: Target(0) }, BLOCK];
    code.extend_from_slice(body);
    code.extend([Op::DocNext { base: r(0), body: Target(4) }, BLOCK, BLOCK]);
    let exit = code.len() as u32;
    code[2] = Op::DocIter { base: r(0), exit: Target(exit) };
    of(&code)
}

fn index_walk(body: &[Op], after: &[Op]) -> Program {
    let mut code = vec![int(7, 1), Op::IndexIter { base: r(0), index: IndexId(0), key: r(7), exit: Target(0) }, BLOCK];
    code.extend_from_slice(body);
    code.extend([Op::DocNext { base: r(0), body: Target(3) }, BLOCK, BLOCK]);
    let exit = code.len() as u32;
    code[1] = Op::IndexIter { base: r(0), index: IndexId(0), key: r(7), exit: Target(exit) };
    code.extend_from_slice(after);
    of(&code)
}

fn copy(a: u8) -> Op {
    Op::Move { dst: r(6), a: r(a) }
}

fn broken_paths() -> Vec<(&'static str, Program)> {
    let new = Op::DocNew { dst: r(0), kind: Choice(0) };
    let seal = Op::DocSeal { acc: r(0) };
    let push = |acc: u8, a: u8| Op::DocPush { acc: r(acc), a: r(a) };
    let (begin, end) = (Op::WithBegin {}, Op::WithEnd {});
    let env = Op::EnvSet { env: Env(0), a: r(0) };
    let test = |to: u32| Op::JTest { a: r(0), sense: Flag(true), to: Target(to) };
    vec![
        ("a walk's place read", walk(&[copy(1)])),
        ("a walk's length read", walk(&[copy(2)])),
        ("a walked document replaced", walk(&[int(0, 2)])),
        ("a walk's place replaced", walk(&[int(1, 2)])),
        ("a call over a walk", walk(&[Op::CallRule { base: r(1), proto: ProtoId(1), n: Count(0) }])),
        (
            "a key after its walk",
            with(walk(&[]), |p| {
                let code = &mut p.protos[1].code;
                let at = code.len() - 1;
                code.insert(at, copy(3));
                *code = common::priced(code.clone());
            }),
        ),
        ("what an index gave read", index_walk(&[copy(0)], &[])),
        ("a member after its walk", index_walk(&[], &[copy(4)])),
        (
            "a step without a walk",
            of(&[int(0, 1), int(1, 1), int(2, 1), Op::DocNext { base: r(0), body: Target(0) }, BLOCK]),
        ),
        ("a collection read", of(&[new, copy(0)])),
        ("a collection in a document", of(&[new, Op::DocArray { dst: r(1), first: r(0), n: Count(1) }])),
        ("a collection in itself", of(&[new, push(0, 0)])),
        (
            "a collection returned",
            with(of(&[new]), |p| {
                let at = p.protos[1].code.len() - 1;
                p.protos[1].code[at] = Op::Return { first: r(0), n: F(1) };
            }),
        ),
        ("a collection read on one path", of(&[int(0, 1), test(5), BLOCK, new, BLOCK, copy(0)])),
        ("collecting on one path", of(&[int(0, 1), test(5), BLOCK, new, BLOCK, seal])),
        ("collecting into a value", of(&[int(0, 1), push(0, 0)])),
        ("collecting after the end", of(&[new, seal, Op::LoadNil { dst: r(1), n: Count(1) }, push(0, 1)])),
        ("a memo of nothing", of(&[Op::MemoSet { memo: Memo(0), a: r(0) }])),
        (
            "a register above a call",
            of(&[int(1, 1), Op::CallRule { base: r(0), proto: ProtoId(1), n: Count(0) }, copy(1)]),
        ),
        ("an environment outside of with", of(&[int(0, 1), env])),
        ("an end without a beginning", of(&[end])),
        ("a return inside", of(&[begin])),
        ("an end on one path", of(&[int(0, 1), begin, test(6), BLOCK, end, BLOCK, end])),
        ("a loop that begins more and more", of(&[int(0, 1), BLOCK, begin, test(2), BLOCK])),
        ("with in too many", of(&[begin; 65])),
    ]
}

#[test]
fn every_broken_rule_of_policies_is_named() {
    let mut out = String::new();
    for (title, cases) in [("tables", broken_tables()), ("ops", broken_ops()), ("paths", broken_paths())] {
        _ = writeln!(out, "# {title}");
        for (name, program) in cases {
            let Err(error) = verify(program.clone()) else { panic!("`{name}` verifies") };
            _ = writeln!(out, "{name}\n    {error}");
            // What the verifier refuses, the codec carries, where the kind agrees with the tables.
            if (program.kind == ProgramKind::Policy) == program.policy.is_some() {
                assert_eq!(decode(&encode(&program)).as_ref(), Ok(&program), "{name}");
            }
        }
    }
    golden("policies.expect", &out);
}

#[test]
fn near_misses_of_policies_are_accepted() {
    let new = Op::DocNew { dst: r(0), kind: Choice(2) };
    let seal = Op::DocSeal { acc: r(0) };
    let (begin, end) = (Op::WithBegin {}, Op::WithEnd {});
    let accepted = [
        walk(&[copy(0), copy(3), copy(4), int(3, 5), int(5, 1)]),
        index_walk(&[copy(3), copy(4)], &[]),
        of(&[new, int(1, 1), Op::DocPush { acc: r(0), a: r(1) }, seal, copy(0)]),
        // A collection that another one takes the place of.
        of(&[new, new, seal]),
        of(&[begin, begin, int(0, 1), Op::EnvSet { env: Env(2), a: r(0) }, end, end]),
        // Ways that part inside of `with` and meet there again; a conflict leaves from anywhere.
        of(&[
            int(0, 1),
            begin,
            Op::JTest { a: r(0), sense: Flag(true), to: Target(6) },
            BLOCK,
            Op::Raise { kind: Choice(0) },
            BLOCK,
            end,
        ]),
        of(&[Op::DocArray { dst: r(0), first: r(8), n: Count(0) }]),
        of(&[int(1, 1), int(2, 1), Op::CallRule { base: r(0), proto: ProtoId(2), n: Count(2) }, copy(0)]),
        tables(|p| p.input_reads = vec![vec![]]),
        tables(|p| p.input_reads.clear()),
        tables(|p| p.documents[0].path.clear()),
        tables(|p| p.query = Some(1)),
        tables(|p| {
            p.documents.push(document("c", DocumentKind::Function(2), 2, None));
            p.indexes.push(Index { collection: vec![], field: path("k"), kind: IndexKind::Glob(vec![]) });
        }),
    ];
    for program in accepted {
        let bytes = encode(&program);
        assert_eq!(decode(&bytes).as_ref(), Ok(&program));
        if let Err(e) = verify(program.clone()) {
            panic!("{e}\n{}", gatos_elc::disasm(&program, None));
        }
    }
}
