//! The listing: a program as people read it. Any program can be listed, verified or not;
//! what an operand names in vain is shown as `?`.

use crate::encode::kind_name;
use crate::map::{Place, SourceMap};
use crate::ops::{Op, OperandKind};
use crate::program::{Capture, Const, DocumentKind, ELC_VERSION, Index, IndexKind, Policy, Program, Proto};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;

/// Lists a program, function by function, with what its operands mean; with a source map
/// also where it comes from.
pub fn disasm(program: &Program, map: Option<&SourceMap>) -> String {
    let mut out = format!("{}, elc {ELC_VERSION}\n", kind_name(program.kind));
    for (i, name) in program.globals.iter().enumerate() {
        line(&mut out, format_args!("g{i} = {}", name.escape_debug()));
    }
    for (i, module) in program.modules.iter().enumerate() {
        line(&mut out, format_args!("m{i} = f{}, module \"{}\"", module.proto, module.name.escape_debug()));
    }
    if let Some(p) = &program.policy {
        policy(&mut out, p);
    }
    for (index, proto) in program.protos.iter().enumerate() {
        out.push('\n');
        function(&mut out, program, map, index as u32, proto);
    }
    out
}

/// A constant as the listing shows it: strings quoted, a fixed as its decimal.
pub fn show_const(c: &Const) -> String {
    /// Enough to recognise a string by; listings are for reading.
    const SHOWN: usize = 60;
    match c {
        Const::Nil => String::from("nil"),
        Const::Bool(b) => format!("{b}"),
        Const::Int(i) => format!("{i}"),
        Const::Fixed(q) => format!("{}", gatos_num::Fix::from_raw(*q)),
        Const::Str(s) => {
            let mut out = String::from("\"");
            let mut left = SHOWN;
            for chunk in s.utf8_chunks() {
                for c in chunk.valid().chars().take(left) {
                    _ = write!(out, "{}", c.escape_debug());
                }
                left = left.saturating_sub(chunk.valid().chars().count());
                for b in chunk.invalid().iter().take(left) {
                    _ = write!(out, "\\x{b:02x}");
                }
                left = left.saturating_sub(chunk.invalid().len());
                if left == 0 {
                    break;
                }
            }
            out.push('"');
            if left == 0 {
                _ = write!(out, "… ({} bytes)", s.len());
            }
            out
        }
    }
}

fn line(out: &mut String, text: core::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    _ = out.write_fmt(text);
    out.push('\n');
}

fn plural(n: usize, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") }
}

fn function(out: &mut String, program: &Program, map: Option<&SourceMap>, index: u32, proto: &Proto) {
    let name = match map.and_then(|m| m.name(index)) {
        Some(name) => format!(" {}", name.escape_debug()),
        None if index == 0 => String::from(" <main>"),
        None => program
            .modules
            .iter()
            .find(|m| m.proto == index)
            .map_or_else(String::new, |m| format!(" <module {}>", m.name.escape_debug())),
    };
    let params = plural(proto.params.into(), "parameter");
    let varargs = if proto.vararg { " and varargs" } else { "" };
    let regs = plural(proto.regs.into(), "register");
    let cells = plural(proto.cells.into(), "cell");
    let at = map.and_then(|m| m.functions.get(index as usize).map(|f| format!(" ; {}", m.show(f.at))));
    line(out, format_args!("f{index}{name}: {params}{varargs}, {regs}, {cells}{}", at.unwrap_or_default()));
    for (i, c) in proto.captures.iter().enumerate() {
        let from = match c {
            Capture::Reg(r) => format!("r{r}"),
            Capture::Cell(c) => format!("c{c}"),
            Capture::Up(u) => format!("u{u}"),
            Capture::SelfFn => String::from("the maker itself"),
        };
        line(out, format_args!("  u{i} = {from}"));
    }
    let labels = labels(&proto.code);
    let mut last: Option<Place> = None;
    for (at, op) in proto.code.iter().enumerate() {
        if let Ok(n) = labels.binary_search(&(at as u32)) {
            line(out, format_args!("L{}:", n + 1));
        }
        let (operands, mut note) = operands(program, &labels, op);
        let place = map.and_then(|m| m.place(index, at as u32));
        if let (Some(m), Some(p)) = (map, place)
            && last != place
            && p.line > 0
        {
            if !note.is_empty() {
                note.push_str("  ");
            }
            note.push_str(&m.show(p));
            last = place;
        }
        let text = format!("{at:>5}  {:<10}{operands}", op.info().name);
        match note.as_str() {
            "" => line(out, format_args!("{}", text.trim_end())),
            note => line(out, format_args!("{text:<42}; {note}")),
        }
    }
}

/// The jump targets of a function, ascending: the n-th is the label `L<n+1>`.
fn labels(code: &[Op]) -> Vec<u32> {
    let mut targets: Vec<u32> = code.iter().filter_map(Op::target).map(|t| t.0).collect();
    targets.retain(|t| (*t as usize) < code.len());
    targets.sort_unstable();
    targets.dedup();
    targets
}

