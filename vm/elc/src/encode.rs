//! Encoding: a program as canonical DAG-CBOR. One program has one byte string.
//!
//! Maps are written with their keys in canonical order (shorter first, then by bytes), so
//! the version comes first in the bytes and is checked before anything else is read.

use crate::program::{Capture, Const, ELC_VERSION, ModuleEntry, Program, ProgramKind, Proto};
use alloc::vec::Vec;
use gatos_canon::cbor::Writer;

/// A program's ELC bytes.
pub fn encode(program: &Program) -> Vec<u8> {
    let mut w = Writer::new();
    w.map(8);
    w.text("elc").text(ELC_VERSION);
    w.text("keys").array(program.key_lists.len());
    for keys in &program.key_lists {
        w.array(keys.len());
        keys.iter().for_each(|&k| _ = w.int(k.into()));
    }
    w.text("kind").text(kind_name(program.kind));
    w.text("libs").array(program.libs.len());
    program.libs.iter().for_each(|l| _ = w.text(l));
    w.text("consts").array(program.consts.len());
    program.consts.iter().for_each(|c| constant(&mut w, c));
    w.text("protos").array(program.protos.len());
    program.protos.iter().for_each(|p| proto(&mut w, p));
    w.text("globals").array(program.globals.len());
    program.globals.iter().for_each(|g| _ = w.text(g));
    w.text("modules").array(program.modules.len());
    for ModuleEntry { name, proto } in &program.modules {
        w.map(2).text("name").text(name).text("proto").int((*proto).into());
    }
    w.into_bytes()
}

/// How a kind is spelled.
pub(crate) fn kind_name(kind: ProgramKind) -> &'static str {
    match kind {
        ProgramKind::Fold => "fold",
        ProgramKind::Script => "script",
        ProgramKind::Policy => "policy",
    }
}

fn constant(w: &mut Writer, c: &Const) {
    match c {
        Const::Nil => w.null(),
        Const::Bool(b) => w.bool(*b),
        Const::Int(i) => w.int(*i),
        Const::Fixed(q) => w.map(1).text("q").int(*q),
        Const::Str(s) => w.bytes(s),
    };
}

fn proto(w: &mut Writer, p: &Proto) {
    let mut code = Vec::with_capacity(p.code.len() * 4);
    p.code.iter().for_each(|op| op.encode(&mut code));
    w.map(6);
    w.text("code").bytes(&code);
    w.text("regs").int(p.regs.into());
    w.text("cells").int(p.cells.into());
    w.text("params").int(p.params.into());
    w.text("vararg").bool(p.vararg);
    w.text("captures").array(p.captures.len());
    for c in &p.captures {
        let (kind, index) = match *c {
            Capture::Reg(r) => (0, r),
            Capture::Cell(c) => (1, c),
            Capture::Up(u) => (2, u),
            Capture::SelfFn => (3, 0),
        };
        w.array(2).int(kind).int(index.into());
    }
}
