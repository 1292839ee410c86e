//! Laws of the product, each a function that takes any bytes and panics when the law is
//! broken. `cargo test` runs them briefly, over random bytes and over `seeds/`; the targets
//! in `fuzz/targets` only feed them bytes for longer, with a sanitizer watching.
//!
//! An oracle is total: bytes that mean nothing to it are no failure. It never asks a clock
//! or the disk, so an input that broke a law once breaks it every time.
#![forbid(unsafe_code)]

pub mod choices;
pub mod data;
pub mod elc;
pub mod fold;
pub mod gate;
pub mod mutate;
pub mod observe;
pub mod policy;
pub mod program;
pub mod rgc;
pub mod text;

/// An oracle.
pub type Oracle = fn(&[u8]);

/// Every oracle by the name of its target.
pub const ORACLES: &[(&str, Oracle)] = &[
    ("parse", text::oracle_parse),
    ("compile_run", text::oracle_compile_run),
    ("program_run", text::oracle_program_run),
    ("elc_bytes", elc::oracle_elc_bytes),
    ("elc_run", elc::oracle_elc_run),
    ("fold_resume", fold::oracle_fold_resume),
    ("elc_fold", fold::oracle_elc_fold),
    ("rgc_run", rgc::oracle_rgc_run),
    ("gate", gate::oracle_gate),
    ("trust", gate::oracle_trust),
    ("policy_text", policy::oracle_policy_text),
    ("policy_index", policy::oracle_policy_index),
    ("cbor", data::oracle_cbor),
    ("json", data::oracle_json),
    ("envelope", data::oracle_envelope),
    ("numbers", data::oracle_numbers),
];
