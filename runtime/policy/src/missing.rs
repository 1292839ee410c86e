//! What is missing: a GATOS check that failed has a companion that says so, and it is asked with the same operands.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use gatos_canon::Value;
use gatos_elc::ops::{Count, LibId, N, Op, Reg};
use gatos_elc::program::{Document, DocumentKind, Policy, Program, ProgramKind, Proto};
use gatos_elc::verify;
use gatos_vm::policy::Input;
use gatos_vm::{Limits, Silent, Vm};

use crate::watch::CheckCall;

/// What asking for what is missing may cost.
const LIMITS: Limits = Limits { fuel: 1_000_000, depth: 64, memory: 16 << 20 };

/// The companion of a check.
fn companion(name: &str) -> Option<&'static str> {
    gatos_sigs::rgs::MISSING.iter().find(|(check, _)| *check == name).map(|(_, companion)| *companion)
}

/// Whether a function is a check that has a companion.
pub fn is_check(name: &str) -> bool {
    companion(name).is_some()
}

/// What a check lacked, as a sentence; nothing when its companion finds nothing missing.
pub fn sentence(call: &CheckCall) -> Option<String> {
    let name = companion(&call.name)?;
    let found = ask(name, &call.args)?;
    match found {
        Value::Text(text) if !text.is_empty() => Some(text),
        Value::Array(items) if !items.is_empty() => {
            // `gatos.caps.missing` lacks caps.
            let what = name.split('.').nth(1).unwrap_or("parts");
            let items: Vec<String> = items
                .iter()
                .map(|item| item.as_text().map_or_else(|| item.to_json_string(), ToOwned::to_owned))
                .collect();
            Some(alloc::format!("{what} missing: {}", items.join(", ")))
        }
        _ => None,
    }
}

/// A function of one block, which states what its ops cost.
fn block(params: u8, regs: u8, ops: Vec<Op>) -> Proto {
    let cost = ops.iter().fold(0u32, |sum, op| sum.saturating_add(op.info().fuel));
    let mut code = alloc::vec![Op::Block { cost: Count(cost) }];
    code.extend(ops);
    Proto { params, vararg: false, regs, cells: 0, captures: Vec::new(), code }
}

/// Calls a library function by a program of one call.
fn ask(name: &str, args: &[Value]) -> Option<Value> {
    let count = u8::try_from(args.len()).ok().filter(|n| *n <= 16)?;
    let mut call = alloc::vec![Op::Lib { dst: Reg(count), lib: LibId(0) }];
    call.extend((0..count).map(|i| Op::Move { dst: Reg(count + 1 + i), a: Reg(i) }));
    call.push(Op::Call { base: Reg(count), args: N::Fixed(count), results: N::Fixed(1) });
    call.push(Op::Return { first: Reg(count), n: N::Fixed(1) });
    let mut main = block(
        0,
        1,
        alloc::vec![Op::LoadNil { dst: Reg(0), n: Count(1) }, Op::Return { first: Reg(0), n: N::Fixed(1) }],
    );
    main.vararg = true;
    let document = Document {
        path: alloc::vec![String::from("ask")],
        kind: DocumentKind::Function(count),
        proto: 1,
        memo: None,
        reads_input: false,
    };
    let program = Program {
        kind: ProgramKind::Policy,
        consts: Vec::new(),
        libs: alloc::vec![name.to_owned()],
        globals: Vec::new(),
        key_lists: Vec::new(),
        protos: alloc::vec![main, block(count, count * 2 + 2, call)],
        modules: Vec::new(),
        policy: Some(Policy { documents: alloc::vec![document], envs: 2, ..Policy::default() }),
    };
    let program = verify(program).ok()?;
    let mut vm = Vm::new(&program, &gatos_stdlib::rgs::library(), LIMITS, Box::new(Silent)).ok()?;
    vm.begin_decision(Input::None).ok()?;
    let args = args.iter().map(|arg| vm.doc_decode_json(arg.to_json_string().as_bytes()).ok());
    let args = args.collect::<Option<Vec<_>>>()?;
    let found = vm.ask_function(0, &args).ok()?;
    let mut bytes = Vec::new();
    vm.doc_json(found, &mut bytes).ok()?;
    Value::from_json_bytes(&bytes).ok()
}
