//! Values for people: a line of text each, and what is inside when somebody opens them.

use gatos_canon::{Map, Value as Plain};
use gatos_elc::SourceMap;
use gatos_elc::map::Home;
use gatos_elc::program::Program;
use gatos_vm::{Tag, Value, View, Vm};

/// The most characters of a value's line.
const LONGEST: usize = 200;
/// The most members that a value's line tells of.
const SHOWN: usize = 6;
/// Named members are told in pages of this many, so that a client is never sent a whole index.
pub(crate) const PAGE: usize = 200;

/// A value that can be opened. It may be used until the run goes on.
#[derive(Clone, Debug)]
pub enum Thing {
    /// A table of the machine.
    Live(Value),
    /// Plain data.
    Plain(Plain),
    /// Some of the named members of a table: from this one on.
    Page(Value, usize),
}

/// A value as it is shown.
#[derive(Clone, Debug)]
pub struct Shown {
    /// What it is called where it stands.
    pub name: String,
    /// Its line.
    pub text: String,
    /// Its type.
    pub kind: &'static str,
    /// What is inside, when anything is.
    pub thing: Option<Thing>,
    /// How many members have numbers.
    pub indexed: usize,
    /// How many members have names.
    pub named: usize,
    /// An expression that gives it, from the frame in which it was found.
    pub expression: Option<String>,
}

/// What is needed to show values.
#[derive(Clone, Copy)]
pub(crate) struct Look<'a> {
    pub(crate) program: &'a Program,
    pub(crate) map: &'a SourceMap,
}

/// What a name stands for.
#[derive(Clone, Debug)]
pub(crate) enum Found {
    /// A value of the machine.
    Live(Value),
    /// A constant, as it is written.
    Known(String),
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// A string in double quotes; bytes that are not text are written as escapes.
pub(crate) fn quoted(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => {
            let mut out = Vec::new();
            gatos_canon::json::write_string(text, &mut out);
            String::from_utf8_lossy(&out).into_owned()
        }
        Err(_) => {
            let inner: String = bytes.iter().flat_map(|b| std::ascii::escape_default(*b)).map(char::from).collect();
            format!("\"{inner}\"")
        }
    }
}

