//! Values as Rego text: what `sprintf`'s `%v` and templates print.

use super::call::{PolicyCall, Stop};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use gatos_num::{fix_text, int_text};
use gatos_vm::doc::DocKind;
use gatos_vm::{Tag, Value};

/// The characters of a string with the bytes that each takes; a byte that is no part of UTF-8 is
/// U+FFFD by itself.
pub(crate) fn runes(text: &[u8]) -> impl Iterator<Item = (char, usize)> + '_ {
    text.utf8_chunks().flat_map(|chunk| {
        chunk.valid().chars().map(|c| (c, c.len_utf8())).chain(chunk.invalid().iter().map(|_| ('\u{FFFD}', 1)))
    })
}

/// The first of [`runes`]. Looks at a few bytes only, where an iterator begins by looking at all.
pub(crate) fn first_rune(text: &[u8]) -> Option<(char, usize)> {
    runes(&text[..text.len().min(4)]).next()
}

/// Appends a value's text: a string as it is, everything else as [`write_term`] does.
pub(crate) fn write_text(c: &mut PolicyCall, v: Value, out: &mut Vec<u8>) -> Result<(), Stop> {
    match v.as_str() {
        Some(s) => {
            pay(c, s.len())?;
            out.extend_from_slice(s);
            Ok(())
        }
        None => write_term(c, v, out),
    }
}

/// Appends a value as a Rego term, strings in quotes. Pays as it goes, since values may share parts
/// and so be far smaller than their text.
pub(crate) fn write_term(c: &mut PolicyCall, v: Value, out: &mut Vec<u8>) -> Result<(), Stop> {
    pay(c, 4)?;
    match c.vm.doc_kind(v) {
        DocKind::Undefined => out.extend_from_slice(b"undefined"),
        DocKind::Null => out.extend_from_slice(b"null"),
        DocKind::Boolean => out.extend_from_slice(if v.truthy() { b"true" } else { b"false" }),
        DocKind::Number => write_number(v, out),
        DocKind::String => {
            let s = v.str_bytes();
            pay(c, s.len())?;
            c.charge_chars(s.len())?;
            quote(s, false, out);
        }
        DocKind::Array => {
            out.push(b'[');
            write_list(c, v, out)?;
            out.push(b']');
        }
        DocKind::Set if c.vm.doc_len(v) == 0 => out.extend_from_slice(b"set()"),
        DocKind::Set => {
            out.push(b'{');
            write_list(c, v, out)?;
            out.push(b'}');
        }
        DocKind::Object => {
            out.push(b'{');
            c.charge(c.vm.doc_len(v))?;
            for (i, (key, value)) in c.vm.doc_entries(v).into_iter().enumerate() {
                if i > 0 {
                    out.extend_from_slice(b", ");
                }
                write_term(c, key, out)?;
                out.extend_from_slice(b": ");
                write_term(c, value, out)?;
            }
            out.push(b'}');
        }
    }
    Ok(())
}

fn write_list(c: &mut PolicyCall, v: Value, out: &mut Vec<u8>) -> Result<(), Stop> {
    for (i, item) in c.vm.doc_items(v).iter().enumerate() {
        if i > 0 {
            out.extend_from_slice(b", ");
        }
        write_term(c, *item, out)?;
    }
    Ok(())
}

/// One value, and bytes of text.
pub(crate) fn pay(c: &mut PolicyCall, bytes: usize) -> Result<(), Stop> {
    c.charge(1 + bytes / gatos_sigs::BYTES_PER_FUEL as usize)?;
    Ok(c.vm.charge_memory(bytes as u64)?)
}

/// Appends a number's decimal text; a whole one has no point.
pub(crate) fn write_number(v: Value, out: &mut Vec<u8>) {
    match (v.tag(), v.as_num()) {
        (Tag::Int, Some(n)) => out.extend_from_slice(int_text(n.floor()).as_bytes()),
        (_, Some(gatos_num::Num::Fixed(f))) => match f.to_int() {
            Some(n) => out.extend_from_slice(int_text(n).as_bytes()),
            None => out.extend_from_slice(fix_text(f).as_bytes()),
        },
        _ => {}
    }
}

/// A string in double quotes with Go's escapes, as error texts show it.
pub(crate) fn quoted_bytes(text: &[u8]) -> String {
    let mut out = Vec::new();
    quote(text, false, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

/// Appends a string in double quotes with Go's escapes; `ascii` escapes everything else as well.
pub(crate) fn quote(text: &[u8], ascii: bool, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut at = 0;
    for (c, len) in runes(text) {
        if c == '\u{FFFD}' && len == 1 {
            out.extend_from_slice(format!("\\x{:02x}", text[at]).as_bytes());
        } else {
            escape(c, '"', ascii, out);
        }
        at += len;
    }
    out.push(b'"');
}

/// Appends one character as it stands between quotes of a kind.
pub(crate) fn escape(c: char, mark: char, ascii: bool, out: &mut Vec<u8>) {
    let short = match c {
        '\x07' => 'a',
        '\x08' => 'b',
        '\x0c' => 'f',
        '\n' => 'n',
        '\r' => 'r',
        '\t' => 't',
        '\x0b' => 'v',
        '\\' => '\\',
        c if c == mark => c,
        _ => '\0',
    };
    if short != '\0' {
        out.extend_from_slice(&[b'\\', short as u8]);
    } else if printable(c) && (!ascii || c.is_ascii()) {
        out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    } else {
        let code = u32::from(c);
        let text = match code {
            0..0x20 | 0x7f => format!("\\x{code:02x}"),
            0x20..0x10000 => format!("\\u{code:04x}"),
            _ => format!("\\U{code:08x}"),
        };
        out.extend_from_slice(text.as_bytes());
    }
}

/// Whether a character shows by itself: letters, marks, numbers, punctuation, symbols, the space.
pub(crate) fn printable(c: char) -> bool {
    if c.is_ascii() {
        return (' '..='~').contains(&c);
    }
    // The standard library escapes just the others, but for marks that begin a text.
    let mut text = [0; 5];
    text[0] = b'a';
    let len = c.encode_utf8(&mut text[1..]).len();
    core::str::from_utf8(&text[..=len]).is_ok_and(|t| t.escape_debug().count() == 2)
}
