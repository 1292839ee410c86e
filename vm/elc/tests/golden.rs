//! A few programs as people read them (`.expect`) and as other machines must meet them
//! (`.roots`: the bytes in hex and the root). The second are promises.

mod common;

use common::{BLOCK, RETURN, generate, golden, int, proto, r, script};
use gatos_elc::map::{FunctionMap, Place};
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
    let map = SourceMap { fold_root: root, files: vec!["folds/counter.lua".into()], functions: vec![main, inner] };
    check("counter", counter(), Some(&map));
    golden("counter.map.roots", &format!("{}\n", gatos_canon::hex_encode(&map.to_bytes())));
}

#[test]
fn every_kind_of_operand() {
    check("everything", everything(), None);
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
