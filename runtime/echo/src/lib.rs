//! Events and a program to state.
//!
//! [`Fold`] runs a fold module (DESIGN §3) over envelopes; [`Script`] runs anything else.
//! Nothing here reads a clock, a disk or a network: bytes in, bytes out.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod failure;
mod fold;
mod script;

pub use failure::{FoldFailure, Stage};
pub use fold::{Fold, FoldUsage, Watching};
pub use gatos_vm::{Host, Limit, Limits, Silent, TraceFrame, Tracer};
pub use script::{Script, ScriptValue};
