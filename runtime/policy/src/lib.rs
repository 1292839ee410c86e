//! Intent and policy to decision: bundles, the gate that evaluates them, denials on record.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;
