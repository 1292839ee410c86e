//! Diagnostics: of an edited file at once, of files that it touches when the hands rest, of closed files in the
//! background; pushed or pulled. What is sent is always of the newest text: later texts cancel earlier runs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use gatos_ide::{Cancel, File};
use tower_lsp::ls_types::{Diagnostic, DiagnosticSeverity, Position, Range};

use crate::disk::Trouble;
use crate::lanes::Lane;
use crate::report::{What, guard, hash};
use crate::shared::{Again, Shared, lock};
use crate::view::View;
use crate::wants::Delivery;
use crate::{convert, uri};

/// Edits that follow each other faster than this are one burst: only its last text is judged at once.
const BURST: Duration = Duration::from_millis(40);
/// How long a burst is waited for.
const DEBOUNCE: Duration = Duration::from_millis(15);
/// How long hands rest before other files are judged.
const REST: Duration = Duration::from_millis(200);
/// How long hands rest before the repository is asked.
const LIVE_REST: Duration = Duration::from_millis(700);

/// How often the events of a project are looked at.
const SAMPLE_EVERY: Duration = Duration::from_secs(60);

/// Diagnostics of one file at one moment.
#[derive(Debug)]
pub struct Judged {
    /// The file.
    pub path: String,
    /// Its generation when it was judged.
    pub generation: u64,
    /// What was found.
    pub items: Vec<Diagnostic>,
}

/// Runs under way, and what waits.
#[derive(Default, Debug)]
pub struct Runs {
    now: Mutex<BTreeMap<String, (Cancel, Instant)>>,
    live: Mutex<BTreeMap<String, Cancel>>,
    waiting: Mutex<BTreeSet<String>>,
    /// Hashes of what was sent for closed files: the same is not sent twice.
    sent: Mutex<BTreeMap<String, u64>>,
    /// What clients that pull were told: generation and name of the answer.
    surveyed: Mutex<BTreeMap<String, (u64, String)>>,
}

/// All diagnostics of a known file.
fn judge(
    shared: &Shared,
    view: &View,
    file: &File,
    live: &[gatos_ide::Diagnostic],
    troubles: &[Trouble],
) -> Vec<Diagnostic> {
    let page = |code: &str| shared.pages.of(code);
    let known = view.snapshot.file(file.id);
    let found = known.map(|file| gatos_ide::diagnostics(&view.snapshot, file)).unwrap_or_default();
    let found = found.iter().chain(live).map(|d| convert::diagnostic(view, file, d, &page));
    found.chain(troubles.iter().map(trouble)).collect()
}

/// What is wrong with a whole file, as a diagnostic of a line.
pub fn trouble(from: &Trouble) -> Diagnostic {
    let at = |character| Position { line: from.line, character };
    Diagnostic {
        range: Range { start: at(0), end: at(1) },
        severity: Some(if from.is_error { DiagnosticSeverity::ERROR } else { DiagnosticSeverity::WARNING }),
        source: Some("gatos".to_owned()),
        message: from.message.clone(),
        ..Diagnostic::default()
    }
}

/// What is needed to judge a path, taken at one moment.
pub struct Case {
    path: String,
    generation: u64,
    live: Vec<gatos_ide::Diagnostic>,
    troubles: Vec<Trouble>,
}

impl Shared {
    /// A case.
    pub fn case(&self, path: &str) -> Case {
        let core = self.core();
        Case {
            path: path.to_owned(),
            generation: core.generation(path),
            live: core.doc(path).map(|doc| doc.live.clone()).unwrap_or_default(),
            troubles: core.troubles.get(path).cloned().unwrap_or_default(),
        }
    }

    /// Judges a case in a view.
    pub fn decide(&self, view: &View, case: Case) -> Judged {
        let items = match view.snapshot.at(&case.path) {
            Some(file) => judge(self, view, file, &case.live, &case.troubles),
            None => case.troubles.iter().map(trouble).collect(),
        };
        Judged { path: case.path, generation: case.generation, items }
    }

    /// A file was edited, and these may be judged anew with it.
    pub fn edited(self: &Arc<Self>, path: &str, affected: BTreeSet<String>) {
        if self.wants().delivery == Delivery::Push {
            self.now(path);
        }
        self.later(affected.into_iter().filter(|other| other != path));
        self.live_soon(path);
    }

    /// These wait to be judged.
    pub fn later(&self, paths: impl IntoIterator<Item = String>) {
        let mut waiting = lock(&self.runs.waiting);
        waiting.extend(paths);
        if !waiting.is_empty() {
            self.wake.notify_one();
        }
    }

    /// Judges a file at once, and gives up what was under way for it.
    pub fn now(self: &Arc<Self>, path: &str) {
        let cancel = Cancel::new();
        let before = lock(&self.runs.now).insert(path.to_owned(), (cancel.clone(), Instant::now()));
        let in_burst = before.is_some_and(|(old, since)| {
            old.cancel();
            self.lanes.stir();
            since.elapsed() < BURST
        });
        let (shared, path) = (self.clone(), path.to_owned());
        tokio::spawn(async move {
            if in_burst {
                tokio::time::sleep(DEBOUNCE).await;
            }
            if cancel.is_cancelled() {
                return;
            }
            shared.judge_one(&path, &cancel).await;
        });
    }

