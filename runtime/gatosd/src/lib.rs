//! The `gatos` command line: the composition root.
//!
//! Everything below decides; this crate acts. It reads files, opens repositories, hands bytes
//! to the pure rooms, and tells people what came out: results on stdout, words on stderr, one
//! exit code (see [`failure::Exit`]).
#![forbid(unsafe_code)]

pub mod cli;
pub mod demo;
pub mod failure;
pub mod files;
pub mod fold_engine;
pub mod fold_trial;
pub mod gate;
pub mod input;
pub mod judging;
pub mod lsp_world;
pub mod output;
pub mod policy;
pub mod profile;
pub mod project;
pub mod push;
pub mod reports;
pub mod toolchain;
pub mod verify;
pub mod watching;

use std::process::ExitCode;

/// The stack that commands run on. The compiler and the machine recurse to fixed depths, and
/// the deepest allowed program must not depend on what the system gives a main thread.
const STACK_BYTES: usize = 256 << 20;

/// What both binaries do: parse the command line, run the command, report.
pub fn main() -> ExitCode {
    let run = || cli::run(std::env::args_os());
    let thread = std::thread::Builder::new().name("gatos".to_owned()).stack_size(STACK_BYTES).spawn(run);
    match thread.map(std::thread::JoinHandle::join) {
        Ok(Ok(code)) => code.into(),
        // The panic has printed itself already.
        Ok(Err(_)) => {
            eprintln!("this is a bug in gatos: please report it with the command and its input");
            ExitCode::from(101)
        }
        // No memory for a large stack: small programs still run on a small one.
        Err(_) => cli::run(std::env::args_os()).into(),
    }
}
