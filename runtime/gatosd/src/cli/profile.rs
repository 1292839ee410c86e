//! `gatos profile`: the settings in force, and where each came from.

use clap::Subcommand;

use super::Context;
use crate::failure::Result;
use crate::output::Facts;
use crate::profile::Profile;

/// Look at the settings that are in force
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Show every setting with its value and where it came from
    ///
    /// Settings are in gatos/config/profile.yaml, at the top of the working tree or, in a repository
    /// without one, in the Git folder. What is not there is the profile's own.
    #[command(
        after_help = "Examples:\n  gatos profile show\n  gatos profile show --json | jq -r '.\"policy.skew\".value'"
    )]
    Show {
        /// One JSON object: by name, the value and its origin
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(context: Context, args: Args) -> Result<()> {
    let Command::Show { json } = args.command;
    let context = context.json(json);
    let profile = match context.project() {
        Ok(project) => project.profile()?,
        // A folder that is no repository can have a profile too: `gatos run` heeds it.
        Err(failure) if context.repo().is_some() => return Err(failure),
        Err(_) => Profile::around(&std::env::current_dir().unwrap_or_default())?,
    };
    let settings = profile.settings();
    let mut facts = Facts::new();
    for (name, value, from) in &settings {
        let setting = Facts::new().text("value", value).text("from", from).into_json();
        facts = facts.json(name, setting);
    }
    context.out.facts(facts, || {
        let wide = |of: fn(&(&'static str, String, &crate::profile::Origin)) -> usize| {
            settings.iter().map(of).max().unwrap_or(0)
        };
        let (names, values) = (wide(|s| s.0.len()), wide(|s| s.1.len()));
        let lines = settings.iter().map(|(name, value, from)| format!("{name:names$}  {value:values$}  {from}"));
        lines.collect::<Vec<_>>().join("\n")
    })
}
