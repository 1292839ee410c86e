//! `gatos foldc`: source to ELC. The same source gives the same bytes everywhere.

use std::path::{Path, PathBuf};

use gatos_compiler::KindChoice;
use gatos_elc::ENGINE_ID;

use super::Context;
use crate::failure::{Exit, Failure, Result};
use crate::output::Facts;
use crate::{files, toolchain};

/// Compile a fold or script to portable code
///
/// Writes the program and, beside it, a map of names and places for messages (FILE.elc.map).
/// Comments, formatting and names of locals do not change the fold_root.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Examples:\n  gatos foldc gatos/folds/authors.lua -o authors.elc\n  gatos foldc authors.lua --json | jq -r .fold_root"
)]
pub struct Args {
    /// The source file; - for stdin
    file: PathBuf,
    /// Where to write the program; without it, nothing is written
    #[arg(short, long, value_name = "FILE.elc")]
    out: Option<PathBuf>,
    /// Facts as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(context: Context, args: Args) -> Result<()> {
    let context = context.json(args.json);
    if args.out.as_deref() == Some(Path::new("-")) {
        return Err(Failure::usage("-o names a file, and - is none: stdout has the facts about the program")
            .help("name a file, or a device such as /dev/stdout; `./-` is a file of that name"));
    }
    let compiled = toolchain::compile(&args.file, KindChoice::Auto, gatos_compiler::LintConfig::default(), true)?;
    let Some(done) = &compiled.program else {
        toolchain::say_diagnostics(&compiled, &context.out);
        return Err(Failure::said(Exit::Usage));
    };
    if let Some(out) = &args.out {
        if *out == args.file {
            return Err(Failure::usage("the output would replace the source").help("name another file with -o"));
        }
        // The map first: a program whose map is missing or of another program is still right.
        if files::is_replaceable(out) {
            files::write_atomic(&toolchain::map_path(out), &done.map.to_bytes())?;
        }
        files::write_atomic(out, &done.bytes)?;
    }
    let facts = Facts::new()
        .text("fold_root", done.fold_root)
        .text("engine", ENGINE_ID)
        .int("bytes", done.bytes.len() as u64)
        .maybe("out", args.out.as_ref().map(|p| p.display()));
    context.out.facts(facts, || format!("fold_root {}\nengine    {ENGINE_ID}", done.fold_root))
}
