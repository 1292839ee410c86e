//! How a call ends other than by returning.

use crate::value::Value;
use alloc::boxed::Box;
use alloc::string::String;

/// A limit that was reached. No `pcall` catches it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Limit {
    /// Fuel.
    Fuel,
    /// Abstract bytes allocated during the call.
    Memory,
    /// Call depth, or registers in use.
    Depth,
}

impl Limit {
    /// The limit's name, as flags and proofs spell it.
    pub fn name(self) -> &'static str {
        match self {
            Limit::Fuel => "fuel",
            Limit::Memory => "memory",
            Limit::Depth => "depth",
        }
    }
}

/// The kinds of trap.
#[derive(Clone, Copy, Debug)]
pub enum TrapKind {
    /// `error(value)`, or a runtime error whose text is a string value.
    Error(Value),
    /// A limit.
    Limit(Limit),
}

/// A trap. Small, because it travels through every fallible call.
#[derive(Clone, Copy, Debug)]
pub struct Trap(pub TrapKind);

/// A trap as a tool reports it: values turned to text, place by place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// The limit, when it was one.
    pub limit: Option<Limit>,
    /// The error value as text.
    pub message: String,
    /// Innermost first.
    pub trace: Box<[TraceFrame]>,
}

/// One call that was active.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TraceFrame {
    /// A function of the program, at an op.
    Function {
        /// Its index.
        proto: u32,
        /// The op.
        op: u32,
    },
    /// A library function.
    Library(&'static str),
}
