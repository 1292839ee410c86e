//! What must not run: one small program for each rule, and the words it is refused with.

mod common;

use common::{BLOCK, RETURN, golden, int, priced, proto, r, script};
use gatos_elc::ops::*;
use gatos_elc::program::*;
use gatos_elc::{decode, encode, verify};
use std::fmt::Write;

/// A script whose main chunk begins a block, runs these ops and returns.
fn main_of(ops: &[Op]) -> Program {
    let mut code = vec![BLOCK];
    code.extend_from_slice(ops);
    code.push(RETURN);
    script(code)
}

/// The same with a second function that main makes, of this code and these captures.
fn nested(main: &[Op], captures: &[Capture], inner: &[Op]) -> Program {
    let mut p = main_of(main);
    let mut code = vec![BLOCK];
    code.extend_from_slice(inner);
    code.push(RETURN);
    p.protos.push(Proto { captures: captures.to_vec(), ..proto(code) });
    p
}

fn with(mut p: Program, change: impl FnOnce(&mut Program)) -> Program {
    change(&mut p);
    p
}

fn closure(dst: u8, proto: u32) -> Op {
    Op::Closure { dst: r(dst), proto: ProtoId(proto) }
}

fn cell_new(cell: u8, a: u8) -> Op {
    Op::CellNew { cell: CellSlot(cell), a: r(a) }
}

fn jump(to: u32) -> Op {
    Op::Jump { to: Target(to) }
}

fn test(a: u8, to: u32) -> Op {
    Op::JTest { a: r(a), sense: Flag(true), to: Target(to) }
}

fn call(base: u8, args: N, results: N) -> Op {
    Op::Call { base: r(base), args, results }
}

const F: fn(u8) -> N = N::Fixed;
const OPEN: N = N::Open;

fn tables() -> Vec<(&'static str, Program)> {
    let ok = || main_of(&[]);
    vec![
        ("no functions", with(ok(), |p| p.protos.clear())),
        ("main without varargs", with(ok(), |p| p.protos[0].vararg = false)),
        ("main with a parameter", with(ok(), |p| p.protos[0].params = 1)),
        ("main with a capture", with(ok(), |p| p.protos[0].captures.push(Capture::SelfFn))),
        ("repeated constant", with(ok(), |p| p.consts.push(Const::Int(7)))),
        ("repeated library name", with(ok(), |p| p.libs.push("ipairs".into()))),
        ("repeated global", with(ok(), |p| p.globals.push("g".into()))),
        ("empty key list", with(ok(), |p| p.key_lists.push(vec![]))),
        ("key list of a number", with(ok(), |p| p.key_lists.push(vec![2]))),
        ("key list out of range", with(ok(), |p| p.key_lists.push(vec![99]))),
        ("key list with a key twice", with(ok(), |p| p.key_lists.push(vec![4, 4]))),
        ("key list too long", with(ok(), |p| p.key_lists.push(vec![4; 251]))),
        ("too many registers", with(ok(), |p| p.protos[0].regs = 251)),
        ("too many cells", with(ok(), |p| p.protos[0].cells = 251)),
        ("more parameters than registers", with(nested(&[closure(0, 1)], &[], &[]), |p| p.protos[1].params = 9)),
        ("too many upvalues", nested(&[closure(0, 1)], &[Capture::SelfFn; 251], &[])),
        ("module out of range", with(ok(), |p| p.modules.push(ModuleEntry { name: "m".into(), proto: 1 }))),
        ("module is main", with(ok(), |p| p.modules.push(ModuleEntry { name: "m".into(), proto: 0 }))),
        (
            "one function for two modules",
            with(nested(&[], &[], &[]), |p| {
                p.modules = ["m", "n"].map(|n| ModuleEntry { name: n.into(), proto: 1 }).to_vec();
            }),
        ),
        (
            "module twice",
            with(nested(&[], &[], &[]), |p| {
                p.protos.push(p.protos[1].clone());
                p.modules = [1, 2].map(|proto| ModuleEntry { name: "m".into(), proto }).to_vec();
            }),
        ),
        (
            "module with a parameter",
            with(nested(&[], &[], &[]), |p| {
                p.protos[1].params = 1;
                p.modules.push(ModuleEntry { name: "m".into(), proto: 1 });
            }),
        ),
    ]
}

