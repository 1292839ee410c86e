//! `gatos completions`: scripts that let a shell complete commands and flags.

use clap::CommandFactory;
use clap_complete::Shell;

use super::{Cli, Context};
use crate::failure::Result;

/// Print a script that lets a shell complete commands and flags
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Examples:\n  gatos completions bash > ~/.local/share/bash-completion/completions/gatos\n  gatos completions zsh > ~/.zfunc/_gatos"
)]
pub struct Args {
    /// The shell
    shell: Shell,
}

pub(super) fn run(context: Context, args: Args) -> Result<()> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "gatos", &mut text);
    context.out.bytes(&text)
}
