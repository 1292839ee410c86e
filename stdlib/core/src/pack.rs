//! The layout language of `string.pack`, `string.packsize` and `string.unpack`.
//!
//! The byte order is little-endian at first and after `=`, and native sizes are those of
//! a 64-bit machine, everywhere. Sizes of integers go up to 16 bytes, as in Lua.

use alloc::vec::Vec;

/// The largest integer, in bytes.
pub const MAX_INT: usize = 16;
const MAX_SIZE: usize = i32::MAX as usize;

/// Why a format or a value is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PackError {
    /// An unknown option.
    Option(u8),
    /// A float option: `f`, `d` or `n`.
    Float(u8),
    /// An integer size outside 1 to 16.
    IntSize,
    /// `c` without a size.
    MissingSize,
    /// `X` before something that has no alignment.
    Alignment,
    /// An alignment that is not a power of two.
    NotPowerOfTwo,
    /// Sizes that add up to more than a string can hold.
    TooLarge,
    /// An integer that does not fit its size.
    IntOverflow,
    /// A string longer than its `c` size.
    LongerThanSize,
    /// A string whose length does not fit before it.
    LengthOverflow,
    /// A zero byte in a `z` string.
    ContainsZero,
    /// A format of variable size where a fixed one is needed.
    VariableSize,
    /// Too few bytes to read.
    TooShort,
    /// A `z` string without its end.
    Unfinished,
    /// An integer read that no EchoLua integer is equal to.
    DoesNotFit,
}

impl core::fmt::Display for PackError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            PackError::Option(c) if c.is_ascii_graphic() => return write!(f, "invalid format option '{}'", *c as char),
            PackError::Option(c) => return write!(f, "invalid format option with byte {c}"),
            PackError::Float(c) => return write!(f, "format option '{}' is refused: there are no floats", *c as char),
            PackError::IntSize => "integral size out of limits [1,16]",
            PackError::MissingSize => "missing size for format option 'c'",
            PackError::Alignment => "invalid next option for option 'X'",
            PackError::NotPowerOfTwo => "format asks for alignment not power of 2",
            PackError::TooLarge => "format result too large",
            PackError::IntOverflow => "integer overflow in packing",
            PackError::LongerThanSize => "string longer than given size",
            PackError::LengthOverflow => "string length does not fit in given size",
            PackError::ContainsZero => "string contains zeros",
            PackError::VariableSize => "variable-length format",
            PackError::TooShort => "data string too short",
            PackError::Unfinished => "unfinished string for format 'z'",
            PackError::DoesNotFit => "integer read does not fit into 64 bits",
        })
    }
}

/// One thing to lay out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Item {
    /// A signed integer of so many bytes.
    Int(usize),
    /// An unsigned integer of so many bytes.
    Uint(usize),
    /// A string of exactly so many bytes.
    Chars(usize),
    /// A string after its length, an unsigned integer of so many bytes.
    Counted(usize),
    /// A string and a zero byte.
    Zero,
    /// One zero byte.
    Pad,
    /// Nothing, but its alignment.
    Align,
}

impl Item {
    /// The bytes that it surely takes.
    pub fn size(self) -> usize {
        match self {
            Item::Int(n) | Item::Uint(n) | Item::Chars(n) | Item::Counted(n) => n,
            Item::Pad => 1,
            Item::Zero | Item::Align => 0,
        }
    }

    /// Whether a value belongs to it.
    pub fn has_value(self) -> bool {
        !matches!(self, Item::Pad | Item::Align)
    }
}

/// A format being read.
pub struct Layout<'a> {
    format: &'a [u8],
    at: usize,
    max_align: usize,
    /// Whether integers are written least byte first.
    pub little: bool,
}

enum Opt {
    Item(Item),
    None,
}

impl<'a> Layout<'a> {
    /// A format from its start.
    pub fn new(format: &'a [u8]) -> Layout<'a> {
        Layout { format, at: 0, max_align: 1, little: true }
    }

    /// The next item when `total` bytes stand before it, and the padding it needs; nothing
    /// at the end.
    ///
    /// # Errors
    /// When the format is malformed here.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self, total: usize) -> Result<Option<(Item, usize)>, PackError> {
        while self.at < self.format.len() {
            let Opt::Item(item) = self.option()? else { continue };
            let align = match item {
                Item::Align => {
                    if self.at >= self.format.len() {
                        return Err(PackError::Alignment);
                    }
                    match self.option()? {
                        Opt::Item(Item::Chars(_) | Item::Zero | Item::Align) | Opt::None => {
                            return Err(PackError::Alignment);
                        }
                        Opt::Item(next) => next.size(),
                    }
                }
                Item::Chars(_) => 0,
                other => other.size(),
            };
            let align = if align > 1 { align.min(self.max_align) } else { 1 };
            if !align.is_power_of_two() {
                return Err(PackError::NotPowerOfTwo);
            }
            return Ok(Some((item, align.wrapping_sub(total & (align - 1)) & (align - 1))));
        }
        Ok(None)
    }

