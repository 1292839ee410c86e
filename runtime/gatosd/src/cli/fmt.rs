//! `gatos fmt`: folds and policies in the one layout. Programs keep their meaning, and so their roots.

use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use gatos_compiler::render::{self, Form};
use gatos_compiler::{FileDiagnostic, SourceFile};
use gatos_fmt::{FormatError, Style};
use serde::Deserialize;

use super::Context;
use crate::failure::{Exit, Failure, Result};
use crate::files;
use crate::input;

/// Where a project keeps the width of its lines.
pub const FMT_PATH: &str = "gatos/config/fmt.toml";
/// Where a project keeps its folds.
const FOLDS_PATH: &str = "gatos/folds";
/// Widths that make sense.
const WIDTHS: std::ops::RangeInclusive<usize> = 20..=1_000;
/// How deep folders are searched.
const MAX_FOLDERS: u32 = 32;
/// How long two texts are compared before a coarser answer is good enough.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, clap::ValueEnum)]
enum Lang {
    /// Folds and scripts
    #[value(alias = "echolua")]
    Lua,
    /// Policies
    #[value(alias = "rego")]
    Rgs,
}

/// Lay out folds and policies in the one style
///
/// Files are rewritten in place and named on stdout. The layout never changes what a program means:
/// its fold_root or policy_code_root stays. Of folders, every .rgs file is taken, and every .lua file
/// below gatos/folds or that says `-- gatos: fold`; a file that is named is always taken.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:\n  gatos fmt\n  gatos fmt --check gatos\n  gatos fmt --diff fold.lua\n  \
gatos fmt --stdin --lang rgs < policy.rgs\n\n\
gatos/config/fmt.toml, all there is to set:\n  width = 100\n\n\
Exits with 1 when --check or --diff finds something to change, with 2 when a file does not parse.")]
pub struct Args {
    /// Files or folders; the current folder when none is given
    #[arg(conflicts_with = "stdin")]
    paths: Vec<PathBuf>,
    /// Change nothing; list the files that would change
    #[arg(long)]
    check: bool,
    /// Change nothing; show what would change, as a patch
    #[arg(long)]
    diff: bool,
    /// Columns that lines keep within where they can, 20 to 1000 [default: that of the project, else 100]
    #[arg(long, value_name = "N", value_parser = parse_width)]
    width: Option<usize>,
    /// Format stdin to stdout
    #[arg(long, requires = "lang")]
    stdin: bool,
    /// The language of stdin
    #[arg(long, value_enum, requires = "stdin")]
    lang: Option<Lang>,
    /// What was done to each file, as JSON
    #[arg(long, conflicts_with_all = ["diff", "stdin"])]
    json: bool,
}

