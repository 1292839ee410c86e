//! Pricing: each function's blocks with what their ops and calls cost, put together by the ways
//! through them. Functions are priced after those that they call; a call of one that is not priced
//! yet goes around in a circle, and has no bound.

use super::graph::{self, Block, Rounds};
use super::index::Node;
use super::library;
use super::size::{At, Sizes, holds, words};
use super::{CallCost, Costs, FunctionCost, LoopCost, LoopKind};
use crate::bound::{Atom, Bound};
use crate::facts::Callees;
use crate::infer::value::{Strs, Val};
use crate::{Facts, FuncRef, Place};
use gatos_compiler::hir::{Expr, ExprKind, FuncId, Item};
use gatos_compiler::ir::link::Lines;
use gatos_compiler::{CompiledProgram, Front};
use gatos_elc::ops::{N, Op};
use gatos_elc::program::{Const, Program};
use gatos_syntax::echolua::ast::{BinOp, UnOp};
use gatos_syntax::span::Span;
use std::collections::{BTreeMap, BTreeSet};

/// Metamethods that the machine calls of itself, beside what the call graph shows.
const HIDDEN: [&[u8]; 22] = [
    b"__tostring",
    b"__add",
    b"__sub",
    b"__mul",
    b"__div",
    b"__idiv",
    b"__mod",
    b"__pow",
    b"__unm",
    b"__band",
    b"__bor",
    b"__bxor",
    b"__shl",
    b"__shr",
    b"__bnot",
    b"__concat",
    b"__len",
    b"__eq",
    b"__lt",
    b"__le",
    b"__newindex",
    b"__call",
];

struct Priced {
    least: u64,
    most: Bound,
}

struct Pricer<'a> {
    program: &'a Program,
    lines: &'a [Lines],
    facts: &'a Facts,
    sizes: Sizes<'a>,
    /// The function of the program for each of the source.
    protos: BTreeMap<FuncRef, usize>,
    refs: Vec<Option<FuncRef>>,
    done: BTreeMap<FuncRef, Priced>,
    /// Whether some table may run code when it is computed with or indexed.
    has_hidden: bool,
    has_index_functions: bool,
    out: Costs,
}

pub(super) fn price(front: &Front, program: &CompiledProgram, facts: &Facts) -> Costs {
    let mut refs = Vec::new();
    let mut protos = BTreeMap::new();
    for (i, lines) in program.lines.iter().enumerate() {
        let unit = front.units().position(|u| u.file == lines.file && !u.hir.funcs.is_empty());
        let found = unit.and_then(|u| {
            let hir = &front.units().nth(u)?.hir;
            // The main chunk may have the very span of the only function in it.
            let inner = || hir.funcs.iter().enumerate().skip(1).find(|(_, f)| f.span == lines.span).map(|(i, _)| i);
            let func = if lines.is_chunk { 0 } else { inner()? };
            Some(FuncRef { unit: u as u32, func: FuncId(func as u32) })
        });
        if let Some(f) = found {
            protos.insert(f, i);
        }
        refs.push(found);
    }
    let program_data: &Program = program.program.program();
    let defines = |name: &[u8]| program_data.consts.iter().any(|c| matches!(c, Const::Str(s) if s == name));
    let sizes = Sizes::new(front, facts);
    let computed = sizes.has_computed_metas && sizes.has_metas;
    let mut pricer = Pricer {
        program: program_data,
        lines: &program.lines,
        facts,
        sizes,
        protos,
        refs,
        done: BTreeMap::new(),
        has_hidden: computed || HIDDEN.iter().any(|name| defines(name)),
        has_index_functions: computed || defines(b"__index") || defines(b"__newindex"),
        out: Costs::default(),
    };
    for f in pricer.order() {
        pricer.function(f);
    }
    pricer.out.functions.sort_by_key(|f| (f.at.unit, f.at.span, f.func));
    pricer.out.loops.sort_by_key(|l| (l.at.unit, l.at.span));
    pricer.out
}

impl<'a> Pricer<'a> {
    /// Functions after those that they call, as far as that is possible.
    fn order(&self) -> Vec<FuncRef> {
        let mut out = Vec::new();
        let mut seen = BTreeSet::new();
        for start in self.refs.iter().flatten() {
            if !seen.insert(*start) {
                continue;
            }
            let mut work = vec![(*start, self.called_by(*start), 0usize)];
            while let Some((f, calls, at)) = work.pop() {
                match calls.get(at).copied() {
                    Some(next) => {
                        work.push((f, calls, at + 1));
                        if seen.insert(next) {
                            let calls = self.called_by(next);
                            work.push((next, calls, 0));
                        }
                    }
                    None => out.push(f),
                }
            }
        }
        out
    }

