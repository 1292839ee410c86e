//! What programs compute and cost, without running them: types, shapes and ranges of values,
//! bounds of fuel, and the ways by which a refused construct is reached.
//!
//! [`analyse`] reads the resolved files that [`gatos_compiler::front`] gives, broken ones too, and
//! answers with [`Facts`]; [`costs`] prices the compiled program with their help; [`paths_to`] walks
//! the calls. All three always answer, in time that grows with the text and no faster.
#![forbid(unsafe_code)]

mod bound;
mod cost;
mod data;
mod facts;
mod infer;
mod reach;
mod shape;
mod ty;

pub use bound::{Atom, Bound, PathStep, Subject, Term, Unbounded};
pub use cost::{CallCost, Costs, FunctionCost, LoopCost, LoopKind, costs};
pub use data::Data;
pub use facts::{Callees, Facts, TableId, analyse};
pub use reach::{Step, paths_to};
pub use shape::{ObjectShape, Samples, Shape};
pub use ty::{Field, Signature, TableType, Type};

use gatos_compiler::hir::FuncId;
use gatos_syntax::span::Span;

/// A function of a program: the unit (0 is the main file, `i + 1` module `i`) and its number there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct FuncRef {
    /// The unit, in the order of [`gatos_compiler::Front::units`].
    pub unit: u32,
    /// The function.
    pub func: FuncId,
}

/// A place in a unit of a program.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Place {
    /// The unit, in the order of [`gatos_compiler::Front::units`].
    pub unit: u32,
    /// Where in its text.
    pub span: Span,
}
