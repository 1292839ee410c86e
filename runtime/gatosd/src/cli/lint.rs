//! `gatos lint`: what the compiler refuses, and what is allowed but probably not meant.

use std::path::{Path, PathBuf};

use gatos_compiler::render::{self, Form};
use gatos_compiler::{FileDiagnostic, KindChoice, SourceFile};
use gatos_syntax::diagnostic::Severity;

use super::Context;
use crate::failure::{Exit, Failure, Result};
use crate::toolchain::{self, LINT_PATH};

#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Format {
    /// Drawn under the source
    Human,
    /// One line a message
    Short,
    /// A JSON array
    Json,
}

/// Check folds and scripts without running them
///
/// Exits with 1 when there is anything to report, error or warning: a rule that should not
/// count is allowed in gatos/config/lint.toml, or in the source with a reason.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:\n  gatos lint gatos/folds\n  gatos lint fold.lua --format json\n\n\
gatos/config/lint.toml:\n  max_table_items = 1000\n  [rules]\n  unused-local = \"deny\"   # allow, warn or deny")]
pub struct Args {
    /// Files, or folders of which every .lua file is checked
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// How messages look
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
    /// The same as --format json
    #[arg(long)]
    json: bool,
    /// The configuration, instead of gatos/config/lint.toml of the project
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

pub(super) fn run(context: Context, args: Args) -> Result<()> {
    let format = if args.json { Format::Json } else { args.format };
    let mut paths = Vec::new();
    for path in &args.paths {
        collect(path, 0, &mut paths)?;
    }
    paths.sort();
    paths.dedup();
    if paths.is_empty() {
        let shown: Vec<String> = args.paths.iter().map(|p| p.display().to_string()).collect();
        context.out.warn(format!("there is no .lua file in {}", shown.join(", ")));
    }
    let config = match &args.config {
        Some(path) => toolchain::lint_config(path, true)?,
        None => match config_around(args.paths.first()) {
            Some(path) => toolchain::lint_config(&path, false)?,
            None => gatos_compiler::LintConfig::default(),
        },
    };
    let (mut files, mut found): (Vec<SourceFile>, Vec<FileDiagnostic>) = (Vec::new(), Vec::new());
    for path in &paths {
        // Lowering finds a few more things than judging does, such as too many locals.
        let compiled = toolchain::compile(path, KindChoice::Auto, config.clone(), true)?;
        let offset = files.len() as u32;
        files.extend(compiled.files);
        for mut diagnostic in compiled.diagnostics {
            diagnostic.file += offset;
            found.push(diagnostic);
        }
    }
    // A module used by two programs was compiled with both.
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|d| {
        let name = files.get(d.file as usize).map(|f| f.name.clone());
        seen.insert((name, d.diagnostic.span, d.diagnostic.code, d.diagnostic.message.clone()))
    });
    let form = match format {
        Format::Human => Form::Human { color: context.out.colour_stdout() },
        Format::Short => Form::Short,
        Format::Json => Form::Json,
    };
    if !found.is_empty() || format == Format::Json {
        context.out.line(render::render_list(&files, &found, form).trim_end())?;
    }
    let errors = found.iter().filter(|d| d.diagnostic.severity == Severity::Error).count();
    if format == Format::Human {
        context.out.say(format!(
            "{} checked: {}, {}",
            count(paths.len(), "file"),
            count(errors, "error"),
            count(found.len() - errors, "warning")
        ));
    }
    if found.is_empty() { Ok(()) } else { Err(Failure::said(Exit::No)) }
}

fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// The configuration of the project around the first path.
fn config_around(path: Option<&PathBuf>) -> Option<PathBuf> {
    let path = path?.canonicalize().ok()?;
    path.ancestors().map(|dir| dir.join(LINT_PATH)).find(|file| file.is_file())
}

fn collect(path: &Path, depth: u32, out: &mut Vec<PathBuf>) -> Result<()> {
    let meta = std::fs::metadata(path).map_err(|e| Failure::io("read", path, &e))?;
    if !meta.is_dir() {
        out.push(path.to_path_buf());
        return Ok(());
    }
    // Links can lead in circles.
    if depth > 32 {
        return Err(Failure::no(format!("{} is more than 32 folders deep", path.display())));
    }
    for entry in std::fs::read_dir(path).map_err(|e| Failure::io("list", path, &e))? {
        let entry = entry.map_err(|e| Failure::io("list", path, &e))?.path();
        let hidden = entry.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
        if !hidden && (entry.is_dir() || entry.extension().is_some_and(|e| e == "lua")) {
            collect(&entry, depth + 1, out)?;
        }
    }
    Ok(())
}