fn functions() -> Vec<(&'static str, Program)> {
    let add = |p: &mut Program, f: Proto| p.protos.push(f);
    vec![
        ("closure of main", main_of(&[closure(0, 0)])),
        ("closure of nothing", main_of(&[closure(0, 1)])),
        (
            "closure of a module",
            with(nested(&[closure(0, 1)], &[], &[]), |p| {
                p.modules.push(ModuleEntry { name: "m".into(), proto: 1 });
            }),
        ),
        (
            "function with two makers",
            with(nested(&[closure(0, 1), closure(1, 2)], &[], &[closure(0, 2)]), |p| {
                add(p, proto(vec![BLOCK, RETURN]));
            }),
        ),
        ("function nobody makes", nested(&[], &[], &[])),
        ("function that makes itself", nested(&[], &[], &[closure(0, 1)])),
        (
            "functions that make each other",
            with(nested(&[], &[], &[closure(0, 2)]), |p| add(p, proto(vec![BLOCK, closure(0, 1), RETURN]))),
        ),
        ("capture of a register out of range", nested(&[closure(0, 1)], &[Capture::Reg(8)], &[])),
        ("capture of a cell out of range", nested(&[closure(0, 1)], &[Capture::Cell(2)], &[])),
        ("capture of an upvalue out of range", nested(&[closure(0, 1)], &[Capture::Up(0)], &[])),
        ("capture of an unassigned register", nested(&[int(0, 1), closure(1, 1)], &[Capture::Reg(1)], &[])),
        ("capture of an unfilled cell", nested(&[int(0, 1), closure(1, 1)], &[Capture::Cell(1)], &[])),
        (
            "value op on a cell upvalue",
            nested(
                &[int(0, 1), cell_new(0, 0), closure(1, 1)],
                &[Capture::Cell(0)],
                &[Op::UpGet { dst: r(0), up: Up(0) }],
            ),
        ),
        (
            "cell op on a value upvalue",
            nested(&[int(0, 1), closure(1, 1)], &[Capture::Reg(0)], &[Op::UpCellGet { dst: r(0), up: Up(0) }]),
        ),
        (
            "cell store on the maker itself",
            nested(&[closure(1, 1)], &[Capture::SelfFn], &[int(0, 0), Op::UpCellSet { up: Up(0), a: r(0) }]),
        ),
        (
            "value op on a cell passed down",
            with(nested(&[int(0, 1), cell_new(0, 0), closure(1, 1)], &[Capture::Cell(0)], &[closure(0, 2)]), |p| {
                let code = vec![BLOCK, Op::UpGet { dst: r(0), up: Up(0) }, RETURN];
                add(p, Proto { captures: vec![Capture::Up(0)], ..proto(code) });
            }),
        ),
        ("upvalue out of range", main_of(&[Op::UpGet { dst: r(0), up: Up(0) }])),
    ]
}

