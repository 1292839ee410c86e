//! Calls: of functions of the program, and of the library, whose functions that pass tables or
//! functions through are known one by one; the others give what their row in the manual says.

use super::value::{Strs, Val};
use super::{Engine, Fx, Values};
use crate::Place;
use crate::facts::{Callees, TableId};
use gatos_sigs::Kind;
use gatos_syntax::span::Span;
use std::sync::Arc;

/// The value of a library name.
pub(crate) fn lib_value(name: &str) -> Val {
    match name {
        "math.maxinteger" => return Val::ints(i64::MAX, i64::MAX),
        "math.mininteger" => return Val::ints(i64::MIN, i64::MIN),
        "json.null" => return Val { null: true, ..Val::default() },
        _ => {}
    }
    match gatos_sigs::find(name) {
        Some(sig) if sig.kind == Kind::Constant => sig.returns.first().map_or_else(Val::anything, |ty| typed(ty)),
        Some(sig) => Val::lib(sig.name),
        None => Val::anything(),
    }
}

/// A type as the manual writes it.
fn typed(ty: &str) -> Val {
    let mut out = Val::default();
    for part in ty.trim_end_matches("...").split('|') {
        out.join(&match part {
            "nil" => Val::nothing(),
            "boolean" => Val::boolean(),
            "integer" => Val::integer(),
            "fixed" => Val::fixed(),
            "number" => Val::number(),
            "string" => Val::made_string(),
            "null" => Val { null: true, ..Val::default() },
            _ => Val::anything(),
        });
    }
    out
}

impl<'a> Engine<'a> {
    /// Calls a value.
    pub(crate) fn apply(&mut self, fx: &mut Fx<'a>, f: &Val, args: &Values, call: Span, at: Span) -> Values {
        let mut callees = Callees { functions: f.funcs.clone(), library: f.libs.clone(), is_open: f.any };
        // A table with `__call` calls what we do not look up.
        callees.is_open |= !f.tables.is_empty();
        let mut out: Option<Values> = None;
        let mut add = |new: Values| match &mut out {
            None => out = Some(new),
            Some(old) => merge(old, &new),
        };
        for func in &f.funcs {
            add(self.enter(*func, args, fx.number));
        }
        for lib in &f.libs {
            add(self.library(fx, lib, args, at, &mut callees));
        }
        if f.any || !f.tables.is_empty() {
            self.give_away(args);
            add(Values::unknown());
        }
        let func = crate::FuncRef { unit: fx.unit, func: fx.func };
        self.note_call(func, call, &callees);
        // Not known to be callable: it fails, or it is not reached yet.
        out.unwrap_or_else(|| Values { vals: vec![Arc::new(Val::default())], rest: None })
    }

    /// Arguments that come into unknown hands.
    fn give_away(&mut self, args: &Values) {
        for val in args.all() {
            self.heap.let_out(val);
            for f in &val.funcs {
                let number = self.number(*f);
                if !self.funcs[number as usize].from_outside {
                    self.call_from_outside(number);
                }
            }
        }
        self.settle();
    }

    fn calls(&mut self, fx: &mut Fx<'a>, f: &Val, args: &Values, callees: &mut Callees) -> Values {
        let mut out: Option<Values> = None;
        for func in &f.funcs {
            let new = self.enter(*func, args, fx.number);
            match &mut out {
                None => out = Some(new),
                Some(old) => merge(old, &new),
            }
        }
        callees.functions.extend(&f.funcs);
        if f.any || !f.libs.is_empty() || !f.tables.is_empty() {
            callees.is_open = true;
            self.give_away(args);
            return Values::unknown();
        }
        out.unwrap_or_default()
    }

    fn contents_of(&mut self, fx: &Fx<'a>, tables: &Val) -> Val {
        let mut out = Val { any: tables.any, made: tables.any && tables.made, ..Val::default() };
        for id in &tables.tables {
            let found = self.heap.contents(*id, fx.number);
            out.join(&found);
        }
        out
    }

    fn elements_of(&mut self, fx: &Fx<'a>, tables: &Val) -> Val {
        let mut out = Val { any: tables.any, made: tables.any && tables.made, ..Val::default() };
        for id in &tables.tables {
            let found = self.heap.index(*id, &Val::integer(), fx.number);
            out.join(&found);
        }
        out.nil = false;
        out
    }

