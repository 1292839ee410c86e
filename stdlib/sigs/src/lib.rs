//! The one table of library functions: names, signatures, costs and manual text.
//!
//! The compiler resolves names against it, the library registry is checked against it,
//! and the manual is printed from it, so the three cannot disagree.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod base;
mod json;
mod manual;
mod math;
pub mod rgs;
mod string;
mod table;
mod utf8;

pub use manual::{call_form, reference_markdown};

/// Bytes that one fuel copies, compares or scans.
pub const BYTES_PER_FUEL: u32 = 64;
/// Steps of the pattern matcher that one fuel buys.
pub const STEPS_PER_FUEL: u32 = 4;
/// Bytes of JSON that one fuel reads or writes.
pub const JSON_BYTES_PER_FUEL: u32 = 16;

/// Bytes of a text that is looked at character by character, for one unit of fuel.
pub const CHAR_BYTES_PER_FUEL: u32 = 16;

/// What a library name is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A function.
    Function,
    /// A value that never changes.
    Constant,
    /// A table of functions and constants; it is frozen.
    Table,
}

/// How many arguments a parameter takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// Exactly one.
    Required,
    /// One, or none.
    Optional,
    /// Any number.
    Rest,
}

/// A parameter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Param {
    /// Its name in the manual and in error messages' argument lists.
    pub name: &'static str,
    /// Its type, as the manual prints it.
    pub ty: &'static str,
    /// How many arguments it takes.
    pub mode: Mode,
}

/// A part of a cost that grows with a size: one fuel for each whole `each` of what `of`
/// names, charged before the work.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Per {
    /// How many of them one fuel buys.
    pub each: u32,
    /// What is counted, in the plural.
    pub of: &'static str,
}

/// What a call costs, besides the fuel of the `Call` op.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cost {
    /// The fuel of every call.
    pub base: u32,
    /// The fuel that grows with sizes.
    pub per: &'static [Per],
}

/// One row of the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sig {
    /// The full name, such as `string.byte`.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// The parameters of a function.
    pub params: &'static [Param],
    /// The types of the results; a type that ends in `...` stands for any number of them.
    /// For a constant, its type.
    pub returns: &'static [&'static str],
    /// The fuel of a call.
    pub cost: Cost,
    /// What it does.
    pub doc: &'static str,
    /// When it raises an error; empty when only wrong argument types do.
    pub errors: &'static str,
    /// EchoLua lines. A line `expression --> values` says what the expression gives: nil,
    /// booleans and numbers as they print, strings in double quotes, tables as canonical JSON.
    pub example: &'static str,
}

impl Sig {
    /// The table part of the name: `string` in `string.byte`, nothing in `type`.
    pub fn table(&self) -> Option<&'static str> {
        self.name.split_once('.').map(|(t, _)| t)
    }

    /// The last part of the name.
    pub fn member(&self) -> &'static str {
        self.name.split_once('.').map_or(self.name, |(_, m)| m)
    }

    /// The fewest arguments a call may have.
    pub fn min_args(&self) -> usize {
        self.params.iter().filter(|p| p.mode == Mode::Required).count()
    }

    /// The most arguments that mean anything; nothing when there is no end to them.
    pub fn max_args(&self) -> Option<usize> {
        if self.params.iter().any(|p| p.mode == Mode::Rest) { None } else { Some(self.params.len()) }
    }
}

pub(crate) const fn req(name: &'static str, ty: &'static str) -> Param {
    Param { name, ty, mode: Mode::Required }
}

pub(crate) const fn opt(name: &'static str, ty: &'static str) -> Param {
    Param { name, ty, mode: Mode::Optional }
}

pub(crate) const fn rest(name: &'static str, ty: &'static str) -> Param {
    Param { name, ty, mode: Mode::Rest }
}

pub(crate) const fn cost(base: u32) -> Cost {
    Cost { base, per: &[] }
}

pub(crate) const fn per(each: u32, of: &'static str) -> Per {
    Per { each, of }
}

pub(crate) const fn bytes(of: &'static str) -> Per {
    Per { each: BYTES_PER_FUEL, of }
}

pub(crate) const fn constant(
    name: &'static str,
    ty: &'static [&'static str],
    doc: &'static str,
    example: &'static str,
) -> Sig {
    Sig { name, kind: Kind::Constant, params: &[], returns: ty, cost: cost(0), doc, errors: "", example }
}

