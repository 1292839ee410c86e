//! The EchoLua library functions: what the rows of `gatos-sigs` do.
//!
//! [`pattern`], [`mod@format`], [`pack`], [`utf8`] and [`sort`] are plain algorithms over bytes;
//! the other modules bind them, and the rest, to the machine. [`library`] is all of it.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod base;
mod call;
mod dorder;
pub mod format;
mod json;
mod matching;
mod math;
pub mod pack;
mod packing;
pub mod pattern;
pub mod rgs;
pub mod rng;
pub mod sort;
mod string;
mod table;
mod text;
pub mod utf8;

use gatos_vm::Library;

/// Every library function and constant.
pub fn library() -> Library {
    let mut out = Library::new();
    let files = [
        base::FUNCTIONS,
        dorder::FUNCTIONS,
        json::FUNCTIONS,
        matching::FUNCTIONS,
        math::FUNCTIONS,
        packing::FUNCTIONS,
        rng::FUNCTIONS,
        string::FUNCTIONS,
        table::FUNCTIONS,
        text::FUNCTIONS,
    ];
    for (name, f) in files.into_iter().flatten() {
        out.add(name, *f);
    }
    for (name, f, special) in base::SPECIAL {
        out.add_special(name, *f, *special);
    }
    for (name, value) in [json::CONSTANTS, math::CONSTANTS, text::CONSTANTS].into_iter().flatten() {
        out.add_constant(name, *value);
    }
    out
}

#[cfg(test)]
mod tests {
    use gatos_sigs::{Kind, SIGS};
    use std::vec::Vec;

    #[test]
    fn every_signature_has_its_function_and_every_function_its_signature() {
        let library = super::library();
        let mut have: Vec<&str> = library.names().filter(|n| !n.starts_with('(')).collect();
        have.sort_unstable();
        let want: Vec<&str> = SIGS.iter().filter(|s| s.kind != Kind::Table).map(|s| s.name).collect();
        assert_eq!(have, want);
    }

    #[test]
    fn generators_follow_the_written_rule() {
        // BLAKE3 of no bytes begins af1349b9f5f9a1a6 a0404dea36dcc949.
        let word = |hex: u64| hex.swap_bytes();
        let mut want = gatos_num::Pcg32::new(word(0xaf13_49b9_f5f9_a1a6), word(0xa040_4dea_36dc_c949));
        let mut have = super::rng::generator(b"");
        for _ in 0..100 {
            assert_eq!(have.next_u32(), want.next_u32());
        }
    }
}
