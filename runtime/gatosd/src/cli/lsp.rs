//! `gatos lsp`: the language server.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use gatos_lsp::{End, Services};

use super::{Context, VERSION};
use crate::failure::{Exit, Failure, Result};
use crate::lsp_world::Repositories;

/// Serve editors: the language server for folds and policies
///
/// Speaks the Language Server Protocol on stdin and stdout; editors start it themselves. Ends with 0 when
/// the editor shut it down before it went, else with 1.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:\n  gatos lsp\n  gatos lsp --tcp 127.0.0.1:9257")]
pub struct Args {
    /// Serve one editor on a TCP address instead; port 0 takes a free one, and stderr tells which
    #[arg(long, value_name = "ADDR")]
    tcp: Option<String>,
    /// Say nothing different: editors give this flag to servers on stdin and stdout
    #[arg(long, hide = true, conflicts_with = "tcp")]
    stdio: bool,
}

/// Where crash reports and pages of codes go: the system's folder for state, or that of temporary files.
fn state_folder() -> PathBuf {
    let var = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = var("XDG_STATE_HOME").or_else(|| var("HOME").map(|home| home.join(".local/state")));
    home.or_else(|| var("LOCALAPPDATA")).unwrap_or_else(std::env::temp_dir).join("gatos")
}

pub(super) fn run(context: Context, args: Args) -> Result<()> {
    let repositories = Arc::new(Repositories::default());
    let services = Services {
        world: repositories.clone(),
        settings: repositories,
        version: VERSION.to_owned(),
        state: state_folder(),
    };
    let failed = |e: std::io::Error| Failure::world(format!("the language server cannot run: {e}"));
    let end = match args.tcp {
        None => gatos_lsp::stdio(services).map_err(failed)?,
        Some(text) => {
            let at: SocketAddr = text.parse().map_err(|_| {
                Failure::usage(format!("{text:?} is not an address")).help("it looks like 127.0.0.1:9257")
            })?;
            // Whoever connects can have files read: other machines are not asked in by accident.
            if !at.ip().is_loopback() {
                return Err(Failure::usage(format!("{at} can be reached from other machines"))
                    .help("the server reads any file it is asked about; use 127.0.0.1, and a tunnel"));
            }
            let tell = |at: SocketAddr| context.out.say(format!("listening on {at}"));
            gatos_lsp::tcp(services, at, true, tell).map_err(failed)?
        }
    };
    match end {
        End::Proper => Ok(()),
        End::Abrupt => Err(Failure::said(Exit::No)),
    }
}
