//! `gatos disasm`: a program as text.

use std::path::PathBuf;

use gatos_compiler::KindChoice;

use super::Context;
use crate::failure::Result;
use crate::toolchain;

/// Show the code of a program, compiled or source
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:\n  gatos disasm authors.elc\n  gatos disasm gatos/folds/authors.lua | less")]
pub struct Args {
    /// The program: .elc, or .lua to compile it first
    file: PathBuf,
}

pub(super) fn run(context: Context, args: Args) -> Result<()> {
    let loaded = toolchain::load(&args.file, KindChoice::Auto, &context.out)?;
    let text = gatos_elc::disasm(loaded.program.program(), loaded.map.as_ref());
    context.out.line(text.trim_end())
}
