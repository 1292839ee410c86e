//! Functions that the compiler calls for constructs of the language: values put together from the
//! rules of an object, documents laid over base data, values patched for `with`, templates.
//!
//! No policy can name them, so they have no rows in the table.

use super::call::{Done, PolicyCall, Stop};
use super::text::write_text;
use alloc::format;
use alloc::vec::Vec;
use core::cmp::Ordering;
use gatos_sigs::rgs::Builtin;
use gatos_vm::doc::DocKind;
use gatos_vm::native::{ConstantValue, NativeFn};
use gatos_vm::{Args, Trap, Value, Vm};

/// Deeper than any document may nest.
const MAX_DEPTH: usize = gatos_vm::doc::MAX_DOC_DEPTH as usize + 1;

macro_rules! internal {
    ($($name:literal => $f:path),* $(,)?) => {
        pub(crate) const FUNCTIONS: &[(&str, NativeFn)] = &[$(($name, {
            fn entry(vm: &mut Vm, args: Args) -> Result<u32, Trap> {
                static ROW: Builtin = Builtin {
                    name: $name,
                    group: "internal",
                    params: &[],
                    result: gatos_sigs::rgs::Types::ANY,
                    cost: gatos_sigs::Cost { base: 2, per: &[] },
                    doc: "",
                    errors: "",
                    example: "",
                };
                let mut call = PolicyCall { vm, args, row: &ROW };
                let done = match call.begin() {
                    Ok(()) => $f(&mut call),
                    Err(stop) => Err(stop),
                };
                call.end(done)
            }
            entry
        })),*];
    };
}

internal! {
    "internal.glob.beginning" => glob_beginning,
    "internal.glob.exact" => glob_exact,
    "internal.glob.rest" => glob_rest,
    "internal.glob.segment" => glob_segment,
    "internal.merge" => merge,
    "internal.nest" => nest,
    "internal.patch" => patch,
    "internal.strict" => strict,
    "internal.template" => template,
}

/// Constants that code has no op for.
pub(crate) const CONSTANTS: &[(&str, ConstantValue)] = &[("internal.null", ConstantValue::Value(Value::NULL))];

/// Ends the query.
fn conflict<T>(c: &mut PolicyCall, text: &str) -> Result<T, Stop> {
    Err(Stop::Trap(c.vm.error(&format!("eval_conflict_error: {text}"))))
}

const TWO_VALUES: &str = "object keys must be unique";

/// What one rule of an object gave.
#[derive(Clone, Copy)]
struct Entry<'v> {
    path: &'v [Value],
    value: Value,
    member: bool,
    /// Counts only when nothing else is at its place.
    default: bool,
}

/// `nest(entries)`: entries are `[path, value, is a member]`; null there says that it is a default.
fn nest(c: &mut PolicyCall) -> Done {
    let items = c.items(0);
    c.charge_members(items.len())?;
    let mut entries = Vec::with_capacity(items.len());
    for item in items {
        if let [path, value, member] = *c.vm.doc_items(*item) {
            entries.push(Entry {
                path: c.vm.doc_items(path),
                value,
                member: member.as_bool() == Some(true),
                default: member.tag() == gatos_vm::Tag::Null,
            });
        }
    }
    if entries.is_empty() {
        return c.object(Vec::new());
    }
    level(c, &entries, 0)
}

