//! Strings. Positions and lengths count characters. Functions that look at characters read what is
//! not UTF-8 as U+FFFD; those that only compare bytes keep it.

use super::aggregates::merge_sort;
use super::call::{Done, PolicyCall, Stop, bind_rgs, fail, fail_operand, kind_name};
use super::sprintf::{Arg, sprintf};
use super::text::{first_rune, pay, runes, write_term};
use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use gatos_num::Num;
use gatos_vm::doc::DocKind;
use gatos_vm::{Tag, Value};
use memchr::memmem;

bind_rgs! {
    "concat" => concat,
    "contains" => contains,
    "endswith" => endswith,
    "indexof" => indexof,
    "indexof_n" => indexof_n,
    "lower" => lower,
    "replace" => replace,
    "split" => split,
    "sprintf" => format_string,
    "startswith" => startswith,
    "strings.any_prefix_match" => any_prefix_match,
    "strings.any_suffix_match" => any_suffix_match,
    "strings.count" => count,
    "strings.replace_n" => replace_n,
    "strings.reverse" => reverse,
    "substring" => substring,
    "trim" => trim,
    "trim_left" => trim_left,
    "trim_prefix" => trim_prefix,
    "trim_right" => trim_right,
    "trim_space" => trim_space,
    "trim_suffix" => trim_suffix,
    "upper" => upper,
}

/// Two strings that are read once.
fn two<'s>(c: &mut PolicyCall) -> Result<(&'s [u8], &'s [u8]), Stop> {
    let (a, b) = (c.bytes(0), c.bytes(1));
    c.charge_bytes(a.len() + b.len())?;
    Ok((a, b))
}

fn concat(c: &mut PolicyCall) -> Done {
    let between = c.bytes(0);
    let want = format!("{} of strings", kind_name(c.kind(1)));
    let parts = texts(c, 1, &want)?;
    let total: usize = parts.iter().map(|p| p.len()).sum();
    c.charge_output(total.saturating_add(between.len().saturating_mul(parts.len())))?;
    c.string(parts.join(between))
}

fn contains(c: &mut PolicyCall) -> Done {
    let (s, part) = two(c)?;
    Ok(Value::bool(memmem::find(s, part).is_some()))
}

fn startswith(c: &mut PolicyCall) -> Done {
    let part = c.bytes(1);
    c.charge_bytes(part.len())?;
    Ok(Value::bool(c.bytes(0).starts_with(part)))
}

fn endswith(c: &mut PolicyCall) -> Done {
    let part = c.bytes(1);
    c.charge_bytes(part.len())?;
    Ok(Value::bool(c.bytes(0).ends_with(part)))
}

fn indexof(c: &mut PolicyCall) -> Done {
    let (s, part) = two(c)?;
    if part.is_empty() {
        return fail("empty search character");
    }
    c.charge_chars(s.len())?;
    let at = memmem::find(s, part).map_or(-1, |at| runes(&s[..at]).count() as i64);
    Ok(Value::int(at))
}

/// Every place, overlapping ones too.
fn indexof_n(c: &mut PolicyCall) -> Done {
    let (s, part) = two(c)?;
    if part.is_empty() {
        return fail("empty search character");
    }
    c.charge_chars(s.len())?;
    let finder = memmem::Finder::new(part);
    let mut out = Vec::new();
    let (mut from, mut before) = (0, 0i64);
    while let Some(at) = finder.find(&s[from..]) {
        // Overlapping places read the part again.
        c.charge_bytes(part.len())?;
        c.charge_members(1)?;
        before += runes(&s[from..from + at]).count() as i64;
        out.push(Value::int(before));
        from += at;
        let step = first_rune(&s[from..]).map_or(1, |(_, len)| len);
        from += step;
        before += 1;
    }
    c.array(&out)
}

fn lower(c: &mut PolicyCall) -> Done {
    each_char(c, simple_lower)
}

fn upper(c: &mut PolicyCall) -> Done {
    each_char(c, simple_upper)
}

