//! `gatos demo`: the whole tour on real input, in a temporary repository.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use gatos_canon::Cid;
use gatos_compiler::KindChoice;
use gatos_elc::ENGINE_ID;
use gatos_ledger_core::import::LineOptions;
use gatos_ledger_core::model::{ActorId, JournalId, Namespace};
use gatos_ledger_core::ports::{Journals, NewCommit, Refs, Snapshots};
use gatos_ledger_git::{GitStore, os_random};
use gatos_vm::Limits;

use crate::cli::{Context, import_lines};
use crate::failure::{Failure, Result};
use crate::fold_engine::{self, Job};
use crate::input::Lines;
use crate::output::{Output, grouped, span};
use crate::project::Project;
use crate::{files, toolchain, verify};

static CORPUS: &[u8] = include_bytes!("../tests/corpus/curl-20k.jsonl.gz");
static PROGRAM: &str = include_str!("../../../examples/folds/authors.lua");

/// How far from the journal's end the changed event lies.
const FROM_THE_END: usize = 12;

/// Show everything on real input, in a temporary repository
///
/// Imports the newest 20 000 commits of curl as signed events, folds them, publishes and
/// verifies a checkpoint; then changes one byte of history and shows how verification notices.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Examples:\n  gatos demo\n  gatos demo --keep     # leaves the repository there to look around in"
)]
pub struct Args {
    /// Leave the repository there
    #[arg(long)]
    keep: bool,
}