/// The value at a place below which all entries lie.
fn level(c: &mut PolicyCall, entries: &[Entry<'_>], depth: usize) -> Done {
    if depth > MAX_DEPTH {
        return Err(Stop::Trap(c.vm.error("eval_conflict_error: the object nests too deep")));
    }
    let is_idle = |e: &&Entry<'_>| e.default && e.path.len() <= depth;
    let idle = entries.iter().filter(is_idle).count();
    if idle > 0 && idle < entries.len() {
        let rest: Vec<Entry<'_>> = entries.iter().filter(|e| !is_idle(e)).copied().collect();
        return level(c, &rest, depth);
    }
    let here = entries.iter().filter(|e| e.path.len() <= depth).count();
    if here == 0 {
        let groups = group(c, entries, depth)?;
        let mut out = Vec::with_capacity(groups.len());
        for (key, group) in groups {
            let value = level(c, &group, depth + 1)?;
            out.push((key, value));
        }
        return c.object(out);
    }
    // Values, members and deeper keys exclude each other at one place.
    if here < entries.len() {
        return conflict(c, TWO_VALUES);
    }
    if entries.iter().all(|e| e.member) {
        return c.set(entries.iter().map(|e| e.value).collect());
    }
    let first = entries[0];
    for e in &entries[1..] {
        if e.member != first.member || c.cmp(e.value, first.value)? != Ordering::Equal {
            return conflict(c, TWO_VALUES);
        }
    }
    Ok(first.value)
}

/// Entries by their key at a depth, in order of keys.
fn group<'v>(c: &mut PolicyCall, entries: &[Entry<'v>], depth: usize) -> Result<Vec<(Value, Vec<Entry<'v>>)>, Stop> {
    let mut groups: Vec<(Value, Vec<Entry<'v>>)> = Vec::new();
    for e in entries {
        let key = e.path[depth];
        let (mut low, mut high) = (0, groups.len());
        let mut found = None;
        while low < high {
            let mid = low + (high - low) / 2;
            match c.cmp(groups[mid].0, key)? {
                Ordering::Less => low = mid + 1,
                Ordering::Greater => high = mid,
                Ordering::Equal => {
                    found = Some(mid);
                    break;
                }
            }
        }
        match found {
            Some(i) => groups[i].1.push(*e),
            None => {
                c.charge(1 + (groups.len() - low) / 16)?;
                groups.insert(low, (key, Vec::from([*e])));
            }
        }
    }
    Ok(groups)
}

/// `merge(base, entries)`: entries are `[path, value]`, or `[path]` where a package is and nothing
/// else is known.
fn merge(c: &mut PolicyCall) -> Done {
    let base = c.arg(0);
    let items = c.items(1);
    c.charge_members(items.len())?;
    let mut entries = Vec::with_capacity(items.len());
    for item in items {
        match *c.vm.doc_items(*item) {
            [path] => entries.push((c.vm.doc_items(path), None)),
            [path, value] => entries.push((c.vm.doc_items(path), Some(value))),
            _ => {}
        }
    }
    overlay(c, base, &entries, 0)
}

type Placed<'v> = (&'v [Value], Option<Value>);

