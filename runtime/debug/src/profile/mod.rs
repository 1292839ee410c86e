//! Where fuel goes: exactly, by call stack and line. No clock is asked and nothing is sampled, so
//! two profiles of one run are the same, and the weights sum up to the fuel that the run paid.
//!
//! Blocks of ops are paid for when they are entered. A profile gives each op its own cost when it
//! runs, and what an op pays besides, by the size of its work, to that op, or to the library
//! function that it calls.

mod table;
mod viewer;

use crate::shadow::Shadow;
use gatos_elc::SourceMap;
use gatos_elc::ops::Op;
use gatos_elc::program::Program;
use gatos_vm::{Raised, Tracer, Value, View, Vm};
use std::collections::BTreeMap;

/// Deeper calls count as their callers' own: nobody reads further, and stacks are written out whole.
const MAX_DEPTH: u32 = 300;

/// What a part of the stack is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Callee {
    /// The engine's own work, such as `fold` as a whole, or reading an event.
    Engine(&'static str),
    /// A function of the program.
    Function(u32),
    /// A library function.
    Library(&'static str),
}

/// A line of the sources: file by its place in the map, and line; 0 when there is none.
type Line = (u32, u32);

#[derive(Debug)]
struct Node {
    parent: Option<u32>,
    /// Where in its caller it was called.
    from: Line,
    callee: Callee,
    depth: u32,
    calls: u64,
    /// Its own fuel, without that of what it called.
    own: BTreeMap<Line, u64>,
}

/// An active call.
#[derive(Debug)]
struct Active {
    node: u32,
    /// Paid for the block under way, for ops that have not run yet.
    prepaid: u64,
    line: Line,
    /// The library function that it is calling.
    library: Option<u32>,
}

/// Somebody who writes down where fuel goes.
#[derive(Debug)]
pub struct Recorder<'p> {
    program: &'p Program,
    map: Option<&'p SourceMap>,
    nodes: Vec<Node>,
    children: BTreeMap<(Option<u32>, Line, Callee), u32>,
    active: Shadow<Active>,
    /// The call from outside that is under way.
    root: u32,
    /// Who pays for what comes.
    payer: Option<(u32, Line)>,
    /// Fuel left when last looked.
    left: u64,
    /// Fuel of the call from outside that has been given to somebody.
    given: u64,
    total: u64,
}

