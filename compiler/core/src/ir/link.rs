//! Joining functions to a program. Constants, names and functions are numbered in the order
//! in which the code first uses them, so that nothing but the code decides the bytes.

use gatos_elc::map::Variable;
use gatos_elc::ops::{K, KeysId, LibId, ModuleId, Op, ProtoId};
use gatos_elc::program::{Capture, Const, ModuleEntry, Program, ProgramKind, Proto};
use gatos_syntax::span::Span;
use std::collections::BTreeMap;

/// Things numbered as they come.
#[derive(Debug)]
pub struct Pool<T> {
    items: Vec<T>,
    index: BTreeMap<T, u32>,
}

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Pool { items: Vec::new(), index: BTreeMap::new() }
    }
}

impl<T: Ord + Clone> Pool<T> {
    /// The number of an item, new or old.
    pub fn add(&mut self, item: T) -> u32 {
        if let Some(i) = self.index.get(&item) {
            return *i;
        }
        let i = self.items.len() as u32;
        self.items.push(item.clone());
        self.index.insert(item, i);
        i
    }

    fn get(&self, i: u32) -> Option<&T> {
        self.items.get(i as usize)
    }
}

/// A condition of a policy's rule, and the ops that decide it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LiteralLines {
    /// Its first op.
    pub first_op: u32,
    /// The op after its last one.
    pub end_op: u32,
    /// The file of its place.
    pub file: u32,
    /// Its place.
    pub span: Span,
    /// Its variables with their registers.
    pub vars: Vec<(String, u8)>,
}

/// What is said of a function's variables, for debuggers.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Variables {
    /// Its variables, in order of declaration.
    pub locals: Vec<Variable>,
    /// The names of its upvalues, in their order.
    pub upvalues: Vec<String>,
}

/// A lowered function.
#[derive(Debug)]
pub struct Function {
    /// Parameters.
    pub params: u8,
    /// Whether it takes `...`.
    pub vararg: bool,
    /// Registers.
    pub regs: u8,
    /// Cell slots.
    pub cells: u8,
    /// Upvalues.
    pub captures: Vec<Capture>,
    /// Code.
    pub code: Vec<Op>,
    /// The place of each op.
    pub spans: Vec<Span>,
    /// The file of those places.
    pub file: u32,
    /// The file of each place, when they lie in several.
    pub files: Vec<u32>,
    /// Conditions, by their first op; those that contain others first.
    pub literals: Vec<LiteralLines>,
    /// Its variables; none are noted of policies, whose conditions name theirs.
    pub variables: Variables,
    /// What messages call it.
    pub name: String,
    /// All of it.
    pub span: Span,
    /// Whether it is a file's main chunk.
    pub is_chunk: bool,
}

/// Everything lowered, not yet numbered.
#[derive(Default, Debug)]
pub struct Parts {
    /// Constants.
    pub consts: Pool<Const>,
    /// Library names.
    pub libs: Pool<String>,
    /// Key lists, as lists of constants.
    pub keys: Pool<Vec<u32>>,
    /// Functions; the first is the main chunk.
    pub functions: Vec<Function>,
    /// Modules: name and function.
    pub modules: Vec<(String, u32)>,
    /// The main file's globals.
    pub globals: Vec<String>,
    /// Functions besides the first that are entered from outside: they come right after it, in
    /// this order, whether code mentions them or not.
    pub roots: Vec<u32>,
}

/// What is beside the code of a function.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lines {
    /// What messages call it.
    pub name: String,
    /// The file of its places.
    pub file: u32,
    /// The file of each place, when they lie in several.
    pub files: Vec<u32>,
    /// Conditions, by their first op; those that contain others first.
    pub literals: Vec<LiteralLines>,
    /// Its variables.
    pub variables: Variables,
    /// All of it.
    pub span: Span,
    /// Whether it is a file's main chunk.
    pub is_chunk: bool,
    /// The place of each op.
    pub spans: Vec<Span>,
}

struct Numbering {
    old: Vec<u32>,
    new: BTreeMap<u32, u32>,
}

impl Numbering {
    fn new() -> Numbering {
        Numbering { old: Vec::new(), new: BTreeMap::new() }
    }

