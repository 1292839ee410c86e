//! Build and check proof envelopes: a signed statement of what was folded, by what, under which limits, into what.
//! A proof is a function of the fold's content, so the same fold by the same key is the same proof everywhere.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod fold;
pub mod plane;

pub use fold::{Difference, FoldProof, Limits, ProofError, SignedProof, Usage};