impl<'p> Recorder<'p> {
    /// One that has seen nothing. Without a map there are functions by number, and no lines.
    pub fn new(program: &'p Program, map: Option<&'p SourceMap>) -> Recorder<'p> {
        Recorder {
            program,
            map,
            nodes: Vec::new(),
            children: BTreeMap::new(),
            active: Shadow::default(),
            root: 0,
            payer: None,
            left: 0,
            given: 0,
            total: 0,
        }
    }

    /// A call from outside begins, with so much fuel.
    pub fn begin(&mut self, what: &'static str, fuel: u64) {
        self.active.clear().for_each(drop);
        self.root = self.node(None, (0, 0), Callee::Engine(what));
        self.call(self.root);
        self.payer = None;
        self.left = fuel.min(i64::MAX as u64);
        self.given = 0;
    }

    /// The call from outside is over; it used so much fuel.
    pub fn end(&mut self, used: u64) {
        let rest: Vec<Active> = self.active.clear().collect();
        self.settle(rest);
        // What the last op paid for its work came after it was told of.
        let rest = used.saturating_sub(self.given);
        if rest > 0 {
            let (node, line) = self.payer.unwrap_or((self.root, (0, 0)));
            self.give(node, line, rest);
        }
        self.payer = None;
    }

    /// What was written down.
    pub fn finish(self) -> Profile<'p> {
        Profile { map: self.map, nodes: self.nodes, total: self.total }
    }

    fn node(&mut self, parent: Option<u32>, from: Line, callee: Callee) -> u32 {
        let depth = parent.and_then(|p| self.nodes.get(p as usize)).map_or(0, |p| p.depth.saturating_add(1));
        if let Some(parent) = parent.filter(|_| depth > MAX_DEPTH) {
            return parent;
        }
        let next = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        let node = *self.children.entry((parent, from, callee)).or_insert(next);
        if node == next {
            self.nodes.push(Node { parent, from, callee, depth, calls: 0, own: BTreeMap::new() });
        }
        node
    }

    fn call(&mut self, node: u32) {
        if let Some(n) = self.nodes.get_mut(node as usize) {
            n.calls = n.calls.saturating_add(1);
        }
    }

    fn give(&mut self, node: u32, line: Line, fuel: u64) {
        if fuel == 0 {
            return;
        }
        if let Some(n) = self.nodes.get_mut(node as usize) {
            let own = n.own.entry(line).or_default();
            *own = own.saturating_add(fuel);
            self.given = self.given.saturating_add(fuel);
            self.total = self.total.saturating_add(fuel);
        }
    }

    /// What was paid since last looked.
    fn paid(&mut self, view: &View<'_>) -> u64 {
        let left = view.fuel_left();
        let paid = self.left.saturating_sub(left);
        self.left = left;
        paid
    }

    fn give_payer(&mut self, fuel: u64) {
        match self.payer {
            Some((node, line)) => self.give(node, line, fuel),
            None if fuel > 0 => {
                let node = self.node(Some(self.root), (0, 0), Callee::Engine("(reading its input)"));
                self.give(node, (0, 0), fuel);
            }
            None => {}
        }
    }

    /// Calls that an error ended keep what they had paid ahead.
    fn settle(&mut self, over: Vec<Active>) {
        for a in over {
            self.give(a.node, a.line, a.prepaid);
        }
    }

    fn line(&self, view: &View<'_>) -> Line {
        let place = self.map.and_then(|map| map.place(view.proto(), view.op()));
        place.map_or((0, 0), |place| (place.file, place.line))
    }
}

impl Tracer for Recorder<'_> {
    fn op(&mut self, view: View<'_>) {
        let code = self.program.protos.get(view.proto() as usize).map_or(&[][..], |p| &p.code);
        let mut paid = self.paid(&view);
        let over: Vec<Active> = self.active.cut(view.depth()).collect();
        self.settle(over);
        let block = match (view.op().checked_sub(1)).and_then(|before| code.get(before as usize)) {
            Some(Op::Block { cost }) => u64::from(cost.0).min(paid),
            _ => 0,
        };
        paid -= block;
        self.give_payer(paid);
        let line = self.line(&view);
        let op = code.get(view.op() as usize);
        let library = match op {
            Some(Op::Call { base, .. } | Op::TailCall { base, .. } | Op::GenCall { base, .. }) => {
                view.register(base.0).and_then(|callee| view.vm().library_name(callee))
            }
            _ => None,
        };
        let cost = op.map_or(0, |op| u64::from(op.info().fuel));
        let Some(active) = self.active.slot(view.depth()) else { return };
        active.prepaid = active.prepaid.saturating_add(block);
        let own = cost.min(active.prepaid);
        active.prepaid -= own;
        active.line = line;
        active.library = None;
        let node = active.node;
        self.give(node, line, own);
        let library = library.map(|name| {
            let library = self.node(Some(node), line, Callee::Library(name));
            self.call(library);
            library
        });
        if let Some(active) = self.active.slot(view.depth()) {
            active.library = library;
        }
        self.payer = Some(library.map_or((node, line), |library| (library, (0, 0))));
    }

    fn enter(&mut self, view: View<'_>) {
        let paid = self.paid(&view);
        self.give_payer(paid);
        let over: Vec<Active> = self.active.cut(view.depth().saturating_sub(1)).collect();
        self.settle(over);
        let caller = self.active.below(view.depth()).map(|a| (a.library.unwrap_or(a.node), a.line));
        let (parent, from) = caller.unwrap_or((self.root, (0, 0)));
        let node = self.node(Some(parent), from, Callee::Function(view.proto()));
        self.call(node);
        let line = self.line(&view);
        *self.active.slot(view.depth()) = Some(Active { node, prepaid: 0, line, library: None });
        self.payer = Some((node, line));
    }

    fn leave(&mut self, _vm: &Vm, _proto: u32, _result: Value) {}

    fn raise(&mut self, _raised: Raised, _view: View<'_>) {}
}