fn blocks() -> Vec<(&'static str, Program)> {
    let raw = |code: Vec<Op>| with(main_of(&[]), |p| p.protos[0].code = code);
    let cost = |cost| Op::Block { cost: Count(cost) };
    vec![
        ("no code", raw(vec![])),
        ("no first block", script(vec![int(0, 1), RETURN])),
        ("runs off", script(vec![BLOCK, int(0, 1)])),
        ("ends in a conditional jump", script(vec![BLOCK, int(0, 1), test(0, 0)])),
        ("ends in a block", script(vec![BLOCK, RETURN, BLOCK])),
        ("block too cheap", raw(vec![cost(1), int(0, 1), RETURN])),
        ("block too dear", raw(vec![cost(3), int(0, 1), RETURN])),
        ("second block wrong", raw(vec![cost(1), jump(2), cost(0), RETURN])),
        ("a free loop", raw(vec![cost(0), jump(0)])),
        ("jump into a block", script(vec![BLOCK, int(0, 1), jump(1)])),
        ("jump past the end", script(vec![BLOCK, jump(2)])),
        ("jump far past the end", script(vec![BLOCK, jump(u32::MAX)])),
        ("no block after a conditional jump", script(vec![BLOCK, int(0, 1), test(0, 0), RETURN])),
        ("no block after a return", script(vec![BLOCK, RETURN, RETURN])),
        ("no block after a tail call", script(vec![BLOCK, int(0, 1), Op::TailCall { base: r(0), args: F(0) }, RETURN])),
        ("unreachable code is checked too", script(vec![BLOCK, RETURN, BLOCK, int(9, 1), RETURN])),
        ("too many blocks", script([vec![BLOCK; 65_537], vec![RETURN]].concat())),
    ]
}

fn operands() -> Vec<(&'static str, Program)> {
    let (a, dst) = (r(0), r(1));
    let one = |op: Op| main_of(&[int(0, 1), op]);
    vec![
        ("register out of range", one(Op::Move { dst: r(8), a })),
        ("read register out of range", one(Op::Move { dst, a: r(8) })),
        ("nils out of range", one(Op::LoadNil { dst: r(5), n: Count(4) })),
        ("no nils", one(Op::LoadNil { dst, n: Count(0) })),
        ("very many nils", one(Op::LoadNil { dst, n: Count(u32::MAX) })),
        ("constant out of range", one(Op::LoadK { dst, k: K(6) })),
        ("loads nil as a constant", one(Op::LoadK { dst, k: K(0) })),
        ("loads true as a constant", one(Op::LoadK { dst, k: K(1) })),
        ("field by a number", one(Op::GetField { dst, table: a, key: K(2) })),
        ("assigns a field by a number", one(Op::SetField { table: a, key: K(3), a })),
        ("method by nil", one(Op::Method { dst, object: a, key: K(0) })),
        ("method past the frame", one(Op::Method { dst: r(7), object: a, key: K(4) })),
        ("adds a string", one(Op::AddK { dst, a, k: K(4) })),
        (
            "compares with a string",
            main_of(&[int(0, 1), Op::JLtK { a, k: K(4), sense: Flag(true), to: Target(0) }, BLOCK]),
        ),
        ("library name out of range", one(Op::Lib { dst, lib: LibId(2) })),
        ("global out of range", one(Op::GlobalGet { dst, global: GlobalId(1) })),
        ("module out of range", one(Op::Module { dst, module: ModuleId(0) })),
        ("cell out of range", one(Op::CellNew { cell: CellSlot(2), a })),
        ("key list out of range", one(Op::Record { dst, keys: KeysId(1), first: r(0) })),
        ("record past the frame", one(Op::Record { dst, keys: KeysId(0), first: r(7) })),
        ("joins one value", one(Op::Concat { dst, first: a, n: Count(1) })),
        ("joins past the frame", one(Op::Concat { dst, first: a, n: Count(9) })),
        ("list from 0", one(Op::SetList { table: a, first: a, n: F(1), start: Count(0) })),
        ("list from far off", one(Op::SetList { table: a, first: a, n: F(1), start: Count((1 << 30) + 1) })),
        ("list past the frame", one(Op::SetList { table: a, first: a, n: F(9), start: Count(1) })),
        ("arguments past the frame", one(call(0, F(8), F(0)))),
        ("arguments far past the frame", one(call(0, F(255), F(0)))),
        ("results past the frame", one(call(0, F(0), F(9)))),
        ("returns past the frame", script(vec![BLOCK, Op::Return { first: r(8), n: F(1) }])),
        ("returns nothing past the frame", script(vec![BLOCK, Op::Return { first: r(9), n: F(0) }])),
        ("loop past the frame", main_of(&[Op::ForPrep { base: r(5), exit: Target(0) }, BLOCK])),
        ("generic loop past the frame", main_of(&[Op::GenCall { base: r(4), n: Count(2) }])),
        ("generic loop without results", main_of(&[Op::GenCall { base: r(0), n: Count(0) }])),
        ("conditional copy past the frame", {
            main_of(&[int(0, 1), Op::JTestSet { dst: r(8), a, sense: Flag(true), to: Target(0) }, BLOCK])
        }),
        ("varargs of a function without", nested(&[closure(0, 1)], &[], &[Op::Vararg { dst: r(0), n: F(1) }])),
        ("varargs past the frame", main_of(&[Op::Vararg { dst: r(7), n: F(2) }])),
        ("open varargs past the frame", main_of(&[Op::Vararg { dst: r(8), n: OPEN }])),
    ]
}

