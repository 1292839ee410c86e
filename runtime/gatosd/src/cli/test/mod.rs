//! `gatos test`: tests of policies and of folds, with what failed and what was reached.

mod coverage;
mod folds;
mod policies;

use std::path::{Path, PathBuf};

use gatos_debug::coverage::{FileCoverage, lcov};

use super::Context;
use crate::failure::{Exit, Failure, Result};
use crate::files;
use crate::fold_trial;
use crate::output::Facts;
use crate::policy::sources;
use crate::profile::{LimitFlags, parse_amount};
use crate::watching;

/// Run the tests of folds and policies
///
/// Tests of a fold are functions named test_… in a file NAME_test.lua beside it, which hold when they raise
/// nothing; and event files, NAME.events.jsonl or NAME.cases/CASE.events.jsonl, whose final state is held
/// against the .expect.json beside them. Tests of policies are rules whose names begin with test_: each is
/// asked on its own, and holds when it is true, or when it is a set or object of cases of which none is false.
///
/// Data files below a folder that is named are loaded as in a bundle; files named one by one bring
/// none, and --data adds to both. Tests that begin with todo_test_ are
/// skipped. A test that fails shows where values differ, or the condition that failed with the values on both sides.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Examples:\n  gatos test\n  gatos test gatos/folds --coverage\n  gatos test gatos/folds/counter.lua --bless\n  gatos test gatos/policies --run 'exec_test*deny' -v\n  gatos test gatos --lcov lcov.info\n  gatos test --list --json"
)]
pub struct Args {
    /// Folders, folds, or files with tests [default: gatos, or the current folder]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Further base data of policies, merged at the top of data; may be given several times
    #[arg(long, value_name = "FILE")]
    data: Vec<PathBuf>,
    /// Only tests whose name contains this; * stands for anything
    #[arg(long, value_name = "PATTERN")]
    run: Option<String>,
    /// Tell which tests there are, and run none
    #[arg(long, conflicts_with_all = ["bless", "coverage", "lcov"])]
    list: bool,
    /// Write what comes out of event files down as what is expected
    #[arg(long)]
    bless: bool,
    /// Tell which lines, branches, functions and rules the tests reached
    #[arg(long)]
    coverage: bool,
    /// Write what was reached for tools that draw it, in the format of lcov
    #[arg(long, value_name = "FILE")]
    lcov: Option<PathBuf>,
    /// Run again whenever a file changes, until Ctrl-C
    #[arg(long, conflicts_with = "list")]
    watch: bool,
    /// Tell passed tests too
    #[arg(long, short)]
    verbose: bool,
    /// Fuel for each test: a number, or `unlimited`
    #[arg(long, value_parser = parse_amount)]
    fuel: Option<u64>,
    /// Calls that may be active at a time
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    depth: Option<u32>,
    /// Abstract bytes for each test: a number, or `unlimited`
    #[arg(long, value_parser = parse_amount)]
    memory: Option<u64>,
    /// One JSON object a test, and one at the end
    #[arg(long)]
    json: bool,
}

impl Args {
    fn limits(&self) -> LimitFlags {
        LimitFlags { fuel: self.fuel, depth: self.depth, memory: self.memory }
    }

    fn covers(&self) -> bool {
        self.coverage || self.lcov.is_some()
    }

    fn wants(&self, name: &str) -> bool {
        let named = self.named();
        (named.is_empty() || named.contains(&name))
            && self.run.as_deref().is_none_or(|pattern| policies::matches(pattern, name))
    }

    /// Tests that were named as they are told: `counter_test.lua::test_adds`.
    fn named(&self) -> Vec<&str> {
        self.paths
            .iter()
            .filter(|path| !path.exists())
            .filter_map(|path| path.to_str())
            .filter(|p| p.contains("::"))
            .collect()
    }
}

/// What became of a test.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Word {
    Passed,
    Failed,
    Skipped,
    Blessed,
}

/// What became of all of them.
#[derive(Default)]
struct Tally {
    passed: u64,
    failed: u64,
    skipped: u64,
    blessed: u64,
    /// Tests that were told of, with `--list`.
    listed: usize,
    /// Tests that there are, whether they were asked for or not.
    known: usize,
    /// Whether something could not be compiled or read at all.
    broken: bool,
    /// What was reached.
    reached: Vec<FileCoverage>,
}

impl Tally {
    fn add(&mut self, word: Word) {
        *match word {
            Word::Passed => &mut self.passed,
            Word::Failed => &mut self.failed,
            Word::Skipped => &mut self.skipped,
            Word::Blessed => &mut self.blessed,
        } += 1;
    }

    fn ran(&self) -> u64 {
        self.passed + self.failed + self.skipped + self.blessed
    }

