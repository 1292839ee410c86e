//! What the tests of this crate share: programs from ops, golden files, a generator.
#![allow(dead_code, missing_docs, reason = "each test file uses its part")]

pub mod generate;

use gatos_elc::ops::*;
use gatos_elc::program::*;

/// Fills in what blocks cost.
pub fn priced(mut code: Vec<Op>) -> Vec<Op> {
    let mut cost = 0;
    for op in code.iter_mut().rev() {
        cost += op.info().fuel;
        if let Op::Block { cost: c } = op {
            c.0 = cost;
            cost = 0;
        }
    }
    code
}

pub const BLOCK: Op = Op::Block { cost: Count(0) };
pub const RETURN: Op = Op::Return { first: Reg(0), n: N::Fixed(0) };

pub fn r(n: u8) -> Reg {
    Reg(n)
}

pub fn int(dst: u8, value: i32) -> Op {
    Op::LoadInt { dst: Reg(dst), value: Imm(value) }
}

/// A function with eight registers and two cells.
pub fn proto(code: Vec<Op>) -> Proto {
    Proto { params: 0, vararg: false, regs: 8, cells: 2, captures: Vec::new(), code: priced(code) }
}

/// A script whose main chunk has this code.
pub fn script(code: Vec<Op>) -> Program {
    Program {
        kind: ProgramKind::Script,
        consts: vec![
            Const::Nil,
            Const::Bool(true),
            Const::Int(7),
            Const::Fixed(1 << 32),
            Const::Str(b"a".to_vec()),
            Const::Str(b"b".to_vec()),
        ],
        libs: vec!["string.byte".into(), "ipairs".into()],
        globals: vec!["g".into()],
        key_lists: vec![vec![4, 5]],
        protos: vec![Proto { vararg: true, ..proto(code) }],
        modules: vec![],
        policy: None,
    }
}

/// A golden file under `tests/golden`: compared, or rewritten when `BLESS` is set.
#[allow(clippy::disallowed_methods, reason = "tests keep their expectations on disk")]
pub fn golden(name: &str, got: &str) {
    let path = format!("{}/tests/golden/{name}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var("BLESS").is_ok() {
        std::fs::write(&path, got).expect("golden file is writable");
        return;
    }
    let want = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(want == got, "{name} differs; BLESS=1 rewrites it. Now it is:\n{got}");
}