fn open() -> Vec<(&'static str, Program)> {
    let va = |dst| Op::Vararg { dst: r(dst), n: OPEN };
    let taken = Op::SetList { table: r(0), first: r(1), n: OPEN, start: Count(1) };
    vec![
        ("open results not taken", main_of(&[int(0, 1), call(0, F(0), OPEN)])),
        ("open varargs not taken", main_of(&[va(0), int(0, 1)])),
        ("open varargs taken too late", main_of(&[va(1), int(0, 1), taken])),
        ("open varargs taken in the next block", main_of(&[int(0, 1), va(1), BLOCK, taken])),
        ("open results from nowhere", main_of(&[int(0, 1), taken])),
        ("open return from nowhere", script(vec![BLOCK, Op::Return { first: r(0), n: OPEN }])),
        ("taken from above", main_of(&[int(0, 1), va(0), taken])),
        ("call taken from above", main_of(&[int(0, 1), va(0), call(0, OPEN, F(0))])),
        ("gap before the open results", main_of(&[int(0, 1), va(2), taken])),
        ("gap among open arguments", main_of(&[int(0, 1), int(1, 1), va(3), call(0, OPEN, F(0))])),
        ("the chain goes on but ends open", main_of(&[int(0, 1), va(1), call(0, OPEN, OPEN)])),
    ]
}

