//! A few programs as people read them (`.expect`) and as other machines must meet them
//! (`.roots`: the bytes in hex and the root). The second are promises.

mod common;

use common::{BLOCK, RETURN, generate, golden, int, proto, r, script};
use gatos_elc::map::{FunctionMap, Literal, Place, RuleMap};
use gatos_elc::ops::*;
use gatos_elc::program::*;
use gatos_elc::{ELC_VERSION, ENGINE_ID, SourceMap, disasm, verify};
use std::fmt::Write;

/// `local n = 0; return function(x) n = n + x; return n end`
fn counter() -> Program {
    let mut p = script(vec![
        BLOCK,
        int(0, 0),
        Op::CellNew { cell: CellSlot(0), a: r(0) },
        Op::Closure { dst: r(0), proto: ProtoId(1) },
        Op::Return { first: r(0), n: N::Fixed(1) },
    ]);
    let code = vec![
        BLOCK,
        Op::UpCellGet { dst: r(1), up: Up(0) },
        Op::Add { dst: r(1), a: r(1), b: r(0) },
        Op::UpCellSet { up: Up(0), a: r(1) },
        Op::Return { first: r(1), n: N::Fixed(1) },
    ];
    p.protos.push(Proto { params: 1, regs: 2, cells: 0, captures: vec![Capture::Cell(0)], ..proto(code) });
    (p.protos[0].regs, p.protos[0].cells) = (1, 1);
    (p.consts, p.libs, p.globals, p.key_lists) = (vec![], vec![], vec![], vec![]);
    p
}

/// Every kind of constant, operand and table.
fn everything() -> Program {
    let mut p = script(vec![
        BLOCK,
        Op::LoadK { dst: r(0), k: K(6) },
        Op::LoadK { dst: r(1), k: K(7) },
        Op::Lib { dst: r(2), lib: LibId(1) },
        Op::Module { dst: r(3), module: ModuleId(0) },
        Op::GlobalSet { global: GlobalId(0), a: r(3) },
        Op::Record { dst: r(3), keys: KeysId(0), first: r(0) },
        Op::Vararg { dst: r(4), n: N::Open },
        Op::SetList { table: r(3), first: r(4), n: N::Open, start: Count(1) },
        Op::JEqK { a: r(0), k: K(0), sense: Flag(true), to: Target(16) },
        BLOCK,
        int(4, -1),
        int(5, i32::MIN),
        int(6, i32::MAX),
        Op::ForPrep { base: r(4), exit: Target(16) },
        BLOCK,
        BLOCK,
        Op::AddK { dst: r(0), a: r(1), k: K(3) },
        Op::JLtK { a: r(0), k: K(2), sense: Flag(false), to: Target(15) },
        BLOCK,
        Op::TailCall { base: r(2), args: N::Fixed(0) },
    ]);
    p.kind = ProgramKind::Fold;
    p.consts.push(Const::Fixed(i64::MIN));
    p.consts.push(Const::Str("caffè\n\u{7}".bytes().chain([0xff, 0x00]).collect()));
    p.consts.push(Const::Str(vec![b'x'; 100]));
    p.consts.push(Const::Int(i64::MIN));
    p.protos.push(Proto { regs: 0, cells: 0, ..proto(vec![BLOCK, RETURN]) });
    p.modules.push(ModuleEntry { name: "util.text".into(), proto: 1 });
    p
}

fn check(name: &str, program: Program, map: Option<&SourceMap>) {
    let verified = verify(program).unwrap_or_else(|e| panic!("{name}: {e}"));
    golden(&format!("{name}.expect"), &disasm(verified.program(), map));
    let hex = gatos_canon::hex_encode(&verified.to_bytes());
    let mut roots = format!("{ENGINE_ID}\nfold_root {}\nelc\n", verified.fold_root());
    for line in hex.as_bytes().chunks(96) {
        _ = writeln!(roots, "  {}", String::from_utf8_lossy(line));
    }
    golden(&format!("{name}.roots"), &roots);
}

