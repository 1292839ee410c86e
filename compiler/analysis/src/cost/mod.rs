//! What functions and loops cost, read off the compiled program's blocks.

mod graph;
mod index;
mod library;
mod price;
mod size;

use crate::{Bound, Callees, Facts, FuncRef, Place};
use gatos_compiler::{CompiledProgram, Front};
use gatos_syntax::span::Span;
use std::fmt::{self, Display};

/// The kinds of loop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the words of the language")]
pub enum LoopKind {
    Numeric,
    Generic,
    While,
    Repeat,
    Goto,
}

/// A call inside a function.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CallCost {
    /// The call's span in the function's unit.
    pub at: Span,
    /// Whom it reaches.
    pub callees: Callees,
    /// What one such call costs at most, all that it calls included.
    pub most: Bound,
}

/// What a function costs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FunctionCost {
    /// The function.
    pub func: FuncRef,
    /// Its name; the main chunk has none.
    pub name: String,
    /// From `function` to `end`.
    pub at: Place,
    /// The least that a call costs which returns.
    pub least: u64,
    /// The most, all that it calls included.
    pub most: Bound,
    /// The most without what it calls.
    pub own: Bound,
    /// Its calls, in order of place.
    pub calls: Vec<CallCost>,
}

/// What a loop costs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LoopCost {
    /// The function that it is in.
    pub func: FuncRef,
    /// The statement.
    pub at: Place,
    /// What it is.
    pub kind: LoopKind,
    /// The most that one round costs, loops and calls inside included.
    pub round: Bound,
    /// How many rounds there are at most.
    pub rounds: Bound,
    /// The most that all rounds cost.
    pub most: Bound,
}

/// What a program costs.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Costs {
    /// Functions, in order of unit and place.
    pub functions: Vec<FunctionCost>,
    /// Loops, in order of unit and place.
    pub loops: Vec<LoopCost>,
}

impl Costs {
    /// The cost of a function.
    pub fn function(&self, func: FuncRef) -> Option<&FunctionCost> {
        self.functions.iter().find(|f| f.func == func)
    }

    /// The loops of a function.
    pub fn loops_of(&self, func: FuncRef) -> impl Iterator<Item = &LoopCost> {
        self.loops.iter().filter(move |l| l.func == func)
    }
}

/// `fuel ≤ 412`
impl Display for FunctionCost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.most.is_known() { write!(f, "fuel ≤ {}", self.most) } else { write!(f, "fuel ≥ {}", self.least) }
    }
}

/// `fuel 18 a round`, `fuel 18 a round, ≤ 100 rounds`
impl Display for LoopCost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "fuel {} a round", self.round)?;
        match self.rounds.as_fixed() {
            Some(n) => write!(f, ", ≤ {n} rounds"),
            None => Ok(()),
        }
    }
}

/// Prices a program. `program` is what the files of `front` compile to.
pub fn costs(front: &Front, program: &CompiledProgram, facts: &Facts) -> Costs {
    price::price(front, program, facts)
}