/// The operands of an op, and what they name.
fn operands(program: &Program, labels: &[u32], op: &Op) -> (String, String) {
    let (mut shown, mut note) = (String::new(), String::new());
    let policy = program.policy.as_ref();
    op.visit_operands(|_, kind, value| {
        let named = |prefix: char, name: Option<String>| (format!("{prefix}{value}"), name.unwrap_or("?".into()));
        let index = usize::try_from(value).unwrap_or(usize::MAX);
        let text = |list: &[String]| list.get(index).map(|s| format!("{}", s.escape_debug()));
        let (operand, names) = match kind {
            OperandKind::Reg => (format!("r{value}"), String::new()),
            OperandKind::Up => (format!("u{value}"), String::new()),
            OperandKind::Cell => (format!("c{value}"), String::new()),
            OperandKind::Proto => (format!("f{value}"), String::new()),
            OperandKind::K => named('k', program.consts.get(index).map(show_const)),
            OperandKind::Global => named('g', text(&program.globals)),
            OperandKind::Lib => named('l', text(&program.libs)),
            OperandKind::Module => named('m', program.modules.get(index).map(|m| format!("{}", m.name.escape_debug()))),
            OperandKind::Keys => named('s', program.key_lists.get(index).map(|keys| key_list(program, keys))),
            OperandKind::Memo => (format!("v{value}"), String::new()),
            OperandKind::Env => match value {
                0 => ("e0".into(), "input".into()),
                1 => ("e1".into(), "data".into()),
                _ => (format!("e{value}"), String::new()),
            },
            OperandKind::Index => named('x', policy.and_then(|p| p.indexes.get(index)).map(show_index)),
            OperandKind::Rule => {
                named('w', policy.and_then(|p| p.rules.get(index)).map(|r| format!("{}", r.name.escape_debug())))
            }
            OperandKind::Choice => {
                (format!("{value}"), choices(op).get(index).map_or_else(String::new, |w| (*w).into()))
            }
            OperandKind::CountOrOpen if value < 0 => ("*".into(), String::new()),
            OperandKind::Target => match labels.binary_search(&(value as u32)) {
                Ok(n) => (format!("L{}", n + 1), String::new()),
                Err(_) => (format!("{value}"), "?".into()),
            },
            OperandKind::Count | OperandKind::CountOrOpen | OperandKind::Imm | OperandKind::Flag => {
                (format!("{value}"), String::new())
            }
        };
        shown.push(' ');
        shown.push_str(&operand);
        if !names.is_empty() {
            note = names;
        }
    });
    (shown, note)
}

/// What an op's choice means, by its number.
fn choices(op: &Op) -> &'static [&'static str] {
    match op {
        Op::JDocCmp { .. } => &["<", "<=", ">", ">="],
        Op::JDocKind { .. } | Op::DocNew { .. } => &["array", "object", "set"],
        Op::DocArith { .. } => &["+", "-", "*", "/", "%", "&", "|"],
        Op::Raise { .. } => &["complete rule", "function", "object key"],
        _ => &[],
    }
}

/// A path as people write it below its root: `.a["b c"]`.
fn show_path(root: &str, path: &[String]) -> String {
    let mut out = String::from(root);
    for part in path {
        let plain = !part.is_empty()
            && !part.as_bytes()[0].is_ascii_digit()
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        _ = if plain { write!(out, ".{part}") } else { write!(out, "[\"{}\"]", part.escape_debug()) };
    }
    out
}

fn show_index(index: &Index) -> String {
    let (collection, field) = (show_path("data", &index.collection), show_path("", &index.field));
    match &index.kind {
        IndexKind::Equal => format!("{collection}[_]{field} equals"),
        IndexKind::Holds => format!("{collection}[_]{field} holds"),
        IndexKind::Glob(d) => format!("{collection}[_]{field} as a glob, delimiters {d:?}"),
    }
}

/// The tables of a policy.
fn policy(out: &mut String, p: &Policy) {
    for path in &p.input_reads {
        line(out, format_args!("reads {}", show_path("input", path)));
    }
    for d in &p.documents {
        let kind = match d.kind {
            DocumentKind::Complete => "value".into(),
            DocumentKind::Set => "set".into(),
            DocumentKind::Object => "object".into(),
            DocumentKind::Function(n) => format!("function of {n}"),
        };
        let memo = d.memo.map_or_else(String::new, |m| format!(", v{m}"));
        let input = if d.reads_input { ", reads input" } else { "" };
        line(out, format_args!("{} = f{}, {kind}{memo}{input}", show_path("data", &d.path), d.proto));
    }
    if let Some(q) = p.query {
        line(out, format_args!("query = f{q}"));
    }
}

fn key_list(program: &Program, keys: &[u32]) -> String {
    let names: Vec<String> =
        keys.iter().map(|&k| program.consts.get(k as usize).map_or_else(|| "?".into(), show_const)).collect();
    names.join(" ")
}
