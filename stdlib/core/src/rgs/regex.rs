//! Regular expressions in linear time, and the intersection of two simple ones.

use super::call::{Done, PolicyCall, Stop, bind_rgs, fail};
use super::pattern::rewrite;
use ::regex::{Error as RegexError, Regex, RegexBuilder, escape as literally};
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use gatos_vm::Value;
use gatos_vm::doc::DocKind;

bind_rgs! {
    "regex.find_all_string_submatch_n" => find_all_string_submatch_n,
    "regex.find_n" => find_n,
    "regex.globs_match" => super::globs::globs_match,
    "regex.is_valid" => is_valid,
    "regex.match" => is_match,
    "regex.replace" => replace,
    "regex.split" => split,
    "regex.template_match" => template_match,
}

/// Compiled patterns that the machine keeps, and their sizes together.
#[derive(Default)]
struct Kept {
    patterns: BTreeMap<String, Rc<Compiled>>,
    size: u64,
}

const MOST_KEPT: usize = 64;
const MOST_KEPT_SIZE: u64 = 5 * super::pattern::MOST;
/// Bytes that a compiled pattern may take. The pattern's size is limited by its text alone, and far
/// below this.
const MOST_BYTES: usize = 64 << 20;
/// Bytes of the tables that are built while a pattern runs.
const MOST_TABLE_BYTES: usize = 512 << 10;

/// Shared, since a copy would begin with empty tables.
struct Compiled {
    regex: Regex,
    size: u64,
    near: bool,
}

fn compile(c: &mut PolicyCall, pattern: &str) -> Result<Result<Rc<Compiled>, String>, Stop> {
    // The price is that of compiling, whether the pattern is kept or not.
    c.charge(pattern.len())?;
    if let Some(have) = c.vm.library_data::<Kept>().patterns.get(pattern) {
        let have = have.clone();
        c.charge(have.size as usize * 4)?;
        return Ok(Ok(have));
    }
    let new = match rewrite(pattern) {
        Ok(new) => new,
        Err(why) => return Ok(Err(why)),
    };
    c.charge(new.size as usize * 4)?;
    let built = RegexBuilder::new(&new.text)
        .size_limit(MOST_BYTES)
        .dfa_size_limit(MOST_TABLE_BYTES)
        .nest_limit(super::pattern::MOST_GROUPS as u32)
        .build();
    let compiled = match built {
        Ok(regex) => Rc::new(Compiled { regex, size: new.size, near: new.near }),
        Err(RegexError::CompiledTooBig(_)) => return Ok(Err(String::from("the pattern is too large"))),
        // The last line says what is wrong; the others draw the rewritten pattern.
        Err(e) => return Ok(Err(e.to_string().lines().last().unwrap_or("").trim_start_matches("error: ").to_string())),
    };
    let kept = c.vm.library_data::<Kept>();
    if kept.patterns.len() >= MOST_KEPT || kept.size + compiled.size > MOST_KEPT_SIZE {
        *kept = Kept::default();
    }
    kept.size += compiled.size;
    kept.patterns.insert(String::from(pattern), compiled.clone());
    Ok(Ok(compiled))
}

/// The pattern in operand `i`, ready to run over a text of this length, which is paid for.
fn ready(c: &mut PolicyCall, i: usize, text: usize) -> Result<Rc<Compiled>, Stop> {
    let pattern = c.str(i)?;
    match compile(c, pattern)? {
        Ok(compiled) => {
            pay_text(c, &compiled, text)?;
            Ok(compiled)
        }
        Err(why) => bad(pattern, &why),
    }
}

fn bad<T>(pattern: &str, why: &str) -> Result<T, Stop> {
    fail(format!("error parsing regexp: {why}: {}", super::text::quoted_bytes(pattern.as_bytes())))
}

/// At worst every place in the text meets every part of the pattern.
fn pay_text(c: &mut PolicyCall, compiled: &Compiled, text: usize) -> Result<(), Stop> {
    let fuel = (text as u64 / 4).saturating_mul(1 + compiled.size / 32);
    c.charge(usize::try_from(fuel).unwrap_or(usize::MAX))
}

/// Another search, over a rest of the text. It may look at all of that and yet find something short, so it pays for
/// it, unless the pattern's form keeps it near what it finds; all that is found is in the text, which is paid.
fn pay_next(c: &mut PolicyCall, compiled: &Compiled, rest: usize) -> Result<(), Stop> {
    // A step of the pattern takes at most four bytes.
    let near = usize::try_from(compiled.size.saturating_mul(4)).unwrap_or(usize::MAX);
    c.charge(1)?;
    pay_text(c, compiled, if compiled.near { rest.min(near) } else { rest })
}

fn is_valid(c: &mut PolicyCall) -> Done {
    if c.kind(0) != DocKind::String {
        return Ok(Value::FALSE);
    }
    let Ok(pattern) = core::str::from_utf8(c.bytes(0)) else { return Ok(Value::FALSE) };
    Ok(Value::bool(compile(c, pattern)?.is_ok()))
}

fn is_match(c: &mut PolicyCall) -> Done {
    let text = c.lossy(1);
    let ready = ready(c, 0, text.len())?;
    Ok(Value::bool(ready.regex.is_match(&text)))
}