fn overlay(c: &mut PolicyCall, base: Value, entries: &[Placed<'_>], depth: usize) -> Done {
    if let Some((_, Some(value))) = entries.iter().find(|(p, v)| p.len() == depth && v.is_some()) {
        return over(c, base, *value);
    }
    let mut out = match c.vm.doc_kind(base) {
        DocKind::Object => c.vm.doc_entries(base),
        _ => Vec::new(),
    };
    c.charge_members(out.len())?;
    // Paths are those of the program, sorted and few.
    let deeper: Vec<Entry<'_>> = entries
        .iter()
        .filter(|(p, _)| p.len() > depth)
        .map(|(path, value)| Entry { path, value: value.unwrap_or(Value::NIL), member: false, default: false })
        .collect();
    for (key, group) in group(c, &deeper, depth)? {
        let group: Vec<Placed<'_>> = group.iter().map(|e| (e.path, (!e.value.is_nil()).then_some(e.value))).collect();
        let below = c.vm.doc_get(base, key)?;
        let value = overlay(c, below, &group, depth + 1)?;
        // Of equal keys the last counts.
        out.push((key, value));
    }
    c.object(out)
}

/// A document's value at a place where base data may be: objects go into each other, otherwise base
/// data stay what they are.
fn over(c: &mut PolicyCall, base: Value, value: Value) -> Done {
    if base.is_nil() {
        return Ok(value);
    }
    if c.vm.doc_kind(base) != DocKind::Object || c.vm.doc_kind(value) != DocKind::Object {
        return Ok(base);
    }
    let mut out = c.vm.doc_entries(base);
    let top = c.vm.doc_entries(value);
    c.charge_members(out.len() + top.len())?;
    for (key, value) in top {
        let old = c.vm.doc_get(base, key)?;
        let value = if old.is_nil() { value } else { over(c, old, value)? };
        // Of equal keys the last counts.
        out.push((key, value));
    }
    c.object(out)
}

/// `patch(base, path, value)`: the base with another value at a path of keys. What is no object on
/// the way becomes one.
fn patch(c: &mut PolicyCall) -> Done {
    let (base, path, value) = (c.arg(0), c.items(1), c.arg(2));
    put(c, base, path, value)
}

fn put(c: &mut PolicyCall, base: Value, path: &[Value], value: Value) -> Done {
    let Some((key, rest)) = path.split_first() else { return Ok(value) };
    let mut out = match c.vm.doc_kind(base) {
        DocKind::Object => c.vm.doc_entries(base),
        _ => Vec::new(),
    };
    c.charge_members(out.len() + 1)?;
    let old = c.vm.doc_get(base, *key)?;
    let value = put(c, old, rest, value)?;
    // Of equal keys the last counts.
    out.push((*key, value));
    c.object(out)
}

/// The text that a known glob is matched with. An error speaks as `glob.match` would.
fn glob_text<'s>(c: &mut PolicyCall) -> Result<&'s [u8], Stop> {
    if c.kind(0) == DocKind::String {
        let text = c.bytes(0);
        c.charge_bytes(text.len())?;
        return Ok(text);
    }
    if !c.vm.strict() {
        return Err(Stop::Undefined);
    }
    let text = format!("eval_type_error: glob.match: operand 3 must be string but got {}", c.name_of(c.arg(0)));
    Err(Stop::Trap(c.vm.error(&text)))
}

/// `exact(text, pattern)`: a pattern without wildcards.
fn glob_exact(c: &mut PolicyCall) -> Done {
    let text = glob_text(c)?;
    Ok(Value::bool(text == c.bytes(1)))
}

/// `beginning(text, beginning)`: a pattern that ends with `**`.
fn glob_beginning(c: &mut PolicyCall) -> Done {
    let text = glob_text(c)?;
    Ok(Value::bool(text.starts_with(c.bytes(1))))
}

/// `segment(text, beginning, delimiters)`: a pattern that ends with `*`.
fn glob_segment(c: &mut PolicyCall) -> Done {
    let text = glob_text(c)?;
    let Some(rest) = text.strip_prefix(c.bytes(1)) else { return Ok(Value::bool(false)) };
    let delimiters = c.str(2)?;
    let rest = alloc::string::String::from_utf8_lossy(rest);
    Ok(Value::bool(!rest.contains(|ch| delimiters.contains(ch))))
}

/// `rest(text, beginning, pattern, delimiters)`: any other pattern with a literal beginning.
fn glob_rest(c: &mut PolicyCall) -> Done {
    let text = glob_text(c)?;
    if !text.starts_with(c.bytes(1)) {
        return Ok(Value::bool(false));
    }
    let text = alloc::string::String::from_utf8_lossy(text);
    super::globs::match_pattern(c, 2, &text)
}

/// `strict()`: whether builtin errors end the query.
fn strict(c: &mut PolicyCall) -> Done {
    Ok(Value::bool(c.vm.strict()))
}

/// `template(parts)`: strings, and sets with the value of each expression; an empty one prints
/// `<undefined>`.
fn template(c: &mut PolicyCall) -> Done {
    let mut out = Vec::new();
    for part in c.items(0) {
        if c.vm.doc_kind(*part) != DocKind::Set {
            write_text(c, *part, &mut out)?;
            continue;
        }
        match *c.vm.doc_items(*part) {
            [] => out.extend_from_slice(b"<undefined>"),
            [value] => write_text(c, value, &mut out)?,
            _ => return conflict(c, "template-strings must not produce multiple outputs"),
        }
    }
    c.string(out)
}
