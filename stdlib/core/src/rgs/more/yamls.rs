//! `yaml`: documents as YAML text and back.

use super::yaml::{Node, needs_lines, parse, scalar};
use crate::rgs::call::{Done, PolicyCall, Stop, bind_rgs};
use crate::rgs::json::write_json;
use alloc::string::String;
use alloc::vec::Vec;
use gatos_vm::Value;
use gatos_vm::doc::DocKind;

bind_rgs! {
    "yaml.is_valid" => is_valid,
    "yaml.marshal" => marshal,
    "yaml.unmarshal" => unmarshal,
}

/// Reads the text of operand 0. Reading builds a tree of at most one value a byte beside the document.
fn read(c: &mut PolicyCall) -> Result<Result<Node, String>, Stop> {
    let text = c.bytes(0);
    c.charge(text.len() / 8)?;
    c.vm.charge_memory((text.len() as u64).saturating_mul(4))?;
    Ok(match core::str::from_utf8(text) {
        Ok(text) => parse(text),
        Err(_) => Err(String::from("yaml: the text is not UTF-8")),
    })
}

fn is_valid(c: &mut PolicyCall) -> Done {
    let valid = c.kind(0) == DocKind::String && read(c)?.is_ok();
    Ok(Value::bool(valid))
}

fn unmarshal(c: &mut PolicyCall) -> Done {
    match read(c)? {
        Ok(node) => value(c, node),
        Err(why) => Err(Stop::Builtin(why)),
    }
}

/// The reader has bounded how deep this goes.
fn value(c: &mut PolicyCall, node: Node) -> Done {
    c.charge(1)?;
    match node {
        Node::Null => Ok(Value::NULL),
        Node::Bool(b) => Ok(Value::bool(b)),
        Node::Num(n) => Ok(c.number(n)),
        Node::Text(s) => c.string(s),
        Node::List(nodes) => {
            let mut items = Vec::with_capacity(nodes.len());
            for node in nodes {
                items.push(value(c, node)?);
            }
            c.array(&items)
        }
        Node::Map(pairs) => {
            let mut entries = Vec::with_capacity(pairs.len());
            for (key, node) in pairs {
                entries.push((c.string(key)?, value(c, node)?));
            }
            c.object(entries)
        }
    }
}

fn marshal(c: &mut PolicyCall) -> Done {
    let mut out = String::new();
    let v = c.arg(0);
    write(c, v, 0, &mut out)?;
    c.string(out)
}

fn pay(c: &mut PolicyCall, n: usize) -> Result<(), Stop> {
    c.charge(1)?;
    c.charge_output(n)
}

fn indent(c: &mut PolicyCall, n: usize, out: &mut String) -> Result<(), Stop> {
    pay(c, n)?;
    out.extend(core::iter::repeat_n(' ', n));
    Ok(())
}

/// Writes a value at an indentation, its first line without it; ends with a line end. Documents nest at most 128
/// deep, so this does.
fn write(c: &mut PolicyCall, v: Value, at: usize, out: &mut String) -> Result<(), Stop> {
    match c.vm.doc_kind(v) {
        DocKind::Array | DocKind::Set => {
            let items = c.vm.doc_items(v);
            if items.is_empty() {
                out.push_str("[]\n");
            }
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    indent(c, at, out)?;
                }
                out.push_str("- ");
                write(c, *item, at + 2, out)?;
            }
        }
        DocKind::Object => {
            c.charge_members(c.vm.doc_len(v).saturating_mul(2))?;
            let entries = c.vm.doc_entries(v);
            if entries.is_empty() {
                out.push_str("{}\n");
            }
            for (i, (key, value)) in entries.into_iter().enumerate() {
                if i > 0 {
                    indent(c, at, out)?;
                }
                write_key(c, key, out)?;
                out.push(':');
                let nested = matches!(c.vm.doc_kind(value), DocKind::Array | DocKind::Object | DocKind::Set);
                if !nested || c.vm.doc_len(value) == 0 {
                    out.push(' ');
                    write(c, value, at + 2, out)?;
                    continue;
                }
                // Lists stand at the indentation of their key.
                let deeper = if c.vm.doc_kind(value) == DocKind::Object { at + 2 } else { at };
                out.push('\n');
                indent(c, deeper, out)?;
                write(c, value, deeper, out)?;
            }
        }
        DocKind::String => {
            let text = String::from_utf8_lossy(v.str_bytes());
            // A sign may become an escape of four.
            pay(c, text.len().saturating_mul(4))?;
            if needs_lines(&text) {
                write_lines(c, &text, at, out)?;
            } else {
                out.push_str(&scalar(&text));
                out.push('\n');
            }
        }
        _ => {
            let mut bytes = Vec::new();
            write_json(c, v, &mut bytes)?;
            out.push_str(&String::from_utf8_lossy(&bytes));
            out.push('\n');
        }
    }
    Ok(())
}

fn write_key(c: &mut PolicyCall, key: Value, out: &mut String) -> Result<(), Stop> {
    let text = match key.as_str() {
        Some(bytes) => {
            pay(c, bytes.len().saturating_mul(4))?;
            String::from_utf8_lossy(bytes).into_owned()
        }
        None => {
            let mut bytes = Vec::new();
            write_json(c, key, &mut bytes)?;
            String::from_utf8_lossy(&bytes).into_owned()
        }
    };
    out.push_str(&scalar(&text));
    Ok(())
}

/// `|`, how line ends at the end are meant, and the lines.
fn write_lines(c: &mut PolicyCall, text: &str, at: usize, out: &mut String) -> Result<(), Stop> {
    out.push('|');
    // At the top, text is indented all the same.
    let at = at.max(2);
    if text.starts_with([' ', '\n']) {
        out.push('2');
    }
    if !text.ends_with('\n') {
        out.push('-');
    } else if text.ends_with("\n\n") || text == "\n" {
        out.push('+');
    }
    out.push('\n');
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        if !line.is_empty() {
            indent(c, at, out)?;
        }
        c.charge(1)?;
        out.push_str(line);
        out.push('\n');
    }
    Ok(())
}
