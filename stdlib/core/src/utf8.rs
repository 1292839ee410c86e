//! UTF-8 as the `utf8` library reads and writes it: strict, or lax up to 2^31 - 1.

/// The largest code point that the lax form can write.
pub const MAX_LAX: u32 = 0x7fff_ffff;

/// Whether a byte continues a character.
#[inline]
pub fn is_continuation(b: u8) -> bool {
    b & 0xc0 == 0x80
}

/// The code point at the start of `bytes`, and how many bytes it takes. Overlong forms are
/// refused; unless `lax`, so are surrogates and what lies beyond U+10FFFF.
pub fn decode(bytes: &[u8], lax: bool) -> Option<(u32, usize)> {
    let first = *bytes.first()?;
    if first < 0x80 {
        return Some((u32::from(first), 1));
    }
    let len = first.leading_ones() as usize;
    if !(2..=6).contains(&len) || bytes.len() < len {
        return None;
    }
    let mut code = u32::from(first) & (0x7f >> len);
    for b in &bytes[1..len] {
        if !is_continuation(*b) {
            return None;
        }
        code = code << 6 | u32::from(b & 0x3f);
    }
    const LEAST: [u32; 7] = [0, 0, 0x80, 0x800, 0x1_0000, 0x20_0000, 0x400_0000];
    if code < LEAST[len] || (!lax && (code > 0x10_ffff || (0xd800..0xe000).contains(&code))) {
        return None;
    }
    Some((code, len))
}

/// Appends the bytes of a code point of at most [`MAX_LAX`].
pub fn encode(code: u32, out: &mut alloc::vec::Vec<u8>) {
    let len: u32 = match code {
        0..0x80 => return out.push(code as u8),
        0x80..0x800 => 2,
        0x800..0x1_0000 => 3,
        0x1_0000..0x20_0000 => 4,
        0x20_0000..0x400_0000 => 5,
        _ => 6,
    };
    let lead = !(0xffu32 >> len) & 0xff;
    out.push((lead | (code >> (6 * (len - 1)) & 0x3f)) as u8);
    for i in (0..len - 1).rev() {
        out.push((0x80 | (code >> (6 * i) & 0x3f)) as u8);
    }
}

/// Counts the characters that begin from offset `from` up to and including offset `to`.
///
/// # Errors
/// The offset of the first character that is not UTF-8.
pub fn count(bytes: &[u8], from: usize, to: Option<usize>, lax: bool) -> Result<u64, usize> {
    let (mut at, mut n) = (from, 0);
    while to.is_some_and(|to| at <= to) && at < bytes.len() {
        match decode(&bytes[at..], lax) {
            Some((_, len)) => at += len,
            None => return Err(at),
        }
        n += 1;
    }
    Ok(n)
}

/// Why there is no offset.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OffsetError {
    /// The starting offset is inside a character.
    Continuation,
}

/// The offset at which the `n`th character counted from offset `from` begins.
///
/// # Errors
/// When `n` is not 0 and `from` is inside a character.
pub fn offset(bytes: &[u8], n: i64, from: usize) -> Result<Option<usize>, OffsetError> {
    let continues = |at: usize| bytes.get(at).is_some_and(|b| is_continuation(*b));
    let (mut n, mut at) = (n, from);
    if n == 0 {
        while at > 0 && continues(at) {
            at -= 1;
        }
        return Ok(Some(at));
    }
    if continues(at) {
        return Err(OffsetError::Continuation);
    }
    if n < 0 {
        while n < 0 && at > 0 {
            at -= 1;
            while at > 0 && continues(at) {
                at -= 1;
            }
            n += 1;
        }
    } else {
        n -= 1;
        while n > 0 && at < bytes.len() {
            at += 1;
            while continues(at) {
                at += 1;
            }
            n -= 1;
        }
    }
    Ok(if n == 0 { Some(at) } else { None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn strict_decoding_is_what_rust_accepts() {
        for code in (0..0x11_0000u32).step_by(7) {
            let mut out = Vec::new();
            encode(code, &mut out);
            let strict = decode(&out, false);
            assert_eq!(strict, char::from_u32(code).map(|c| (code, c.len_utf8())));
            assert_eq!(decode(&out, true), Some((code, out.len())));
        }
    }

    #[test]
    fn lax_decoding_reaches_31_bits_and_refuses_overlong_forms() {
        for code in [0x11_0000, 0x1f_ffff, 0x20_0000, 0x3ff_ffff, 0x400_0000, MAX_LAX] {
            let mut out = Vec::new();
            encode(code, &mut out);
            assert_eq!(decode(&out, true), Some((code, out.len())));
            assert_eq!(decode(&out, false), None);
        }
        for bad in
            [&b"\xc0\x80"[..], b"\xe0\x80\x80", b"\xff", b"\xfe\x80\x80\x80\x80\x80\x80", b"\x80", b"\xc3", b"\xc3a"]
        {
            assert_eq!(decode(bad, true), None);
        }
    }
}
