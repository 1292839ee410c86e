//! Base64 and hex.

use super::call::{Done, PolicyCall, bind_rgs, fail};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use gatos_vm::Value;
use gatos_vm::doc::DocKind;

bind_rgs! {
    "base64.decode" => base64_decode,
    "base64.encode" => base64_encode,
    "base64.is_valid" => base64_is_valid,
    "base64url.decode" => base64url_decode,
    "base64url.encode" => base64url_encode,
    "base64url.encode_no_pad" => base64url_encode_no_pad,
    "hex.decode" => hex_decode,
    "hex.encode" => hex_encode,
}

/// The last two digits of each alphabet; the others are shared.
const STANDARD: [u8; 2] = *b"+/";
const URL: [u8; 2] = *b"-_";

fn digit(six: u32, last: [u8; 2]) -> char {
    char::from(match (six & 63) as u8 {
        n @ 0..26 => b'A' + n,
        n @ 26..52 => b'a' + (n - 26),
        n @ 52..62 => b'0' + (n - 52),
        n => last[usize::from(n - 62)],
    })
}

pub(crate) fn encode64(bytes: &[u8], last: [u8; 2], pad: bool) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let byte = |i: usize| u32::from(group.get(i).copied().unwrap_or(0));
        let all = byte(0) << 16 | byte(1) << 8 | byte(2);
        for i in 0..4 {
            if i <= group.len() {
                out.push(digit(all >> (18 - 6 * i), last));
            } else if pad {
                out.push('=');
            }
        }
    }
    out
}

/// The bytes of padded text, in which line ends do not count; else the place of what is wrong.
pub(crate) fn decode64(text: &[u8], last: [u8; 2]) -> Result<Vec<u8>, usize> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut all, mut n, mut pads) = (0u32, 0, 0);
    for (i, b) in text.iter().enumerate() {
        let six = match b {
            b'\r' | b'\n' => continue,
            b'=' if n >= 2 && n + pads < 4 => {
                pads += 1;
                continue;
            }
            _ if pads > 0 => return Err(i),
            b'A'..=b'Z' => b - b'A',
            b'a'..=b'z' => b - b'a' + 26,
            b'0'..=b'9' => b - b'0' + 52,
            b if *b == last[0] => 62,
            b if *b == last[1] => 63,
            _ => return Err(i),
        };
        all = all << 6 | u32::from(six);
        n += 1;
        if n == 4 {
            out.extend_from_slice(&all.to_be_bytes()[1..]);
            (all, n) = (0, 0);
        }
    }
    if n + pads != 0 && n + pads != 4 {
        return Err(text.len());
    }
    match n {
        2 => out.push((all >> 4) as u8),
        3 => out.extend_from_slice(&[(all >> 10) as u8, (all >> 2) as u8]),
        _ => {}
    }
    Ok(out)
}

fn encode(c: &mut PolicyCall, last: [u8; 2], pad: bool) -> Done {
    let s = c.bytes(0);
    c.charge_output(s.len().saturating_mul(2))?;
    c.string(encode64(s, last, pad))
}

fn decode(c: &mut PolicyCall, text: &[u8], last: [u8; 2]) -> Done {
    c.charge_output(text.len())?;
    match decode64(text, last) {
        Ok(bytes) => c.string(bytes),
        Err(at) => fail(format!("illegal base64 data at input byte {at}")),
    }
}

fn base64_encode(c: &mut PolicyCall) -> Done {
    encode(c, STANDARD, true)
}

fn base64url_encode(c: &mut PolicyCall) -> Done {
    encode(c, URL, true)
}

fn base64url_encode_no_pad(c: &mut PolicyCall) -> Done {
    encode(c, URL, false)
}

fn base64_decode(c: &mut PolicyCall) -> Done {
    let text = c.bytes(0);
    decode(c, text, STANDARD)
}

/// Padding may be left out.
fn base64url_decode(c: &mut PolicyCall) -> Done {
    let text = c.bytes(0);
    c.charge_output(text.len())?;
    let mut padded = text.to_vec();
    if text.last() != Some(&b'=') {
        match text.len() % 4 {
            0 => {}
            2 => padded.extend_from_slice(b"=="),
            3 => padded.push(b'='),
            _ => return fail("illegal base64url string"),
        }
    }
    decode(c, &padded, URL)
}

fn base64_is_valid(c: &mut PolicyCall) -> Done {
    if c.kind(0) != DocKind::String {
        return Ok(Value::FALSE);
    }
    let text = c.bytes(0);
    c.charge_output(text.len())?;
    Ok(Value::bool(decode64(text, STANDARD).is_ok()))
}

fn hex_encode(c: &mut PolicyCall) -> Done {
    let s = c.bytes(0);
    c.charge_output(s.len().saturating_mul(2))?;
    c.string(encode_hex(s))
}

pub(crate) fn encode_hex(bytes: &[u8]) -> String {
    let digit = |n: u8| char::from(if n < 10 { b'0' + n } else { b'a' + (n - 10) });
    bytes.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect()
}

fn hex_decode(c: &mut PolicyCall) -> Done {
    let s = c.bytes(0);
    c.charge_output(s.len())?;
    let mut digits = Vec::with_capacity(s.len());
    for b in s {
        match char::from(*b).to_digit(16) {
            Some(d) => digits.push(d as u8),
            None => return fail(format!("invalid byte: {}", super::text::quoted_bytes(&[*b]))),
        }
    }
    let (pairs, rest) = digits.as_chunks::<2>();
    if !rest.is_empty() {
        return fail("odd length hex string");
    }
    c.string(pairs.iter().map(|[a, b]| a << 4 | b).collect::<Vec<u8>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_comes_back() {
        for n in 0..70usize {
            let bytes: Vec<u8> = (0..n).map(|i| (i * 37 + n) as u8).collect();
            for last in [STANDARD, URL] {
                assert_eq!(decode64(encode64(&bytes, last, true).as_bytes(), last), Ok(bytes.clone()));
            }
        }
        assert_eq!(decode64(b"aGVs\nbG8=\n", STANDARD).as_deref(), Ok(&b"hello"[..]));
        for (bad, at) in
            [("a", 1), ("ab", 2), ("abc", 3), ("ab=", 3), ("ab==c", 4), ("=", 0), ("ab!=", 2), ("abcd=", 4)]
        {
            assert_eq!(decode64(bad.as_bytes(), STANDARD), Err(at), "{bad}");
        }
    }
}
