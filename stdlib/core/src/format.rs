//! The format language of `string.format`: C's `printf` without its floats.

use alloc::string::String;
use alloc::vec::Vec;
use gatos_num::{Num, fix_text, format_fixed, format_int, int_text};

/// Why a format is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FormatError {
    /// `%` ends the format, or its flags, width and precision are too long or not allowed for it.
    Malformed,
    /// An unknown conversion.
    Unknown(u8),
    /// A conversion that cannot be the same on every machine.
    Refused(u8),
}

impl core::fmt::Display for FormatError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            FormatError::Malformed => f.write_str("invalid conversion in format string"),
            FormatError::Unknown(c) if c.is_ascii_graphic() => {
                write!(f, "invalid conversion '%{}' in format string", *c as char)
            }
            FormatError::Unknown(c) => write!(f, "invalid conversion with byte {c} in format string"),
            FormatError::Refused(b'p') => f.write_str("'%p' is refused: addresses differ from run to run"),
            FormatError::Refused(c) => {
                write!(f, "'%{}' is refused: there are no floats; use '%f' or '%s'", *c as char)
            }
        }
    }
}

/// One conversion of a format.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Spec {
    /// `-`: fill on the right.
    pub left: bool,
    /// `+`: always a sign.
    pub plus: bool,
    /// A space where no sign stands.
    pub space: bool,
    /// `#`: the alternative form.
    pub alternative: bool,
    /// `0`: fill with zeros.
    pub zero: bool,
    /// The least width.
    pub width: usize,
    /// The precision, when given.
    pub precision: Option<usize>,
    /// The conversion: one of `d i u c o x X f s q`.
    pub conversion: u8,
}

/// A part of a format.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Piece<'a> {
    /// Bytes as they are.
    Text(&'a [u8]),
    /// An argument's place.
    Spec(Spec),
}

/// The next part of a format at `at`, which moves past it; nothing at the end.
///
/// # Errors
/// When a conversion is not one, or is refused.
pub fn next_piece<'a>(format: &'a [u8], at: &mut usize) -> Result<Option<Piece<'a>>, FormatError> {
    let rest = &format[(*at).min(format.len())..];
    if rest.is_empty() {
        return Ok(None);
    }
    let text = rest.iter().position(|b| *b == b'%').unwrap_or(rest.len());
    if text > 0 {
        *at += text;
        return Ok(Some(Piece::Text(&rest[..text])));
    }
    if rest.get(1) == Some(&b'%') {
        *at += 2;
        return Ok(Some(Piece::Text(b"%")));
    }
    let mut spec = Spec::default();
    let mut p = 1;
    loop {
        match rest.get(p) {
            Some(b'-') => spec.left = true,
            Some(b'+') => spec.plus = true,
            Some(b' ') => spec.space = true,
            Some(b'#') => spec.alternative = true,
            Some(b'0') => spec.zero = true,
            _ => break,
        }
        p += 1;
    }
    let digits = |p: &mut usize| {
        let mut n = 0;
        for _ in 0..2 {
            match rest.get(*p) {
                Some(d) if d.is_ascii_digit() => n = n * 10 + usize::from(d - b'0'),
                _ => break,
            }
            *p += 1;
        }
        n
    };
    spec.width = digits(&mut p);
    if rest.get(p) == Some(&b'.') {
        p += 1;
        spec.precision = Some(digits(&mut p));
    }
    let Some(&c) = rest.get(p) else { return Err(FormatError::Malformed) };
    spec.conversion = c;
    *at += p + 1;
    check(&spec, p > 1)?;
    Ok(Some(Piece::Spec(spec)))
}

fn check(s: &Spec, modified: bool) -> Result<(), FormatError> {
    let (flags, precision) = match s.conversion {
        b'd' | b'i' => (!s.alternative, true),
        b'u' => (!s.alternative && !s.plus && !s.space, true),
        b'o' | b'x' | b'X' => (!s.plus && !s.space, true),
        b'f' => (true, true),
        b's' => (!s.plus && !s.space && !s.alternative && !s.zero, true),
        b'c' => (!s.plus && !s.space && !s.alternative && !s.zero, false),
        b'q' => (!modified, false),
        b'a' | b'A' | b'e' | b'E' | b'g' | b'G' | b'p' => return Err(FormatError::Refused(s.conversion)),
        b'0'..=b'9' | b'.' | b'-' | b'+' | b' ' | b'#' => return Err(FormatError::Malformed),
        c => return Err(FormatError::Unknown(c)),
    };
    if flags && (precision || s.precision.is_none()) { Ok(()) } else { Err(FormatError::Malformed) }
}