fn parse_width(text: &str) -> std::result::Result<usize, String> {
    let width: usize = text.parse().map_err(|_| "not a number of columns".to_owned())?;
    match WIDTHS.contains(&width) {
        true => Ok(width),
        false => Err(format!("a width is from {} to {}", WIDTHS.start(), WIDTHS.end())),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FmtFile {
    width: Option<usize>,
}

/// The width that the project around a path asks for.
///
/// # Errors
/// When its configuration cannot be understood.
pub fn width_around(path: &Path) -> Result<Option<usize>> {
    let Ok(path) = path.canonicalize() else { return Ok(None) };
    let Some(file) = path.ancestors().map(|dir| dir.join(FMT_PATH)).find(|file| file.is_file()) else {
        return Ok(None);
    };
    let wrong = |why: String| {
        Failure::input(format!("{}: {why}", file.display())).help("it has one line, such as:\n    width = 100")
    };
    let text = input::read_text(&file)?;
    let found: FmtFile = toml::from_str(&text).map_err(|e| wrong(e.to_string().trim_end().to_owned()))?;
    match found.width {
        Some(width) if !WIDTHS.contains(&width) => {
            Err(wrong(format!("width: {width} is not from {} to {}", WIDTHS.start(), WIDTHS.end())))
        }
        width => Ok(width),
    }
}

fn format(lang: Lang, text: &str, style: &Style) -> std::result::Result<String, FormatError> {
    match lang {
        Lang::Lua => gatos_fmt::echolua(text, style),
        Lang::Rgs => gatos_fmt::rgs(text, style),
    }
}

/// What became of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Unchanged,
    Changed,
    Refused,
}

/// What became of all of them.
#[derive(Default)]
struct Tally {
    unchanged: usize,
    changed: usize,
    /// The worst of what went wrong.
    failed: Option<Exit>,
    refused: usize,
}

pub(super) fn run(context: Context, args: Args) -> Result<()> {
    if args.stdin {
        return stdin(&context, &args);
    }
    let here = vec![PathBuf::from(".")];
    let paths = if args.paths.is_empty() { &here } else { &args.paths };
    let mut found = Walk::default();
    for path in paths {
        found.named(path)?;
    }
    found.files.sort();
    found.files.dedup();
    if found.files.is_empty() {
        let shown: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        context.out.warn(format!("there is no fold and no policy in {}", shown.join(", ")));
    }
    if found.other > 0 {
        let (what, say, them) = match found.other {
            1 => ("file is", "does not say", "it"),
            _ => ("files are", "do not say", "them"),
        };
        context.out.say(format!(
            "{} .lua {what} not below {FOLDS_PATH} and {say} `-- gatos: fold`: name {them} to format {them}",
            found.other
        ));
    }
    let mut tally = Tally::default();
    let mut facts = Vec::new();
    let mut widths = Widths { given: args.width, known: Vec::new() };
    for (path, lang) in &found.files {
        // A configuration that cannot be understood is told once, not for each file.
        let style = widths.of(path)?;
        let state = match file(&context, &args, path, *lang, &style) {
            Ok(state) => state,
            Err(failure) => {
                let exit = context.out.tell(&failure);
                tally.failed = Some(if tally.failed == Some(Exit::World) { Exit::World } else { exit });
                State::Refused
            }
        };
        let word = match state {
            State::Unchanged => "unchanged",
            State::Changed => "changed",
            State::Refused => "refused",
        };
        match state {
            State::Unchanged => tally.unchanged += 1,
            State::Changed => tally.changed += 1,
            State::Refused => tally.refused += 1,
        }
        if args.json {
            facts.push(serde_json::json!({ "path": path.display().to_string(), "state": word }));
        }
    }
    if args.json {
        context.out.line(serde_json::Value::Array(facts).to_string())?;
    }
    finish(&context, &args, &tally)
}

fn finish(context: &Context, args: &Args, tally: &Tally) -> Result<()> {
    let dry = args.check || args.diff;
    let changed = if dry { "would change" } else { "formatted" };
    if !args.json && tally.unchanged + tally.changed + tally.refused > 0 {
        let mut said = format!("{} {changed}, {} as they should be", count(tally.changed), tally.unchanged);
        if tally.refused > 0 {
            said.push_str(&format!(", {} left alone", tally.refused));
        }
        context.out.say(said);
    }
    match tally.failed {
        Some(exit) => Err(Failure::said(exit)),
        None if dry && tally.changed > 0 => Err(Failure::said(Exit::No)),
        None => Ok(()),
    }
}

fn count(n: usize) -> String {
    if n == 1 { "1 file".to_owned() } else { format!("{n} files") }
}

/// The widths of the projects that files belong to, each looked up once a folder.
struct Widths {
    given: Option<usize>,
    known: Vec<(PathBuf, usize)>,
}

impl Widths {
    fn of(&mut self, path: &Path) -> Result<Style> {
        if let Some(width) = self.given {
            return Ok(Style { width });
        }
        let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        if let Some((_, width)) = self.known.last().filter(|(known, _)| *known == folder) {
            return Ok(Style { width: *width });
        }
        let start = if folder.as_os_str().is_empty() { Path::new(".") } else { folder.as_path() };
        let width = width_around(start)?.unwrap_or(Style::default().width);
        self.known.push((folder, width));
        Ok(Style { width })
    }
}

fn file(context: &Context, args: &Args, path: &Path, lang: Lang, style: &Style) -> Result<State> {
    let text = input::read_text(path)?;
    let name = path.display().to_string();
    let new = format(lang, &text, style).map_err(|error| refusal(context, &name, &text, error))?;
    if new == text {
        return Ok(State::Unchanged);
    }
    if args.diff {
        patch(context, &name, &text, &new)?;
    } else if !args.json {
        context.out.words(&name)?;
    }
    if !args.check && !args.diff {
        let mode = std::fs::metadata(path).map(|meta| meta.permissions());
        files::write_atomic(path, new.as_bytes())?;
        // A script stays one that can be run.
        if let Ok(mode) = mode {
            std::fs::set_permissions(path, mode).map_err(|e| Failure::io("set the permissions of", path, &e))?;
        }
    }
    Ok(State::Changed)
}

fn stdin(context: &Context, args: &Args) -> Result<()> {
    let Some(lang) = args.lang else { return Err(Failure::usage("--stdin needs --lang")) };
    let mut bytes = Vec::new();
    let limit = input::MAX_FILE_BYTES + 1;
    std::io::stdin()
        .lock()
        .take(limit)
        .read_to_end(&mut bytes)
        .map_err(|e| Failure::io("read", Path::new("stdin"), &e))?;
    if bytes.len() as u64 == limit {
        return Err(Failure::input(format!("stdin is larger than {} MiB", input::MAX_FILE_BYTES >> 20)));
    }
    let text = String::from_utf8(bytes).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        Failure::input(format!("stdin is not text: byte {at} is not UTF-8"))
    })?;
    let width = match args.width {
        Some(width) => width,
        None => width_around(Path::new("."))?.unwrap_or(Style::default().width),
    };
    let new = format(lang, &text, &Style { width }).map_err(|error| refusal(context, "stdin", &text, error))?;
    if args.diff && new != text {
        patch(context, "stdin", &text, &new)?;
    } else if !args.check && !args.diff {
        context.out.bytes(new.as_bytes())?;
    }
    if (args.check || args.diff) && new != text { Err(Failure::said(Exit::No)) } else { Ok(()) }
}

