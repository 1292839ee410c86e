//! What inference found, asked by place.

use crate::{Field, FuncRef, Place, Samples, Signature, Type};
use gatos_compiler::Front;
use gatos_compiler::hir::LocalId;
use gatos_syntax::span::Span;

/// A table by the place that makes it: two expressions that share one may mean the same table.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct TableId(pub u32);

/// Whom a call can reach.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Callees {
    /// Functions of the program.
    pub functions: Vec<FuncRef>,
    /// Library functions, by full name.
    pub library: Vec<&'static str>,
    /// Whether it may reach others.
    pub is_open: bool,
}

/// What inference found in a program.
#[derive(Clone, Debug, Default)]
pub struct Facts {}

/// Infers types over a program, broken or not. Units are numbered as [`Front::units`] gives them;
/// a file opened as a module of unknown callers is asked in the same way.
pub fn analyse(front: &Front, samples: &Samples) -> Facts {
    let _ = (front, samples);
    Facts::default()
}

impl Facts {
    /// The type of the expression at a place: of a name, its value there. The span is that of the
    /// expression in the resolved file; a name on the left of an assignment is asked for what it gets.
    pub fn type_of_expr(&self, at: Place) -> Option<Type> {
        let _ = at;
        None
    }

    /// What a local ever holds.
    pub fn type_of_local(&self, unit: u32, local: LocalId) -> Type {
        let _ = (unit, local);
        Type::Any
    }

    /// The fields that the value of the expression at a place is known to have, through
    /// metatables too, by name.
    pub fn fields_at(&self, at: Place) -> Vec<Field> {
        let _ = at;
        Vec::new()
    }

    /// What a function takes and gives.
    pub fn signature(&self, func: FuncRef) -> Signature {
        let _ = func;
        Signature::default()
    }

    /// Whom the call at a place reaches; the span is that of the whole call.
    pub fn callees(&self, call: Place) -> Callees {
        let _ = call;
        Callees::default()
    }

    /// The calls of a function: the caller, and the call's span in the caller's unit.
    pub fn callers(&self, func: FuncRef) -> Vec<(FuncRef, Span)> {
        let _ = func;
        Vec::new()
    }

    /// The calls inside a function, in order of place, with whom they reach.
    pub fn calls(&self, func: FuncRef) -> Vec<(Span, Callees)> {
        let _ = func;
        Vec::new()
    }

    /// The constructors of the tables that the expression's value can be, and the functions it
    /// can be: where its shape comes from.
    pub fn origins(&self, at: Place) -> Vec<Place> {
        let _ = at;
        Vec::new()
    }

    /// The tables that the expression's value can be; none when it may be any.
    pub fn tables_at(&self, at: Place) -> Option<Vec<TableId>> {
        let _ = at;
        None
    }
}