    fn words(&self) -> String {
        let all = self.ran();
        let mut parts = vec![format!("{} passed", self.passed)];
        parts.extend((self.failed > 0).then(|| format!("{} failed", self.failed)));
        parts.extend((self.skipped > 0).then(|| format!("{} skipped", self.skipped)));
        parts.extend((self.blessed > 0).then(|| format!("{} written down", self.blessed)));
        format!("{all} {}: {}", if all == 1 { "test" } else { "tests" }, parts.join(", "))
    }
}

pub(super) fn run(context: Context, args: Args) -> Result<()> {
    let context = context.json(args.json);
    let paths = paths(&args);
    if !args.watch {
        return once(&context, &args, &paths);
    }
    watching::repeat(&context.out, &watching::Seen::tests(&paths, &args.data), || once(&context, &args, &paths))
}

/// The paths that were given; else the project's own folder, else the current one.
fn paths(args: &Args) -> Vec<PathBuf> {
    if !args.paths.is_empty() {
        let file = |path: &PathBuf| match path.to_str().and_then(|text| text.split_once("::")) {
            Some((file, _)) if !path.exists() => PathBuf::from(file),
            _ => path.clone(),
        };
        return args.paths.iter().map(file).collect();
    }
    let own = PathBuf::from("gatos");
    vec![if own.is_dir() { own } else { PathBuf::from(".") }]
}

/// Where the policies of a folder lie: of a project, where they are compiled and where places of data begin.
fn policies_of(path: &Path) -> PathBuf {
    let of_project = path.join(sources::POLICIES_DIR);
    let is_gatos = path.canonicalize().is_ok_and(|path| path.ends_with("gatos"));
    match path.join("policies") {
        _ if of_project.is_dir() => of_project,
        own if is_gatos && own.is_dir() => own,
        _ => path.to_path_buf(),
    }
}

fn once(context: &Context, args: &Args, paths: &[PathBuf]) -> Result<()> {
    if args.lcov.as_deref() == Some(Path::new("-")) {
        return Err(Failure::usage("--lcov names a file, and - is none: stdout tells of the tests")
            .help("name a file, or a device such as /dev/stderr"));
    }
    if let Some(path) = &args.lcov {
        files::check_output(path, &[])?;
    }
    let found = fold_trial::find(paths)?;
    // What is no policy is left to the folds: a folder with folds alone is no mistake.
    let of_policies: Vec<PathBuf> = paths
        .iter()
        .filter(|path| path.is_dir() || !folds::is_about_folds(path))
        .map(|path| policies_of(path))
        .collect();
    let policies = match sources::find(&of_policies) {
        Ok(policies) => Some(policies),
        Err(_) if of_policies.is_empty() || !found.is_empty() => None,
        Err(_) if of_policies.iter().all(|path| path.is_dir()) => None,
        Err(failure) => return Err(failure),
    };
    let mut tally = Tally::default();
    let mut facts = Facts::new();
    for orphan in &found.orphans {
        context.out.warn(format!("{} belongs to no fold: there is none of its name beside it", orphan.display()));
    }
    if !found.is_empty() {
        folds::run(context, args, &found, &mut tally)?;
    }
    if let Some(policies) = &policies {
        facts = policies::run(context, args, policies, &mut tally)?;
    }
    if tally.known == 0 && !tally.broken {
        return Err(Failure::input("there are no tests").help(
            "tests of policies are rules such as `test_admin_may if allow with input as {…}`; tests of a fold are functions `test_…` in NAME_test.lua beside it, or NAME.events.jsonl",
        ));
    }
    if args.list {
        return if tally.broken { Err(Failure::said(Exit::Usage)) } else { Ok(()) };
    }
    if let (Some(name), 0, false) = (args.named().first(), tally.ran(), tally.broken) {
        return Err(Failure::input(format!("there is no test {name}")).help("--list tells which there are"));
    }
    if let (Some(pattern), 0, false) = (&args.run, tally.ran(), tally.broken) {
        return Err(Failure::input(format!("no test's name contains {pattern:?}"))
            .help("without --run all of them are run; --list tells which there are"));
    }
    if let Some(path) = &args.lcov {
        files::write_atomic(path, lcov(&tally.reached).as_bytes())?;
    }
    let facts = facts.int("passed", tally.passed).int("failed", tally.failed).int("skipped", tally.skipped);
    context.out.facts(facts, || tally.words())?;
    match (tally.broken, tally.failed) {
        (true, _) => Err(Failure::said(Exit::Usage)),
        (false, 0) => Ok(()),
        (false, _) => Err(Failure::said(Exit::No)),
    }
}
