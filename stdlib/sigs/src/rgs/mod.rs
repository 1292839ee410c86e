//! The table of policy functions: Rego's builtins and GATOS's own. The compiler checks names, arity and
//! types against it, the machine checks arguments against it, and the manual is printed from it.

mod core;
mod gatos;
mod manual;
mod more;

pub use manual::reference_markdown;

pub use gatos::{MISSING, companion};

/// The kinds of values a parameter takes, as a set of bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Types(pub u8);

impl Types {
    /// null
    pub const NULL: Types = Types(1);
    /// booleans
    pub const BOOLEAN: Types = Types(2);
    /// numbers
    pub const NUMBER: Types = Types(4);
    /// strings
    pub const STRING: Types = Types(8);
    /// arrays
    pub const ARRAY: Types = Types(16);
    /// objects
    pub const OBJECT: Types = Types(32);
    /// sets
    pub const SET: Types = Types(64);
    /// every value
    pub const ANY: Types = Types(127);

    /// Either.
    #[must_use]
    pub const fn or(self, other: Types) -> Types {
        Types(self.0 | other.0)
    }

    /// Whether a value of one of `other`'s kinds can be meant.
    pub const fn meets(self, other: Types) -> bool {
        self.0 & other.0 != 0
    }

    /// The names, in order.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        ["null", "boolean", "number", "string", "array", "object", "set"]
            .into_iter()
            .enumerate()
            .filter(move |(i, _)| self.0 >> i & 1 == 1)
            .map(|(_, n)| n)
    }
}

/// A parameter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Param {
    /// Its name in the manual.
    pub name: &'static str,
    /// What it takes.
    pub ty: Types,
    /// A finer type for the manual, such as `array of strings`; empty when the kinds say it.
    pub note: &'static str,
}

/// One function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Builtin {
    /// The full name: `object.get`.
    pub name: &'static str,
    /// The group in the manual: `strings`, `sets`, ...
    pub group: &'static str,
    /// Parameters; a function always takes all of them.
    pub params: &'static [Param],
    /// What it gives.
    pub result: Types,
    /// Fuel besides that of the call; sizes as in [`crate::Cost`].
    pub cost: crate::Cost,
    /// What it does, one or two sentences.
    pub doc: &'static str,
    /// When it is a builtin error; empty when only wrong types are.
    pub errors: &'static str,
    /// Lines `expression --> value` (canonical JSON, sets as sorted arrays, `undefined`).
    pub example: &'static str,
}

const PARTS: [&[Builtin]; 3] = [core::BUILTINS, more::BUILTINS, gatos::BUILTINS];

/// Every function, by parts.
pub fn all() -> impl Iterator<Item = &'static Builtin> {
    PARTS.into_iter().flatten()
}

/// The function of a name.
pub fn find(name: &str) -> Option<&'static Builtin> {
    all().find(|b| b.name == name)
}

pub(crate) const fn p(name: &'static str, ty: Types) -> Param {
    Param { name, ty, note: "" }
}

pub(crate) const fn pn(name: &'static str, ty: Types, note: &'static str) -> Param {
    Param { name, ty, note }
}

/// A row that takes these and gives that; what else there is to say follows.
pub(crate) const fn f(name: &'static str, group: &'static str, params: &'static [Param], result: Types) -> Builtin {
    Builtin { name, group, params, result, cost: crate::Cost { base: 1, per: &[] }, doc: "", errors: "", example: "" }
}

impl Builtin {
    pub(crate) const fn costs(mut self, base: u32, per: &'static [crate::Per]) -> Builtin {
        self.cost = crate::Cost { base, per };
        self
    }

    pub(crate) const fn does(mut self, doc: &'static str) -> Builtin {
        self.doc = doc;
        self
    }

    pub(crate) const fn fails(mut self, errors: &'static str) -> Builtin {
        self.errors = errors;
        self
    }

    pub(crate) const fn like(mut self, example: &'static str) -> Builtin {
        self.example = example;
        self
    }
}

/// The row of a name that is known to be there.
///
/// # Panics
/// While compiling, when there is no such row.
pub const fn row(name: &str) -> &'static Builtin {
    let mut part = 0;
    while part < PARTS.len() {
        let rows = PARTS[part];
        let mut i = 0;
        while i < rows.len() {
            if same(rows[i].name.as_bytes(), name.as_bytes()) {
                return &rows[i];
            }
            i += 1;
        }
        part += 1;
    }
    panic!("no such policy function")
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    let mut i = 0;
    while i < a.len() && i < b.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    a.len() == b.len()
}