fn each_char(c: &mut PolicyCall, map: fn(char) -> char) -> Done {
    let v = c.arg(0);
    let s = v.str_bytes();
    c.charge_output(s.len())?;
    c.charge_chars(s.len())?;
    if s.is_ascii() && s.iter().all(|b| map(char::from(*b)) == char::from(*b)) {
        return Ok(v);
    }
    let out: String = runes(s).map(|(ch, _)| map(ch)).collect();
    c.string(out)
}

/// One character for one character, where the full mapping may give several.
fn simple_lower(c: char) -> char {
    let mut all = c.to_lowercase();
    match (all.next(), all.next()) {
        (Some(one), None) => one,
        _ if c == 'İ' => 'i',
        _ => c,
    }
}

fn simple_upper(c: char) -> char {
    let mut all = c.to_uppercase();
    match (all.next(), all.next()) {
        (Some(one), None) => one,
        // Greek letters with iota subscript have a capital of one character as well.
        _ => match u32::from(c) {
            code @ (0x1F80..=0x1F87 | 0x1F90..=0x1F97 | 0x1FA0..=0x1FA7) => char::from_u32(code + 8).unwrap_or(c),
            code @ (0x1FB3 | 0x1FC3 | 0x1FF3) => char::from_u32(code + 9).unwrap_or(c),
            _ => c,
        },
    }
}

fn replace(c: &mut PolicyCall) -> Done {
    let v = c.arg(0);
    let (s, old) = two(c)?;
    let new = c.bytes(2);
    let places: Vec<usize> = if old.is_empty() {
        let mut at = 0;
        c.charge_members(s.len() + 1)?;
        let starts = runes(s).map(|(_, len)| {
            at += len;
            at - len
        });
        starts.chain([s.len()]).collect()
    } else {
        let mut places = Vec::new();
        for at in memmem::find_iter(s, old) {
            c.charge_members(1)?;
            places.push(at);
        }
        places
    };
    if places.is_empty() {
        return Ok(v);
    }
    c.charge_output(s.len().saturating_add(places.len().saturating_mul(new.len())))?;
    let mut out = Vec::new();
    let mut last = 0;
    for at in places {
        out.extend_from_slice(&s[last..at]);
        out.extend_from_slice(new);
        last = at + old.len();
    }
    out.extend_from_slice(&s[last..]);
    c.string(out)
}

/// All patterns at once: at each place the first key that fits, in the order of keys; what was put
/// in is not looked at again.
fn replace_n(c: &mut PolicyCall) -> Done {
    let entries = c.vm.doc_entries(c.arg(0));
    let s = c.bytes(1);
    c.charge_members(entries.len())?;
    let mut pairs: Vec<(&[u8], &[u8])> = Vec::new();
    for (k, v) in entries {
        match (k.as_str(), v.as_str()) {
            (Some(k), Some(v)) => pairs.push((k, v)),
            (None, _) => return fail_operand(0, "object with string keys", "a non-string key"),
            _ => return fail_operand(0, "object with string values", "a non-string value"),
        }
    }
    // Keys are sorted, so those with one first byte are neighbours.
    let empty = pairs.first().filter(|(k, _)| k.is_empty()).map(|(_, v)| *v);
    let mut out = Vec::new();
    let (mut at, mut last, mut after_empty) = (0, 0, false);
    // At each character the keys are searched for those that begin with it.
    c.charge(s.len())?;
    loop {
        let found = match empty {
            Some(new) if !after_empty => Some((&b""[..], new)),
            _ => {
                let Some(first) = s.get(at) else { break };
                let from = pairs.partition_point(|(k, _)| k.first() < Some(first));
                let mut found = None;
                for (k, v) in &pairs[from..] {
                    if k.first() != Some(first) {
                        break;
                    }
                    c.charge(1 + k.len() / gatos_sigs::BYTES_PER_FUEL as usize)?;
                    if s[at..].starts_with(k) {
                        found = Some((*k, *v));
                        break;
                    }
                }
                found
            }
        };
        match found {
            Some((old, new)) => {
                c.charge_output(new.len() + at - last)?;
                out.extend_from_slice(&s[last..at]);
                out.extend_from_slice(new);
                after_empty = old.is_empty();
                at += old.len();
                last = at;
            }
            None => {
                after_empty = false;
                at += first_rune(&s[at..]).map_or(1, |(_, len)| len);
            }
        }
        if at >= s.len() && (after_empty || empty.is_none()) {
            break;
        }
    }
    out.extend_from_slice(&s[last..]);
    c.string(out)
}