fn paths() -> Vec<(&'static str, Program)> {
    let (a, dst) = (r(0), r(1));
    let three = [int(0, 1), int(1, 9), int(2, 1)];
    let looped = |body: &[Op]| {
        // Blocks: 0 entry, 5 body, then the exit.
        let mut code = vec![BLOCK];
        code.extend(three);
        let prep = code.len();
        code.push(jump(0));
        code.push(BLOCK);
        code.extend_from_slice(body);
        code.push(Op::ForLoop { base: r(0), body: Target(prep as u32 + 1) });
        let exit = code.len() as u32;
        code[prep] = Op::ForPrep { base: r(0), exit: Target(exit) };
        code.push(BLOCK);
        code.push(RETURN);
        script(code)
    };
    vec![
        ("reads what nothing assigned", main_of(&[Op::Move { dst, a }])),
        (
            "reads what one path assigned",
            script(vec![
                BLOCK,
                int(0, 1),
                test(0, 5),
                BLOCK,
                int(1, 1),
                BLOCK,
                Op::Move { dst: r(2), a: r(1) },
                RETURN,
            ]),
        ),
        ("reads above a call", main_of(&[int(0, 1), int(1, 1), call(0, F(0), F(1)), Op::Move { dst, a: r(1) }])),
        ("reads the function after the call", main_of(&[int(0, 1), call(0, F(0), F(0)), Op::Move { dst, a }])),
        (
            "reads above a call that an earlier round made",
            script(vec![
                BLOCK,
                int(0, 1),
                int(1, 1),
                BLOCK,
                Op::Move { dst: r(2), a: r(1) },
                call(0, F(0), F(1)),
                test(0, 3),
                BLOCK,
                RETURN,
            ]),
        ),
        (
            "reads past the results of a generic loop",
            main_of(&[
                int(0, 1),
                int(1, 1),
                int(2, 1),
                int(5, 1),
                Op::GenCall { base: a, n: Count(2) },
                Op::Move { dst, a: r(5) },
            ]),
        ),
        ("returns what nothing assigned", script(vec![BLOCK, int(0, 1), Op::Return { first: a, n: F(2) }])),
        (
            "copy on the other edge",
            script(vec![
                BLOCK,
                int(0, 1),
                Op::JTestSet { dst, a, sense: Flag(true), to: Target(5) },
                BLOCK,
                Op::Move { dst: r(2), a: r(1) },
                BLOCK,
                RETURN,
            ]),
        ),
        ("reads a cell that nothing filled", main_of(&[Op::CellGet { dst, cell: CellSlot(0) }])),
        ("sets a cell that nothing filled", main_of(&[int(0, 1), Op::CellSet { cell: CellSlot(0), a }])),
        (
            "uses a cell that one path filled",
            script(vec![
                BLOCK,
                int(0, 1),
                test(0, 5),
                BLOCK,
                cell_new(0, 0),
                BLOCK,
                Op::CellGet { dst, cell: CellSlot(0) },
                RETURN,
            ]),
        ),
        (
            "loops without preparing",
            script(vec![
                BLOCK,
                three[0],
                three[1],
                three[2],
                BLOCK,
                Op::ForLoop { base: a, body: Target(4) },
                BLOCK,
                RETURN,
            ]),
        ),
        ("changes a loop's index", looped(&[int(0, 5)])),
        ("changes a loop's count", looped(&[int(1, 5)])),
        ("changes a loop's step", looped(&[int(2, 5)])),
        ("calls over a loop's step", looped(&[call(2, F(0), F(1))])),
        (
            "reads a loop's variable after no round",
            script(vec![
                BLOCK,
                three[0],
                three[1],
                three[2],
                Op::ForPrep { base: a, exit: Target(5) },
                BLOCK,
                Op::Move { dst: r(4), a: r(3) },
                RETURN,
            ]),
        ),
        (
            "reads a generic loop's variables before the first call",
            main_of(&[int(0, 1), int(1, 1), int(2, 1), Op::GenLoop { base: a, body: Target(0) }, BLOCK]),
        ),
    ]
}

#[test]
fn every_broken_rule_is_named() {
    let mut out = String::new();
    for (title, cases) in [
        ("tables", tables()),
        ("functions", functions()),
        ("blocks", blocks()),
        ("operands", operands()),
        ("open results", open()),
        ("paths", paths()),
    ] {
        _ = writeln!(out, "# {title}");
        for (name, program) in cases {
            let Err(error) = verify(program.clone()) else { panic!("`{name}` verifies") };
            _ = writeln!(out, "{name}\n    {error}");
            // What the verifier refuses, the codec carries all the same.
            assert_eq!(decode(&encode(&program)).as_ref(), Ok(&program), "{name}");
        }
    }
    golden("refusals.expect", &out);
}

#[test]
fn near_misses_are_accepted() {
    let (a, dst) = (r(0), r(1));
    let accepted = [
        main_of(&[Op::LoadNil { dst: r(0), n: Count(8) }]),
        script(vec![BLOCK, Op::Return { first: r(8), n: F(0) }]),
        script(vec![BLOCK, BLOCK, BLOCK, RETURN]),
        script(vec![BLOCK, RETURN, BLOCK, Op::Move { dst, a: r(5) }, RETURN]),
        main_of(&[int(0, 1), call(0, F(0), F(8))]),
        main_of(&[
            int(0, 1),
            Op::Vararg { dst: r(7), n: OPEN },
            Op::SetList { table: a, first: r(7), n: OPEN, start: Count(1 << 30) },
        ]),
        main_of(&[int(0, 1), Op::JEqK { a, k: K(0), sense: Flag(false), to: Target(0) }, BLOCK]),
        main_of(&[Op::NewTable { dst, array: Count(u32::MAX), record: Count(u32::MAX) }]),
        nested(&[closure(1, 1), closure(2, 1)], &[Capture::SelfFn], &[Op::UpGet { dst, up: Up(0) }]),
        script(vec![
            BLOCK,
            int(0, 1),
            Op::JTestSet { dst, a, sense: Flag(true), to: Target(5) },
            BLOCK,
            int(1, 1),
            BLOCK,
            Op::Move { dst: r(2), a: r(1) },
            RETURN,
        ]),
    ];
    for program in accepted {
        if let Err(e) = verify(program.clone()) {
            panic!("{e}\n{}", gatos_elc::disasm(&program, None));
        }
    }
    assert_eq!(priced(vec![BLOCK, RETURN])[0], Op::Block { cost: Count(1) });
}

