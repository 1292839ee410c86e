//! The deterministic, fuel-metered virtual machine.
//!
//! A [`Vm`] holds one verified program. [`Vm::call_outer`] runs one call from outside
//! (a script, or `init`, `fold`, `emit`) under [`Limits`]; [`Vm::commit`] turns a result into
//! the state; [`Vm::reset`] drops what the call made.
#![no_std]

extern crate alloc;

mod arena;
mod code;
mod commit;
pub mod data;
mod frame;
mod heap;
pub mod host;
mod loops;
pub mod native;
mod shape;
mod slow;
pub mod state;
mod step;
mod string;
mod table;
pub mod trap;
pub mod value;
mod vm;

pub use heap::STRING_BYTES;
pub use host::{Host, Limits, Silent, Usage};
pub use native::{Args, ConstantValue, DataKind, Iter, Library, Special};
pub use state::{NotPlain, PathStep, StateError};
pub use trap::{Failure, Limit, TraceFrame, Trap, TrapKind};
pub use value::{Tag, Value};
pub use vm::{CommitError, LoadError, Results, Vm};
