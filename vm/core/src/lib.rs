//! The deterministic, fuel-metered virtual machine.
//!
//! A [`Vm`] holds one verified program. [`Vm::call_outer`] runs one call from outside
//! (a script, or `init`, `fold`, `emit`) under [`Limits`]; [`Vm::commit`] turns a result into
//! the state; [`Vm::reset`] drops what the call made.
//!
//! A machine with a policy decides instead: see [`policy`].
#![no_std]

extern crate alloc;

mod arena;
mod code;
mod commit;
pub mod data;
pub mod doc;
mod frame;
mod heap;
pub mod host;
mod loops;
pub mod native;
pub mod policy;
mod shape;
mod slow;
pub mod state;
mod step;
mod string;
mod table;
pub mod trace;
pub mod trap;
pub mod value;
mod vm;

pub use doc::{BuiltinError, DocKind, MAX_DOC_DEPTH, glob};
pub use heap::STRING_BYTES;
pub use host::{Host, Limits, Silent, Usage};
pub use native::{Args, ConstantValue, DataKind, Iter, Library, Special};
pub use policy::{DecideError, Input, InputId, Question};
pub use state::{NotPlain, PathStep, StateError};
pub use trace::{Raised, Tracer, View};
pub use trap::{Failure, Limit, TraceFrame, Trap, TrapKind};
pub use value::{Tag, Value};
pub use vm::{CommitError, LoadError, Results, Vm};
