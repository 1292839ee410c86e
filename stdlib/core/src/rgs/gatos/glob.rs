//! Globs over paths, addresses and refs: `*` and `?` stay within a segment, `**` crosses segments, `{a,b}` chooses.
//! Matching takes time in proportion to pattern times text, whatever the pattern.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

/// How deep choices may nest.
const DEPTH: usize = 8;

enum Item {
    Char(char),
    /// `?`: one character, but no slash.
    One,
    /// `*`: any run without a slash.
    Run,
    /// `**`: any run.
    Deep,
    /// `/**` at the end: the thing itself, and whatever lies below.
    Below,
    /// `**/` at the beginning of a segment: any number of whole segments.
    Segments,
    Choice(Vec<Vec<Item>>),
}

/// A compiled glob.
pub struct Glob(Vec<Item>);

/// What is behind the pattern's place: the end, `,` or `}` of a choice, or more.
struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn items(&mut self, depth: usize) -> Result<Vec<Item>, String> {
        let mut out = Vec::new();
        // Whether a segment begins here.
        let mut fresh = depth == 0;
        while let Some(c) = self.rest.chars().next() {
            if depth > 0 && (c == ',' || c == '}') {
                break;
            }
            let was_fresh = core::mem::replace(&mut fresh, c == '/');
            self.rest = &self.rest[c.len_utf8()..];
            match c {
                '*' if self.rest.starts_with('*') => {
                    self.rest = self.rest.trim_start_matches('*');
                    if was_fresh && let Some(rest) = self.rest.strip_prefix('/') {
                        self.rest = rest;
                        out.push(Item::Segments);
                        fresh = true;
                    } else if self.rest.is_empty() && ends_in_name(&out) {
                        out.pop();
                        out.push(Item::Below);
                    } else {
                        out.push(Item::Deep);
                    }
                }
                '*' => out.push(Item::Run),
                '?' => out.push(Item::One),
                '\\' => {
                    let c = self.rest.chars().next().ok_or("the glob ends with a backslash")?;
                    self.rest = &self.rest[c.len_utf8()..];
                    out.push(Item::Char(c));
                }
                '{' => {
                    if depth == DEPTH {
                        return Err(format!("the glob's choices nest deeper than {DEPTH}"));
                    }
                    let mut choices = vec![self.items(depth + 1)?];
                    while let Some(rest) = self.rest.strip_prefix(',') {
                        self.rest = rest;
                        choices.push(self.items(depth + 1)?);
                    }
                    self.rest = self.rest.strip_prefix('}').ok_or("the glob lacks a `}`")?;
                    out.push(Item::Choice(choices));
                }
                c => out.push(Item::Char(c)),
            }
        }
        Ok(out)
    }
}

/// Whether a plain name and a slash stand at the end: behind `*/` or `//`, `**` asks for more.
fn ends_in_name(items: &[Item]) -> bool {
    match items {
        [.., before, Item::Char('/')] => {
            !matches!(before, Item::Char('/') | Item::Run | Item::Deep | Item::Segments | Item::Below)
        }
        _ => false,
    }
}

/// Which places of the text are reached.
type Places = Vec<bool>;

fn step(item: &Item, text: &[char], from: &Places) -> Places {
    let n = text.len();
    let mut to = vec![false; n + 1];
    match item {
        Item::Char(c) => (0..n).for_each(|j| to[j + 1] = from[j] && text[j] == *c),
        Item::One => (0..n).for_each(|j| to[j + 1] = from[j] && text[j] != '/'),
        Item::Run => (0..=n).for_each(|j| to[j] = from[j] || (j > 0 && to[j - 1] && text[j - 1] != '/')),
        Item::Deep => (0..=n).for_each(|j| to[j] = from[j] || (j > 0 && to[j - 1])),
        Item::Below => {
            let mut below = false;
            for j in 0..=n {
                below |= j > 0 && from[j - 1] && text[j - 1] == '/';
                to[j] = from[j] || below;
            }
        }
        Item::Segments => {
            let mut any = false;
            for j in 0..=n {
                // A whole segment has ended, and it was not empty.
                to[j] = from[j] || (any && j > 1 && text[j - 1] == '/' && text[j - 2] != '/');
                any |= from[j];
            }
        }
        Item::Choice(choices) => {
            for choice in choices {
                let reached = run(choice, text, from.clone()).unwrap_or_else(|places| places);
                (0..=n).for_each(|j| to[j] |= reached[j]);
            }
        }
    }
    to
}

/// The places reached after all items; where none is, no places, and nothing more is tried.
fn run(items: &[Item], text: &[char], mut places: Places) -> Result<Places, Places> {
    for item in items {
        places = step(item, text, &places);
        if !places.contains(&true) {
            return Err(places);
        }
    }
    Ok(places)
}