/// Whether a key can be written after a dot.
fn is_word(key: &str) -> bool {
    key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The text that a member's key adds to an expression.
fn member(of: Option<&str>, key: &str) -> Option<String> {
    let of = of?;
    Some(if is_word(key) { format!("{of}.{key}") } else { format!("{of}[{}]", quoted(key.as_bytes())) })
}

/// A table's key as it is written in one.
fn key_name(key: &str) -> String {
    if is_word(key) { key.to_owned() } else { format!("[{}]", quoted(key.as_bytes())) }
}

/// The line of a table.
fn listed(size: &str, parts: Vec<String>, has_more: bool) -> String {
    let dots = if has_more { ", …" } else { "" };
    cut(&format!("{size}{{{}{dots}}}", parts.join(", ")))
}

impl<'a> Look<'a> {
    pub(crate) fn is_policy(&self) -> bool {
        self.program.policy.is_some()
    }

    /// A value's type, as programs call it.
    fn kind(&self, v: Value) -> &'static str {
        match v.tag() {
            Tag::Int => "integer",
            Tag::Fixed => "fixed",
            _ => v.type_name(),
        }
    }

    /// The line of a value; `depth` says how far it looks inside.
    pub(crate) fn text(&self, vm: &Vm, v: Value, depth: usize) -> String {
        if self.is_policy() {
            return if v.is_nil() { "undefined".to_owned() } else { cut(&vm.doc_text(v)) };
        }
        match v.tag() {
            Tag::Nil => "nil".to_owned(),
            Tag::False => "false".to_owned(),
            Tag::True => "true".to_owned(),
            Tag::Null => "json.null".to_owned(),
            Tag::Int | Tag::Fixed => {
                let mut out = Vec::new();
                vm.push_text(&mut out, v);
                String::from_utf8_lossy(&out).into_owned()
            }
            Tag::Str => {
                let bytes = v.str_bytes();
                let some = &bytes[..bytes.len().min(4 * LONGEST)];
                // A cut in the middle of a letter is no reason to show bytes.
                let some = match std::str::from_utf8(some) {
                    Err(e) if some.len() < bytes.len() && e.valid_up_to() + 4 > some.len() => &some[..e.valid_up_to()],
                    _ => some,
                };
                cut(&quoted(some))
            }
            Tag::Closure => match vm.function_of(v).and_then(|proto| self.map.functions.get(proto as usize)) {
                Some(f) => {
                    let place = self.map.show(gatos_elc::map::Place { col: 0, ..f.at });
                    // What has no name is called by its line already.
                    let name = if f.name.starts_with("function at ") { "" } else { f.name.as_str() };
                    format!("function {name} ({place})").replace("  ", " ")
                }
                None => "function".to_owned(),
            },
            Tag::Native => format!("function {}", vm.library_name(v).unwrap_or("of the library")),
            Tag::Iter => "function of the library".to_owned(),
            Tag::Table => self.table(vm, v, depth),
            Tag::Cell | Tag::Inner => "?".to_owned(),
        }
    }

    fn table(&self, vm: &Vm, v: Value, depth: usize) -> String {
        let (indexed, named) = sizes(vm, v);
        if depth == 0 {
            return match (indexed, named) {
                (0, 0) => "{}".to_owned(),
                _ => "{…}".to_owned(),
            };
        }
        let mut parts = Vec::new();
        for i in 1..=indexed.min(SHOWN) {
            parts.push(self.text(vm, vm.raw_get_int(v, i as i64), depth - 1));
        }
        let mut more = indexed > SHOWN;
        // Sorting the keys of something large for one line is not worth it.
        if parts.len() < SHOWN && named > 0 && named <= 10_000 {
            let keys = names(vm, v, indexed);
            more |= keys.len() > SHOWN - parts.len();
            for key in keys.into_iter().take(SHOWN - parts.len()) {
                let name = key_text(self, vm, key);
                parts.push(format!("{name} = {}", self.text(vm, vm.raw_get(v, key), depth - 1)));
            }
        } else {
            more |= named > 0;
        }
        let size = match indexed {
            n if n > SHOWN && named == 0 => format!("#{n} "),
            _ => String::new(),
        };
        listed(&size, parts, more)
    }

    /// A value with its name, ready to be opened.
    pub(crate) fn shown(&self, vm: &Vm, name: String, v: Value, expression: Option<String>) -> Shown {
        if self.is_policy() {
            let mut json = Vec::new();
            let plain = vm.doc_json(v, &mut json).ok().and_then(|()| Plain::from_json_bytes(&json).ok());
            if let Some(plain) = plain.filter(|_| !v.is_nil()) {
                return self.plain(name, plain, expression);
            }
            let text = self.text(vm, v, 1);
            return Shown { name, text, kind: "undefined", thing: None, indexed: 0, named: 0, expression };
        }
        let (indexed, named) = if v.tag() == Tag::Table { sizes(vm, v) } else { (0, 0) };
        let has_more = indexed + named > 0 || vm.metatable(v).tag() == Tag::Table;
        let thing = (v.tag() == Tag::Table && has_more).then_some(Thing::Live(v));
        Shown { name, text: self.text(vm, v, 2), kind: self.kind(v), thing, indexed, named, expression }
    }

    /// The line of plain data, written as the program would.
    pub(crate) fn plain_text(&self, v: &Plain, depth: usize) -> String {
        if self.is_policy() {
            return cut(&v.to_json_string());
        }
        match v {
            Plain::Null => "json.null".to_owned(),
            Plain::Text(text) => cut(&quoted(text.as_bytes())),
            Plain::Bytes(bytes) => cut(&quoted(bytes)),
            // Programs see links as text.
            Plain::Link(link) => cut(&quoted(link.to_string().as_bytes())),
            Plain::Array(items) if items.is_empty() => "{}".to_owned(),
            Plain::Map(map) if map.is_empty() => "{}".to_owned(),
            Plain::Array(_) | Plain::Map(_) if depth == 0 => "{…}".to_owned(),
            Plain::Array(items) => {
                let parts = items.iter().take(SHOWN).map(|v| self.plain_text(v, depth - 1));
                let size = if items.len() > SHOWN { format!("#{} ", items.len()) } else { String::new() };
                listed(&size, parts.collect(), items.len() > SHOWN)
            }
            Plain::Map(map) => {
                let one = |(key, v): (&str, &Plain)| format!("{} = {}", key_name(key), self.plain_text(v, depth - 1));
                listed("", self.entries(map).into_iter().take(SHOWN).map(one).collect(), map.len() > SHOWN)
            }
            Plain::Bool(_) | Plain::Int(_) | Plain::Float(_) => v.to_json_string(),
        }
    }

    /// Plain data with its name.
    pub(crate) fn plain(&self, name: String, v: Plain, expression: Option<String>) -> Shown {
        let is_policy = self.is_policy();
        let kind = match &v {
            Plain::Null => "null",
            Plain::Bool(_) => "boolean",
            Plain::Text(_) | Plain::Link(_) | Plain::Bytes(_) => "string",
            Plain::Array(_) | Plain::Map(_) if !is_policy => "table",
            Plain::Array(_) => "array",
            Plain::Map(_) => "object",
            Plain::Int(_) | Plain::Float(_) if is_policy => "number",
            Plain::Int(_) => "integer",
            Plain::Float(_) => "fixed",
        };
        let (indexed, named) = match &v {
            Plain::Array(items) => (items.len(), 0),
            Plain::Map(map) => (0, map.len()),
            _ => (0, 0),
        };
        let text = self.plain_text(&v, 2);
        let thing = (indexed + named > 0).then_some(Thing::Plain(v));
        Shown { name, text, kind, thing, indexed, named, expression }
    }

    /// What is inside a value: members with numbers, then those with names; a part of them when one is asked for.
    pub(crate) fn members(&self, vm: Option<&Vm>, of: &Thing, expr: Option<&str>, part: &Part) -> Vec<Shown> {
        match of {
            Thing::Plain(v) => self.plain_members(v, expr, part),
            Thing::Live(v) => vm.map_or_else(Vec::new, |vm| self.live_members(vm, *v, expr, part)),
            Thing::Page(v, from) => vm.map_or_else(Vec::new, |vm| {
                let keys = names(vm, *v, sizes(vm, *v).0);
                keys.into_iter().skip(*from).take(PAGE).map(|key| self.named(vm, *v, key, expr)).collect()
            }),
        }
    }

    fn named(&self, vm: &Vm, of: Value, key: Value, expr: Option<&str>) -> Shown {
        let expression = match key.as_str().map(std::str::from_utf8) {
            Some(Ok(key)) => member(expr, key),
            Some(Err(_)) => None,
            None => expr.map(|of| format!("{of}[{}]", self.text(vm, key, 0))),
        };
        self.shown(vm, key_text(self, vm, key), vm.raw_get(of, key), expression)
    }

    fn live_members(&self, vm: &Vm, v: Value, expr: Option<&str>, part: &Part) -> Vec<Shown> {
        let (indexed, named) = sizes(vm, v);
        let mut out = Vec::new();
        if part.wants_indexed() {
            let (from, to) = part.range(indexed);
            for i in from..to {
                let expression = expr.map(|of| format!("{of}[{}]", i + 1));
                out.push(self.shown(vm, format!("[{}]", i + 1), vm.raw_get_int(v, i as i64 + 1), expression));
            }
        }
        if part.wants_named() {
            let keys = names(vm, v, indexed);
            if keys.len() < named {
                let text = "some of its keys are tables or functions, which have no order".to_owned();
                let name = "(other keys)".to_owned();
                out.push(Shown { name, text, kind: "", thing: None, indexed: 0, named: 0, expression: None });
            }
            if keys.len() > PAGE {
                for from in (0..keys.len()).step_by(PAGE) {
                    let to = (from + PAGE).min(keys.len());
                    let ends = [keys.get(from), keys.get(to - 1)].map(|k| k.map(|k| key_text(self, vm, *k)));
                    let text = ends.into_iter().flatten().collect::<Vec<_>>().join(" … ");
                    out.push(Shown {
                        name: format!("[{}–{}]", from + 1, to),
                        text,
                        kind: "",
                        thing: Some(Thing::Page(v, from)),
                        indexed: 0,
                        named: to - from,
                        expression: expr.map(str::to_owned),
                    });
                }
            } else {
                out.extend(keys.into_iter().map(|key| self.named(vm, v, key, expr)));
            }
            let meta = vm.metatable(v);
            if meta.tag() == Tag::Table {
                out.push(self.shown(vm, "(metatable)".to_owned(), meta, None));
            }
        }
        out
    }

    /// A map's members in the order in which those of tables are shown.
    fn entries<'m>(&self, map: &'m Map) -> Vec<(&'m str, &'m Plain)> {
        let mut all: Vec<(&str, &Plain)> = map.iter().collect();
        if !self.is_policy() {
            all.sort_unstable_by_key(|(key, _)| *key);
        }
        all
    }

    fn plain_members(&self, v: &Plain, expr: Option<&str>, part: &Part) -> Vec<Shown> {
        // Policies count from 0, and programs from 1.
        let base = usize::from(!self.is_policy());
        match v {
            Plain::Array(items) if part.wants_indexed() => {
                let (from, to) = part.range(items.len());
                let item = |(i, v): (usize, &Plain)| {
                    let at = i + base;
                    self.plain(format!("[{at}]"), v.clone(), expr.map(|of| format!("{of}[{at}]")))
                };
                items.iter().enumerate().take(to).skip(from).map(item).collect()
            }
            Plain::Map(map) if part.wants_named() => {
                let (from, to) = part.range(map.len());
                let name = |key: &str| if self.is_policy() { key.to_owned() } else { key_name(key) };
                let entry = |(key, v): (&str, &Plain)| self.plain(name(key), v.clone(), member(expr, key));
                self.entries(map).into_iter().take(to).skip(from).map(entry).collect()
            }
            _ => Vec::new(),
        }
    }

    /// What a name stands for at a place of a run.
    pub(crate) fn find(&self, view: &View<'a>, name: &str) -> Option<Found> {
        let f = self.map.functions.get(view.proto() as usize);
        if let Some(f) = f {
            if let Some(v) = f.visible(view.op()).into_iter().find(|v| v.name == name) {
                return match &v.home {
                    Home::Register(r) => view.register(*r).map(Found::Live),
                    Home::Cell(c) => view.cell(*c).map(Found::Live),
                    Home::Known(text) => Some(Found::Known(text.clone())),
                };
            }
            for literal in f.literals.iter().filter(|l| (l.first_op..l.end_op).contains(&view.op())).rev() {
                if let Some((_, register)) = literal.vars.iter().find(|(var, _)| var == name) {
                    return view.register(*register).map(Found::Live);
                }
            }
            if let Some(up) = f.upvalues.iter().position(|up| up == name) {
                return view.upvalue(u8::try_from(up).ok()?).map(Found::Live);
            }
            // A function that calls itself by its name needs no upvalue for that.
            if f.name == name {
                return Some(Found::Live(view.function()));
            }
        }
        if let Some(global) = self.program.globals.iter().position(|g| g == name) {
            return view.vm().global_at(global).map(Found::Live);
        }
        self.constant_of_file(f?.at.file, name)
    }

    /// A constant of a file's main chunk: all its functions see it, whether they use it or not.
    fn constant_of_file(&self, file: u32, name: &str) -> Option<Found> {
        let chunk = self.map.functions.iter().find(|f| f.at.file == file && f.name.starts_with('<'))?;
        chunk.locals.iter().rev().find_map(|v| match &v.home {
            Home::Known(text) if v.name == name && v.end_op >= chunk.ops() => Some(Found::Known(text.clone())),
            _ => None,
        })
    }
}