/// How many results are wanted: below 0, all.
fn wanted(c: &mut PolicyCall, i: usize) -> Result<usize, Stop> {
    Ok(usize::try_from(c.int(i)?).unwrap_or(usize::MAX))
}

fn find_n(c: &mut PolicyCall) -> Done {
    let text = c.lossy(1);
    let n = wanted(c, 2)?;
    let ready = ready(c, 0, text.len())?;
    let mut out = Vec::new();
    for found in ready.regex.find_iter(&text).take(n) {
        c.charge_members(1)?;
        pay_next(c, &ready, text.len() - found.end())?;
        out.push(c.string(found.as_str())?);
    }
    c.array(&out)
}

fn find_all_string_submatch_n(c: &mut PolicyCall) -> Done {
    let text = c.lossy(1);
    let n = wanted(c, 2)?;
    let ready = ready(c, 0, text.len())?;
    let mut out = Vec::new();
    for found in ready.regex.captures_iter(&text).take(n) {
        c.charge_members(found.len() + 1)?;
        pay_next(c, &ready, text.len() - found.get(0).map_or(0, |whole| whole.end()))?;
        let mut groups = Vec::with_capacity(found.len());
        for group in found.iter() {
            groups.push(c.string(group.map_or("", |g| g.as_str()))?);
        }
        out.push(c.array(&groups)?);
    }
    c.array(&out)
}

fn replace(c: &mut PolicyCall) -> Done {
    let v = c.arg(0);
    let (text, value) = (c.lossy(0), c.lossy(2));
    let ready = ready(c, 1, text.len())?;
    let mut out = String::new();
    let mut last = 0;
    for found in ready.regex.captures_iter(&text) {
        let Some(whole) = found.get(0) else { continue };
        pay_next(c, &ready, text.len() - whole.end())?;
        out.push_str(&text[last..whole.start()]);
        let before = out.len();
        // Each `$` may bring the whole match.
        c.charge_bytes(value.len())?;
        let dollars = value.bytes().filter(|b| *b == b'$').count();
        c.charge_output(value.len().saturating_add(dollars.saturating_mul(whole.len())))?;
        found.expand(&value, &mut out);
        debug_assert!(out.len() >= before);
        last = whole.end();
    }
    if last == 0 && out.is_empty() {
        return Ok(v);
    }
    out.push_str(&text[last..]);
    c.charge_output(text.len())?;
    c.string(out)
}

/// A match of nothing at the very start splits nothing off; one at the very end leaves nothing.
fn split(c: &mut PolicyCall) -> Done {
    let text = c.lossy(1);
    let ready = ready(c, 0, text.len())?;
    let mut parts: Vec<&str> = Vec::new();
    let (mut start, mut end) = (0, 0);
    if text.is_empty() {
        // Only the empty pattern takes an empty text apart.
        parts.extend((!c.bytes(0).is_empty()).then_some(""));
    } else {
        for found in ready.regex.find_iter(&text) {
            c.charge_members(1)?;
            pay_next(c, &ready, text.len() - found.end())?;
            end = found.start();
            if found.end() != 0 {
                parts.push(&text[start..end]);
            }
            start = found.end();
        }
        if end != text.len() {
            parts.push(&text[start..]);
        }
    }
    let mut out = Vec::with_capacity(parts.len());
    for part in parts {
        out.push(c.string(part)?);
    }
    c.array(&out)
}

/// A text in which patterns stand between delimiters, against another as a whole.
fn template_match(c: &mut PolicyCall) -> Done {
    let template = c.str(0)?;
    let text = c.lossy(1);
    let (open, close) = match (c.bytes(2), c.bytes(3)) {
        ([open], [close]) => (*open, *close),
        ([_], other) => {
            return fail(format!("end delimiter has to be exactly one character long but is {} long", other.len()));
        }
        (other, _) => {
            return fail(format!("start delimiter has to be exactly one character long but is {} long", other.len()));
        }
    };
    let unbalanced = || fail(format!("unbalanced braces in {}", super::text::quoted_bytes(template.as_bytes())));
    let mut pattern = String::from("^");
    let (mut level, mut from, mut last) = (0usize, 0, 0);
    for (i, b) in template.bytes().enumerate() {
        // The same byte for both opens and never closes.
        if b == open {
            level += 1;
            if level == 1 {
                from = i;
            }
        } else if b == close {
            match level {
                0 => return unbalanced(),
                1 => {
                    pattern.push_str(&literally(&template[last..from]));
                    let inside = &template[from + 1..i];
                    if let Err(why) = compile(c, inside)? {
                        return bad(inside, &why);
                    }
                    pattern.push_str(&format!("({inside})"));
                    last = i + 1;
                    level = 0;
                }
                _ => level -= 1,
            }
        }
    }
    if level != 0 {
        return unbalanced();
    }
    pattern.push_str(&literally(&template[last..]));
    pattern.push('$');
    match compile(c, &pattern)? {
        Ok(compiled) => {
            pay_text(c, &compiled, text.len())?;
            Ok(Value::bool(compiled.regex.is_match(&text)))
        }
        Err(why) => bad(&pattern, &why),
    }
}
