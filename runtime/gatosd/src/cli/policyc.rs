//! `gatos policyc`: `.rgs` sources to RGC. The same sources give the same bytes everywhere.

use std::path::{Path, PathBuf};

use gatos_elc::ENGINE_ID;

use super::Context;
use crate::failure::{Failure, Result};
use crate::output::Facts;
use crate::policy::{build, sources};
use crate::{files, toolchain};

/// Compile policies to portable code
///
/// All files are compiled together. Writes the code and, beside it, a map of names and places for
/// messages and explanations (FILE.rgc.map). Comments, formatting and names of variables do not change
/// the policy_code_root.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Examples:\n  gatos policyc gatos/policies/*.rgs -o policy.rgc\n  gatos policyc gatos/policies --json | jq -r .policy_code_root"
)]
pub struct Args {
    /// Source files, or folders with them; - for stdin
    #[arg(required = true, value_name = "FILE.rgs")]
    files: Vec<PathBuf>,
    /// Where to write the code; without it, nothing is written
    #[arg(short, long, value_name = "FILE.rgc")]
    out: Option<PathBuf>,
    /// Facts as JSON, and messages too
    #[arg(long)]
    json: bool,
}

pub(super) fn run(context: Context, args: Args) -> Result<()> {
    let context = context.json(args.json);
    if args.out.as_deref() == Some(Path::new("-")) {
        return Err(Failure::usage("-o names a file, and - is none: stdout has the facts about the policy")
            .help("name a file, or a device such as /dev/stdout; `./-` is a file of that name"));
    }
    if let Some(out) = args.out.as_ref().filter(|out| args.files.contains(out)) {
        return Err(Failure::usage(format!("the output would replace the source {}", out.display()))
            .help("name another file with -o"));
    }
    let found = sources::find(&args.files)?;
    let policy = build::compile(&found.sources, None, true, &context.out)?;
    let map = policy.loaded.map.as_ref();
    if let Some(out) = &args.out {
        // The map first: code whose map is missing or of other code is still right.
        if let Some(map) = map.filter(|_| files::is_replaceable(out)) {
            files::write_atomic(&toolchain::map_path(out), &map.to_bytes())?;
        }
        files::write_atomic(out, &policy.code)?;
    }
    let root = policy.loaded.program.fold_root();
    let counts = policy.loaded.program.program().policy.as_ref().map_or((0, 0), |p| (p.documents.len(), p.rules.len()));
    let facts = Facts::new()
        .text("policy_code_root", root)
        .text("engine", ENGINE_ID)
        .int("bytes", policy.code.len() as u64)
        .int("documents", counts.0 as u64)
        .int("rules", counts.1 as u64)
        .maybe("out", args.out.as_ref().map(|p| p.display()));
    context.out.facts(facts, || format!("policy_code_root {root}\nengine           {ENGINE_ID}"))
}
