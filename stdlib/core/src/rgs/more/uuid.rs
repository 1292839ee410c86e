//! What the bits of a UUID say.

use alloc::string::String;
use core::fmt::Write;

/// 100-nanosecond steps from 1582-10-15 to 1970-01-01.
const GREGORIAN: i128 = 122_192_928_000_000_000;

/// A UUID taken apart.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Uuid {
    /// The version, 0 to 15.
    pub version: u8,
    /// `RFC4122`, `Reserved`, `Microsoft` or `Future`.
    pub variant: &'static str,
    /// Of versions 1 and 2: what they were made from.
    pub origin: Option<Origin>,
}

/// Where and when a UUID of version 1 or 2 was made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Origin {
    /// Nanoseconds since 1970; nothing when an `i64` does not hold them.
    pub time: Option<i64>,
    /// `global:unicast:` or the like, and the node in hexadecimal.
    pub node: String,
    /// Fourteen bits that change when a clock is set back.
    pub clock_sequence: i64,
    /// Of version 2: the local id, and its domain.
    pub local: Option<(i64, String)>,
}

/// Reads the usual forms: with hyphens, also with `urn:uuid:` before it or braces around it, or 32 digits.
pub fn parse(text: &str) -> Option<Uuid> {
    let digits = |text: &str| -> Option<u128> {
        text.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u128::from_str_radix(text, 16).ok())?
    };
    let bare = match text.len() {
        32 => return digits(text).map(apart),
        36 => text,
        38 => text.strip_prefix('{')?.strip_suffix('}')?,
        45 if text.get(..9)?.eq_ignore_ascii_case("urn:uuid:") => &text[9..],
        _ => return None,
    };
    let mut joined = String::with_capacity(32);
    for (i, part) in bare.split('-').enumerate() {
        if part.len() != *[8, 4, 4, 4, 12].get(i)? {
            return None;
        }
        joined.push_str(part);
    }
    if joined.len() == 32 { digits(&joined).map(apart) } else { None }
}

fn apart(bits: u128) -> Uuid {
    let b = bits.to_be_bytes();
    let version = b[6] >> 4;
    let variant = match b[8] >> 5 {
        0b100 | 0b101 => "RFC4122",
        0b110 => "Microsoft",
        0b111 => "Future",
        _ => "Reserved",
    };
    let origin = (version == 1 || version == 2).then(|| origin(&b, version));
    Uuid { version, variant, origin }
}

fn origin(b: &[u8; 16], version: u8) -> Origin {
    let low = u32::from_be_bytes([b[0], b[1], b[2], b[3]]);
    let middle = u16::from_be_bytes([b[4], b[5]]);
    let high = u16::from_be_bytes([b[6], b[7]]) & 0x0fff;
    let steps = i128::from(low) | i128::from(middle) << 32 | i128::from(high) << 48;
    let mut node = String::from(match b[10] & 3 {
        0 => "global:unicast:",
        1 => "global:multicast:",
        2 => "local:unicast:",
        _ => "local:multicast:",
    });
    for byte in &b[10..] {
        // Writing into a string does not fail.
        let _ = write!(node, "{byte:02x}");
    }
    let local = (version == 2).then(|| {
        let domain = match b[9] {
            0 => String::from("Person"),
            1 => String::from("Group"),
            2 => String::from("Org"),
            n => alloc::format!("Domain{n}"),
        };
        (i64::from(low), domain)
    });
    Origin {
        time: i64::try_from((steps - GREGORIAN) * 100).ok(),
        node,
        clock_sequence: i64::from(u16::from_be_bytes([b[8], b[9]]) & 0x3fff),
        local,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        let four = parse("00000000-0000-4000-8000-000000000000").unwrap();
        assert_eq!(four, Uuid { version: 4, variant: "RFC4122", origin: None });
        let one = parse("urn:uuid:c232ab00-9414-11ec-b3c8-9f6bdeced846").unwrap();
        assert_eq!((one.version, one.variant), (1, "RFC4122"));
        let origin = one.origin.unwrap();
        // 2022-02-22T19:22:22Z, the example of RFC 9562.
        assert_eq!(origin.time, Some(1_645_557_742_000_000_000));
        assert_eq!(origin.node, "local:multicast:9f6bdeced846");
        assert_eq!(origin.clock_sequence, 0x33c8);
        assert_eq!(origin.local, None);
        let two = parse("{000003e8-9414-21ec-b300-9f6bdeced846}").unwrap();
        assert_eq!(two.origin.unwrap().local, Some((1000, "Person".into())));
        assert_eq!(parse("00000000000000000000000000000000").unwrap().variant, "Reserved");
    }

    #[test]
    fn other_texts_are_none() {
        for wrong in [
            "",
            "0000",
            "00000000-0000-4000-8000-00000000000g",
            "0000000000000-4000-8000-000000000000",
            "000000000-000-4000-8000-000000000000",
            "+0000000000000000000000000000000",
            "00000000-0000-4000-8000-0000-0000000",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
