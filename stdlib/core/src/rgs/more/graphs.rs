//! `graph`: walks over an object that maps nodes to arrays or sets of neighbours.

use crate::rgs::call::{Done, PolicyCall, Stop, bind_rgs};
use alloc::vec::Vec;
use core::cmp::Ordering;
use gatos_vm::Value;

bind_rgs! {
    "graph.reachable" => reachable,
    "graph.reachable_paths" => reachable_paths,
}

/// Values that were seen, sorted.
#[derive(Default)]
struct Seen(Vec<Value>);

impl Seen {
    /// Adds a value; false when it was there.
    fn insert(&mut self, c: &mut PolicyCall, v: Value) -> Result<bool, Stop> {
        let (mut low, mut high) = (0, self.0.len());
        while low < high {
            let middle = low.midpoint(high);
            match c.cmp(self.0[middle], v)? {
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
                Ordering::Equal => return Ok(false),
            }
        }
        // Making room moves what is behind it.
        c.charge(1 + (self.0.len() - low) / 64)?;
        c.charge_members(1)?;
        self.0.insert(low, v);
        Ok(true)
    }
}

fn reachable(c: &mut PolicyCall) -> Done {
    let graph = c.arg(0);
    let mut seen = Seen::default();
    let mut open: Vec<Value> = Vec::new();
    let mut reached = Vec::new();
    let mut new = c.items(1);
    loop {
        for v in new {
            if seen.insert(c, *v)? {
                open.push(*v);
            }
        }
        let Some(node) = open.pop() else { break };
        let edges = c.vm.doc_get(graph, node)?;
        new = &[];
        if !edges.is_nil() {
            reached.push(node);
            new = c.vm.doc_items(edges);
        }
    }
    c.set(reached)
}

/// A node on the path, and its neighbours that are still to be tried.
struct Level<'a> {
    edges: &'a [Value],
}

/// All paths that go on until a node without neighbours, a node that is not in the graph (which does not count), or
/// one that is on the path already. The first step is not checked against the beginning: a node that is its own
/// neighbour gives a path with itself twice.
fn reachable_paths(c: &mut PolicyCall) -> Done {
    let graph = c.arg(0);
    let mut found = Vec::new();
    for start in c.items(1) {
        let edges = c.vm.doc_get(graph, *start)?;
        if edges.is_nil() {
            continue;
        }
        let mut path = Vec::from([*start]);
        let mut levels = Vec::from([Level { edges: c.vm.doc_items(edges) }]);
        if levels[0].edges.is_empty() {
            finish(c, &path, &mut found)?;
        }
        while let Some(level) = levels.last_mut() {
            let [next, rest @ ..] = level.edges else {
                levels.pop();
                path.pop();
                continue;
            };
            level.edges = rest;
            c.charge(1)?;
            let mut closed = false;
            if levels.len() > 1 {
                for node in &path {
                    if c.cmp(*node, *next)? == Ordering::Equal {
                        closed = true;
                        break;
                    }
                }
            }
            let edges = if closed { Value::NIL } else { c.vm.doc_get(graph, *next)? };
            if edges.is_nil() {
                finish(c, &path, &mut found)?;
                continue;
            }
            path.push(*next);
            let edges = c.vm.doc_items(edges);
            if edges.is_empty() {
                finish(c, &path, &mut found)?;
            }
            c.charge_members(2)?;
            levels.push(Level { edges });
        }
    }
    c.set(found)
}

fn finish(c: &mut PolicyCall, path: &[Value], found: &mut Vec<Value>) -> Result<(), Stop> {
    c.charge(path.len())?;
    let path = c.array(path)?;
    found.push(path);
    Ok(())
}
