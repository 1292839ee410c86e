//! One rule a file.

pub(super) mod always_fails;
pub(super) mod comparison;
pub(super) mod frozen;
pub(super) mod growing;
pub(super) mod large_table;
pub(super) mod no_state;
pub(super) mod rng;
pub(super) mod shadowed;
pub(super) mod unreachable;
pub(super) mod unused;