    async fn judge_one(self: &Arc<Self>, path: &str, cancel: &Cancel) {
        let case = self.case(path);
        let view = self.view(cancel);
        let what = self.what("diagnostics", &view, path);
        let shared = self.clone();
        let outcome = self.lanes.run_of(Lane::Judging, Some(path), cancel, move || shared.decide(&view, case)).await;
        // A run that was given up is followed by another.
        if let Ok(judged) = self.outcome(&what, outcome).await {
            let _ = self.outbox.send(judged);
        }
    }

    /// What is being done, for reports.
    pub fn what(&self, method: &'static str, view: &View, path: &str) -> What {
        let text = view.snapshot.at(path).map(|file| (file.text.len(), hash(file.text.as_bytes())));
        What { method, path: path.to_owned(), text }
    }

    /// Sends one file's diagnostics, unless they are of an older text.
    pub async fn publish(&self, judged: Judged) {
        let (uri, version, is_ours) = {
            let core = self.core();
            if core.generation(&judged.path) != judged.generation {
                return;
            }
            let is_ours = core.host.file(&judged.path).is_some();
            let doc = core.doc(&judged.path).map(|doc| (doc.uri.clone(), Some(doc.version)));
            let (uri, version) =
                doc.map_or_else(|| (uri::uri_of(&judged.path), None), |(uri, version)| (Some(uri), version));
            (uri, version, is_ours)
        };
        let Some(uri) = uri else { return };
        let print = serde_json::to_vec(&judged.items).map_or(0, |bytes| hash(&bytes));
        {
            let mut sent = lock(&self.runs.sent);
            let known = sent.get(&judged.path).copied();
            let nothing = known.is_none() && judged.items.is_empty();
            // Of an open document every version is told, so that an editor knows that it is up to date; but nothing
            // of files that are not ours.
            if (version.is_none() || !is_ours) && (known == Some(print) || nothing) {
                return;
            }
            match judged.items.is_empty() && version.is_none() {
                true => _ = sent.remove(&judged.path),
                false => _ = sent.insert(judged.path.clone(), print),
            }
        }
        self.client.publish_diagnostics(uri, judged.items, version).await;
    }

    /// Judges what waits, whenever hands rest. Runs as long as the server.
    pub async fn judge_waiting(self: Arc<Self>) {
        loop {
            self.wake.notified().await;
            loop {
                tokio::time::sleep(REST).await;
                if self.closed.is_cancelled() {
                    return;
                }
                let recent = lock(&self.runs.now).values().any(|(_, since)| since.elapsed() < REST);
                if recent {
                    continue;
                }
                let paths: Vec<String> = {
                    let mut waiting = lock(&self.runs.waiting);
                    std::mem::take(&mut *waiting).into_iter().collect()
                };
                if paths.is_empty() {
                    break;
                }
                self.judge_these(paths).await;
            }
        }
    }

    async fn judge_these(self: &Arc<Self>, paths: Vec<String>) {
        let wants = self.wants();
        if wants.delivery == Delivery::Pull {
            self.again(&[Again::Diagnostics]);
            return;
        }
        // Those that people look at first.
        let open: BTreeSet<String> = self.core().open_paths().into_iter().collect();
        let (mut first, rest): (Vec<String>, Vec<String>) = paths.into_iter().partition(|path| open.contains(path));
        if wants.all_files {
            first.extend(rest);
        }
        self.judge_all(Arc::new(first), &Cancel::new(), Arc::new(AtomicUsize::new(0))).await;
    }

    /// Judges many files on the wide lane; `done` counts them.
    pub async fn judge_all(self: &Arc<Self>, paths: Arc<Vec<String>>, cancel: &Cancel, done: Arc<AtomicUsize>) {
        /// Files a snapshot is kept for: a change while one is alive costs a copy of the list of files.
        const CHUNK: usize = 16;
        let next = Arc::new(AtomicUsize::new(0));
        let workers = crate::lanes::WIDE.min(paths.len().div_ceil(CHUNK));
        let work = (0..workers).map(|_| {
            let (shared, paths, next, done, stop) =
                (self.clone(), paths.clone(), next.clone(), done.clone(), cancel.clone());
            async move {
                loop {
                    let from = next.fetch_add(CHUNK, Ordering::Relaxed);
                    if from >= paths.len() || stop.is_cancelled() || shared.closed.is_cancelled() {
                        return;
                    }
                    let (inner, those, done) = (shared.clone(), paths.clone(), done.clone());
                    let cancel = stop.clone();
                    let outcome = shared
                        .lanes
                        .run(Lane::Wide, &stop, move || {
                            let chunk = those.get(from..).unwrap_or_default().iter().take(CHUNK);
                            inner.judge_chunk(chunk, &cancel, &done)
                        })
                        .await;
                    for (what, crash) in outcome.into_iter().flatten() {
                        shared.crashed(&what, &crash).await;
                    }
                }
            }
        });
        futures::future::join_all(work).await;
    }

