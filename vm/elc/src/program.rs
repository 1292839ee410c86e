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
}
