//! The command line: one file a command, and here what they share.

mod audit;
mod ci;
mod completions;
mod dap;
mod disasm;
mod event;
mod explain;
mod fmt;
mod fold;
mod foldc;
mod hook;
mod import;
mod init;
mod key;
mod lint;
mod log;
mod lsp;
mod policy;
mod policyc;
mod profile;
mod profiling;
mod prove;
mod run;
mod run_policy;
mod state;
mod test;
mod trust;

pub use event::add_failure;
pub use fmt::{FMT_PATH, width_around};
pub use import::import as import_lines;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::failure::{Exit, Failure, Result};
use crate::output::Output;
use crate::project::Project;
use crate::push::spool;

/// The version, and the engine that results depend on.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

const AFTER_HELP: &str = "\
Results go to stdout, everything else to stderr.

Exit codes:
  0  it worked, and what was checked holds
  1  the answer is no: denied, a check failed, a program raised an error
  2  misuse or bad input: a wrong command line, no such file, a policy that does not compile
  3  the system failed, or GATOS did: no space, a read error, a bug

A first session:
  gatos init
  gatos event import commits --jsonl curl-20k.jsonl.gz
  gatos fold commits --program gatos/folds/authors.lua
  gatos state show commits
  gatos fold verify refs/gatos/state/commits

`gatos demo` shows all of it in a temporary repository.";

/// Signed events in Git, folded into state that anyone can check.
#[derive(Parser, Debug)]
#[command(name = "gatos", bin_name = "gatos", version = VERSION, long_version = long_version(), after_help = AFTER_HELP,
    max_term_width = 100, propagate_version = false, subcommand_required = true, arg_required_else_help = true)]
pub struct Cli {
    /// Run as if started in this folder
    #[arg(short = 'C', value_name = "DIR", global = true, help_heading = "Options of every command")]
    directory: Option<PathBuf>,
    /// The Git repository to use, instead of the one around the current folder
    #[arg(long, value_name = "DIR", global = true, help_heading = "Options of every command")]
    repo: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

fn long_version() -> &'static str {
    static TEXT: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    TEXT.get_or_init(|| format!("{VERSION}\nengine {}", gatos_elc::ENGINE_ID))
}

#[derive(Subcommand, Debug)]
enum Command {
    Init(init::Args),
    Key(key::Args),
    Event(event::Args),
    Lint(lint::Args),
    Fmt(fmt::Args),
    Lsp(lsp::Args),
    Foldc(foldc::Args),
    Policyc(policyc::Args),
    Policy(policy::Args),
    Disasm(disasm::Args),
    Explain(explain::Args),
    Run(run::Args),
    Dap(dap::Args),
    Test(test::Args),
    Fold(fold::Args),
    State(state::Args),
    Trust(trust::Args),
    Audit(audit::Args),
    Profile(profile::Args),
    Prove(prove::ProveArgs),
    Verify(prove::VerifyArgs),
    #[command(name = "install-hooks")]
    InstallHooks(hook::InstallArgs),
    Hook(hook::Args),
    Ci(ci::Args),
    Demo(crate::demo::Args),
    Completions(completions::Args),
}

/// What commands share: the streams, and where the repository is.
pub struct Context {
    /// The streams.
    pub out: Output,
    repo: Option<PathBuf>,
}

impl Context {
    /// A context for a given repository, for commands that run other commands.
    pub fn new(out: Output, repo: Option<PathBuf>) -> Context {
        Context { out, repo }
    }

    /// The project that the command works on.
    ///
    /// # Errors
    /// When there is no repository, or one of a kind that cannot be used.
    pub fn project(&self) -> Result<Project> {
        let project = self.bare_project()?;
        // Inside a push's quarantine refs must not move; anywhere else what a push left behind is put on record.
        if std::env::var_os("GIT_QUARANTINE_PATH").is_none() {
            match spool::flush(&project) {
                Ok(flushed) => {
                    flushed.left.iter().for_each(|left| self.out.warn(format!("a denial is not on record yet: {left}")))
                }
                Err(failure) => {
                    self.out.warn(format!("denials of a push could not be put on record: {}", failure.what))
                }
            }
        }
        Ok(project)
    }

    /// The project as it is, with nothing put on record on the way.
    ///
    /// # Errors
    /// As [`Context::project`].
    pub fn bare_project(&self) -> Result<Project> {
        Project::open(self.repo.as_deref())
    }

    /// The repository given by `--repo`.
    pub fn repo(&self) -> Option<&PathBuf> {
        self.repo.as_ref()
    }

    /// The same context with or without JSON.
    #[must_use]
    pub fn json(self, json: bool) -> Context {
        Context { out: Output::new(json), ..self }
    }
}

/// Runs a command line and gives the exit code.
pub fn run(args: impl IntoIterator<Item = OsString>) -> Exit {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(e) => {
            // Help and version are answers, not mistakes. A reader that went away is neither.
            let _ = e.print();
            return if e.use_stderr() { Exit::Usage } else { Exit::Ok };
        }
    };
    let out = Output::new(false);
    match dispatch(cli) {
        Ok(()) => Exit::Ok,
        Err(failure) => out.tell(&failure),
    }
}

fn dispatch(cli: Cli) -> Result<()> {
    if let Some(dir) = &cli.directory {
        std::env::set_current_dir(dir).map_err(|e| Failure::io("enter", dir, &e))?;
    }
    let context = Context::new(Output::new(false), cli.repo);
    match cli.command {
        Command::Init(args) => init::run(context, args),
        Command::Key(args) => key::run(context, args),
        Command::Event(args) => event::run(context, args),
        Command::Lint(args) => lint::run(context, args),
        Command::Fmt(args) => fmt::run(context, args),
        Command::Lsp(args) => lsp::run(context, args),
        Command::Foldc(args) => foldc::run(context, args),
        Command::Policy(args) => policy::run(context, args),
        Command::Policyc(args) => policyc::run(context, args),
        Command::Disasm(args) => disasm::run(context, args),
        Command::Explain(args) => explain::run(context, args),
        Command::Run(args) => run::run(context, args),
        Command::Dap(args) => dap::run(context, args),
        Command::Test(args) => test::run(context, args),
        Command::Fold(args) => fold::run(context, args),
        Command::State(args) => state::run(context, args),
        Command::Trust(args) => trust::run(context, args),
        Command::Profile(args) => profile::run(context, args),
        Command::Prove(args) => prove::prove(context, args),
        Command::Verify(args) => prove::verify(context, args),
        Command::Audit(args) => audit::run(context, args),
        Command::InstallHooks(args) => hook::install(context, args),
        Command::Hook(args) => hook::run(context, args),
        Command::Ci(args) => ci::run(context, args),
        Command::Demo(args) => crate::demo::run(context, args),
        Command::Completions(args) => completions::run(context, args),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_tree_is_sound() {
        Cli::command().debug_assert();
    }
}