    fn list_of(&mut self, fx: &Fx<'a>, elements: &Val, at: Span) -> TableId {
        let place = Place { unit: fx.unit, span: at };
        let id = self.site(place, 1);
        self.heap.set_element(id, elements, Some(place));
        self.settle();
        self.heap.find(id)
    }

    fn library(
        &mut self,
        fx: &mut Fx<'a>,
        name: &'static str,
        args: &Values,
        at: Span,
        callees: &mut Callees,
    ) -> Values {
        let first = args.get(0);
        let place = Place { unit: fx.unit, span: at };
        match name {
            "assert" => {
                let mut out = args.clone();
                if let Some(v) = out.vals.first_mut() {
                    *v = Arc::new(v.truthy());
                }
                out
            }
            "error" => Values { vals: vec![Arc::new(Val::default())], rest: None },
            "setmetatable" => {
                let meta = args.get(1);
                for id in &first.tables {
                    self.heap.set_meta(*id, &meta);
                }
                if first.any {
                    self.heap.let_out(&meta);
                }
                self.settle();
                Values { vals: vec![first], rest: None }
            }
            "getmetatable" => {
                let mut out = Val { nil: true, any: first.any, ..Val::default() };
                for id in &first.tables {
                    self.heap.read_by(*id, fx.number);
                    let meta = self.heap.get(*id).meta.clone();
                    out.join(&meta);
                }
                Values::one(out)
            }
            "rawset" => {
                let (key, val) = (args.get(1), args.get(2));
                self.store(&first, &key, &val, place, None);
                Values { vals: vec![first], rest: None }
            }
            "rawget" => {
                let key = args.get(1);
                Values::one(self.index(fx, &first, &key))
            }
            "pcall" | "xpcall" => {
                let skip = if name == "pcall" { 1 } else { 2 };
                let inner = Values { vals: args.vals.iter().skip(skip).cloned().collect(), rest: args.rest.clone() };
                let given = self.calls(fx, &first, &inner, callees);
                if name == "xpcall" {
                    let handler = args.get(1);
                    self.calls(fx, &handler, &Values::one(Val::anything()), callees);
                }
                // Or false and what was raised.
                let mut out = Values { vals: vec![Arc::new(Val::boolean())], rest: None };
                let second = Val::clone(&given.get(0)).with(&Val::anything());
                out.vals.push(Arc::new(second));
                out.vals.extend(given.vals.iter().skip(1).map(|v| Arc::new(Val::clone(v).or_nil())));
                out.rest = given.rest;
                out
            }
            "select" => {
                let count = matches!(first.one_string(), Some(b"#"));
                if count {
                    return Values::one(Val::ints(0, i64::MAX));
                }
                let mut all = Val::default();
                for v in args.vals.iter().skip(1).chain(&args.rest) {
                    all.join(v);
                }
                if first.strs != Strs::No || first.any {
                    all.join(&Val::ints(0, i64::MAX));
                }
                Values { vals: Vec::new(), rest: Some(Arc::new(all)) }
            }
            "dkeys" => {
                let mut keys = Val::default();
                for id in &first.tables {
                    let found = self.heap.keys(*id, fx.number);
                    keys.join(&found);
                }
                keys.any |= first.any;
                Values::one(Val::table(self.list_of(fx, &keys, at)))
            }
            "dvalues" => {
                let vals = self.contents_of(fx, &first);
                Values::one(Val::table(self.list_of(fx, &vals, at)))
            }
            "dsort" | "table.sort" => {
                let element = Arc::new(self.elements_of(fx, &first));
                let less = args.get(1);
                if less.any || !less.funcs.is_empty() || !less.libs.is_empty() {
                    let pair = Values { vals: vec![element.clone(), element.clone()], rest: None };
                    let less = Val { nil: false, ..Val::clone(&less) };
                    self.calls(fx, &less, &pair, callees);
                }
                if name == "table.sort" {
                    return Values::default();
                }
                Values::one(Val::table(self.list_of(fx, &element, at)))
            }
            "ipairs" => {
                Values { vals: vec![Arc::new(Val::lib("ipairs()")), first, Arc::new(Val::ints(0, 0))], rest: None }
            }
            "dpairs" => Values::one(Val::lib("dpairs()")),
            "string.gmatch" => Values::one(Val::lib("string.gmatch()")),
            "utf8.codes" => {
                Values { vals: vec![Arc::new(Val::lib("utf8.codes()")), first, Arc::new(Val::ints(0, 0))], rest: None }
            }
            "rng" => Values::one(Val::lib("rng()")),
            "ipairs()" => {
                let val = self.elements_of(fx, &first);
                Values { vals: vec![Arc::new(Val::ints(1, i64::MAX).or_nil()), Arc::new(val.or_nil())], rest: None }
            }
            "dpairs()" => Values::unknown(),
            "string.gmatch()" => Values {
                vals: vec![Arc::new(Val { int: Some((1, i64::MAX)), ..Val::string().or_nil() })],
                rest: Some(Arc::new(Val { int: Some((1, i64::MAX)), ..Val::string() })),
            },
            "utf8.codes()" => Values {
                vals: vec![Arc::new(Val::ints(1, i64::MAX).or_nil()), Arc::new(Val::ints(0, 0x7fff_ffff).or_nil())],
                rest: None,
            },
            "rng()" => Values::one(random(&first, args.vals.len())),
            "table.insert" => {
                let val = if args.vals.len() >= 3 { args.get(2) } else { args.get(1) };
                for id in &first.tables {
                    self.heap.set_element(*id, &val, Some(place));
                }
                if first.any {
                    self.heap.let_out(&val);
                }
                self.settle();
                Values::default()
            }
            "table.remove" => Values::one(self.elements_of(fx, &first).or_nil()),
            "table.unpack" => {
                let val = self.elements_of(fx, &first).or_nil();
                Values { vals: Vec::new(), rest: Some(Arc::new(val)) }
            }
            "table.pack" => {
                let mut all = Val::default();
                for v in args.all() {
                    all.join(v);
                }
                let id = self.list_of(fx, &all, at);
                self.heap.set_field(id, b"n", &Val::ints(0, i64::MAX), true, Some(place));
                self.settle();
                Values::one(Val::table(id))
            }
            "table.move" => {
                let val = self.elements_of(fx, &first);
                let to = if args.vals.len() >= 5 { args.get(4) } else { first };
                for id in &to.tables {
                    self.heap.set_element(*id, &val, None);
                }
                if to.any {
                    self.heap.let_out(&val);
                }
                self.settle();
                Values { vals: vec![to], rest: None }
            }
            "json.array" => {
                if first.tables.is_empty() && !first.any {
                    let id = self.site(place, 1);
                    return Values::one(Val::table(id));
                }
                Values { vals: vec![first], rest: None }
            }
            "string.gsub" => {
                let by = args.get(2);
                if !by.funcs.is_empty() {
                    let given = Values { vals: Vec::new(), rest: Some(Arc::new(Val::string())) };
                    let funcs = Val { funcs: by.funcs.clone(), ..Val::default() };
                    self.calls(fx, &funcs, &given, callees);
                }
                callees.is_open |= by.any;
                Values { vals: vec![Arc::new(Val::made_string()), Arc::new(Val::ints(0, i64::MAX))], rest: None }
            }
            "tostring" if !first.tables.is_empty() || first.any => {
                // `__tostring` may be called.
                callees.is_open |= first.tables.iter().any(|t| !self.heap.get(*t).meta.is_never());
                Values::one(Val::made_string())
            }
            "math.max" | "math.min" => Values::one(extreme(name == "math.max", args)),
            "math.abs" => {
                let int = first.int.map(|(lo, hi)| {
                    let (a, b) = (lo.saturating_abs(), hi.saturating_abs());
                    if lo <= 0 && hi >= 0 { (0, a.max(b)) } else { (a.min(b), a.max(b)) }
                });
                let mut out = Val { int, fixed: first.fixed.map(|_| (0, i64::MAX)), ..Val::default() };
                if first.any || first.strs != Strs::No {
                    out = Val { int: Some((0, i64::MAX)), fixed: Some((0, i64::MAX)), ..Val::default() };
                }
                Values::one(out)
            }
            "math.floor" | "math.ceil" => {
                let (lo, hi) = first.bounds().unwrap_or((i64::MIN, i64::MAX));
                Values::one(Val::ints(lo, hi))
            }
            "string.len" | "rawlen" | "string.packsize" => Values::one(Val::ints(0, i64::MAX)),
            "utf8.len" => Values {
                vals: vec![Arc::new(Val::ints(0, i64::MAX).or_nil()), Arc::new(Val::integer().or_nil())],
                rest: None,
            },
            "string.byte" => {
                Values { vals: vec![Arc::new(Val::ints(0, 255).or_nil())], rest: Some(Arc::new(Val::ints(0, 255))) }
            }
            "string.find" => {
                let at = Arc::new(Val::ints(1, i64::MAX).or_nil());
                let end = Arc::new(Val::ints(0, i64::MAX).or_nil());
                let rest = captures(&args.get(1));
                Values { vals: vec![at, end], rest: Some(Arc::new(rest)) }
            }
            // Parts of a string are no longer than it.
            "string.match" => {
                let capture = Val { made: first.made, ..captures(&args.get(1)) };
                Values { vals: vec![Arc::new(capture.clone().or_nil())], rest: Some(Arc::new(capture)) }
            }
            "string.sub" | "string.lower" | "string.upper" | "string.reverse" => {
                let has_numbers = first.has_numbers();
                Values::one(Val { made: first.made || has_numbers || first.any, ..Val::string() })
            }
            "type" => Values::one(type_name(&first)),
            "tostring" if first.one_string().is_some() => Values { vals: vec![first], rest: None },
            "tonumber" if args.vals.len() == 1 && !first.any && first.strs == Strs::No && first.has_numbers() => {
                let mut out = Val { int: first.int, fixed: first.fixed, ..Val::default() };
                out.nil = first.nil || first.yes || first.no || !first.tables.is_empty();
                Values::one(out)
            }
            _ => from_manual(name),
        }
    }
}

