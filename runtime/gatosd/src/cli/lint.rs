//! `gatos lint`: what the compilers refuse, and what is allowed but probably not meant; and mending it.

use std::path::{Path, PathBuf};

use gatos_compiler::LintConfig;
use gatos_compiler::render::{self, Form};

use super::{Context, fmt};
use crate::failure::{Exit, Failure, Result};
use crate::judging::{self, Mended};
use crate::reports;
use crate::toolchain::{self, LINT_PATH};
use crate::{files, watching};

#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Format {
    /// Drawn under the source
    Human,
    /// One line a message
    Short,
    /// A JSON array
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Commands of GitHub's workflow logs
    Github,
}

/// Check folds, scripts and policies without running them
///
/// Policies are judged together with those that they are compiled with: all of gatos/policies, elsewhere those in
/// the same folder.
/// Exits with 1 when there is anything to report, error or warning: a rule that should not
/// count is allowed in gatos/config/lint.toml, or in the source with a reason.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Examples:\n  gatos lint gatos\n  gatos lint fold.lua --format json\n  gatos lint gatos --fix\n  \
gatos lint gatos --fix --diff\n  gatos lint gatos --format sarif > gatos.sarif\n\n\
gatos/config/lint.toml:\n  max_table_items = 1000\n  [rules]\n  unused-local = \"deny\"   # allow, warn or deny"
)]
pub struct Args {
    /// Files, or folders of which every .lua and .rgs file is checked
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// How messages look
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Mend what has a fix, then tell what is left
    #[arg(long)]
    fix: bool,
    /// With --fix: change nothing, and show what would change, as a patch
    #[arg(long, requires = "fix", conflicts_with = "watch")]
    diff: bool,
    /// Check again whenever a file changes, until Ctrl-C
    #[arg(long)]
    watch: bool,
    /// The configuration, instead of gatos/config/lint.toml of the project
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

pub(super) fn run(context: Context, args: Args) -> Result<()> {
    if !args.watch {
        return once(&context, &args);
    }
    let config = args.config.clone().or_else(|| config_around(args.paths.first()));
    let seen = watching::Seen::sources(&args.paths, config.as_deref());
    watching::repeat(&context.out, &seen, || once(&context, &args))
}

fn once(context: &Context, args: &Args) -> Result<()> {
    let format = if args.json { Format::Json } else { args.format };
    let paths = judging::collect(&args.paths)?;
    if paths.is_empty() {
        let shown: Vec<String> = args.paths.iter().map(|p| p.display().to_string()).collect();
        context.out.warn(format!("there is no .lua or .rgs file in {}", shown.join(", ")));
    }
    let config = match &args.config {
        Some(path) => toolchain::lint_config(path, true)?,
        None => match config_around(args.paths.first()) {
            Some(path) => toolchain::lint_config(&path, false)?,
            None => LintConfig::default(),
        },
    };
    if args.fix && mend(context, args, &paths, &config)? {
        return Err(Failure::said(Exit::No));
    }
    if args.diff {
        return Ok(());
    }
    let mut judged = judging::judge(&paths, &config, &judging::Texts::new())?;
    // A name cannot end a line, nor steer a terminal.
    if format != Format::Sarif {
        for file in judged.files.iter_mut().filter(|file| file.name.chars().any(char::is_control)) {
            file.name = file
                .name
                .chars()
                .flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] })
                .collect();
        }
    }
    let form = match format {
        Format::Human => Some(Form::Human { color: context.out.colour_stdout() }),
        Format::Short => Some(Form::Short),
        Format::Json => Some(Form::Json),
        Format::Sarif | Format::Github => None,
    };
    match (form, format) {
        (Some(form), _) if !judged.found.is_empty() || format == Format::Json => {
            context.out.line(render::render_list(&judged.files, &judged.found, form).trim_end())?;
        }
        (Some(_), _) => {}
        (None, Format::Sarif) => context.out.line(reports::sarif(&judged.files, &judged.found))?,
        (None, _) => context.out.bytes(reports::github(&judged.files, &judged.found).as_bytes())?,
    }
    if format == Format::Human {
        let errors = judged.errors();
        context.out.say(format!(
            "{} checked: {}, {}",
            count(paths.len(), "file"),
            count(errors, "error"),
            count(judged.found.len() - errors, "warning")
        ));
    }
    if judged.found.is_empty() { Ok(()) } else { Err(Failure::said(Exit::No)) }
}

/// Mends the files, or shows as a patch what mending would do; then gives whether it would do anything.
fn mend(context: &Context, args: &Args, paths: &[PathBuf], config: &LintConfig) -> Result<bool> {
    let mended = judging::mend(paths, config)?;
    for Mended { path, old, new, fixes } in &mended {
        if args.diff {
            fmt::patch(context, &path.display().to_string(), old, new)?;
        } else {
            replace(path, new)?;
            let what = if *fixes == 1 { "1 fix".to_owned() } else { format!("{fixes} fixes") };
            context.out.say(format!("mended {}: {what}", path.display()));
        }
    }
    Ok(args.diff && !mended.is_empty())
}

/// Puts a text in the place of a file at once; a script stays one that can be run.
fn replace(path: &Path, text: &str) -> Result<()> {
    let mode = std::fs::metadata(path).map(|meta| meta.permissions());
    files::write_atomic(path, text.as_bytes())?;
    match mode {
        Ok(mode) => std::fs::set_permissions(path, mode).map_err(|e| Failure::io("set the permissions of", path, &e)),
        Err(_) => Ok(()),
    }
}

fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// The configuration of the project around the first path.
fn config_around(path: Option<&PathBuf>) -> Option<PathBuf> {
    let path = path?.canonicalize().ok()?;
    path.ancestors().map(|dir| dir.join(LINT_PATH)).find(|file| file.is_file())
}