    /// Judges a few files one after the other; gives what crashed.
    fn judge_chunk<'p>(
        &self,
        paths: impl Iterator<Item = &'p String>,
        cancel: &Cancel,
        done: &AtomicUsize,
    ) -> Vec<(What, crate::report::Crash)> {
        let mut crashes = Vec::new();
        let view = self.view(cancel);
        for path in paths {
            if cancel.is_cancelled() || self.closed.is_cancelled() {
                break;
            }
            let case = self.case(path);
            match guard(|| self.decide(&view, case)) {
                Ok(judged) => _ = self.outbox.send(judged),
                Err(crash) => crashes.push((self.what("diagnostics", &view, path), crash)),
            }
            self.settle(&view, path);
            done.fetch_add(1, Ordering::Relaxed);
        }
        crashes
    }

    /// The name of the answer that was given about a file, if it may not have changed since.
    pub fn surveyed(&self, path: &str, generation: u64) -> Option<String> {
        let surveyed = lock(&self.runs.surveyed);
        surveyed.get(path).filter(|(of, _)| *of == generation).map(|(_, id)| id.clone())
    }

    /// Keeps the name of an answer.
    pub fn keep_survey(&self, path: &str, generation: u64, id: &str) {
        lock(&self.runs.surveyed).insert(path.to_owned(), (generation, id.to_owned()));
    }

    /// Keeps of a closed file what the workspace needs of it, and frees the rest.
    pub fn settle(&self, view: &View, path: &str) {
        let Some(file) = view.snapshot.at(path).filter(|file| !file.is_open) else { return };
        // A crash here has been told when it happened in the diagnostics before.
        let _ = guard(|| _ = gatos_ide::exported(&view.snapshot, file));
        let _ = guard(|| view.snapshot.forget(file.id));
    }

    /// Asks the repository about an open document once hands rest.
    pub fn live_soon(self: &Arc<Self>, path: &str) {
        if !self.wants().live || !uri::is_file(path) {
            return;
        }
        let cancel = Cancel::new();
        if let Some(old) = lock(&self.runs.live).insert(path.to_owned(), cancel.clone()) {
            old.cancel();
        }
        let (shared, path) = (self.clone(), path.to_owned());
        tokio::spawn(async move {
            tokio::time::sleep(LIVE_REST).await;
            if !cancel.is_cancelled() && !shared.closed.is_cancelled() {
                shared.ask_live(&path, &cancel).await;
            }
        });
    }

    async fn ask_live(self: &Arc<Self>, path: &str, cancel: &Cancel) {
        let Some(version) = self.core().doc(path).map(|doc| doc.version) else { return };
        let view = self.view(cancel);
        let Some(file) = view.snapshot.at(path).cloned() else { return };
        let root = view.snapshot.root_of(path).map(|root| root.path.to_string());
        self.sample(root, cancel).await;
        let view = self.view(cancel);
        let what = self.what("repository diagnostics", &view, path);
        let world = self.services.world.clone();
        let ask = move || gatos_ide::live::diagnostics(&view.snapshot, &*world, &file);
        let outcome = self.lanes.run_of(Lane::Folding, Some(path), cancel, ask).await;
        let Ok(live) = self.outcome(&what, outcome).await else { return };
        if !self.core().keep_live(path, version, live) {
            return;
        }
        match self.wants().delivery {
            Delivery::Push => self.now(path),
            Delivery::Pull => self.again(&[Again::Diagnostics]),
        }
    }

    /// Looks at the newest events of a fold's project now and then: completion and types know their fields.
    async fn sample(self: &Arc<Self>, root: Option<String>, cancel: &Cancel) {
        let Some(root) = root else { return };
        {
            let mut sampled = lock(&self.sampled);
            if sampled.get(&root).is_some_and(|at| at.elapsed() < SAMPLE_EVERY) {
                return;
            }
            sampled.insert(root.clone(), Instant::now());
        }
        let (settings, here, stop) = (self.services.settings.clone(), root.clone(), cancel.clone());
        let looked = self.lanes.run(Lane::Live, cancel, move || settings.samples(&here, &stop)).await;
        // A journal that cannot be read is told by those who need it.
        let Ok(Ok(samples)) = looked else {
            lock(&self.sampled).remove(&root);
            return;
        };
        let affected = self.core().sampled(&root, samples);
        if !affected.is_empty() {
            self.later(affected);
            self.again(&[Again::Hints]);
        }
    }

    /// A document was closed: nothing of it is under way any more.
    pub fn closed_doc(&self, path: &str) {
        if let Some((cancel, _)) = lock(&self.runs.now).remove(path) {
            cancel.cancel();
        }
        if let Some(cancel) = lock(&self.runs.live).remove(path) {
            cancel.cancel();
        }
        // What was sent with a version is sent once more without, if it is the same.
        lock(&self.runs.sent).insert(path.to_owned(), 0);
        lock(&self.sent).forget(path);
        self.passed(path);
    }
}
