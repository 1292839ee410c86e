//! `gatos policyc`: `.rgs` sources to RGC. The same sources give the same bytes everywhere.

use std::path::{Path, PathBuf};

use gatos_elc::ENGINE_ID;

use super::Context;
use crate::failure::{Failure, Result};
use crate::output::Facts;
use crate::policy::{build, sources, words};
use crate::{files, toolchain};

/// Compile policies to portable code
///
/// All files are compiled together, but for tests (*_test.rgs), as `gatos policy install` does. Writes the code and, beside it, a map of names and places for
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

/// Code never takes the place of a source, by whatever path it is named, nor the name of one.
fn check_out(out: &Path) -> Result<()> {
    let reads = ["rgs", "lua", "json", "jsonl", "rego", "yaml", "yml"];
    let ending = |path: &Path| {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        reads.into_iter().find(|other| *other == ending)
    };
    // A link is judged by where it leads too.
    let leads = out.canonicalize().ok();
    match ending(out).or_else(|| ending(leads.as_deref()?)) {
        None => Ok(()),
        Some(ending) => Err(Failure::usage(format!(
            "{} is named as a source or data is (.{ending}), and code would replace it",
            out.display()
        ))
        .help("name the code FILE.rgc")),
    }
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
    if let Some(out) = &args.out {
        check_out(out)?;
    }
    let mut found = sources::find(&args.files)?;
    let left_out = found.leave_tests_out();
    let policy = build::compile(&found.sources, None, true, &context.out)?;
    let map = policy.loaded.map.as_ref();
    if let Some(out) = &args.out {
        // Sources may have any name when they are named by hand, and a file has many paths.
        if let Some(real) = out.canonicalize().ok().filter(|real| real.is_file()) {
            let named = found.sources.iter().filter_map(|source| Path::new(&source.name).canonicalize().ok());
            if named.into_iter().any(|source| source == real) {
                return Err(Failure::usage(format!("the output would replace the source {}", out.display()))
                    .help("name another file with -o"));
            }
        }
        // The map first: code whose map is missing or of other code is still right.
        let mapped = match map.filter(|_| files::is_replaceable(out)) {
            Some(map) => files::write_atomic(&toolchain::map_path(out), &map.to_bytes()),
            None => Ok(()),
        };
        // What was asked for is named first where neither can be written.
        files::write_atomic(out, &policy.code)?;
        mapped?;
    }
    let root = policy.loaded.program.fold_root();
    let counts = policy.loaded.program.program().policy.as_ref().map_or((0, 0), |p| (p.documents.len(), p.rules.len()));
    if !left_out.is_empty() {
        context.out.say(format!("tests are no part of the code: left out {}", left_out.join(", ")));
    }
    if !found.data.is_empty() {
        let names: Vec<String> = found.data.values().map(|(path, _)| path.display().to_string()).collect();
        context.out.say(format!(
            "data are no part of the code: `gatos policy install` publishes {} beside it, and `gatos run` takes the \
             folder, or --data",
            words::shortened(&names.join(", "))
        ));
    }
    let facts = Facts::new()
        .text("policy_code_root", root)
        .text("engine", ENGINE_ID)
        .int("bytes", policy.code.len() as u64)
        .int("documents", counts.0 as u64)
        .int("rules", counts.1 as u64)
        .maybe("out", args.out.as_ref().map(|p| p.display()));
    context.out.facts(facts, || format!("policy_code_root {root}\nengine           {ENGINE_ID}"))
}
