//! JSON text of values, and values of JSON text.

use super::call::{Done, PolicyCall, Stop, bind_rgs, fail, fail_type};
use super::objects::entries;
use super::text::{pay, runes, write_number};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use gatos_vm::data::DecodeError;
use gatos_vm::doc::DocKind;
use gatos_vm::{Trap, Value};

bind_rgs! {
    "json.is_valid" => is_valid,
    "json.marshal" => marshal,
    "json.marshal_with_options" => marshal_with_options,
    "json.unmarshal" => unmarshal,
}

/// How lines are made: with nothing, all is one line.
struct Layout<'a> {
    prefix: &'a [u8],
    indent: &'a [u8],
}

fn marshal(c: &mut PolicyCall) -> Done {
    let v = c.arg(0);
    let mut out = Vec::new();
    write_json(c, v, &mut out)?;
    c.string(out)
}

/// Options `indent`, `prefix` (both ask for lines) and `pretty`.
fn marshal_with_options(c: &mut PolicyCall) -> Done {
    let (v, options) = (c.arg(0), c.arg(1));
    let mut layout = Layout { prefix: b"", indent: b"\t" };
    let (mut implied, mut pretty) = (false, None);
    for (key, value) in entries(c, options)? {
        let Some(name) = key.as_str() else { return fail_type("operand 2 must be object with string keys") };
        match (name, value.as_str(), value.as_bool()) {
            (b"prefix", Some(s), _) => (layout.prefix, implied) = (s, true),
            (b"indent", Some(s), _) => (layout.indent, implied) = (s, true),
            (b"pretty", _, Some(yes)) => pretty = Some(yes),
            (b"prefix" | b"indent", ..) => {
                return fail_type(format!(
                    "operand 2 must be object with a string {} but got {}",
                    super::text::quoted_bytes(name),
                    c.name_of(value)
                ));
            }
            (b"pretty", ..) => {
                return fail_type(format!(
                    "operand 2 must be object with a boolean \"pretty\" but got {}",
                    c.name_of(value)
                ));
            }
            _ => {
                return fail_type(format!(
                    "operand 2 object contained unknown key {}",
                    super::text::quoted_bytes(name)
                ));
            }
        }
    }
    let mut out = Vec::new();
    if pretty.unwrap_or(implied) {
        out.extend_from_slice(layout.prefix);
        write(c, v, Some(&layout), 0, &mut out)?;
    } else {
        write_json(c, v, &mut out)?;
    }
    c.string(out)
}

/// Appends a value's JSON: keys by bytes, sets as sorted arrays, keys that are no strings as their
/// JSON text, and escapes that are safe inside HTML.
pub(crate) fn write_json(c: &mut PolicyCall, v: Value, out: &mut Vec<u8>) -> Result<(), Stop> {
    write(c, v, None, 0, out)
}

fn line(c: &mut PolicyCall, layout: Option<&Layout>, depth: usize, out: &mut Vec<u8>) -> Result<(), Stop> {
    if let Some(l) = layout {
        pay(c, 1 + l.prefix.len() + depth * l.indent.len())?;
        out.push(b'\n');
        out.extend_from_slice(l.prefix);
        for _ in 0..depth {
            out.extend_from_slice(l.indent);
        }
    }
    Ok(())
}

fn write(c: &mut PolicyCall, v: Value, layout: Option<&Layout>, depth: usize, out: &mut Vec<u8>) -> Result<(), Stop> {
    pay(c, 4)?;
    match c.vm.doc_kind(v) {
        DocKind::Null | DocKind::Undefined => out.extend_from_slice(b"null"),
        DocKind::Boolean => out.extend_from_slice(if v.truthy() { b"true" } else { b"false" }),
        DocKind::Number => write_number(v, out),
        DocKind::String => write_string(c, v.str_bytes(), out)?,
        DocKind::Array | DocKind::Set => {
            let items = c.vm.doc_items(v);
            out.push(b'[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                line(c, layout, depth + 1, out)?;
                write(c, *item, layout, depth + 1, out)?;
            }
            if !items.is_empty() {
                line(c, layout, depth, out)?;
            }
            out.push(b']');
        }
        DocKind::Object => {
            let members = string_keys(c, v)?;
            out.push(b'{');
            for (i, (key, value)) in members.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                line(c, layout, depth + 1, out)?;
                write_string(c, key, out)?;
                out.extend_from_slice(if layout.is_some() { b": " } else { b":" });
                write(c, *value, layout, depth + 1, out)?;
            }
            if !members.is_empty() {
                line(c, layout, depth, out)?;
            }
            out.push(b'}');
        }
    }
    Ok(())
}

/// An object's members with keys as text, sorted; of keys with one text the last in Rego's order
/// counts.
fn string_keys(c: &mut PolicyCall, v: Value) -> Result<Vec<(Vec<u8>, Value)>, Stop> {
    let mut out: Vec<(Vec<u8>, Value)> = Vec::new();
    let mut sorted = true;
    for (k, value) in entries(c, v)? {
        let text = match k.as_str() {
            Some(s) => {
                pay(c, s.len())?;
                s.to_vec()
            }
            None => {
                sorted = false;
                let mut text = Vec::new();
                write_json(c, k, &mut text)?;
                text
            }
        };
        out.push((text, value));
    }
    if !sorted {
        out.sort_by(|a, b| a.0.cmp(&b.0));
        out.reverse();
        out.dedup_by(|a, b| a.0 == b.0);
        out.reverse();
    }
    Ok(out)
}

fn write_string(c: &mut PolicyCall, s: &[u8], out: &mut Vec<u8>) -> Result<(), Stop> {
    pay(c, s.len() + 2)?;
    c.charge_chars(s.len())?;
    out.push(b'"');
    for (ch, _) in runes(s) {
        match ch {
            '"' => out.extend_from_slice(b"\\\""),
            '\\' => out.extend_from_slice(b"\\\\"),
            '\n' => out.extend_from_slice(b"\\n"),
            '\r' => out.extend_from_slice(b"\\r"),
            '\t' => out.extend_from_slice(b"\\t"),
            '\x08' => out.extend_from_slice(b"\\b"),
            '\x0c' => out.extend_from_slice(b"\\f"),
            '\0'..' ' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                out.extend_from_slice(format!("\\u{:04x}", u32::from(ch)).as_bytes());
            }
            _ => out.extend_from_slice(ch.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    out.push(b'"');
    Ok(())
}

/// The value of JSON text, or why there is none.
fn decode(c: &mut PolicyCall, text: &[u8]) -> Result<Result<Value, String>, Trap> {
    c.vm.charge((text.len() / gatos_sigs::JSON_BYTES_PER_FUEL as usize) as u64)?;
    match c.vm.doc_decode_json(text) {
        Ok(v) => Ok(Ok(v)),
        Err(DecodeError::Malformed(why)) => Ok(Err(why)),
        Err(DecodeError::Trap(trap)) => Err(trap),
    }
}

fn unmarshal(c: &mut PolicyCall) -> Done {
    let text = c.bytes(0);
    match decode(c, text)? {
        Ok(v) => Ok(v),
        Err(why) => fail(why),
    }
}

fn is_valid(c: &mut PolicyCall) -> Done {
    if c.kind(0) != DocKind::String {
        return Ok(Value::FALSE);
    }
    let text = c.bytes(0);
    Ok(Value::bool(decode(c, text)?.is_ok()))
}