    fn called_by(&self, f: FuncRef) -> Vec<FuncRef> {
        let mut out: Vec<FuncRef> = self.facts.calls(f).into_iter().flat_map(|(_, c)| c.functions).collect();
        if let Some(proto) = self.protos.get(&f).and_then(|i| self.program.protos.get(*i)) {
            for op in &proto.code {
                if let Op::Module { module, .. } = op {
                    out.extend(self.module(module.0));
                }
            }
        }
        out.retain(|f| self.protos.contains_key(f));
        out
    }

    fn module(&self, module: u32) -> Option<FuncRef> {
        let entry = self.program.modules.get(module as usize)?;
        self.refs.get(entry.proto as usize).copied().flatten()
    }

    fn function(&mut self, f: FuncRef) {
        let Some(proto) = self.protos.get(&f).copied() else { return };
        let (program, lines) = (self.program, &self.lines[proto]);
        let code = &program.protos[proto].code;
        let blocks = graph::blocks(code);
        let at = At { unit: f.unit, func: f.func };
        let mut all = Vec::with_capacity(blocks.len());
        let mut own = Vec::with_capacity(blocks.len());
        let mut least = Vec::with_capacity(blocks.len());
        let mut calls: Vec<CallCost> = Vec::new();
        for b in &blocks {
            let mut sum = Bound::fixed(b.fuel);
            let mut mine = Bound::fixed(b.fuel);
            let mut low = b.fuel;
            for (op, span) in code[b.first..b.end].iter().zip(&lines.spans[b.first..b.end]) {
                let more = self.op(at, op, *span);
                sum = sum.plus(&more);
                mine = mine.plus(&more);
                if let Some((call, cheap)) = self.call(at, op, *span) {
                    sum = sum.plus(&call.most);
                    low = low.saturating_add(cheap);
                    if !calls.iter().any(|c| c.at == call.at) {
                        calls.push(call);
                    }
                }
            }
            all.push(sum);
            own.push(mine);
            least.push(low);
        }
        let least = graph::cheapest(&blocks, &least, code);
        let most = self.through(f, &blocks, &all, lines, code, true);
        let own = self.through(f, &blocks, &own, lines, code, false);
        calls.sort_by_key(|c| c.at);
        let name = self.sizes.units[f.unit as usize].hir.func(f.func).name.clone();
        let cost = FunctionCost {
            func: f,
            name,
            at: Place { unit: f.unit, span: lines.span },
            least,
            most: most.clone(),
            own,
            calls,
        };
        self.out.functions.push(cost);
        self.done.insert(f, Priced { least, most });
    }

    fn through(
        &mut self,
        f: FuncRef,
        blocks: &[Block],
        cost: &[Bound],
        lines: &Lines,
        code: &[Op],
        notes: bool,
    ) -> Bound {
        let nodes: BTreeSet<usize> = (0..blocks.len()).collect();
        let mut loops = Loops { f, blocks, lines, code, sizes: &mut self.sizes, found: Vec::new() };
        let ways = graph::dearest(blocks, cost, &nodes, 0, false, &mut loops);
        let found = std::mem::take(&mut loops.found);
        let mut out = Bound::zero();
        for way in ways.values() {
            out = out.max(way);
        }
        if notes {
            self.out.loops.extend(found);
        }
        out
    }

    fn value(&self, at: At, e: &Expr) -> Option<&Val> {
        self.facts.value(Place { unit: at.unit, span: e.span })
    }

