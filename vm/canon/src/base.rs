//! Bytes as text: hex, base32 and base64, each in exactly one accepted spelling.

use alloc::string::String;
use alloc::vec::Vec;

const HEX: &[u8; 16] = b"0123456789abcdef";
const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE64URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Lowercase hex.
pub fn hex_encode(bytes: &[u8]) -> String {
    encode(bytes, 4, HEX)
}

/// Bytes of lowercase hex; `None` for anything else.
pub fn hex_decode(text: &str) -> Option<Vec<u8>> {
    decode(text, 4, HEX)
}

/// Base64 with the URL alphabet and no padding, as in keys and signatures.
pub fn base64url_encode(bytes: &[u8]) -> String {
    encode(bytes, 6, BASE64URL)
}

/// Bytes of unpadded URL base64; `None` for anything else, also for stray bits at the end.
pub fn base64url_decode(text: &str) -> Option<Vec<u8>> {
    decode(text, 6, BASE64URL)
}

pub(crate) fn base64_encode(bytes: &[u8]) -> String {
    encode(bytes, 6, BASE64)
}

pub(crate) fn base32_encode(bytes: &[u8]) -> String {
    encode(bytes, 5, BASE32)
}

pub(crate) fn base32_decode(text: &str) -> Option<Vec<u8>> {
    decode(text, 5, BASE32)
}

fn encode(bytes: &[u8], width: u32, alphabet: &[u8]) -> String {
    let mask = (1u32 << width) - 1;
    let mut out = String::with_capacity(bytes.len() * 8 / width as usize + 1);
    let (mut pool, mut bits) = (0u32, 0u32);
    let mut push = |digit: u32| out.push(char::from(alphabet[(digit & mask) as usize]));
    for byte in bytes {
        pool = (pool << 8 | u32::from(*byte)) & 0xffff;
        bits += 8;
        while bits >= width {
            bits -= width;
            push(pool >> bits);
        }
    }
    if bits > 0 {
        push(pool << (width - bits));
    }
    out
}

fn decode(text: &str, width: u32, alphabet: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() * width as usize / 8);
    let (mut pool, mut bits) = (0u32, 0u32);
    for byte in text.bytes() {
        let digit = alphabet.iter().position(|b| *b == byte)?;
        pool = (pool << width | digit as u32) & 0xffff;
        bits += width;
        if bits >= 8 {
            bits -= 8;
            out.push((pool >> bits) as u8);
        }
    }
    // Bits left over must be too few for a digit of their own, and zero.
    let rest = pool & ((1 << bits) - 1);
    if bits < width && rest == 0 { Some(out) } else { None }
}