/// A profile of one or several runs of a program.
#[derive(Debug)]
pub struct Profile<'p> {
    map: Option<&'p SourceMap>,
    nodes: Vec<Node>,
    total: u64,
}

/// What a function cost, over all stacks in which it appears.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cost {
    /// What it is called.
    pub name: String,
    /// Where it is defined, where that is known.
    pub place: Option<String>,
    /// Its own fuel.
    pub own: u64,
    /// Its own fuel and that of what it called.
    pub total: u64,
    /// How often it was called.
    pub calls: u64,
}

impl Profile<'_> {
    /// The fuel of everything together.
    pub fn total(&self) -> u64 {
        self.total
    }

    fn name(&self, callee: Callee) -> String {
        match callee {
            Callee::Engine(what) => what.to_owned(),
            Callee::Library(name) => name.to_owned(),
            Callee::Function(proto) => match self.map.and_then(|map| map.name(proto)) {
                Some(name) => name.to_owned(),
                None => format!("function {proto}"),
            },
        }
    }

    fn file(&self, file: u32) -> Option<&str> {
        self.map?.files.get(file as usize).map(String::as_str)
    }

    /// Where a function is defined: file, line and column.
    fn defined(&self, callee: Callee) -> Option<(&str, u32, u32)> {
        let Callee::Function(proto) = callee else { return None };
        let at = self.map?.functions.get(proto as usize)?.at;
        Some((self.file(at.file)?, at.line, at.col))
    }

    /// A node and those around it, innermost first.
    fn stack(&self, node: u32) -> impl Iterator<Item = &Node> {
        std::iter::successors(self.nodes.get(node as usize), |n| self.nodes.get(n.parent? as usize))
    }

    /// What each function cost, the most expensive by itself first.
    pub fn functions(&self) -> Vec<Cost> {
        let mut all: BTreeMap<Callee, (u64, u64, u64)> = BTreeMap::new();
        for (node, index) in self.nodes.iter().zip(0u32..) {
            let own = node.own.values().fold(0u64, |sum, n| sum.saturating_add(*n));
            let entry = all.entry(node.callee).or_default();
            entry.0 = entry.0.saturating_add(own);
            entry.2 = entry.2.saturating_add(node.calls);
            // A function that calls itself is on the stack several times, and pays once.
            let mut seen = std::collections::BTreeSet::new();
            for n in self.stack(index) {
                if seen.insert(n.callee) {
                    let entry = all.entry(n.callee).or_default();
                    entry.1 = entry.1.saturating_add(own);
                }
            }
        }
        let mut out: Vec<Cost> = all
            .into_iter()
            .map(|(callee, (own, total, calls))| Cost {
                name: self.name(callee),
                place: self.defined(callee).map(|(file, line, _)| format!("{file}:{line}")),
                own,
                total,
                calls,
            })
            .collect();
        out.sort_by(|a, b| (b.own, b.total, &a.name).cmp(&(a.own, a.total, &b.name)));
        out
    }

    /// What each line cost by itself: file, line, fuel; in the order of the files. Fuel without a line is left out.
    pub fn lines(&self) -> Vec<(String, u32, u64)> {
        let mut all: BTreeMap<Line, u64> = BTreeMap::new();
        for node in &self.nodes {
            // A library function's work is its caller's line's.
            let lines = node.own.iter().map(|(line, n)| (if line.1 == 0 { node.from } else { *line }, *n));
            for (line, fuel) in lines.filter(|(line, _)| line.1 > 0) {
                let n = all.entry(line).or_default();
                *n = n.saturating_add(fuel);
            }
        }
        let line = |((file, line), n): (Line, u64)| Some((self.file(file)?.to_owned(), line, n));
        all.into_iter().filter_map(line).collect()
    }
}