impl Glob {
    /// Reads a glob.
    ///
    /// # Errors
    /// An open choice, a backslash at the end, choices nested too deep.
    pub fn parse(pattern: &str) -> Result<Glob, String> {
        let mut reader = Reader { rest: pattern };
        reader.items(0).map(Glob)
    }

    /// Whether a text matches as a whole.
    pub fn matches(&self, text: &str) -> bool {
        self.agreed(text).is_none()
    }

    /// Nothing when the text matches; otherwise how many of its bytes agree with the glob.
    pub fn agreed(&self, text: &str) -> Option<usize> {
        let chars: Vec<char> = text.chars().collect();
        let mut places = vec![false; chars.len() + 1];
        places[0] = true;
        let mut furthest = 0;
        for item in &self.0 {
            places = step(item, &chars, &places);
            match places.iter().rposition(|p| *p) {
                Some(at) => furthest = at,
                None => return Some(bytes(&chars, furthest)),
            }
        }
        if places[chars.len()] { None } else { Some(bytes(&chars, furthest)) }
    }
}

fn bytes(chars: &[char], n: usize) -> usize {
    chars[..n].iter().map(|c| c.len_utf8()).sum()
}

/// Why a text does not match, or nothing when it does.
///
/// # Errors
/// As for [`Glob::parse`].
pub fn mismatch(pattern: &str, text: &str) -> Result<String, String> {
    let Some(n) = Glob::parse(pattern)?.agreed(text) else { return Ok(String::new()) };
    Ok(if n == 0 {
        format!("`{text}` does not match `{pattern}`")
    } else {
        format!("`{text}` does not match `{pattern}`: they agree up to `{}`", &text[..n])
    })
}

/// The glob over whole ref names that a shorter one means: under `refs/gatos/` unless it begins with `refs/` or a
/// wildcard of its own, and everything below where it ends with a slash.
pub fn of_ref(pattern: &str) -> String {
    let rooted = pattern.starts_with("refs/") || pattern.starts_with("**");
    let mut out = if rooted { pattern.to_owned() } else { format!("refs/gatos/{pattern}") };
    if out.ends_with('/') {
        out.push_str("**");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        Glob::parse(pattern).unwrap().matches(text)
    }

    #[test]
    fn globs() {
        for (pattern, text) in [
            ("", ""),
            ("a/*", "a/b"),
            ("a/*/c", "a/bb/c"),
            ("a/**", "a/b"),
            ("a/**", "a/b/c"),
            ("a/**", "a"),
            ("a/**", "a/"),
            ("gatos://finance/**", "gatos://finance"),
            ("a/**/c", "a/c"),
            ("a/**/c", "a/b/c"),
            ("a/**/c", "a/x/y/c"),
            ("**/c", "c"),
            ("**/c", "a/b/c"),
            ("**", "a/b/c"),
            ("**", ""),
            ("a**z", "a/b/z"),
            ("a?c", "abc"),
            ("a?c", "a\u{e9}c"),
            ("{a,b/c}/d", "b/c/d"),
            ("{a,b*,{c,d}e}", "de"),
            ("{a,}b", "b"),
            ("{*,x}/y", "q/y"),
            ("\\*\\{", "*{"),
            ("repo://*/**", "repo://host/a/b"),
            ("*.*", "a.b.c"),
            ("a,b}", "a,b}"),
            ("*", ""),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("a/*", "a/b/c"),
            ("a/*", "b/a"),
            ("a/**", "ab"),
            ("a/**", "b/a"),
            ("repo://*/**", "repo://acme"),
            ("a/**/c", "ac"),
            ("a/**/c", "a//c"),
            ("a/**/c", "a/xc"),
            ("**/c", "ac"),
            ("a?c", "a/c"),
            ("*", "a/b"),
            ("{a,b}", "c"),
            ("{a,b}", "ab"),
            ("a", "A"),
        ] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
        for wrong in ["{a", "a\\", "{a,{b}", "{{{{{{{{{{a}}}}}}}}}}"] {
            assert!(Glob::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_pattern_made_to_explode_does_not() {
        assert!(!matches(&"{a,*}*".repeat(60), &format!("{}/", "a".repeat(400))));
    }

    #[test]
    fn mismatches_say_how_far_they_go() {
        assert_eq!(mismatch("refs/gatos/journal/**", "refs/gatos/journal/a"), Ok(String::new()));
        assert_eq!(
            mismatch("refs/gatos/journal/finance/*", "refs/gatos/journal/sales/x"),
            Ok("`refs/gatos/journal/sales/x` does not match `refs/gatos/journal/finance/*`: they agree up to \
                `refs/gatos/journal/`"
                .to_owned())
        );
        assert_eq!(mismatch("b", "a"), Ok("`a` does not match `b`".to_owned()));
    }

    #[test]
    fn short_forms_of_refs() {
        assert_eq!(of_ref("journal/finance/"), "refs/gatos/journal/finance/**");
        assert_eq!(of_ref("refs/heads/*"), "refs/heads/*");
        assert_eq!(of_ref("**/main"), "**/main");
    }
}
