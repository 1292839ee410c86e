//! The engine id: everything besides the program that a result depends on.
//!
//! Two machines with one engine id give one result. Whatever changes a result, the text
//! of an error or a cost moves one of these versions.

use crate::program::ELC_VERSION;

/// The version of the meaning: library functions, limits, error texts, freezing rules.
pub const ECHO_VERSION: &str = "0.1.0";
/// The number model.
pub const NUM_MODEL: &str = "q32.32";
/// The random number generator and its version.
pub const RNG_MODEL: &str = "pcg32@1";

const PARTS: [&str; 8] = ["echo@", ECHO_VERSION, "+elc@", ELC_VERSION, "+num=", NUM_MODEL, "+rng=", RNG_MODEL];

const LEN: usize = {
    let (mut n, mut i) = (0, 0);
    while i < PARTS.len() {
        n += PARTS[i].len();
        i += 1;
    }
    n
};

const BYTES: [u8; LEN] = {
    let mut out = [0; LEN];
    let (mut at, mut i) = (0, 0);
    while i < PARTS.len() {
        let part = PARTS[i].as_bytes();
        let mut j = 0;
        while j < part.len() {
            out[at] = part[j];
            at += 1;
            j += 1;
        }
        i += 1;
    }
    out
};

/// The engine id of this build.
pub const ENGINE_ID: &str = match core::str::from_utf8(&BYTES) {
    Ok(id) => id,
    // Evaluated by the compiler: a version that is not text fails the build.
    Err(_) => panic!("the engine id is text"),
};

#[cfg(test)]
mod tests {
    #[test]
    fn names_every_part() {
        assert_eq!(super::ENGINE_ID, "echo@0.1.0+elc@0.1.0+num=q32.32+rng=pcg32@1");
    }
}
