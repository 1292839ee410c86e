//! Semantic versions: their form and their order.

use alloc::format;
use alloc::string::String;
use core::cmp::Ordering;

/// A version.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Version<'a> {
    /// Major, minor, patch.
    pub core: [i64; 3],
    /// What follows the hyphen; empty for a release.
    pub pre: &'a str,
}

fn identifiers(text: &str) -> bool {
    text.split('.').all(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
}

impl<'a> Version<'a> {
    /// Reads `1.2.3-rc.1+build`; a `v` before it is no harm.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &'a str) -> Result<Version<'a>, String> {
        let wrong = |why: &str| format!("`{text}` is not a semantic version: {why}");
        let rest = text.strip_prefix('v').unwrap_or(text);
        let (rest, build) = rest.split_once('+').unwrap_or((rest, ""));
        let (core, pre) = rest.split_once('-').unwrap_or((rest, ""));
        if !(build.is_empty() || identifiers(build)) {
            return Err(wrong("what follows the plus sign takes letters, digits, hyphens and points between them"));
        }
        if !(pre.is_empty() || identifiers(pre)) {
            return Err(wrong("what follows the hyphen takes letters, digits, hyphens and points between them"));
        }
        let mut parts = core.split('.');
        let mut numbers = [0; 3];
        for number in &mut numbers {
            let part = parts.next().ok_or_else(|| wrong("it should contain major, minor, and patch versions"))?;
            if part.is_empty() || !part.bytes().all(|b| b.is_ascii_digit()) {
                return Err(wrong("major, minor and patch are numbers"));
            }
            *number = part.parse().map_err(|_| wrong("a number is out of range"))?;
        }
        match parts.next() {
            None => Ok(Version { core: numbers, pre }),
            Some(_) => Err(wrong("it should contain major, minor, and patch versions, and no more")),
        }
    }

    /// The order: by numbers, then a release after all its candidates, these by their parts.
    pub fn order(&self, other: &Version) -> Ordering {
        let core = self.core.cmp(&other.core);
        if core != Ordering::Equal {
            return core;
        }
        match (self.pre.is_empty(), other.pre.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => by_parts(self.pre, other.pre),
        }
    }
}

fn by_parts(a: &str, b: &str) -> Ordering {
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        let (x, y) = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(x), Some(y)) => (x, y),
        };
        let order = match (digits(x), digits(y)) {
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => x.cmp(y),
            // As numbers of any size.
            (true, true) => {
                let (x, y) = (x.trim_start_matches('0'), y.trim_start_matches('0'));
                x.len().cmp(&y.len()).then_with(|| x.cmp(y))
            }
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_the_standard_is_total() {
        let rising = [
            "0.0.1",
            "0.9.0-0",
            "0.9.0",
            "1.0.0-2",
            "1.0.0-10",
            "1.0.0-99999999999999999999",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0",
            "1.0.1",
            "1.10.0",
            "2.0.0",
        ];
        for (i, a) in rising.iter().enumerate() {
            for (j, b) in rising.iter().enumerate() {
                let have = Version::parse(a).unwrap().order(&Version::parse(b).unwrap());
                assert_eq!(have, i.cmp(&j), "{a} {b}");
            }
        }
    }

    #[test]
    fn what_is_behind_the_plus_does_not_count() {
        let order = |a, b| Version::parse(a).unwrap().order(&Version::parse(b).unwrap());
        assert_eq!(order("1.0.0+a", "v1.0.0+b.2"), Ordering::Equal);
    }

    #[test]
    fn forms() {
        for good in ["1.2.3", "v1.2.3", "1.2.3-a.b-c.1+x.y", "1.2.3+4", "0.0.0"] {
            assert!(Version::parse(good).is_ok(), "{good}");
        }
        for wrong in [
            "",
            "1",
            "1.2",
            "1.2.3.4",
            "1.2.x",
            "1..3",
            "1.2.3-a..b",
            "1.2.3+\u{e4}",
            "a1.2.3",
            "99999999999999999999.0.0",
            "1.-2.3",
        ] {
            assert!(Version::parse(wrong).is_err(), "{wrong}");
        }
    }
}
