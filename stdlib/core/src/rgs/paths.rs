//! Paths into documents: `json.filter`, `json.remove`, and how a path is written.

use super::call::{Done, PolicyCall, Stop, bind_rgs, fail_operand};
use super::objects::entries;
use alloc::vec::Vec;
use gatos_num::int_text;
use gatos_vm::Value;
use gatos_vm::doc::DocKind;

bind_rgs! {
    "json.filter" => filter,
    "json.remove" => remove,
}

/// A path's steps: a string's parts between slashes with `~1` and `~0` undone, or an array's
/// members. Nothing for other values.
pub(super) fn steps(c: &mut PolicyCall, path: Value) -> Result<Option<Vec<Value>>, Stop> {
    match c.vm.doc_kind(path) {
        DocKind::Array => {
            let items = c.vm.doc_items(path);
            c.charge_members(items.len())?;
            Ok(Some(items.to_vec()))
        }
        DocKind::String => {
            let text = path.str_bytes();
            c.charge_bytes(text.len())?;
            let mut out = Vec::new();
            if text.is_empty() {
                return Ok(Some(out));
            }
            let slashes = text.iter().take_while(|b| **b == b'/').count();
            for part in text[slashes..].split(|b| *b == b'/') {
                c.charge_members(1)?;
                out.push(if part.contains(&b'~') { c.string(unescape(part))? } else { c.string(part)? });
            }
            Ok(Some(out))
        }
        _ => Ok(None),
    }
}

/// `~1` is a slash, and then `~0` a tilde.
fn unescape(part: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(part.len());
    let mut rest = part;
    while let Some((b, after)) = rest.split_first() {
        let (b, used) = match (b, after.first()) {
            (b'~', Some(b'1')) => (b'/', 1),
            (b'~', Some(b'0')) => (b'~', 1),
            _ => (*b, 0),
        };
        out.push(b);
        rest = &after[used..];
    }
    out
}

/// A tree of paths. Nodes lie in a list, so that a long path does not make a deep structure.
struct Paths {
    nodes: Vec<Node>,
}

#[derive(Default)]
struct Node {
    /// A path ends here, so everything below is meant.
    whole: bool,
    /// Sorted by step.
    next: Vec<(Value, usize)>,
}

impl Paths {
    /// The paths in operand 1.
    fn read(c: &mut PolicyCall) -> Result<Paths, Stop> {
        let mut out = Paths { nodes: alloc::vec![Node::default()] };
        for path in c.items(1) {
            c.charge(1)?;
            let Some(steps) = steps(c, *path)? else {
                let want = "one of {set, array} containing string paths or array of path segments";
                return fail_operand(1, want, c.name_of(*path));
            };
            out.add(c, &steps)?;
        }
        Ok(out)
    }

    fn add(&mut self, c: &mut PolicyCall, steps: &[Value]) -> Result<(), Stop> {
        let mut at = 0;
        if steps.is_empty() {
            return Ok(());
        }
        for step in steps {
            if self.nodes[at].whole {
                return Ok(());
            }
            at = match self.find(c, at, *step)? {
                Ok(next) => next,
                Err(place) => {
                    c.charge_members(2)?;
                    // Making room moves what is behind it.
                    c.charge((self.nodes[at].next.len() - place) / 64)?;
                    let new = self.nodes.len();
                    self.nodes.push(Node::default());
                    self.nodes[at].next.insert(place, (*step, new));
                    new
                }
            };
        }
        self.nodes[at].whole = true;
        Ok(())
    }

    /// The node after a step, or where it would stand.
    fn find(&self, c: &mut PolicyCall, at: usize, step: Value) -> Result<Result<usize, usize>, Stop> {
        let next = &self.nodes[at].next;
        let (mut low, mut high) = (0, next.len());
        while low < high {
            let middle = low + (high - low) / 2;
            match c.cmp(next[middle].0, step)? {
                core::cmp::Ordering::Less => low = middle + 1,
                core::cmp::Ordering::Equal => return Ok(Ok(next[middle].1)),
                core::cmp::Ordering::Greater => high = middle,
            }
        }
        Ok(Err(low))
    }

    fn step(&self, c: &mut PolicyCall, at: usize, step: Value) -> Result<Option<usize>, Stop> {
        Ok(self.find(c, at, step)?.ok())
    }

    /// The node of an array's member: steps into arrays are strings of digits.
    fn index(&self, c: &mut PolicyCall, at: usize, i: usize) -> Result<Option<usize>, Stop> {
        if self.nodes[at].next.is_empty() {
            return Ok(None);
        }
        let name = c.string(int_text(i as i64).as_bytes())?;
        self.step(c, at, name)
    }
}

fn filter(c: &mut PolicyCall) -> Done {
    let v = c.arg(0);
    let paths = Paths::read(c)?;
    keep(c, &paths, 0, v)
}

/// What the paths below a node name.
fn keep(c: &mut PolicyCall, paths: &Paths, at: usize, v: Value) -> Done {
    if paths.nodes[at].whole {
        return Ok(v);
    }
    match c.vm.doc_kind(v) {
        DocKind::Object => {
            let mut out = Vec::new();
            for (step, next) in &paths.nodes[at].next {
                c.charge(1)?;
                let member = c.vm.doc_get(v, *step)?;
                if !member.is_nil() {
                    out.push((*step, keep(c, paths, *next, member)?));
                }
            }
            c.object(out)
        }
        DocKind::Array => {
            let items = c.vm.doc_items(v);
            c.charge(items.len())?;
            let mut out = Vec::new();
            for (i, item) in items.iter().enumerate() {
                if let Some(next) = paths.index(c, at, i)? {
                    out.push(keep(c, paths, next, *item)?);
                }
            }
            c.array(&out)
        }
        DocKind::Set => {
            let items = c.vm.doc_items(v);
            c.charge(items.len())?;
            let mut out = Vec::new();
            for item in items {
                if let Some(next) = paths.step(c, at, *item)? {
                    out.push(keep(c, paths, next, *item)?);
                }
            }
            c.set(out)
        }
        _ => Ok(v),
    }
}

fn remove(c: &mut PolicyCall) -> Done {
    let v = c.arg(0);
    let paths = Paths::read(c)?;
    Ok(without(c, &paths, Some(0), v)?.unwrap_or(v))
}

/// What is left when the paths below a node are taken out; nothing when all is.
fn without(c: &mut PolicyCall, paths: &Paths, at: Option<usize>, v: Value) -> Result<Option<Value>, Stop> {
    let Some(at) = at else { return Ok(Some(v)) };
    if paths.nodes[at].whole {
        return Ok(None);
    }
    Ok(Some(match c.vm.doc_kind(v) {
        DocKind::Object => {
            let mut out = Vec::new();
            for (k, member) in entries(c, v)? {
                let next = paths.step(c, at, k)?;
                if let Some(member) = without(c, paths, next, member)? {
                    out.push((k, member));
                }
            }
            c.object(out)?
        }
        DocKind::Array => {
            let items = c.vm.doc_items(v);
            c.charge(items.len())?;
            let mut out = Vec::new();
            for (i, item) in items.iter().enumerate() {
                let next = paths.index(c, at, i)?;
                out.extend(without(c, paths, next, *item)?);
            }
            c.array(&out)?
        }
        DocKind::Set => {
            let items = c.vm.doc_items(v);
            c.charge(items.len())?;
            let mut out = Vec::new();
            for item in items {
                let next = paths.step(c, at, *item)?;
                out.extend(without(c, paths, next, *item)?);
            }
            c.set(out)?
        }
        _ => v,
    }))
}
