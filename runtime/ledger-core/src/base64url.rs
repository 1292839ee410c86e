//! Base64url without padding, with exactly one accepted spelling per byte string.

use alloc::string::String;
use alloc::vec::Vec;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Encodes bytes.
pub fn encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().saturating_mul(4) / 3 + 4);
    for chunk in bytes.chunks(3) {
        let mut group: u32 = 0;
        for at in 0..3 {
            group = (group << 8) | u32::from(chunk.get(at).copied().unwrap_or(0));
        }
        for at in 0..=chunk.len() {
            let six = (group >> (18 - 6 * at)) & 63;
            out.push(ALPHABET[six as usize] as char);
        }
    }
    out
}

/// Decodes text; `None` for a foreign character, an impossible length or bits left over that are not zero.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let bytes = text.as_bytes();
    if bytes.len() % 4 == 1 {
        return None;
    }
    let mut out = Vec::with_capacity(bytes.len() / 4 * 3 + 2);
    for chunk in bytes.chunks(4) {
        let mut group: u32 = 0;
        for at in 0..4 {
            let six = match chunk.get(at) {
                Some(byte) => ALPHABET.iter().position(|c| c == byte)? as u32,
                None => 0,
            };
            group = (group << 6) | six;
        }
        let whole = group.to_be_bytes();
        let keep = chunk.len() - 1;
        if whole[1 + keep..].iter().any(|b| *b != 0) {
            return None;
        }
        out.extend_from_slice(&whole[1..=keep]);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_vectors() {
        for (raw, text) in [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg")] {
            assert_eq!(encode(raw.as_bytes()), text);
            assert_eq!(decode(text).as_deref(), Some(raw.as_bytes()));
        }
        assert_eq!(decode("Zh"), None, "left-over bits must be zero");
        assert_eq!(decode("Z"), None);
        assert_eq!(decode("Zg=="), None);
        assert_eq!(decode("Zm+v"), None);
    }

    proptest! {
        #[test]
        fn decoding_undoes_encoding(bytes: Vec<u8>) {
            prop_assert_eq!(decode(&encode(&bytes)), Some(bytes));
        }

        #[test]
        fn one_spelling_per_value(text in "[A-Za-z0-9_-]{0,40}") {
            if let Some(bytes) = decode(&text) {
                prop_assert_eq!(encode(&bytes), text);
            }
        }
    }
}