/// Says why a file was left alone.
fn refusal(context: &Context, name: &str, text: &str, error: FormatError) -> Failure {
    match error {
        FormatError::Syntax(found) => {
            let files = [SourceFile { name: name.to_owned(), text: text.to_owned() }];
            let found: Vec<FileDiagnostic> =
                found.into_iter().map(|diagnostic| FileDiagnostic { file: 0, diagnostic }).collect();
            let form = Form::Human { color: context.out.colour() };
            context.out.painted(render::render_list(&files, &found, form).trim_end());
            Failure::said(Exit::Usage)
        }
        FormatError::Unsure(span) => {
            let before = text.get(..span.start as usize).unwrap_or_default();
            let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
            Failure::world(format!("{name} was left alone: its layout would not be the same program"))
                .note(format!("near line {line}"))
                .help("this is a mistake of the formatter; please report it with the file")
        }
    }
}

/// A patch that `git apply` takes.
pub(super) fn patch(context: &Context, name: &str, old: &str, new: &str) -> Result<()> {
    let diff =
        similar::TextDiff::configure().algorithm(similar::Algorithm::Patience).timeout(PATIENCE).diff_lines(old, new);
    let name = name.strip_prefix("./").unwrap_or(name);
    let text = diff.unified_diff().context_radius(3).header(&format!("a/{name}"), &format!("b/{name}")).to_string();
    if !std::io::stdout().is_terminal() {
        return context.out.bytes(text.as_bytes());
    }
    for line in text.lines() {
        let shown = render::printable(line);
        let colour = match line.as_bytes().first() {
            _ if !context.out.colour_stdout() => None,
            Some(b'+') => Some("32"),
            Some(b'-') => Some("31"),
            Some(b'@') => Some("36"),
            _ => None,
        };
        match colour {
            Some(colour) => context.out.line(format!("\x1b[{colour}m{shown}\x1b[0m"))?,
            None => context.out.line(shown)?,
        }
    }
    Ok(())
}

/// The files found.
#[derive(Default)]
struct Walk {
    files: Vec<(PathBuf, Lang)>,
    /// Lua files that are no folds, as far as one can tell.
    other: usize,
}

fn lang_of(path: &Path) -> Option<Lang> {
    match path.extension()?.to_str()? {
        "lua" => Some(Lang::Lua),
        "rgs" => Some(Lang::Rgs),
        _ => None,
    }
}

/// Whether a file says in its first comments that it is a fold.
fn says_fold(path: &Path) -> bool {
    let Ok(file) = std::fs::File::open(path) else { return false };
    let mut head = Vec::new();
    let _ = file.take(16 << 10).read_to_end(&mut head);
    let head = String::from_utf8_lossy(&head);
    let comments = head.lines().skip_while(|line| line.starts_with('#') || line.trim().is_empty());
    let said = |line: &str| line.trim_start_matches('-').trim() == "gatos: fold";
    comments.take_while(|line| line.trim_start().starts_with("--")).any(|line| said(line.trim()))
}

impl Walk {
    /// A path as it was named.
    fn named(&mut self, path: &Path) -> Result<()> {
        let meta = std::fs::metadata(path).map_err(|e| Failure::io("read", path, &e))?;
        if meta.is_dir() {
            let real = path.canonicalize().map_err(|e| Failure::io("list", path, &e))?;
            let folds = real.ancestors().any(|dir| dir.ends_with(FOLDS_PATH));
            return self.folder(path, folds, 0);
        }
        let Some(lang) = lang_of(path) else {
            return Err(Failure::input(format!("{} is neither a fold nor a policy", path.display()))
                .help("folds end in .lua and policies in .rgs; `--stdin --lang` takes any text"));
        };
        self.files.push((path.to_path_buf(), lang));
        Ok(())
    }

    fn folder(&mut self, path: &Path, folds: bool, depth: u32) -> Result<()> {
        if depth > MAX_FOLDERS {
            return Err(Failure::input(format!("{} is more than {MAX_FOLDERS} folders deep", path.display())));
        }
        let folds = folds || path.ends_with(FOLDS_PATH);
        for entry in std::fs::read_dir(path).map_err(|e| Failure::io("list", path, &e))? {
            let entry = entry.map_err(|e| Failure::io("list", path, &e))?;
            let name = entry.file_name();
            let kind = entry.file_type().map_err(|e| Failure::io("read", &entry.path(), &e))?;
            // Links can lead in circles, and to files of others.
            if name.to_string_lossy().starts_with('.') || kind.is_symlink() {
                continue;
            }
            let found = if path == Path::new(".") { PathBuf::from(name) } else { entry.path() };
            if kind.is_dir() {
                self.folder(&found, folds, depth + 1)?;
            } else if let Some(lang) = lang_of(&found).filter(|_| kind.is_file()) {
                if lang == Lang::Rgs || folds || says_fold(&found) {
                    self.files.push((found, lang));
                } else {
                    self.other += 1;
                }
            }
        }
        Ok(())
    }
}