fn split(c: &mut PolicyCall) -> Done {
    let (s, between) = two(c)?;
    let mut parts: Vec<&[u8]> = Vec::new();
    let mut last = 0;
    if between.is_empty() {
        c.charge_members(s.len())?;
        for (_, len) in runes(s) {
            parts.push(&s[last..last + len]);
            last += len;
        }
    } else {
        for at in memmem::find_iter(s, between) {
            c.charge_members(1)?;
            parts.push(&s[last..at]);
            last = at + between.len();
        }
        parts.push(&s[last..]);
    }
    let mut out = Vec::with_capacity(parts.len());
    for part in parts {
        out.push(c.string(part)?);
    }
    c.array(&out)
}

fn format_string(c: &mut PolicyCall) -> Done {
    let format = c.bytes(0);
    let items = c.items(1);
    c.charge_bytes(format.len())?;
    c.charge_members(items.len())?;
    let mut texts = Vec::new();
    for v in items {
        let mut text = Vec::new();
        if !matches!(v.tag(), Tag::Int | Tag::Fixed | Tag::Str) {
            write_term(c, *v, &mut text)?;
        }
        texts.push(text);
    }
    let args: Vec<Arg> = items
        .iter()
        .zip(&texts)
        .map(|(v, text)| match v.as_num() {
            Some(Num::Int(n)) => Arg::Int(n),
            Some(Num::Fixed(f)) => f.to_int().map_or(Arg::Decimal(f), Arg::Int),
            None => Arg::Text(v.as_str().unwrap_or(text)),
        })
        .collect();
    let out = sprintf(format, &args, &mut |n| pay(c, n))?;
    c.string(out)
}

/// A string, or the strings of an array or set.
fn texts<'s>(c: &mut PolicyCall, i: usize, want: &str) -> Result<Vec<&'s [u8]>, Stop> {
    if c.kind(i) == DocKind::String {
        return Ok(alloc::vec![c.bytes(i)]);
    }
    let whole = kind_name(c.kind(i));
    let items = c.items(i);
    c.charge_members(items.len())?;
    let mut out = Vec::with_capacity(items.len());
    for v in items {
        match v.as_str() {
            Some(s) => out.push(s),
            None => return fail_operand(i, want, &format!("{whole} containing {}", c.name_of(*v))),
        }
    }
    Ok(out)
}

fn any_prefix_match(c: &mut PolicyCall) -> Done {
    any_match(c, false)
}

fn any_suffix_match(c: &mut PolicyCall) -> Done {
    any_match(c, true)
}

/// Sorted, the strings with a prefix stand together, and a search finds the first of them.
fn any_match(c: &mut PolicyCall, reversed: bool) -> Done {
    let mut sides = Vec::new();
    for i in 0..2 {
        let want = format!("{} of strings", kind_name(c.kind(i)));
        let texts = texts(c, i, &want)?;
        let total: usize = texts.iter().map(|t| t.len()).sum();
        c.charge_bytes(total)?;
        sides.push(texts);
    }
    let (Some(parts), Some(strings)) = (sides.pop(), sides.pop()) else { return Ok(Value::FALSE) };
    if let ([s], [part]) = (strings.as_slice(), parts.as_slice()) {
        return Ok(Value::bool(if reversed { s.ends_with(part) } else { s.starts_with(part) }));
    }
    let turn = |c: &mut PolicyCall, s: &[u8]| -> Done {
        if reversed {
            c.charge_output(s.len())?;
            c.string(s.iter().rev().copied().collect::<Vec<u8>>())
        } else {
            c.string(s)
        }
    };
    let mut sorted = Vec::with_capacity(strings.len());
    for s in strings {
        sorted.push(turn(c, s)?);
    }
    merge_sort(c, &mut sorted)?;
    for part in parts {
        let part = turn(c, part)?;
        let (mut low, mut high) = (0, sorted.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if c.cmp(sorted[middle], part)?.is_lt() { low = middle + 1 } else { high = middle }
        }
        if sorted.get(low).is_some_and(|s| s.str_bytes().starts_with(part.str_bytes())) {
            return Ok(Value::TRUE);
        }
    }
    Ok(Value::FALSE)
}