    fn option(&mut self) -> Result<Opt, PackError> {
        let c = self.format[self.at];
        self.at += 1;
        Ok(Opt::Item(match c {
            b'b' => Item::Int(1),
            b'B' => Item::Uint(1),
            b'h' => Item::Int(2),
            b'H' => Item::Uint(2),
            b'i' => Item::Int(self.int_size(4)?),
            b'I' => Item::Uint(self.int_size(4)?),
            b'l' | b'j' => Item::Int(8),
            b'L' | b'J' | b'T' => Item::Uint(8),
            b's' => Item::Counted(self.int_size(8)?),
            b'c' => Item::Chars(self.number().ok_or(PackError::MissingSize)?),
            b'z' => Item::Zero,
            b'x' => Item::Pad,
            b'X' => Item::Align,
            b'f' | b'd' | b'n' => return Err(PackError::Float(c)),
            b'!' => {
                self.max_align = self.int_size(8)?;
                return Ok(Opt::None);
            }
            b'<' | b'=' | b'>' => {
                self.little = c != b'>';
                return Ok(Opt::None);
            }
            b' ' => return Ok(Opt::None),
            other => return Err(PackError::Option(other)),
        }))
    }

    fn number(&mut self) -> Option<usize> {
        let mut n = None;
        while let Some(d) = self.format.get(self.at).filter(|d| d.is_ascii_digit()) {
            let before = n.unwrap_or(0usize);
            if before > (MAX_SIZE - 9) / 10 {
                break;
            }
            n = Some(before * 10 + usize::from(d - b'0'));
            self.at += 1;
        }
        n
    }

    fn int_size(&mut self, default: usize) -> Result<usize, PackError> {
        let n = self.number().unwrap_or(default);
        if (1..=MAX_INT).contains(&n) { Ok(n) } else { Err(PackError::IntSize) }
    }
}

/// The number of bytes of a format of fixed size, and its items.
///
/// # Errors
/// When the format is malformed, of variable size, or too large.
pub fn packed_size(format: &[u8]) -> Result<(usize, usize), PackError> {
    let mut layout = Layout::new(format);
    let (mut total, mut items) = (0usize, 0);
    while let Some((item, padding)) = layout.next(total)? {
        if matches!(item, Item::Zero | Item::Counted(_)) {
            return Err(PackError::VariableSize);
        }
        let size = item.size() + padding;
        if total > MAX_SIZE - size.min(MAX_SIZE) {
            return Err(PackError::TooLarge);
        }
        total += size;
        items += 1;
    }
    Ok((total, items))
}

/// Appends an integer of `size` bytes; an unsigned one has zeros past its 64 bits.
pub fn put_int(out: &mut Vec<u8>, value: i64, size: usize, little: bool, signed: bool) {
    let start = out.len();
    let bytes = if signed { i128::from(value).to_le_bytes() } else { u128::from(value as u64).to_le_bytes() };
    out.extend_from_slice(&bytes[..size.min(MAX_INT)]);
    if !little {
        out[start..].reverse();
    }
}

/// Whether an integer fits a signed or unsigned item.
pub fn int_fits(value: i64, size: usize, signed: bool) -> bool {
    if size >= 8 {
        return true;
    }
    let bits = size as u32 * 8;
    if signed { value >> (bits - 1) == 0 || value >> (bits - 1) == -1 } else { (value as u64) >> bits == 0 }
}

/// Whether a length fits an unsigned integer of `size` bytes.
pub fn length_fits(len: usize, size: usize) -> bool {
    size >= 8 || (len as u64) >> (size as u32 * 8) == 0
}

/// Reads an integer of all of `bytes` (at most 16).
///
/// # Errors
/// When no 64-bit integer has that value; unsigned ones may use all 64 bits.
pub fn take_int(bytes: &[u8], little: bool, signed: bool) -> Result<i64, PackError> {
    let mut wide = [0u8; MAX_INT];
    for (i, b) in bytes.iter().take(MAX_INT).enumerate() {
        wide[if little { i } else { bytes.len() - 1 - i }] = *b;
    }
    let size = bytes.len().min(MAX_INT);
    let mut low = [0u8; 8];
    low.copy_from_slice(&wide[..8]);
    let value = i64::from_le_bytes(low);
    if size < 8 {
        let shift = 64 - size as u32 * 8;
        return Ok(if signed { value << shift >> shift } else { value });
    }
    let sign = if signed && value < 0 { 0xff } else { 0 };
    if wide[8..size].iter().any(|b| *b != sign) {
        return Err(PackError::DoesNotFit);
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn integers_read_back_as_they_were() {
        for size in 1..=16usize {
            for value in [0, 1, -1, 127, -128, 128, 255, 256, i64::MAX, i64::MIN, 0x1234_5678_9abc] {
                for little in [true, false] {
                    for signed in [true, false] {
                        let mut out = Vec::new();
                        put_int(&mut out, value, size, little, signed);
                        assert_eq!(out.len(), size);
                        if int_fits(value, size, signed) {
                            assert_eq!(take_int(&out, little, signed), Ok(value), "{size} {value} {signed}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn sizes_add_up_with_alignment() {
        assert_eq!(packed_size(b"<i4 i8"), Ok((12, 2)));
        assert_eq!(packed_size(b"!8 i4 i8"), Ok((16, 2)));
        assert_eq!(packed_size(b"!4 i1 Xi8 i2"), Ok((6, 3)));
        assert_eq!(packed_size(b"c10 x b"), Ok((12, 3)));
        assert_eq!(packed_size(b"s"), Err(PackError::VariableSize));
        assert_eq!(packed_size(b"!8 i3"), Err(PackError::NotPowerOfTwo));
        assert_eq!(packed_size(b"i17"), Err(PackError::IntSize));
        assert_eq!(packed_size(b"c"), Err(PackError::MissingSize));
        assert_eq!(packed_size(b"d"), Err(PackError::Float(b'd')));
        assert_eq!(packed_size(b"X"), Err(PackError::Alignment));
        assert_eq!(packed_size(b"c2147483639 c9"), Err(PackError::TooLarge));
    }
}
