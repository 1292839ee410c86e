//! `gatos explain E0107`: what a diagnostic means and how to get rid of it.

use gatos_syntax::codes;
use gatos_syntax::diagnostic::Severity;

use super::Context;
use crate::failure::{Failure, Result};
use crate::output::Facts;

/// Explain a diagnostic code
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:\n  gatos explain E0107\n  gatos explain            # lists all codes")]
pub struct Args {
    /// The code, such as E0107; without one, all codes are listed
    code: Option<String>,
    /// Facts as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(context: Context, args: Args) -> Result<()> {
    let context = context.json(args.json);
    let Some(code) = args.code else {
        for info in codes::all() {
            let facts =
                Facts::new().text("code", info.code).text("severity", word(info.severity)).text("title", info.title);
            context.out.facts(facts, || format!("{}  {}", info.code, info.title))?;
        }
        return Ok(());
    };
    let Some(info) = codes::explain(&code) else {
        let near: Vec<&str> = codes::all()
            .map(|info| info.code)
            .filter(|known| code.len() > 2 && known[1..3] == *code.get(1..3).unwrap_or(""))
            .collect();
        let failure = Failure::input(format!("there is no diagnostic {code}"));
        return Err(match near.as_slice() {
            [] => failure.help("`gatos explain` lists all codes"),
            near => failure.help(format!("there are {}", near.join(", "))),
        });
    };
    let facts = Facts::new()
        .text("code", info.code)
        .text("severity", word(info.severity))
        .text("title", info.title)
        .text("explain", info.explain.trim());
    context
        .out
        .facts(facts, || format!("{} ({}): {}\n\n{}", info.code, word(info.severity), info.title, info.explain.trim()))
}

pub(super) fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}
