//! `gatos disasm`: a program as text.

use std::path::PathBuf;

use gatos_compiler::KindChoice;

use super::Context;
use crate::failure::Result;
use crate::policy::{build, sources};
use crate::toolchain;

/// Show the code of a program, compiled or source
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Examples:\n  gatos disasm authors.elc\n  gatos disasm gatos/folds/authors.lua | less\n  gatos disasm policy.rgc"
)]
pub struct Args {
    /// The program: .elc or .rgc, or .lua or .rgs to compile it first
    file: PathBuf,
}

pub(super) fn run(context: Context, args: Args) -> Result<()> {
    let loaded = match () {
        () if build::is_rgc(&args.file) => build::load_rgc(&args.file)?.loaded,
        () if build::is_policy(&args.file) => {
            build::compile(&sources::find(std::slice::from_ref(&args.file))?.sources, None, false, &context.out)?.loaded
        }
        () => toolchain::load(&args.file, KindChoice::Auto, &context.out)?,
    };
    let text = gatos_elc::disasm(loaded.program.program(), loaded.map.as_ref());
    context.out.line(text.trim_end())
}