pub(crate) const fn library(name: &'static str, doc: &'static str) -> Sig {
    Sig { name, kind: Kind::Table, params: &[], returns: &["table"], cost: cost(0), doc, errors: "", example: "" }
}

const PARTS: [&[Sig]; 6] = [base::SIGS, string::SIGS, table::SIGS, math::SIGS, utf8::SIGS, json::SIGS];

const COUNT: usize = {
    let (mut n, mut i) = (0, 0);
    while i < PARTS.len() {
        n += PARTS[i].len();
        i += 1;
    }
    n
};

const fn before(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut i = 0;
    while i < a.len() && i < b.len() {
        if a[i] != b[i] {
            return a[i] < b[i];
        }
        i += 1;
    }
    a.len() < b.len()
}

// Sorted while compiling, so that the files can list rows in the manual's order.
const SORTED: [Sig; COUNT] = {
    let mut out = [base::SIGS[0]; COUNT];
    let (mut n, mut p) = (0, 0);
    while p < PARTS.len() {
        let mut i = 0;
        while i < PARTS[p].len() {
            let row = PARTS[p][i];
            let mut at = n;
            while at > 0 && before(row.name, out[at - 1].name) {
                out[at] = out[at - 1];
                at -= 1;
            }
            out[at] = row;
            n += 1;
            i += 1;
        }
        p += 1;
    }
    out
};

/// Every library name, sorted by bytes.
pub static SIGS: [Sig; COUNT] = SORTED;

/// The row of a full name.
pub fn find(name: &str) -> Option<&'static Sig> {
    SIGS.binary_search_by(|s| s.name.cmp(name)).ok().map(|i| &SIGS[i])
}

/// The fixed fuel of a row, for use in constants.
///
/// # Panics
/// While compiling, when there is no such row.
pub const fn base_cost(name: &str) -> u64 {
    let mut i = 0;
    while i < SORTED.len() {
        if !before(SORTED[i].name, name) && !before(name, SORTED[i].name) {
            return SORTED[i].cost.base as u64;
        }
        i += 1;
    }
    panic!("no such library function")
}

/// The rows `table.*`, sorted.
pub fn members(table: &str) -> impl Iterator<Item = &'static Sig> {
    SIGS.iter().filter(move |s| s.table() == Some(table))
}

/// The library tables, sorted.
pub fn tables() -> impl Iterator<Item = &'static Sig> {
    SIGS.iter().filter(|s| s.kind == Kind::Table)
}

/// The rows without a table of their own: the base functions, sorted.
pub fn base() -> impl Iterator<Item = &'static Sig> {
    SIGS.iter().filter(|s| s.kind != Kind::Table && s.table().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_unique() {
        assert!(SIGS.windows(2).all(|w| w[0].name < w[1].name));
    }

    #[test]
    fn every_name_is_found_and_belongs_to_a_table() {
        for s in &SIGS {
            assert_eq!(find(s.name), Some(s));
            if let Some(t) = s.table() {
                assert_eq!(find(t).map(|t| t.kind), Some(Kind::Table), "{}", s.name);
            }
        }
        assert_eq!(find("string.bytes"), None);
        assert_eq!(find("pairs"), None);
    }

    #[test]
    fn optional_parameters_come_after_required_ones_and_rest_is_last() {
        for s in &SIGS {
            let modes: alloc::vec::Vec<u8> = s.params.iter().map(|p| p.mode as u8).collect();
            assert!(modes.windows(2).all(|w| w[0] <= w[1]) || s.name == "table.insert", "{}", s.name);
            assert!(modes.iter().filter(|m| **m == Mode::Rest as u8).count() <= 1, "{}", s.name);
        }
    }

    #[test]
    fn every_function_has_an_example_with_a_value() {
        for s in SIGS.iter().filter(|s| s.kind != Kind::Table) {
            assert!(s.example.contains("-->") || s.name == "print", "{}", s.name);
            assert!(!s.doc.is_empty() && s.doc.ends_with('.'), "{}", s.name);
        }
    }

    #[test]
    fn the_manual_names_every_row() {
        let text = reference_markdown();
        for s in &SIGS {
            assert!(text.contains(&alloc::format!("`{}", s.name)), "{}", s.name);
        }
    }
}