/// What the manual's row says.
fn from_manual(name: &str) -> Values {
    let Some(sig) = gatos_sigs::find(name) else { return Values::unknown() };
    if sig.kind != Kind::Function {
        return Values::unknown();
    }
    let mut out = Values::default();
    for ty in sig.returns {
        let val = Arc::new(typed(ty));
        match ty.ends_with("...") {
            true => out.rest = Some(val),
            false if out.rest.is_none() => out.vals.push(val),
            false => out.rest = Some(Arc::new(Val::anything())),
        }
    }
    out
}

fn merge(into: &mut Values, other: &Values) {
    let n = into.vals.len().max(other.vals.len());
    let vals = (0..n).map(|i| Arc::new(Val::clone(&into.get(i)).with(&other.get(i)))).collect();
    let rest = match (&into.rest, &other.rest) {
        (Some(a), Some(b)) => Some(Arc::new(Val::clone(a).with(b))),
        (a, b) => a.clone().or_else(|| b.clone()),
    };
    *into = Values { vals, rest };
}

/// What a pattern captures: strings, and positions where it has `()`.
pub(crate) fn captures(pattern: &Val) -> Val {
    match pattern.one_string() {
        Some(p) if !p.windows(2).any(|w| w == b"()") => Val::string(),
        _ => Val { int: Some((1, i64::MAX)), ..Val::string() },
    }
}

