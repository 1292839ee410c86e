//! Encoding: a program as canonical DAG-CBOR. One program has one byte string.
//!
//! Maps are written with their keys in canonical order (shorter first, then by bytes), so
//! the version comes first in the bytes and is checked before anything else is read.

use crate::program::{
    Capture, Const, DocumentKind, ELC_VERSION, IndexKind, ModuleEntry, Policy, Program, ProgramKind, Proto,
};
use alloc::string::String;
use alloc::vec::Vec;
use gatos_canon::cbor::Writer;

/// A program's ELC bytes.
pub fn encode(program: &Program) -> Vec<u8> {
    let mut w = Writer::new();
    w.map(if program.policy.is_some() { 9 } else { 8 });
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
    if let Some(p) = &program.policy {
        w.text("policy");
        policy(&mut w, p);
    }
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

/// How the kind of a document is spelled; a function's is its number of arguments instead.
pub(crate) const DOCUMENT_KINDS: [(&str, DocumentKind); 3] =
    [("complete", DocumentKind::Complete), ("set", DocumentKind::Set), ("object", DocumentKind::Object)];
/// How the kind of an index is spelled; a glob index's is its list of delimiters instead.
pub(crate) const INDEX_KINDS: [(&str, IndexKind); 2] = [("equal", IndexKind::Equal), ("holds", IndexKind::Holds)];

fn policy(w: &mut Writer, p: &Policy) {
    w.map(7);
    w.text("envs").int(p.envs.into());
    w.text("memos").int(p.memos.into());
    w.text("query");
    number_or_null(w, p.query);
    w.text("rules").array(p.rules.len());
    for r in &p.rules {
        w.map(2).text("name").text(&r.name).text("document").int(r.document.into());
    }
    w.text("indexes").array(p.indexes.len());
    for x in &p.indexes {
        w.map(3).text("kind");
        match (&x.kind, INDEX_KINDS.iter().find(|(_, k)| *k == x.kind)) {
            (IndexKind::Glob(delimiters), _) => texts(w, delimiters),
            (_, named) => _ = w.text(named.map_or("", |(n, _)| n)),
        }
        w.text("field");
        texts(w, &x.field);
        w.text("collection");
        texts(w, &x.collection);
    }
    w.text("documents").array(p.documents.len());
    for d in &p.documents {
        w.map(5).text("kind");
        match (d.kind, DOCUMENT_KINDS.iter().find(|(_, k)| *k == d.kind)) {
            (DocumentKind::Function(n), _) => _ = w.int(n.into()),
            (_, named) => _ = w.text(named.map_or("", |(n, _)| n)),
        }
        w.text("memo");
        number_or_null(w, d.memo);
        w.text("path");
        texts(w, &d.path);
        w.text("proto").int(d.proto.into());
        w.text("reads_input").bool(d.reads_input);
    }
    w.text("input_reads").array(p.input_reads.len());
    p.input_reads.iter().for_each(|path| texts(w, path));
}

fn texts(w: &mut Writer, list: &[String]) {
    w.array(list.len());
    list.iter().for_each(|t| _ = w.text(t));
}

fn number_or_null(w: &mut Writer, n: Option<u32>) {
    match n {
        Some(n) => w.int(n.into()),
        None => w.null(),
    };
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