fn fill(out: &mut Vec<u8>, byte: u8, n: usize) {
    out.extend(core::iter::repeat_n(byte, n));
}

/// Sign or prefix, digits and padding, with zeros between when `zeros`.
fn number(out: &mut Vec<u8>, s: &Spec, prefix: &[u8], digits: &[u8], zeros: bool) {
    let pad = s.width.saturating_sub(prefix.len() + digits.len());
    let zeros = zeros && !s.left;
    if !s.left && !zeros {
        fill(out, b' ', pad);
    }
    out.extend_from_slice(prefix);
    if zeros {
        fill(out, b'0', pad);
    }
    out.extend_from_slice(digits);
    if s.left {
        fill(out, b' ', pad);
    }
}

fn sign(s: &Spec, negative: bool) -> &'static [u8] {
    match (negative, s.plus, s.space) {
        (true, ..) => b"-",
        (_, true, _) => b"+",
        (_, _, true) => b" ",
        _ => b"",
    }
}

/// Appends an integer for `%d %i %u %o %x %X`.
pub fn integer(out: &mut Vec<u8>, s: &Spec, value: i64) {
    let signed = matches!(s.conversion, b'd' | b'i');
    let mut magnitude = if signed { value.unsigned_abs() } else { value as u64 };
    let (base, table): (u64, &[u8; 16]) = match s.conversion {
        b'o' => (8, b"0123456789abcdef"),
        b'x' => (16, b"0123456789abcdef"),
        b'X' => (16, b"0123456789ABCDEF"),
        _ => (10, b"0123456789abcdef"),
    };
    // 22 octal digits at most, 99 with a precision; written from the back.
    let mut digits = [b'0'; 128];
    let mut at = digits.len();
    while magnitude > 0 {
        at -= 1;
        digits[at] = table[(magnitude % base) as usize];
        magnitude /= base;
    }
    at = at.min(digits.len() - s.precision.unwrap_or(1).min(digits.len() - 1));
    let mut prefix: &[u8] = if signed { sign(s, value < 0) } else { b"" };
    if s.alternative {
        match s.conversion {
            b'o' if digits.get(at) != Some(&b'0') => at -= 1,
            b'x' if value != 0 => prefix = b"0x",
            b'X' if value != 0 => prefix = b"0X",
            _ => {}
        }
    }
    number(out, s, prefix, &digits[at..], s.zero && s.precision.is_none());
}

/// Appends a number for `%f`: exact, then rounded half to even.
pub fn decimal(out: &mut Vec<u8>, s: &Spec, value: Num) {
    let precision = s.precision.unwrap_or(6);
    let mut text = String::new();
    match value {
        Num::Int(i) => format_int(i, precision, &mut text),
        Num::Fixed(f) => format_fixed(f, precision, &mut text),
    }
    if s.alternative && precision == 0 {
        text.push('.');
    }
    let (negative, digits) = text.strip_prefix('-').map_or((false, text.as_str()), |d| (true, d));
    number(out, s, sign(s, negative), digits.as_bytes(), s.zero);
}

/// Appends a string for `%s`; a precision cuts it to so many bytes.
pub fn string(out: &mut Vec<u8>, s: &Spec, value: &[u8]) {
    let value = &value[..s.precision.unwrap_or(value.len()).min(value.len())];
    number(out, s, b"", value, false);
}

/// Appends a byte for `%c`.
pub fn byte(out: &mut Vec<u8>, s: &Spec, value: i64) {
    number(out, s, b"", &[value as u8], false);
}

/// Appends a string literal that reads back as these bytes, for `%q`.
pub fn quoted(out: &mut Vec<u8>, value: &[u8]) {
    out.push(b'"');
    for (i, b) in value.iter().enumerate() {
        match b {
            b'"' | b'\\' | b'\n' => out.extend_from_slice(&[b'\\', *b]),
            0..=31 | 127 => {
                let digits = int_text(i64::from(*b));
                out.push(b'\\');
                // A digit after the escape would join it, so it gets all three places.
                if value.get(i + 1).is_some_and(u8::is_ascii_digit) {
                    fill(out, b'0', 3 - digits.as_bytes().len());
                }
                out.extend_from_slice(digits.as_bytes());
            }
            b => out.push(*b),
        }
    }
    out.push(b'"');
}

/// Appends a number literal for `%q`.
pub fn quoted_number(out: &mut Vec<u8>, value: Num) {
    match value {
        // Its decimal text would be a negation of what is out of range.
        Num::Int(i64::MIN) => out.extend_from_slice(b"0x8000000000000000"),
        Num::Int(i) => out.extend_from_slice(int_text(i).as_bytes()),
        Num::Fixed(f) => out.extend_from_slice(fix_text(f).as_bytes()),
    }
}