fn count(c: &mut PolicyCall) -> Done {
    let (s, part) = two(c)?;
    let mut n = 0;
    if part.is_empty() {
        c.charge_chars(s.len())?;
        n = runes(s).count() + 1;
    } else {
        for _ in memmem::find_iter(s, part) {
            c.charge(1)?;
            n += 1;
        }
    }
    Ok(Value::int(n as i64))
}

fn reverse(c: &mut PolicyCall) -> Done {
    let s = c.bytes(0);
    c.charge_output(s.len())?;
    c.charge_chars(s.len())?;
    let mut out = alloc::vec![0; s.len()];
    let mut at = 0;
    for (_, len) in runes(s) {
        let to = s.len() - at - len;
        out[to..to + len].copy_from_slice(&s[at..at + len]);
        at += len;
    }
    c.string(out)
}

fn substring(c: &mut PolicyCall) -> Done {
    let s = c.bytes(0);
    let (from, len) = (c.int(1)?, c.int(2)?);
    if from < 0 {
        return fail("negative offset");
    }
    c.charge_chars(s.len())?;
    let from = usize::try_from(from).unwrap_or(usize::MAX);
    let start: usize = runes(s).take(from).map(|(_, n)| n).sum();
    let rest = &s[start..];
    let take = match usize::try_from(len) {
        Ok(len) => runes(rest).take(len).map(|(_, n)| n).sum(),
        Err(_) => rest.len(),
    };
    c.string(&rest[..take])
}

/// The characters that a trim takes away.
struct Cutset(Vec<char>);

impl Cutset {
    fn new(text: &[u8]) -> Cutset {
        let mut all: Vec<char> = runes(text).map(|(c, _)| c).collect();
        all.sort_unstable();
        all.dedup();
        Cutset(all)
    }

    fn has(&self, c: char) -> bool {
        self.0.binary_search(&c).is_ok()
    }
}

fn cut(c: &mut PolicyCall, left: bool, right: bool) -> Done {
    let (s, set) = two(c)?;
    // Each character is looked up, and the set sorted.
    c.charge_chars(s.len())?;
    c.charge(set.len())?;
    c.vm.charge_memory((set.len() as u64).saturating_mul(4))?;
    let set = Cutset::new(set);
    trim_by(c, s, left, right, &|ch| set.has(ch))
}

fn trim_by(c: &mut PolicyCall, s: &[u8], left: bool, right: bool, has: &dyn Fn(char) -> bool) -> Done {
    let v = c.arg(0);
    let text: Cow<str> = c.lossy(0);
    let mut out: &str = &text;
    if left {
        out = out.trim_start_matches(has);
    }
    if right {
        out = out.trim_end_matches(has);
    }
    if out.len() == s.len() { Ok(v) } else { c.string(out) }
}

fn trim(c: &mut PolicyCall) -> Done {
    cut(c, true, true)
}

fn trim_left(c: &mut PolicyCall) -> Done {
    cut(c, true, false)
}

fn trim_right(c: &mut PolicyCall) -> Done {
    cut(c, false, true)
}

fn trim_space(c: &mut PolicyCall) -> Done {
    let s = c.bytes(0);
    c.charge_chars(s.len())?;
    trim_by(c, s, true, true, &char::is_whitespace)
}

fn trim_prefix(c: &mut PolicyCall) -> Done {
    let v = c.arg(0);
    let (s, part) = two(c)?;
    match s.strip_prefix(part) {
        Some(rest) if !part.is_empty() => c.string(rest),
        _ => Ok(v),
    }
}

fn trim_suffix(c: &mut PolicyCall) -> Done {
    let v = c.arg(0);
    let (s, part) = two(c)?;
    match s.strip_suffix(part) {
        Some(rest) if !part.is_empty() => c.string(rest),
        _ => Ok(v),
    }
}