/// Bytes changed by hand, and what the decoder says of them.
#[test]
fn every_broken_container_is_named() {
    let good = encode(&main_of(&[int(0, 1)]));
    let find = |needle: &[u8]| good.windows(needle.len()).position(|w| w == needle).expect("is there");
    let cut = |at: usize, len: usize, new: &[u8]| [&good[..at], new, &good[at + len..]].concat();
    let after = |key: &[u8]| find(key) + key.len();
    let code = after(b"dcode");
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", vec![]),
        ("not a map", vec![0x80]),
        ("text", b"return 1".to_vec()),
        ("another version", cut(after(b"celc"), 6, b"\x650.2.0")),
        ("another version with other keys", cut(0, after(b"celc") + 6, b"\xa9celc\x650.3.0")),
        ("a key too many", cut(0, 1, b"\xa9")),
        ("a key too few", cut(0, 1, b"\xa7")),
        ("another key", cut(find(b"dkind"), 5, b"dkine")),
        ("another kind", cut(after(b"dkind"), 7, b"\x66policy")),
        ("libs that are no list", cut(after(b"dlibs"), 1, b"\xf6")),
        ("a library name in bytes", cut(after(b"dlibs") + 1, 1, b"\x4b")),
        ("a constant in text", cut(after(b"fconsts") + 1, 1, b"\x60")),
        ("a fixed under another key", cut(find(b"\xa1\x61q"), 3, b"\xa1\x61p")),
        ("a fixed that is text", cut(find(b"\xa1\x61q") + 3, 9, b"\x60")),
        ("a float", cut(after(b"fconsts") + 1, 1, &[0xfb, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0])),
        ("a long integer", cut(after(b"fconsts") + 3, 1, b"\x18\x07")),
        ("an indefinite list", cut(after(b"dlibs"), 1, b"\x9f")),
        ("a list that promises too much", cut(after(b"dlibs"), 1, b"\x9a\xff\xff\xff\xff")),
        ("an unknown op", cut(code + 3, 1, b"\xff")),
        ("an op cut short", cut(code, good.len() - code, &[&b"\x42\x00\x80"[..], &good[code + 9..]].concat())),
        ("a long operand", cut(code, 3, b"\x49\x00\x82\x00")),
        ("registers past 255", cut(after(b"dregs"), 1, b"\x19\x01\x00")),
        ("negative cells", cut(after(b"ecells"), 1, b"\x20")),
        ("varargs by number", cut(after(b"fvararg"), 1, b"\x01")),
        ("an unknown capture", cut(after(b"hcaptures"), 1, b"\x81\x82\x04\x00")),
        ("the maker with an index", cut(after(b"hcaptures"), 1, b"\x81\x82\x03\x01")),
        ("a capture of three", cut(after(b"hcaptures"), 1, b"\x81\x83\x00\x00\x00")),
        ("bytes after the end", [&good[..], b"\xf6"].concat()),
        ("the last byte missing", good[..good.len() - 1].to_vec()),
    ];
    let mut out = String::new();
    for (name, bytes) in cases {
        let Err(error) = decode(&bytes) else { panic!("`{name}` decodes") };
        _ = writeln!(out, "{name}\n    {error}");
    }
    golden("containers.expect", &out);
}
