//! Globs: `glob.match`, `glob.quote_meta`, and whether two patterns of characters, classes, `+`
//! and `*` have a string in common.

use super::call::{Done, PolicyCall, bind_rgs, fail, fail_operand};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use gatos_vm::Value;
use gatos_vm::doc::{DocKind, glob};

bind_rgs! {
    "glob.match" => glob_match,
    "glob.quote_meta" => quote_meta,
}

fn glob_match(c: &mut PolicyCall) -> Done {
    let text = c.lossy(2);
    match_pattern(c, 0, &text)
}

/// Matches a text with the pattern in operand `at` and the delimiters in the operand after it.
pub(crate) fn match_pattern(c: &mut PolicyCall, at: usize, text: &str) -> Done {
    let pattern = c.str(at)?;
    let mut delimiters = Vec::new();
    if c.kind(at + 1) == DocKind::Array {
        for v in c.items(at + 1) {
            c.charge(1)?;
            let mut chars = v.as_str().and_then(|s| core::str::from_utf8(s).ok()).unwrap_or("").chars();
            match (chars.next(), chars.next()) {
                (Some(one), None) => delimiters.push(one),
                _ => return fail_operand(1, "array of characters", &format!("array containing {}", c.name_of(*v))),
            }
        }
        if delimiters.is_empty() {
            delimiters.push('.');
        }
    }
    c.charge(pattern.len())?;
    let glob = match glob::Glob::new(pattern, &delimiters) {
        Ok(glob) => glob,
        Err(why) => return fail(format!("{why}")),
    };
    let steps = glob.cost(text.len()) / u64::from(gatos_sigs::STEPS_PER_FUEL);
    c.charge(usize::try_from(steps).unwrap_or(usize::MAX))?;
    Ok(Value::bool(glob.is_match(text)))
}

fn quote_meta(c: &mut PolicyCall) -> Done {
    let s = c.bytes(0);
    c.charge_output(s.len().saturating_mul(2))?;
    let mut out = Vec::with_capacity(s.len());
    for b in s {
        if b"*?\\[]{}".contains(b) {
            out.push(b'\\');
        }
        out.push(*b);
    }
    c.string(out)
}

/// One place of a pattern.
struct Token {
    /// Sorted ranges, both ends in.
    set: Vec<(char, char)>,
    /// May stand any number of times.
    many: bool,
    /// May be left out.
    optional: bool,
}

const ANY: (char, char) = ('\0', char::MAX);

fn tokens(pattern: &str) -> Result<Vec<Token>, String> {
    let wrong = |at: usize, why: &str| Err(format!("input:{pattern}, pos:{at}, {why}: the input provided is invalid"));
    let chars: Vec<char> = pattern.chars().collect();
    let mut out: Vec<Token> = Vec::new();
    let mut at = 0;
    let mut free = false;
    while let Some(c) = chars.get(at).copied() {
        at += 1;
        let set = match c {
            '.' => alloc::vec![ANY],
            ']' => return wrong(at, "set-close ']' with no preceding '['"),
            '+' | '*' => match out.last_mut().filter(|_| free) {
                Some(last) => {
                    (last.many, last.optional) = (true, c == '*');
                    free = false;
                    continue;
                }
                None => return wrong(at, &format!("flag '{c}' must be preceded by a non-flag")),
            },
            '\\' => match chars.get(at) {
                Some(c) => {
                    at += 1;
                    alloc::vec![(*c, *c)]
                }
                None => return wrong(at, "input ends with a \\ (escape) character"),
            },
            '[' => {
                let mut set: Vec<(char, char)> = Vec::new();
                let mut open = true;
                while let Some(c) = chars.get(at).copied().filter(|_| open) {
                    at += 1;
                    let one = |at: &mut usize| {
                        *at += 1;
                        chars.get(*at - 1).copied()
                    };
                    match c {
                        ']' => open = false,
                        '-' => {
                            let Some((low, high)) = set.last_mut().filter(|(a, b)| a == b) else {
                                return wrong(at, "range character '-' must be preceded by a Unicode character");
                            };
                            let end = match one(&mut at) {
                                Some('\\') => one(&mut at),
                                Some(']' | '-') | None => None,
                                end => end,
                            };
                            match end {
                                Some(end) if end >= *low => *high = end,
                                Some(_) => return wrong(at, "range is out of order"),
                                None => {
                                    return wrong(at, "range character '-' must be followed by a Unicode character");
                                }
                            }
                        }
                        '\\' => match one(&mut at) {
                            Some(c) => set.push((c, c)),
                            None => return wrong(at, "input ends with a \\ (escape) character"),
                        },
                        c => set.push((c, c)),
                    }
                }
                if open {
                    return wrong(at, "found [ without matching ]");
                }
                set.sort_unstable();
                set
            }
            c => alloc::vec![(c, c)],
        };
        out.push(Token { set, many: false, optional: false });
        free = true;
    }
    Ok(out)
}

fn meet(a: &[(char, char)], b: &[(char, char)]) -> bool {
    a.iter().any(|x| b.iter().any(|y| x.0 <= y.1 && y.0 <= x.1))
}

/// Whether some string matches both. Pairs of places are visited once each.
pub(super) fn globs_match(c: &mut PolicyCall) -> Done {
    let (a, b) = (c.str(0)?, c.str(1)?);
    c.charge_output(a.len().saturating_add(b.len()).saturating_mul(32))?;
    let (a, b) = match (tokens(a), tokens(b)) {
        (Ok(a), Ok(b)) => (a, b),
        (Err(why), _) | (_, Err(why)) => return fail(why),
    };
    let width = b.len() + 1;
    let places = (a.len() + 1).saturating_mul(width);
    c.charge_output(places)?;
    c.charge(places)?;
    // A place (i, j) is reached when some text brought the first pattern to i and the other to j.
    // Steps never go back, so one pass in order finds them all.
    let mut reached = alloc::vec![false; places];
    reached[0] = true;
    for i in 0..=a.len() {
        for j in 0..width {
            if !reached[i * width + j] {
                continue;
            }
            if a.get(i).is_some_and(|t| t.optional) {
                reached[(i + 1) * width + j] = true;
            }
            if b.get(j).is_some_and(|t| t.optional) {
                reached[i * width + j + 1] = true;
            }
            if let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
                c.charge(x.set.len().saturating_mul(y.set.len()))?;
                if meet(&x.set, &y.set) {
                    reached[(i + 1) * width + j + 1] = true;
                    // One that may come again can stay while the other goes on.
                    if x.many {
                        reached[i * width + j + 1] = true;
                    }
                    if y.many {
                        reached[(i + 1) * width + j] = true;
                    }
                }
            }
        }
    }
    Ok(Value::bool(reached[places - 1]))
}