    fn node(&self, at: At, span: Span, want: impl Fn(&Node<'a>) -> bool) -> Option<Node<'a>> {
        self.sizes.units[at.unit as usize].nodes(span).iter().copied().find(|n| want(n))
    }

    /// What an op costs beside its fixed price, without what it calls.
    fn op(&mut self, at: At, op: &Op, span: Span) -> Bound {
        use Op::*;
        match op {
            SetList { n: N::Fixed(n), .. } => Bound::fixed(u64::from(*n)),
            SetList { n: N::Open, .. } | Vararg { n: N::Open, .. } | Return { n: N::Open, .. } => {
                // What `{ …, f() }` puts in is told by what `f` gives.
                let last = match self.node(at, span, |n| matches!(n, Node::Expr(Expr { kind: ExprKind::Table(_), .. })))
                {
                    Some(Node::Expr(Expr { kind: ExprKind::Table(items), .. })) => items.last(),
                    _ => None,
                };
                let known = match last {
                    Some(Item::Positional(e)) => self.given_by(at, e).map(|n| n.plus(&Bound::fixed(items_before(op)))),
                    _ => None,
                };
                let place = Place { unit: at.unit, span };
                known.unwrap_or_else(|| Bound::unbounded(place, "how many values a call or `...` gives is not known"))
            }
            Concat { .. } => self.concat(at, span),
            GetIndex { .. }
            | SetIndex { .. }
            | GetField { .. }
            | SetField { .. }
            | GetInt { .. }
            | SetInt { .. }
            | Method { .. } => self.indexing(at, op, span),
            Add { .. }
            | Sub { .. }
            | Mul { .. }
            | Div { .. }
            | IDiv { .. }
            | Mod { .. }
            | Pow { .. }
            | AddK { .. }
            | SubK { .. }
            | MulK { .. }
            | DivK { .. }
            | IDivK { .. }
            | ModK { .. }
            | BAnd { .. }
            | BOr { .. }
            | BXor { .. }
            | Shl { .. }
            | Shr { .. }
            | Unm { .. }
            | BNot { .. }
            | Len { .. }
            | JEq { .. }
            | JLt { .. }
            | JLe { .. }
            | JLtK { .. }
            | JLeK { .. }
            | JGtK { .. }
            | JGeK { .. } => self.computing(at, op, span),
            JEqK { k, .. } => match self.program.consts.get(k.0 as usize) {
                Some(Const::Str(s)) => Bound::fixed(s.len() as u64 / 64),
                _ => Bound::zero(),
            },
            _ => Bound::zero(),
        }
    }

    /// How many values a call gives at most.
    fn given_by(&mut self, at: At, e: &'a Expr) -> Option<Bound> {
        let ExprKind::Call(callee, args) = &e.kind else { return None };
        if let (ExprKind::Lib(name), [list]) = (&callee.kind, args.as_slice())
            && name == "table.unpack"
            && !list.is_multi()
        {
            return self.sizes.size(at, list, 16);
        }
        let callees = self.facts.callees_in(FuncRef { unit: at.unit, func: at.func }, e.span)?;
        if callees.is_open || !callees.library.is_empty() {
            return None;
        }
        let mut most = 0;
        for f in &callees.functions {
            let given = self.facts.signature(*f);
            if given.more_results {
                return None;
            }
            most = most.max(given.results.len() as u64);
        }
        Some(Bound::fixed(most))
    }

    /// Whether a library function may call a metamethod of what it is given.
    fn library_runs_meta(&self, at: At, name: &str, call: &Expr) -> bool {
        if !self.sizes.has_metas || !(self.has_hidden || self.has_index_functions) {
            return false;
        }
        let args = library::Args::of(call);
        let is_direct = match &call.kind {
            ExprKind::Call(callee, _) => matches!(&callee.bare().kind, ExprKind::Lib(n) if n == name),
            _ => false,
        };
        let reaches = matches!(
            name,
            "tostring"
                | "print"
                | "string.format"
                | "string.gsub"
                | "pcall"
                | "xpcall"
                | "ipairs()"
                | "table.concat"
                | "table.insert"
                | "table.move"
                | "table.remove"
                | "table.sort"
                | "table.unpack"
        );
        if !reaches {
            return false;
        }
        let takes_all = !is_direct || matches!(name, "print" | "string.format");
        // A call or `...` at the end gives more than can be looked at.
        if args.is_open && (takes_all || name == "string.gsub" && args.exprs.len() < 3) {
            return true;
        }
        let looks_at = |i: usize| match name {
            _ if takes_all => true,
            "string.gsub" => i == 2,
            "pcall" => i == 0,
            "xpcall" => i < 2,
            "table.move" => i == 0 || i == 4,
            _ => i == 0,
        };
        let given = args.exprs.iter().enumerate().filter(|(i, _)| looks_at(*i));
        let mut given = given.map(|(_, e)| (*e, self.value(at, e)));
        given.any(|(e, v)| {
            let elements =
                || v.is_none_or(|v| v.tables.iter().any(|t| self.sizes.may_have_meta(&self.facts.table(*t).elems)));
            self.sizes.may_be_meta(at, e) || name == "table.sort" && args.exprs.len() < 2 && elements()
        })
    }

    fn hidden(&self, at: At, span: Span) -> Bound {
        Bound::unbounded(Place { unit: at.unit, span }, "a metamethod may be called here")
    }

    fn may_be_object(&self, at: At, e: &Expr) -> bool {
        self.value(at, e).is_none_or(|v| {
            v.any || v.tables.iter().any(|t| !self.facts.table(*t).meta.is_never() || self.facts.table(*t).open)
        })
    }

    fn computing(&self, at: At, op: &Op, span: Span) -> Bound {
        let found = self.node(at, span, |n| {
            matches!(n, Node::Expr(Expr { kind: ExprKind::Binary { .. } | ExprKind::Unary(..), .. }))
        });
        let operands: Vec<&Expr> = match found {
            Some(Node::Expr(Expr { kind: ExprKind::Binary { left, right, .. }, .. })) => vec![left, right],
            Some(Node::Expr(Expr { kind: ExprKind::Unary(_, inner), .. })) => vec![inner],
            _ => {
                return if self.has_hidden { self.hidden(at, span) } else { Bound::zero().without_strings() };
            }
        };
        if self.has_hidden && operands.iter().any(|e| self.may_be_object(at, e)) {
            return self.hidden(at, span);
        }
        match op {
            Op::Len { .. } => Bound::zero(),
            // Two strings of one length, or the shorter of two.
            Op::JEq { .. } | Op::JLt { .. } | Op::JLe { .. } => {
                let all: Vec<Bound> = operands.iter().map(|e| library::strings(&self.sizes, at, e)).collect();
                let known = all.iter().find(|b| b.as_fixed().is_some() && !b.is_rough());
                let exact = known.or_else(|| all.iter().find(|b| !b.is_rough()));
                exact.or(all.first()).cloned().unwrap_or_default()
            }
            // A string that is a number is read; no such string is long, but any is looked at.
            _ => operands.iter().fold(Bound::zero(), |sum, e| sum.plus(&library::strings(&self.sizes, at, e))),
        }
    }

    fn concat(&self, at: At, span: Span) -> Bound {
        let Some(Node::Expr(mut e)) = self
            .node(at, span, |n| matches!(n, Node::Expr(Expr { kind: ExprKind::Binary { op: BinOp::Concat, .. }, .. })))
        else {
            return Bound::zero().without_strings();
        };
        let mut parts = Vec::new();
        // The lowering flattens to the right; so are all parts found here, however they lean.
        let mut open = Vec::new();
        loop {
            match &e.kind {
                ExprKind::Binary { op: BinOp::Concat, left, right, .. } => {
                    open.push(&**left);
                    e = right;
                }
                _ => {
                    parts.push(e);
                    match open.pop() {
                        Some(next) => e = next,
                        None => break,
                    }
                }
            }
        }
        let mut bytes = 0u64;
        let mut given = 0u64;
        let mut rough = false;
        for part in &parts {
            if self.has_hidden && self.may_be_object(at, part) {
                return self.hidden(at, span);
            }
            match self.value(at, part) {
                Some(Val { any: false, strs: Strs::These(all), .. }) => {
                    bytes += all.iter().map(|s| s.len() as u64).max().unwrap_or(0);
                }
                Some(Val { any: false, strs: Strs::No, .. }) => bytes += 32,
                Some(Val { made: false, .. }) => given += 1,
                _ => (given, rough) = (given + 1, true),
            }
        }
        // A string of n whole 64 bytes has up to 63 more.
        let fixed = bytes.saturating_add(given.saturating_mul(63)) / 64;
        let out = Bound::fixed(fixed).plus(&Bound::size(Atom::Strings).times(&Bound::fixed(given)));
        if rough { out.without_strings() } else { out }
    }

    fn indexing(&self, at: At, op: &Op, span: Span) -> Bound {
        let found = self.node(at, span, |n| {
            matches!(
                n,
                Node::Store { .. } | Node::Expr(Expr { kind: ExprKind::Index(..) | ExprKind::Method { .. }, .. })
            )
        });
        let (object, key) = match found {
            Some(Node::Store { object, key }) => (object, Some(key)),
            Some(Node::Expr(Expr { kind: ExprKind::Index(object, key), .. })) => (&**object, Some(&**key)),
            Some(Node::Expr(Expr { kind: ExprKind::Method { object, .. }, .. })) => (&**object, None),
            // Constructors assign to their own keys.
            _ => return Bound::zero(),
        };
        if self.has_index_functions && self.has_index_code(at, object) {
            return self.hidden(at, span);
        }
        let mut out = match key {
            Some(key) if matches!(op, Op::GetIndex { .. } | Op::SetIndex { .. }) => {
                library::strings(&self.sizes, at, key)
            }
            _ => Bound::zero(),
        };
        // Closing or opening a gap among integer keys costs by its length.
        if matches!(op, Op::SetIndex { .. } | Op::SetInt { .. }) {
            let is_append = key.is_some_and(|k| match &k.bare().kind {
                ExprKind::Binary { op: BinOp::Add, left, right, .. } => {
                    matches!(left.bare().kind, ExprKind::Unary(UnOp::Len, _))
                        && matches!(right.bare().kind, ExprKind::Int(1))
                }
                _ => false,
            });
            let has_integer_key =
                key.and_then(|k| self.value(at, k)).is_none_or(|v| v.any || v.int.is_some() || v.fixed.is_some());
            if has_integer_key && !is_append {
                out = match self.sizes.subject(at, object, 16) {
                    Some(_) => out.plus(&Bound::size(Atom::Gaps)),
                    None => out.without_gaps(),
                };
            }
        }
        out
    }

    /// Whether indexing may run a function of a metatable.
    fn has_index_code(&self, at: At, object: &Expr) -> bool {
        let Some(v) = self.value(at, object) else { return true };
        v.any && self.has_index_code_anywhere()
            || v.tables.iter().any(|t| {
                let meta = &self.facts.table(*t).meta;
                meta.any
                    || meta.tables.iter().any(|m| {
                        let m = self.facts.table(*m);
                        let fields = &m.fields;
                        if m.open || !m.keys.is_never() {
                            return true;
                        }
                        [b"__index".as_slice(), b"__newindex"].iter().any(|name| {
                            fields.get(*name).is_some_and(|f| {
                                f.val.any
                                    || !f.val.funcs.is_empty()
                                    || !f.val.libs.is_empty()
                                    // The table behind may have one of its own.
                                    || self.has_index_code_anywhere()
                            })
                        })
                    })
            })
    }

    fn has_index_code_anywhere(&self) -> bool {
        self.facts.has_index_functions() || self.sizes.has_metas && self.sizes.has_computed_metas
    }

    /// What an op calls, and the least that this costs.
    fn call(&mut self, at: At, op: &Op, span: Span) -> Option<(CallCost, u64)> {
        match op {
            Op::Module { module, .. } => {
                let f = self.module(module.0)?;
                let most = self.done.get(&f).map_or_else(
                    || Bound::unbounded(Place { unit: at.unit, span }, "the modules need each other"),
                    |p| p.most.clone(),
                );
                let callees = Callees { functions: vec![f], ..Callees::default() };
                // Loaded once; from then on nothing.
                Some((CallCost { at: span, callees, most }, 0))
            }
            Op::Call { .. } | Op::TailCall { .. } => {
                let call = match self.node(at, span, |n| {
                    matches!(n, Node::Expr(Expr { kind: ExprKind::Call(..) | ExprKind::Method { .. }, .. }))
                }) {
                    Some(Node::Expr(e)) => Some(e),
                    _ => None,
                };
                self.callees(at, span, call)
            }
            Op::GenCall { .. } => {
                let walk = self.sizes.units[at.unit as usize]
                    .loops
                    .iter()
                    .find(|l| l.func == at.func && l.kind == LoopKind::Generic && l.key == span);
                if let Some(gatos_compiler::hir::StmtKind::GenericFor { exprs, .. }) = walk.map(|l| &l.stmt.kind)
                    && let Some(name) = library::iterator_of(exprs)
                {
                    let (name, cost): (&'static str, Bound) = match name {
                        "ipairs" => ("ipairs()", self.walk_index(at, exprs, span)),
                        "dpairs" => ("dpairs()", Bound::zero()),
                        "utf8.codes" => ("utf8.codes()", Bound::fixed(5)),
                        "string.gmatch" => {
                            let place = Place { unit: at.unit, span };
                            ("string.gmatch()", Bound::unbounded(place, "patterns are not counted"))
                        }
                        _ => return self.callees(at, span, None),
                    };
                    let callees = Callees { library: vec![name], ..Callees::default() };
                    // Not a call that people wrote: it is a part of the loop.
                    return Some((
                        CallCost { at: Span { start: span.start, end: span.start }, callees, most: cost },
                        0,
                    ));
                }
                self.callees(at, span, None)
            }
            _ => None,
        }
    }

    fn walk_index(&self, at: At, exprs: &[Expr], span: Span) -> Bound {
        match super::size::walked(exprs) {
            Some((_, over)) if self.has_index_functions && self.has_index_code(at, over) => self.hidden(at, span),
            _ => Bound::zero(),
        }
    }

    fn callees(&mut self, at: At, span: Span, call: Option<&'a Expr>) -> Option<(CallCost, u64)> {
        let place = Place { unit: at.unit, span };
        let Some(callees) = self.facts.callees_in(FuncRef { unit: at.unit, func: at.func }, span).cloned() else {
            // Nothing comes here; or the program was too much to look through.
            let most = match self.facts.is_partial() {
                true => Bound::unbounded(place, "whom this calls is not known"),
                false => Bound::zero(),
            };
            return Some((CallCost { at: span, callees: Callees::default(), most }, 0));
        };
        let mut most: Option<Bound> = None;
        let mut least: Option<u64> = None;
        let direct: Vec<FuncRef> = match call.map(|c| &c.kind) {
            // What the call itself reaches; the rest are functions that the library calls back.
            Some(ExprKind::Call(f, _)) => self.value(at, f).map(|v| v.funcs.clone()).unwrap_or_default(),
            Some(ExprKind::Method { name_span, .. }) => {
                let v = self.facts.value(Place { unit: at.unit, span: *name_span });
                v.map(|v| v.funcs.clone()).unwrap_or_default()
            }
            _ => callees.functions.clone(),
        };
        let mut back: Option<Bound> = None;
        for f in &callees.functions {
            let (bound, low) = match self.done.get(f) {
                Some(p) => (p.most.clone(), p.least),
                None => {
                    let name = &self.sizes.units[f.unit as usize].hir.func(f.func).name;
                    let why = if name.is_empty() {
                        "a function here calls itself".to_owned()
                    } else {
                        format!("`{name}` calls itself")
                    };
                    (Bound::unbounded(place, why), 0)
                }
            };
            if direct.contains(f) {
                let bound = match call {
                    Some(call) => self.sizes.in_caller(at, call, &bound),
                    // The iterator of a loop is given what is not written anywhere.
                    None => bound.replaced(|a| match a {
                        Atom::Strings | Atom::Gaps => Bound::size(a.clone()),
                        _ => Bound::unbounded(place, "the sizes that this is given are not known"),
                    }),
                };
                most = Some(most.map_or_else(|| bound.clone(), |m| m.max(&bound)));
                least = Some(least.map_or(low, |l| l.min(low)));
            } else {
                let bound = bound.replaced(|a| match a {
                    Atom::Strings | Atom::Gaps => Bound::size(a.clone()),
                    _ => Bound::unbounded(place, "the sizes that its function is given are not known"),
                });
                back = Some(back.map_or_else(|| bound.clone(), |m| m.max(&bound)));
            }
        }
        for name in &callees.library {
            let (bound, low) = match call {
                Some(call) => {
                    let callback = back.clone();
                    let bound = match self.library_runs_meta(at, name, call) {
                        true => self.hidden(at, span),
                        false => library::cost(&mut self.sizes, at, name, call, callback.as_ref()),
                    };
                    (bound, gatos_sigs::find(name).map_or(0, |s| u64::from(s.cost.base)))
                }
                None => (Bound::unbounded(place, "what the iterator is given is not known"), 0),
            };
            most = Some(most.map_or_else(|| bound.clone(), |m| m.max(&bound)));
            least = Some(least.map_or(low, |l| l.min(low)));
        }
        let mut most = most.unwrap_or_default();
        // A function that is given away to one that we do not know is called who knows how often.
        if callees.is_open || back.is_some() && callees.library.is_empty() {
            most = most.plus(&Bound::unbounded(place, "whom this calls is not known"));
            least = Some(0);
        }
        Some((CallCost { at: span, callees, most }, least.unwrap_or(0)))
    }
}

/// No more values stand before the open one of an op that puts several into a table.
fn items_before(op: &Op) -> u64 {
    if let Op::SetList { .. } = op { 64 } else { 0 }
}

struct Loops<'a, 'b> {
    f: FuncRef,
    blocks: &'b [Block],
    lines: &'b Lines,
    code: &'b [Op],
    sizes: &'b mut Sizes<'a>,
    found: Vec<LoopCost>,
}

impl Loops<'_, '_> {
    /// The loop of the source that blocks belong to.
    fn find(&self, head: usize, part: &[usize]) -> Option<usize> {
        let loops = &self.sizes.units[self.f.unit as usize].loops;
        let mine = || loops.iter().enumerate().filter(|(_, l)| l.func == self.f.func);
        // The op that goes around names its loop.
        for b in part {
            let block = &self.blocks[*b];
            let Some(last) = block.end.checked_sub(1) else { continue };
            let key = self.lines.spans[last];
            let head_op = self.blocks[head].first as u32;
            match self.code[last] {
                Op::ForLoop { body, .. } if body.0 == head_op => {
                    return mine().find(|(_, l)| l.kind == LoopKind::Numeric && l.key == key).map(|(i, _)| i);
                }
                Op::GenLoop { .. } if *b == head => {
                    return mine().find(|(_, l)| l.kind == LoopKind::Generic && l.key == key).map(|(i, _)| i);
                }
                _ => {}
            }
        }
        // Otherwise it is the innermost one that holds all that goes around.
        let spans = |jumps: bool| {
            let of = part.iter().flat_map(move |b| {
                let block = &self.blocks[*b];
                let ops = self.code[block.first..block.end].iter().zip(&self.lines.spans[block.first..block.end]);
                ops.filter(move |(op, _)| !matches!(op, Op::Block { .. }) && (jumps || !matches!(op, Op::Jump { .. })))
                    .map(|(_, s)| *s)
            });
            of.reduce(Span::to)
        };
        let all = spans(false).or_else(|| spans(true))?;
        let around =
            mine().filter(|(_, l)| matches!(l.kind, LoopKind::While | LoopKind::Repeat) && holds(l.stmt.span, all));
        around.min_by_key(|(_, l)| l.stmt.span.end - l.stmt.span.start).map(|(i, _)| i)
    }

    fn place(&self, part: &[usize]) -> Place {
        let first = part.iter().min().map_or(0, |b| self.blocks[*b].first);
        Place { unit: self.f.unit, span: self.lines.spans.get(first).copied().unwrap_or_default() }
    }
}

impl Rounds for Loops<'_, '_> {
    fn around(&mut self, head: usize, part: &[usize], cycle: Bound, tail: Bound) -> Bound {
        let found = self.find(head, part);
        let (kind, at) = match found {
            Some(i) => {
                let l = self.sizes.units[self.f.unit as usize].loops[i];
                (l.kind, Place { unit: self.f.unit, span: l.stmt.span })
            }
            None => (LoopKind::Goto, self.place(part)),
        };
        let rounds = found
            .and_then(|i| self.sizes.rounds(self.f.unit, i))
            .unwrap_or_else(|| Bound::unbounded(at, format!("how often {} goes around is not known", words(kind))));
        let round = cycle.clone().max(&tail);
        let most = match kind {
            // The block that asks stands at the end: it is run as often as the body.
            LoopKind::Numeric => rounds.times(&round),
            _ => rounds.times(&cycle).plus(&tail),
        };
        let round = if kind == LoopKind::Numeric { round } else { cycle };
        let most = if rounds.is_known() { most } else { most.plus(&rounds) };
        self.found.push(LoopCost { func: self.f, at, kind, round, rounds, most: most.clone() });
        most
    }

    fn tangled(&mut self, part: &[usize]) -> Bound {
        let at = self.place(part);
        let why = "how often this `goto` goes around is not known";
        let most = Bound::unbounded(at, why);
        self.found.push(LoopCost {
            func: self.f,
            at,
            kind: LoopKind::Goto,
            round: Bound::unbounded(at, why),
            rounds: Bound::unbounded(at, why),
            most: most.clone(),
        });
        most
    }
}