/// A folder that goes away with its owner.
struct Temporary {
    path: PathBuf,
    keep: bool,
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.keep {
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

/// Runs the tour.
///
/// # Errors
/// When a step does not do what it should.
pub fn run(context: Context, args: Args) -> Result<()> {
    let out = context.out;
    let suffix: String = os_random::<6>()?.iter().map(|b| format!("{b:02x}")).collect();
    let path = std::env::temp_dir().join(format!("gatos-demo-{suffix}"));
    let place = Temporary { path: path.clone(), keep: args.keep };
    let tour = Tour { out, path };
    let done = tour.run();
    if args.keep {
        out.line(format!("\nThe repository is in {}", place.path.display()))?;
    }
    drop(place);
    done
}

struct Tour {
    out: Output,
    path: PathBuf,
}

impl Tour {
    fn step(&self, n: u32, title: &str) -> Result<()> {
        self.out.line(format!("\n{n}. {title}"))
    }

    fn tell(&self, text: impl AsRef<str>) -> Result<()> {
        self.out.line(format!("   {}", text.as_ref().replace('\n', "\n   ")))
    }

    fn run(&self) -> Result<()> {
        let started = Instant::now();
        let out = &self.out;
        out.line(
            "GATOS keeps facts in Git as signed events, and computes with them so that anyone can check the result.",
        )?;

        self.step(1, "A Git repository, and a key to sign with")?;
        let store = GitStore::init(&self.path, false)?;
        let project = Project::of(store);
        let actor = ActorId::parse("user:demo")?;
        let seed = os_random::<32>()?;
        project.store.keys().create(&actor, &seed).map_err(crate::project::key_failure)?;
        project.publish_key(&actor)?;
        self.tell(format!("{} · {actor}", self.path.display()))?;

        self.step(2, "20 000 real events: the newest commits of curl, one signed event each")?;
        let journal = JournalId::new(Namespace::parse("commits")?, actor.clone());
        let clock = Instant::now();
        let mut lines = Lines::from_reader(Box::new(Cursor::new(CORPUS)), PathBuf::from("curl-20k.jsonl.gz"))?;
        let context = Context::new(*out, None);
        let report = import_lines(&context, &project, journal.clone(), LineOptions::new()?, &mut lines)?;
        let import_time = clock.elapsed();
        self.tell(format!(
            "{} events on {} in {} ({})",
            grouped(report.added),
            journal.ref_name(),
            span(import_time),
            rate(report.added, import_time)
        ))?;

        self.step(3, "A fold: a small pure program over events, compiled to portable code")?;
        let file = self.path.join("gatos/folds/authors.lua");
        files::write_new(&file, PROGRAM.as_bytes())?;
        let program = toolchain::load(&file, KindChoice::Fold, out)?;
        self.tell("function M.fold(state, event)\n  local author = event.payload.author\n  state[author] = (state[author] or 0) + 1\n  return state\nend")?;
        self.tell(format!("fold_root {}\nengine    {ENGINE_ID}", program.program.fold_root()))?;

        self.step(4, "Run it; state and a signed proof become a checkpoint in the same repository")?;
        let key = project.trusted_key(&actor)?;
        let job = Job {
            project: &project,
            ns: &journal.ns,
            channel: None,
            program: &program,
            limits: Limits::DEFAULT,
            actor: &actor,
            key: &key,
            rewritten_history: false,
            admit: &|_| Ok(()),
        };
        let folded = fold_engine::fold(out, &job)?;
        let commit = folded.published.commit;
        self.tell(format!(
            "{} events in {} ({}), every signature checked on the way",
            grouped(folded.new_events),
            span(folded.took),
            rate(folded.new_events, folded.took)
        ))?;
        self.tell(format!("state_root {}", folded.proof.proof.state_root))?;
        self.tell(format!("most commits: {}", most(&folded.state)))?;
        self.tell(format!("commit {commit} on {}", folded.published.state_ref))?;

        self.step(5, "Verify it as a stranger would: recompute everything from the events")?;
        let holds = verify::verify(out, &project, &commit)?;
        self.tell(format!(
            "holds: {} events checked in {} ({})",
            grouped(holds.proof.usage.events),
            span(holds.took),
            rate(holds.proof.usage.events, holds.took)
        ))?;

        self.step(6, "Now change one byte of history, carefully enough that Git is content")?;
        let forged = forge(&project, &journal)?;
        self.tell(format!("event {}: its author {} becomes {}", forged.ulid, forged.was, forged.now))?;
        self.tell(format!(
            "its hash in the commit is corrected, {} commits after it are made anew, the journal's ref is moved",
            forged.rewritten
        ))?;
        if let Some(verdict) = git_fsck(&self.path) {
            self.tell(format!("git fsck --strict: {verdict}"))?;
        }
        let caught = match verify::verify(out, &project, &commit) {
            Err(failure) if failure.exit == crate::failure::Exit::No => failure,
            Err(failure) => return Err(failure),
            Ok(_) => {
                return Err(Failure::no("the changed event was not noticed").help("this is a bug: please report it"));
            }
        };
        self.tell("gatos fold verify refs/gatos/state/commits: exit 1")?;
        self.tell(caught.to_string())?;

        out.line(format!(
            "\nIn {}: {} events signed into Git at {}, folded at {}, verified at {}; one changed byte was caught.",
            span(started.elapsed()),
            grouped(report.added),
            rate(report.added, import_time),
            rate(folded.new_events, folded.took),
            rate(holds.proof.usage.events, holds.took)
        ))?;
        out.line("Next: `gatos init` in a repository of your own, and docs/getting-started.md.")
    }
}

fn rate(events: u64, time: Duration) -> String {
    let per_second = u128::from(events) * 1_000_000 / time.as_micros().max(1);
    format!("{}/s", grouped(per_second as u64))
}

/// The five authors with most commits.
fn most(state: &[u8]) -> String {
    let value = gatos_canon::Value::from_json_bytes(state).ok();
    let map = value.as_ref().and_then(gatos_canon::Value::as_map);
    let mut counts: Vec<(i64, &str)> =
        map.into_iter().flat_map(|m| m.iter()).filter_map(|(name, n)| Some((n.as_int()?, name))).collect();
    counts.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    let top: Vec<String> = counts.iter().take(5).map(|(n, name)| format!("{name} {n}")).collect();
    format!("{} (of {} authors)", top.join(", "), counts.len())
}

/// What was changed.
struct Forged {
    ulid: gatos_ledger_core::ulid::Ulid,
    was: String,
    now: String,
    rewritten: usize,
}

/// Changes one byte of one event, and makes it and every commit after it anew, so that every
/// object's hash is right again. What cannot be made anew without the key is the signature.
fn forge(project: &Project, journal: &JournalId) -> Result<Forged> {
    let store = &project.store;
    let name = journal.ref_name();
    let unexpected = |what: &str| Failure::no(format!("the demo's journal has {what}"));
    let head = store.get_ref(&name)?.ok_or_else(|| unexpected("no events"))?;
    let events: Vec<_> = store.read_events(journal, None, &head)?.collect::<std::result::Result<_, _>>()?;
    let from = events.len().saturating_sub(FROM_THE_END);
    let (before, tail) = events.split_at(from);
    let mut parent = before.last().map(|recorded| recorded.commit);
    let mut forged = None;
    for recorded in tail {
        let event = &recorded.event;
        let mut bytes = event.bytes.clone();
        let mut message = store.read_commit(&recorded.commit)?.message;
        if forged.is_none() {
            let whole = event.decode().map_err(|e| Failure::no(e.to_string()))?;
            let was = whole.payload.get("author").and_then(gatos_canon::Value::as_text).unwrap_or_default().to_owned();
            let at = bytes.windows(was.len().max(1)).rposition(|window| window == was.as_bytes());
            let last = at.map(|at| at + was.len() - 1).ok_or_else(|| unexpected("an event without author"))?;
            if let Some(byte) = bytes.get_mut(last) {
                *byte = if *byte == b'0' { b'1' } else { b'0' };
            }
            let now = String::from_utf8_lossy(bytes.get(last + 1 - was.len()..=last).unwrap_or_default()).into_owned();
            message = message.replace(&event.cid.to_string(), &Cid::of(&bytes).to_string());
            forged = Some(Forged { ulid: event.header.ulid, was, now, rewritten: tail.len() - 1 });
        }
        let commit = store.write_commit(&NewCommit {
            files: BTreeMap::from([("event.cbor".to_owned(), bytes)]),
            parents: parent.into_iter().collect(),
            actor: event.header.actor.clone(),
            time_s: event.header.ulid.time_ms() / 1000,
            message,
        })?;
        parent = Some(commit);
    }
    let new = parent.ok_or_else(|| unexpected("no events"))?;
    store.swap_ref(&name, Some(&head), &new)?;
    forged.ok_or_else(|| unexpected("no events"))
}

/// What Git itself says of the repository; nothing when there is no `git` to ask.
fn git_fsck(path: &Path) -> Option<String> {
    let done = Command::new("git")
        .arg("-C")
        .arg(path)
        .args(["fsck", "--strict", "--no-dangling", "--no-progress"])
        .output()
        .ok()?;
    match done.status.success() {
        true => Some("nothing wrong".to_owned()),
        false => Some(String::from_utf8_lossy(&done.stderr).lines().next().unwrap_or("failed").to_owned()),
    }
}
