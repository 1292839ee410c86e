//! Pieces of canonical JSON: strings and numbers as RFC 8785 and the number model have them,
//! and the order of keys.

use super::special_at;
use alloc::vec::Vec;
use core::cmp::Ordering;
use gatos_num::{Fix, Num, fix_text, int_text};

/// Appends a string in quotes, escaping only what must be escaped.
pub fn write_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    loop {
        let (plain, special) = rest.split_at(special_at(rest));
        out.extend_from_slice(plain);
        let Some((byte, after)) = special.split_first() else { break };
        write_escape(*byte, out);
        rest = after;
    }
    out.push(b'"');
}

#[cold]
fn write_escape(byte: u8, out: &mut Vec<u8>) {
    let short = match byte {
        0x08 => b'b',
        0x09 => b't',
        0x0a => b'n',
        0x0c => b'f',
        0x0d => b'r',
        b'"' | b'\\' => byte,
        _ => {
            out.extend_from_slice(b"\\u00");
            for digit in [byte >> 4, byte & 15] {
                out.push(if digit < 10 { b'0' + digit } else { b'a' + digit - 10 });
            }
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

/// Appends an integer in plain digits.
#[inline]
pub fn write_int(value: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(int_text(value).as_bytes());
}

/// Appends a fixed as its shortest decimal, with a point and never an exponent.
#[inline]
pub fn write_fixed(value: Fix, out: &mut Vec<u8>) {
    out.extend_from_slice(fix_text(value).as_bytes());
}

/// Appends a number of either subtype.
#[inline]
pub fn write_num(value: Num, out: &mut Vec<u8>) {
    match value {
        Num::Int(i) => write_int(i, out),
        Num::Fixed(f) => write_fixed(f, out),
    }
}

/// The order of keys in canonical JSON: by UTF-16 code units.
///
/// That is the order of UTF-8 bytes except that the characters past U+FFFF, written there as
/// surrogates, sort before U+E000..U+FFFF.
#[inline]
pub fn cmp_utf16(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    match a.iter().zip(b).find(|(x, y)| x != y) {
        Some((x, y)) => utf16_rank(*x).cmp(&utf16_rank(*y)),
        None => a.len().cmp(&b.len()),
    }
}

/// At the first difference, lead bytes 0xee and 0xef (U+E000..U+FFFF) move behind those of
/// four-byte characters; continuation bytes keep their order.
#[inline]
fn utf16_rank(byte: u8) -> u8 {
    match byte {
        0xee | 0xef => byte + 0x10,
        _ => byte,
    }
}