/// A part of what is inside.
#[derive(Clone, Copy, Default, Debug)]
pub struct Part {
    /// Only members with numbers (true) or names (false).
    pub indexed: Option<bool>,
    /// From this one on.
    pub start: usize,
    /// At most so many; 0 for all.
    pub count: usize,
}

impl Part {
    fn wants_indexed(&self) -> bool {
        self.indexed != Some(false)
    }

    fn wants_named(&self) -> bool {
        self.indexed != Some(true)
    }

    fn range(&self, all: usize) -> (usize, usize) {
        let from = self.start.min(all);
        // Nobody reads ten thousand lines, and a client that asks for no part gets the beginning.
        let count = if self.count == 0 { 10_000 } else { self.count };
        (from, from.saturating_add(count).min(all))
    }
}

/// How many members of a table have the numbers 1 to n, and how many others there are.
fn sizes(vm: &Vm, v: Value) -> (usize, usize) {
    let all = usize::try_from(vm.count(v)).unwrap_or(usize::MAX);
    let indexed = usize::try_from(vm.border(v)).unwrap_or(0).min(all);
    (indexed, all - indexed)
}

/// The keys of a table besides 1 to n, sorted; those without an order are left out.
fn names(vm: &Vm, v: Value, indexed: usize) -> Vec<Value> {
    let keys = vm.sorted_keys(v).unwrap_or_default();
    let is_index = |k: &Value| k.as_int().is_some_and(|i| i >= 1 && i as u64 <= indexed as u64);
    keys.into_iter().filter(|k| !is_index(k)).collect()
}

fn key_text(look: &Look<'_>, vm: &Vm, key: Value) -> String {
    match key.as_str().map(std::str::from_utf8) {
        Some(Ok(key)) if is_word(key) => key.to_owned(),
        _ => format!("[{}]", look.text(vm, key, 0)),
    }
}