    fn of(&mut self, old: u32) -> u32 {
        let next = self.old.len() as u32;
        *self.new.entry(old).or_insert_with(|| {
            self.old.push(old);
            next
        })
    }
}

/// Numbers everything by first use. Functions that no code mentions are left out.
pub fn link(parts: Parts, kind: ProgramKind) -> (Program, Vec<Lines>) {
    let mut consts = Numbering::new();
    let mut libs = Numbering::new();
    let mut keys = Numbering::new();
    let mut protos = Numbering::new();
    let mut modules = Numbering::new();
    let mut key_lists = Vec::new();
    let mut out = Vec::new();
    let mut lines = Vec::new();
    let mut functions: Vec<Option<Function>> = parts.functions.into_iter().map(Some).collect();
    protos.of(0);
    parts.roots.iter().for_each(|r| _ = protos.of(*r));
    let mut at = 0;
    while at < protos.old.len() {
        let old = protos.old[at];
        at += 1;
        let Some(mut f) = functions.get_mut(old as usize).and_then(Option::take) else { continue };
        for op in &mut f.code {
            renumber(op, |what| match what {
                Number::Const(k) => consts.of(k),
                Number::Lib(l) => libs.of(l),
                Number::Proto(p) => protos.of(p),
                Number::Module(m) => {
                    let id = modules.of(m);
                    if let Some((_, proto)) = parts.modules.get(m as usize) {
                        protos.of(*proto);
                    }
                    id
                }
                Number::Keys(l) => {
                    let id = keys.of(l);
                    if id as usize == key_lists.len() {
                        let list = parts.keys.get(l).map_or(&[][..], |v| v);
                        key_lists.push(list.iter().map(|k| consts.of(*k)).collect());
                    }
                    id
                }
            });
        }
        out.push(Proto {
            params: f.params,
            vararg: f.vararg,
            regs: f.regs,
            cells: f.cells,
            captures: f.captures,
            code: f.code,
        });
        lines.push(Lines {
            name: f.name,
            file: f.file,
            files: f.files,
            literals: f.literals,
            variables: f.variables,
            span: f.span,
            is_chunk: f.is_chunk,
            spans: f.spans,
        });
    }
    let entry = |m: &u32| {
        parts
            .modules
            .get(*m as usize)
            .map(|(name, proto)| ModuleEntry { name: name.clone(), proto: protos.new.get(proto).copied().unwrap_or(0) })
    };
    let program = Program {
        kind,
        consts: consts.old.iter().filter_map(|i| parts.consts.get(*i).cloned()).collect(),
        libs: libs.old.iter().filter_map(|i| parts.libs.get(*i).cloned()).collect(),
        globals: parts.globals,
        key_lists,
        protos: out,
        modules: modules.old.iter().filter_map(entry).collect(),
        policy: None,
    };
    (program, lines)
}

enum Number {
    Const(u32),
    Lib(u32),
    Proto(u32),
    Module(u32),
    Keys(u32),
}

fn renumber(op: &mut Op, mut f: impl FnMut(Number) -> u32) {
    use Op::*;
    match op {
        LoadK { k: K(k), .. }
        | GetField { key: K(k), .. }
        | SetField { key: K(k), .. }
        | Method { key: K(k), .. }
        | AddK { k: K(k), .. }
        | SubK { k: K(k), .. }
        | MulK { k: K(k), .. }
        | DivK { k: K(k), .. }
        | IDivK { k: K(k), .. }
        | ModK { k: K(k), .. }
        | JEqK { k: K(k), .. }
        | JLtK { k: K(k), .. }
        | JLeK { k: K(k), .. }
        | JGtK { k: K(k), .. }
        | JGeK { k: K(k), .. }
        | DocField { key: K(k), .. }
        | JDocField { key: K(k), .. } => *k = f(Number::Const(*k)),
        Lib { lib: LibId(l), .. } => *l = f(Number::Lib(*l)),
        Closure { proto: ProtoId(p), .. } | CallRule { proto: ProtoId(p), .. } => *p = f(Number::Proto(*p)),
        Module { module: ModuleId(m), .. } => *m = f(Number::Module(*m)),
        Record { keys: KeysId(l), .. } | DocRecord { keys: KeysId(l), .. } => *l = f(Number::Keys(*l)),
        _ => {}
    }
}