#[test]
fn empty() {
    let mut p = script(vec![BLOCK, RETURN]);
    (p.consts, p.libs, p.globals, p.key_lists) = (vec![], vec![], vec![], vec![]);
    (p.protos[0].regs, p.protos[0].cells) = (0, 0);
    check("empty", p, None);
}

#[test]
fn counter_with_a_map() {
    let root = verify(counter()).expect("verifies").fold_root();
    let at = |line, col| Place { file: 0, line, col };
    let mut main = FunctionMap::new("<main>", at(1, 1));
    [at(1, 1), at(1, 11), at(1, 7), at(2, 8), at(2, 1)].into_iter().for_each(|p| main.push(p));
    let mut inner = FunctionMap::new("anonymous at 2", at(2, 8));
    [at(3, 7), at(3, 7), at(3, 9), at(3, 3), at(4, 3)].into_iter().for_each(|p| inner.push(p));
    let map = SourceMap {
        fold_root: root,
        files: vec!["folds/counter.lua".into()],
        functions: vec![main, inner],
        rules: vec![],
    };
    check("counter", counter(), Some(&map));
    golden("counter.map.roots", &format!("{}\n", gatos_canon::hex_encode(&map.to_bytes())));
}

#[test]
fn every_kind_of_operand() {
    check("everything", everything(), None);
}

/// `data.app.allow` over an index, a function of one argument, `with`, collecting and a query.
fn policy() -> Program {
    let at = |p: &[&str]| p.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
    let mut p = script(vec![BLOCK, RETURN]);
    p.kind = ProgramKind::Policy;
    (p.globals, p.libs) = (vec![], vec!["count".into()]);
    // data.app.allow: some member of data.users answers input.a, and holds when called.
    p.protos.push(proto(vec![
        BLOCK,
        Op::EnvGet { dst: r(0), env: Env(0) },
        Op::JDocField { dst: r(0), doc: r(0), key: K(4), to: Target(11) },
        BLOCK,
        Op::IndexIter { base: r(1), index: IndexId(0), key: r(0), exit: Target(11) },
        BLOCK,
        Op::Fired { rule: RuleId(0) },
        Op::Move { dst: r(7), a: r(5) },
        Op::LoadBool { dst: r(6), value: Flag(true) },
        Op::JDocEq { a: r(6), b: r(7), sense: Flag(true), to: Target(13) },
        BLOCK,
        BLOCK,
        Op::Raise { kind: Choice(0) },
        BLOCK,
        Op::DocNext { base: r(1), body: Target(5) },
        BLOCK,
        Op::LoadBool { dst: r(0), value: Flag(false) },
        Op::Return { first: r(0), n: N::Fixed(1) },
    ]));
    // data.app.members(x): a set of those of x that are strings, with another input.
    p.protos.push(Proto {
        params: 1,
        ..proto(vec![
            BLOCK,
            Op::DocNew { dst: r(1), kind: Choice(2) },
            Op::WithBegin {},
            Op::EnvSet { env: Env(0), a: r(0) },
            Op::WithEnd {},
            Op::Move { dst: r(2), a: r(0) },
            Op::DocIter { base: r(2), exit: Target(11) },
            BLOCK,
            Op::DocPush { acc: r(1), a: r(6) },
            Op::DocNext { base: r(2), body: Target(7) },
            BLOCK,
            BLOCK,
            Op::DocSeal { acc: r(1) },
            Op::JDocKind { a: r(1), kind: Choice(2), n: N::Fixed(3), to: Target(14) },
            BLOCK,
            Op::JDocCmp { a: r(0), b: r(1), kind: Choice(1), sense: Flag(true), to: Target(16) },
            BLOCK,
            Op::Return { first: r(1), n: N::Fixed(1) },
        ])
    });
    // The query.
    p.protos.push(proto(vec![
        BLOCK,
        Op::MemoGet { dst: r(0), memo: Memo(0), to: Target(4) },
        BLOCK,
        Op::CallRule { base: r(0), proto: ProtoId(1), n: Count(0) },
        BLOCK,
        Op::MemoSet { memo: Memo(0), a: r(0) },
        Op::DocArith { dst: r(1), a: r(0), b: r(0), kind: Choice(4) },
        Op::DocRecord { dst: r(0), keys: KeysId(0), first: r(0) },
        Op::Return { first: r(0), n: N::Fixed(1) },
    ]));
    p.policy = Some(Policy {
        documents: vec![
            Document {
                path: at(&["app", "allow"]),
                kind: DocumentKind::Complete,
                proto: 1,
                memo: Some(0),
                reads_input: true,
            },
            Document {
                path: at(&["app", "members"]),
                kind: DocumentKind::Function(1),
                proto: 2,
                memo: None,
                reads_input: false,
            },
        ],
        rules: vec![
            Rule { name: "app.allow#1".into(), document: 0 },
            Rule { name: "app.members#1".into(), document: 1 },
        ],
        indexes: vec![
            Index { collection: at(&["users"]), field: at(&["id"]), kind: IndexKind::Equal },
            Index { collection: at(&["users"]), field: at(&["roles"]), kind: IndexKind::Holds },
            Index { collection: vec![], field: at(&["a b"]), kind: IndexKind::Glob(at(&["/"])) },
        ],
        input_reads: vec![at(&["a"]), at(&["b", "c d"])],
        memos: 1,
        envs: 2,
        query: Some(3),
    });
    p
}