fn random(first: &Val, n: usize) -> Val {
    match n {
        0 => Val { fixed: Some((0, (1 << 32) - 1)), ..Val::default() },
        1 => Val::ints(1, first.int.filter(|_| !first.any).map_or(i64::MAX, |(_, hi)| hi.max(1))),
        _ => Val::integer(),
    }
}

fn extreme(is_max: bool, args: &Values) -> Val {
    let mut out: Option<Val> = None;
    let mut is_plain = args.rest.is_none();
    for v in &args.vals {
        is_plain &= !v.any && v.strs == Strs::No && v.fixed.is_none() && v.int.is_some();
        let (lo, hi) = v.int.unwrap_or((i64::MIN, i64::MAX));
        out = Some(match out {
            None => Val::ints(lo, hi),
            Some(old) => {
                let (a, b) = old.int.unwrap_or((lo, hi));
                if is_max { Val::ints(a.max(lo), b.max(hi)) } else { Val::ints(a.min(lo), b.min(hi)) }
            }
        });
    }
    match out {
        Some(v) if is_plain => v,
        _ => Val::number(),
    }
}

fn type_name(v: &Val) -> Val {
    if v.any {
        return Val::string();
    }
    let mut out = Val::default();
    for (has, name) in [
        (v.nil, "nil"),
        (v.null, "null"),
        (v.yes || v.no, "boolean"),
        (v.has_numbers(), "number"),
        (v.strs != Strs::No, "string"),
        (!v.tables.is_empty() || v.libs.iter().any(|l| is_table(l)), "table"),
        (!v.funcs.is_empty() || v.libs.iter().any(|l| !is_table(l)), "function"),
    ] {
        if has {
            out.join(&Val::text(name.as_bytes()));
        }
    }
    out
}

fn is_table(lib: &str) -> bool {
    gatos_sigs::find(lib).is_some_and(|s| s.kind == Kind::Table)
}
