//! Large and hostile input: an answer comes soon, without recursion and without memory that
//! the input did not pay for.

mod common;

use common::{BLOCK, RETURN, int, priced, proto, script};
use gatos_elc::ops::*;
use gatos_elc::program::*;
use gatos_elc::{decode, encode, load, verify};
use std::thread;

/// Runs with a small stack: whatever recursed with the input's depth would overflow it.
#[allow(clippy::disallowed_methods, reason = "the test needs a stack of its own size")]
fn with_small_stack(f: impl FnOnce() + Send + 'static) {
    let thread = thread::Builder::new().stack_size(128 << 10).spawn(f).expect("a thread");
    thread.join().expect("no panic");
}

#[test]
fn functions_may_nest_deep() {
    with_small_stack(|| {
        let mut p = script(vec![BLOCK, int(0, 1), Op::CellNew { cell: CellSlot(0), a: Reg(0) }]);
        let tail = |id| vec![Op::Closure { dst: Reg(1), proto: ProtoId(id) }, RETURN];
        p.protos[0].code.extend(tail(1));
        p.protos[0].code = priced(p.protos[0].code.clone());
        let depth = 100_000;
        for id in 1..=depth {
            let capture = if id == 1 { Capture::Cell(0) } else { Capture::Up(0) };
            let mut code = vec![BLOCK, Op::UpCellGet { dst: Reg(0), up: Up(0) }];
            code.extend(if id < depth { tail(id + 1) } else { vec![RETURN] });
            p.protos.push(Proto { captures: vec![capture], ..proto(code) });
        }
        let verified = verify(p).expect("verifies");
        load(&verified.to_bytes()).expect("loads");
    });
}

#[test]
fn data_may_not_nest_at_all() {
    with_small_stack(|| {
        for byte in [0x81, 0xa1, 0xa8] {
            assert!(decode(&vec![byte; 1 << 20]).is_err());
        }
    });
}

/// A chain of blocks through which, one backward jump at a time, the loss of each register
/// travels to the top, so that the long body there must be looked at again and again.
fn slow_to_settle(body: usize, registers: u32) -> Vec<Op> {
    let mut code = vec![BLOCK];
    (0..registers).for_each(|x| code.push(int(x as u8, 1)));
    let mut last = code.len() as u32;
    code.push(BLOCK);
    for _ in 0..body {
        let next = code.len() as u32 + 1;
        code.push(Op::JTest { a: Reg(0), sense: Flag(true), to: Target(next) });
        code.push(BLOCK);
    }
    // Each tail block loses one register and goes back to the tail before it, the first one
    // to the body's head.
    for x in (1..registers).rev() {
        code.push(Op::Jump { to: Target(code.len() as u32 + 1) });
        let here = code.len() as u32;
        code.push(BLOCK);
        code.push(int(x as u8, 1));
        code.push(Op::Call { base: Reg(x as u8), args: N::Fixed(0), results: N::Fixed(0) });
        (x + 1..registers).for_each(|y| code.push(int(y as u8, 1)));
        code.push(Op::JTest { a: Reg(0), sense: Flag(true), to: Target(last) });
        code.push(BLOCK);
        last = here;
    }
    code.push(RETURN);
    priced(code)
}

#[test]
fn many_rounds_stay_cheap() {
    let mut p = script(slow_to_settle(20_000, 249));
    p.protos[0].regs = 250;
    verify(p).expect("nothing that is lost is read");
}

#[test]
fn large_programs_of_every_kind_are_answered() {
    let jumps: Vec<Op> =
        (0..32_000u32).flat_map(|i| [BLOCK, Op::Jump { to: Target((i * 7919) % 32_000 * 2) }]).collect();
    let wide = Op::LoadNil { dst: Reg(0), n: Count(250) };
    let cases = [
        priced(jumps),
        priced([vec![BLOCK], vec![wide; 400_000], vec![RETURN]].concat()),
        priced([vec![BLOCK; 60_000], vec![RETURN]].concat()),
    ];
    for code in cases {
        let mut p = script(code);
        p.protos[0].regs = 250;
        let bytes = encode(&p);
        load(&bytes).expect("is a program");
    }
    let mut p = script(vec![BLOCK, RETURN]);
    p.consts = (0..400_000).map(Const::Int).collect();
    p.key_lists.clear();
    load(&encode(&p)).expect("is a program");
    p.consts.push(Const::Int(0));
    assert!(load(&encode(&p)).is_err());
}
