//! A program as data: what ELC bytes say, before anyone has checked it.

use crate::ops::Op;
use alloc::{string::String, vec::Vec};

/// The version of the op set and container that this crate reads and writes.
pub const ELC_VERSION: &str = "0.1.0";

/// What a program is for; it decides which freezing rules hold after loading.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProgramKind {
    /// A fold module: `fold`, optionally `init` and `emit`.
    Fold,
    /// A script: run for its results.
    Script,
    /// A policy: documents computed from `input` and `data`; see [`Policy`].
    Policy,
}

impl ProgramKind {
    /// Every kind.
    pub const ALL: [ProgramKind; 3] = [ProgramKind::Fold, ProgramKind::Script, ProgramKind::Policy];
}

/// A constant.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Const {
    /// nil (for comparisons only).
    Nil,
    /// A boolean (for comparisons only).
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A fixed: the raw Q32.32 bits.
    Fixed(i64),
    /// A string of bytes.
    Str(Vec<u8>),
}

/// Where a closure's upvalue comes from when it is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Capture {
    /// The value of a register of the enclosing frame.
    Reg(u8),
    /// The cell in a cell slot of the enclosing frame.
    Cell(u8),
    /// An upvalue of the enclosing closure, passed on as it is; value or cell.
    Up(u8),
    /// The enclosing closure itself.
    SelfFn,
}

/// One function.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proto {
    /// Fixed parameters; they arrive in registers 0.. (missing ones are nil).
    pub params: u8,
    /// Whether further arguments are kept for `Vararg`.
    pub vararg: bool,
    /// Registers, at most 250, at least `params`.
    pub regs: u8,
    /// Cell slots.
    pub cells: u8,
    /// What its closures capture.
    pub captures: Vec<Capture>,
    /// Its code; never empty, begins with `Block`, and cannot run off the end.
    pub code: Vec<Op>,
}

/// A module compiled in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ModuleEntry {
    /// The name that `require` gives.
    pub name: String,
    /// The function that makes it: no parameters, no captures.
    pub proto: u32,
}

/// A whole program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Program {
    /// What it is for.
    pub kind: ProgramKind,
    /// Constants, distinct, in order of first use.
    pub consts: Vec<Const>,
    /// Library names used, distinct, in order of first use.
    pub libs: Vec<String>,
    /// Globals declared by the main file, in order of declaration.
    pub globals: Vec<String>,
    /// Lists of distinct string constants for `Record`.
    pub key_lists: Vec<Vec<u32>>,
    /// Functions; 0 is the main chunk: no parameters but varargs, no captures.
    pub protos: Vec<Proto>,
    /// Modules compiled in, in order of first use.
    pub modules: Vec<ModuleEntry>,
    /// What a policy has besides; there just when `kind` is [`ProgramKind::Policy`].
    pub policy: Option<Policy>,
}

/// What a virtual document is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DocumentKind {
    /// One value.
    Complete,
    /// A set to which rules contribute members.
    Set,
    /// An object to which rules contribute keys, however deep.
    Object,
    /// A function of so many arguments.
    Function(u8),
}

/// A virtual document: what the rules of one name define.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Document {
    /// Its path below `data`: `["gatos", "exec", "deny"]`. Paths are distinct and sorted, and
    /// none is the beginning of another.
    pub path: Vec<String>,
    /// What it is.
    pub kind: DocumentKind,
    /// The function that gives its value (nil: undefined). No parameters but those of a function.
    pub proto: u32,
    /// Where its value is remembered; functions have none.
    pub memo: Option<u32>,
    /// Whether its value needs `input`, directly or through others. What does not is computed
    /// once, when data is loaded.
    pub reads_input: bool,
}

/// A rule: one body of a document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rule {
    /// The stable name: the document's path with dots, `#` and its number from 1.
    pub name: String,
    /// Its document.
    pub document: u32,
}

/// How an index over data is asked.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum IndexKind {
    /// Members whose field equals the key.
    Equal,
    /// Members whose field, an array, set or object, holds the key among its values.
    Holds,
    /// Members whose field is a glob pattern (with these delimiters) that matches the key.
    Glob(Vec<String>),
}

/// An index over the members of a collection in base data.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Index {
    /// The collection's path below `data`.
    pub collection: Vec<String>,
    /// The field of each member; empty for the member itself.
    pub field: Vec<String>,
    /// How it is asked.
    pub kind: IndexKind,
}

/// The policy part of a program.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Policy {
    /// Virtual documents, sorted by path.
    pub documents: Vec<Document>,
    /// Rules, sorted by document and number.
    pub rules: Vec<Rule>,
    /// Indexes over data, distinct, in order of first use.
    pub indexes: Vec<Index>,
    /// What of `input` may be read: paths of string keys, sorted, none the beginning of another.
    /// An empty path is all of it; no path at all, nothing.
    pub input_reads: Vec<Vec<String>>,
    /// Memo slots.
    pub memos: u32,
    /// Environment slots, at least 2.
    pub envs: u32,
    /// The function that answers the query which was compiled along, if any.
    pub query: Option<u32>,
}
