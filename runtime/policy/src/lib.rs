//! Intent and policy to decision: bundles, the gate that evaluates them, denials on record.
//!
//! [`bundle`] is what a compiled policy is, [`install`] puts one in force, [`gate`] decides by it, [`audit`] keeps
//! denials, and [`plane`] drives all of that over a repository's storage.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod audit;
pub mod bundle;
pub mod engine;
pub mod gate;
pub mod install;
mod missing;
pub mod model;
pub mod plane;
pub mod ports;
pub mod rules;
mod source;
pub mod starter;
mod watch;