#[test]
fn a_policy_with_a_map() {
    let root = verify(policy()).unwrap_or_else(|e| panic!("{e}")).fold_root();
    let at = |line, col| Place { file: 0, line, col };
    let functions = policy().protos.into_iter().zip(1..).map(|(p, line)| {
        let mut f = FunctionMap::new(format!("f{line}"), at(line, 1));
        p.code.iter().for_each(|_| f.push(at(line, 2)));
        f
    });
    let mut functions: Vec<FunctionMap> = functions.collect();
    functions[1].literals.push(Literal {
        first_op: 1,
        end_op: 5,
        start: at(3, 4),
        end: (3, 20),
        vars: vec![("user".into(), 5)],
    });
    let rules = vec![
        RuleMap { at: at(2, 1), title: Some("Who may".into()), description: None, custom: Some("{}".into()) },
        RuleMap::default(),
    ];
    let map = SourceMap { fold_root: root, files: vec!["app.rgs".into()], functions, rules };
    assert_eq!(SourceMap::from_bytes(&map.to_bytes()).as_ref(), Ok(&map));
    check("policy", policy(), Some(&map));
    golden("policy.map.roots", &format!("{}\n", gatos_canon::hex_encode(&map.to_bytes())));
}

#[test]
fn a_generated_program() {
    let seed: Vec<u8> = (0..300u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 17) as u8).collect();
    check("generated", generate::program(&seed), None);
}

#[test]
fn any_program_can_be_listed() {
    let mut p = everything();
    p.protos[0].code = vec![
        Op::LoadK { dst: r(255), k: K(u32::MAX) },
        Op::Lib { dst: r(0), lib: LibId(77) },
        Op::Module { dst: r(0), module: ModuleId(77) },
        Op::Record { dst: r(0), keys: KeysId(77), first: r(0) },
        Op::Jump { to: Target(u32::MAX) },
    ];
    p.key_lists = vec![vec![99]];
    golden("broken.expect", &disasm(&p, None));
}

/// Each op's number, operands, cost and text, so that no row changes unseen. The page names
/// them all, too.
#[test]
fn the_op_table() {
    let mut out = format!("elc {ELC_VERSION}\n");
    let page = gatos_elc::reference::reference_markdown();
    let mut last = None;
    for op in OPS {
        assert!(last < Some(op.code), "numbers ascend");
        last = Some(op.code);
        let operands: Vec<String> = op.operands.iter().map(|(name, kind)| format!("{name}:{kind:?}")).collect();
        _ = writeln!(out, "{:02x} {} {} fuel {}", op.code, op.name, operands.join(" "), op.fuel);
        assert!(page.contains(&format!("### {}\n", op.name)) && page.contains(op.doc));
    }
    golden("ops.roots", &out);
}
