//! Source text to a total syntax tree and diagnostics.
#![forbid(unsafe_code)]

pub mod codes;
pub mod diagnostic;
pub mod echolua;
pub mod lines;
pub mod rgs;
pub mod span;
