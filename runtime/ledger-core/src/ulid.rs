//! ULIDs: 48 bits of milliseconds, then 80 bits of entropy, ordered as one number.
//! Time and randomness are arguments; nothing here looks at a clock.

use alloc::string::String;
use core::fmt;
use core::str::FromStr;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Length of a ULID's text.
pub const ULID_TEXT_LEN: usize = 26;

/// The last millisecond a ULID can carry (the year 10889).
pub const MAX_TIME_MS: u64 = (1 << 48) - 1;

/// A ULID as one 128-bit number, so that comparing numbers is comparing ULIDs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Ulid(pub u128);

impl Ulid {
    /// The smallest ULID.
    pub const MIN: Ulid = Ulid(0);
    /// The largest ULID.
    pub const MAX: Ulid = Ulid(u128::MAX);

    /// Joins a time and 80 bits of entropy; `None` when the time needs more than 48 bits.
    pub fn from_parts(time_ms: u64, entropy: [u8; 10]) -> Option<Ulid> {
        if time_ms > MAX_TIME_MS {
            return None;
        }
        let mut low: u128 = 0;
        for byte in entropy {
            low = (low << 8) | u128::from(byte);
        }
        Some(Ulid((u128::from(time_ms) << 80) | low))
    }

    /// The smallest ULID of a millisecond; `None` when the time needs more than 48 bits.
    pub fn first_of(time_ms: u64) -> Option<Ulid> {
        Ulid::from_parts(time_ms, [0; 10])
    }

    /// Milliseconds since 1970.
    pub fn time_ms(self) -> u64 {
        (self.0 >> 80) as u64
    }

    /// The 80 bits after the time.
    pub fn entropy(self) -> [u8; 10] {
        let bytes = self.0.to_be_bytes();
        let mut out = [0; 10];
        out.copy_from_slice(&bytes[6..]);
        out
    }

    /// The next ULID; `None` after the largest. Entropy overflows into the time, so the order never breaks.
    pub fn successor(self) -> Option<Ulid> {
        self.0.checked_add(1).map(Ulid)
    }

    /// The 26 characters of Crockford's base 32, upper case.
    pub fn to_text(self) -> [u8; ULID_TEXT_LEN] {
        let mut out = [0; ULID_TEXT_LEN];
        let mut rest = self.0;
        for slot in out.iter_mut().rev() {
            *slot = ALPHABET[(rest & 31) as usize];
            rest >>= 5;
        }
        out
    }

    /// Reads the one accepted spelling: 26 upper-case characters, the first at most `7`.
    ///
    /// Crockford's aliases (`O`, `I`, `L`, lower case) are refused: an id with two spellings would have two CIDs.
    pub fn parse(text: &str) -> Result<Ulid, UlidError> {
        let bytes = text.as_bytes();
        if bytes.len() != ULID_TEXT_LEN {
            return Err(UlidError::Length { got: bytes.len() });
        }
        if bytes[0] > b'7' {
            return Err(UlidError::TooLarge);
        }
        let mut value: u128 = 0;
        for (at, byte) in bytes.iter().enumerate() {
            let digit = ALPHABET.iter().position(|c| c == byte).ok_or(UlidError::Character { at })?;
            value = (value << 5) | digit as u128;
        }
        Ok(Ulid(value))
    }
}

/// Why a text is not a ULID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UlidError {
    /// Not 26 bytes long.
    Length {
        /// Bytes found.
        got: usize,
    },
    /// A character outside the alphabet.
    Character {
        /// Byte offset of the character.
        at: usize,
    },
    /// The first character is above `7`, so the number needs more than 128 bits.
    TooLarge,
}

impl fmt::Display for UlidError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UlidError::Length { got } => write!(f, "a ULID has 26 characters, this has {got} bytes"),
            UlidError::Character { at } => {
                write!(f, "character {} of the ULID is not one of 0-9 A-Z without I, L, O, U (upper case only)", at + 1)
            }
            UlidError::TooLarge => f.write_str("a ULID begins with 0 to 7"),
        }
    }
}

impl core::error::Error for UlidError {}

impl fmt::Display for Ulid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.to_text();
        for byte in text {
            fmt::Write::write_char(f, byte as char)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Ulid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ulid({self})")
    }
}

impl FromStr for Ulid {
    type Err = UlidError;
    fn from_str(text: &str) -> Result<Ulid, UlidError> {
        Ulid::parse(text)
    }
}

impl From<Ulid> for String {
    fn from(ulid: Ulid) -> String {
        ulid.to_text().iter().map(|b| *b as char).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use proptest::prelude::*;

    #[test]
    fn the_published_example_reads_and_prints() {
        let ulid = Ulid::parse("01ARZ3NDEKTSV4RRFFQ69G5FAV").unwrap();
        assert_eq!(ulid.time_ms(), 1_469_922_850_259);
        assert_eq!(ulid.to_string(), "01ARZ3NDEKTSV4RRFFQ69G5FAV");
    }

    #[test]
    fn other_spellings_are_refused() {
        assert_eq!(Ulid::parse("01arz3ndektsv4rrffq69g5fav"), Err(UlidError::Character { at: 2 }));
        assert_eq!(Ulid::parse("01ARZ3NDEKTSV4RRFFQ69G5FAI"), Err(UlidError::Character { at: 25 }));
        assert_eq!(Ulid::parse("81ARZ3NDEKTSV4RRFFQ69G5FAV"), Err(UlidError::TooLarge));
        assert_eq!(Ulid::parse("01ARZ"), Err(UlidError::Length { got: 5 }));
        assert_eq!(Ulid::parse("7ZZZZZZZZZZZZZZZZZZZZZZZZZ"), Ok(Ulid::MAX));
        assert_eq!(Ulid::MAX.successor(), None);
    }

    proptest! {
        #[test]
        fn text_and_number_agree(a: u128, b: u128) {
            let (x, y) = (Ulid(a), Ulid(b));
            prop_assert_eq!(Ulid::parse(&x.to_string()), Ok(x));
            prop_assert_eq!(x.cmp(&y), x.to_string().cmp(&y.to_string()));
            prop_assert_eq!(Ulid::from_parts(x.time_ms(), x.entropy()), Some(x));
        }
    }
}
