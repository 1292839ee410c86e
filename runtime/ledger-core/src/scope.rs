//! What a capability or an audience covers: the wildcards of grants.
//!
//! A capability is a few words with colons between them, `journal:append`. In a pattern `*` stands for one word,
//! as the last word for all that follow, and alone for everything. An audience is a glob over addresses such as
//! `repo://acme/ledger` or `gatos://finance`: `?` is one character and `*` any run of them within a part, `**` a
//! run across parts, and `/**` at the end also means the thing itself.

use alloc::vec;
use alloc::vec::Vec;

/// The longest capability or audience.
pub const MAX_SCOPE: usize = 200;

/// Whether every capability that `cap` means (it may be a pattern itself) is meant by `pattern` too. What has an
/// empty word is covered by nothing. Policies ask the same of `gatos.caps.has`; the library may not use this
/// room, so a test of `runtime/policy` holds the two together.
pub fn covers(pattern: &str, cap: &str) -> bool {
    if cap.split(':').any(str::is_empty) {
        return false;
    }
    if pattern == "*" {
        return true;
    }
    let mut wanted = cap.split(':');
    let mut words = pattern.split(':').peekable();
    while let Some(word) = words.next() {
        let Some(found) = wanted.next() else { return false };
        let is_last = words.peek().is_none();
        if word == "*" {
            if is_last {
                return true;
            }
            // One word in the middle: `*` at the end of what is asked for means more than one.
            if found == "*" && wanted.clone().next().is_none() {
                return false;
            }
        } else if word != found {
            return false;
        }
    }
    wanted.next().is_none()
}

/// Whether one of the patterns covers a capability.
pub fn any_covers<'a>(patterns: impl IntoIterator<Item = &'a str>, cap: &str) -> bool {
    patterns.into_iter().any(|pattern| covers(pattern, cap))
}

/// Why a text cannot be a capability; `None` when it can.
pub fn cap_fault(cap: &str) -> Option<&'static str> {
    if cap.is_empty() || cap.len() > MAX_SCOPE {
        return Some("a capability has 1 to 200 bytes");
    }
    for word in cap.split(':') {
        if word.is_empty() {
            return Some("a word between its colons is empty");
        }
        if word != "*" && word.contains('*') {
            return Some("`*` stands for a whole word, as in `journal:*`");
        }
        if word.chars().any(|c| c.is_control() || c.is_whitespace() || c == '"') {
            return Some("it has a space, a quote or a control character");
        }
    }
    None
}

/// Why a text cannot be an audience; `None` when it can.
pub fn aud_fault(aud: &str) -> Option<&'static str> {
    if aud.is_empty() || aud.len() > MAX_SCOPE {
        return Some("an audience has 1 to 200 bytes");
    }
    if !aud.contains("://") && aud != "**" {
        return Some("an audience is an address such as `gatos://finance` or `repo://acme/*`");
    }
    if aud.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Some("it has a space or a control character");
    }
    None
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    One(char),
    Any,
    Run,
    Deep,
}

/// Whether a glob matches an address. The work is bounded by the product of the lengths.
pub fn glob(pattern: &str, address: &str) -> bool {
    if let Some(front) = pattern.strip_suffix("/**")
        && !front.ends_with(['/', '*'])
        && matches(front, address)
    {
        return true;
    }
    matches(pattern, address)
}

fn matches(pattern: &str, address: &str) -> bool {
    let mut parts: Vec<Part> = Vec::new();
    let mut rest = pattern.chars().peekable();
    while let Some(c) = rest.next() {
        parts.push(match c {
            '?' => Part::Any,
            '*' if rest.peek() == Some(&'*') => {
                while rest.next_if_eq(&'*').is_some() {}
                Part::Deep
            }
            '*' => Part::Run,
            other => Part::One(other),
        });
    }
    // Row by row: which beginnings of the pattern match the address so far.
    let mut open = vec![false; parts.len() + 1];
    let close = |open: &mut Vec<bool>| {
        for (i, part) in parts.iter().enumerate() {
            if open[i] && matches!(part, Part::Run | Part::Deep) {
                open[i + 1] = true;
            }
        }
    };
    open[0] = true;
    close(&mut open);
    for c in address.chars() {
        let mut next = vec![false; open.len()];
        for (i, part) in parts.iter().enumerate().filter(|(i, _)| open[*i]) {
            match part {
                Part::One(wanted) if *wanted == c => next[i + 1] = true,
                Part::Any if c != '/' => next[i + 1] = true,
                Part::Run if c != '/' => next[i] = true,
                Part::Deep => next[i] = true,
                _ => {}
            }
        }
        close(&mut next);
        open = next;
    }
    open[parts.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capabilities_cover_words() {
        for (pattern, cap) in [
            ("*", "journal:append"),
            ("journal:append", "journal:append"),
            ("journal:*", "journal:append"),
            ("journal:*", "journal:append:finance"),
            ("journal:*", "journal:*"),
            ("a:*:c", "a:b:c"),
            ("*", "*"),
        ] {
            assert!(covers(pattern, cap), "{pattern} {cap}");
        }
        for (pattern, cap) in [
            ("journal:append", "journal:*"),
            ("journal:append", "journal"),
            ("journal:*", "journal"),
            ("journal", "journal:append"),
            ("a:*:c", "a:*"),
            ("journal:*", "*"),
            ("journal:*", "journals:append"),
        ] {
            assert!(!covers(pattern, cap), "{pattern} {cap}");
        }
    }

    #[test]
    fn audiences_are_globs() {
        for (pattern, address) in [
            ("repo://*/**", "repo://acme/ledger"),
            ("repo://*/**", "repo://acme/a/b"),
            ("gatos://finance/**", "gatos://finance"),
            ("gatos://finance/**", "gatos://finance/eu"),
            ("gatos://fin*", "gatos://finance"),
            ("gatos://f?nance", "gatos://finance"),
            ("**", "gatos://a/b"),
        ] {
            assert!(glob(pattern, address), "{pattern} {address}");
        }
        for (pattern, address) in [
            ("repo://*", "repo://acme/ledger"),
            ("gatos://fin*", "gatos://finance/eu"),
            ("gatos://finance/**", "gatos://financeX"),
            ("gatos://finance", "gatos://finance/eu"),
            ("repo://*/**", "gatos://finance"),
            ("", "a"),
        ] {
            assert!(!glob(pattern, address), "{pattern} {address}");
        }
    }

    #[test]
    fn odd_words_are_refused() {
        assert!(cap_fault("journal:*").is_none() && aud_fault("repo://*/**").is_none());
        for cap in ["", "a::b", "jour*", "a b", "a:"] {
            assert!(cap_fault(cap).is_some(), "{cap:?}");
        }
        for aud in ["", "finance", "gatos://a b"] {
            assert!(aud_fault(aud).is_some(), "{aud:?}");
        }
    }
}
