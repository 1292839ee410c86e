//! Reading the disk: the first look at a workspace, what surrounds a file that was opened, what changed since.
//! Everything runs beside the answers; files are read in batches, and closed ones keep their summaries alone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use gatos_ide::Cancel;
use serde::Serialize;
use tower_lsp::ls_types::MessageType;
use tower_lsp::ls_types::notification::Notification;

use crate::capabilities::own;
use crate::core::Loaded;
use crate::disk::{self, Kind, Listing};
use crate::lanes::Lane;
use crate::progress::Progress;
use crate::shared::{Again, Shared};
use crate::wants::Delivery;

/// Files that are read before they are shown to questions: each time costs a copy of the list of files.
const BATCH: usize = 256;
/// How often a disk is looked at when the client does not watch it.
const POLL: Duration = Duration::from_secs(4);
/// How often modules of modules are looked for.
const MODULE_ROUNDS: usize = 16;

/// Tells that the first look is done.
pub enum Ready {}

/// What it says.
#[derive(Clone, PartialEq, Eq, Debug, serde::Deserialize, Serialize)]
pub struct ReadyParams {
    /// How many programs are known.
    pub files: usize,
}

impl Notification for Ready {
    type Params = ReadyParams;
    const METHOD: &'static str = own::READY;
}

/// Reads files.
pub fn load(paths: &[String]) -> Vec<Loaded> {
    let one = |path: &String| {
        let stat = disk::stat(path);
        let text = if stat.is_some() { disk::read(path) } else { Err(None) };
        Loaded { path: path.clone(), stat, text }
    };
    paths.iter().map(one).collect()
}

impl Shared {
    /// The first look at the workspace.
    pub async fn first_look(self: Arc<Self>) {
        let folders = self.core().folders.clone();
        self.look(folders, "Looking at folds and policies").await;
        self.is_ready.store(true, Ordering::Relaxed);
        let files = {
            let (snapshot, _) = self.core().snapshot(Cancel::new());
            snapshot.files().count()
        };
        self.client.send_notification::<Ready>(ReadyParams { files }).await;
    }

    /// Finds, reads and judges what lies in folders.
    pub async fn look(self: &Arc<Self>, folders: Vec<String>, title: &str) {
        if folders.is_empty() {
            return;
        }
        let cancel = Cancel::new();
        let progress = Progress::begin(self, title, None, Some(&cancel));
        progress.step(0, 0, "finding files");
        let wanted = folders.clone();
        let found = self.lanes.run(Lane::Wide, &cancel, move || {
            let mut all = Listing::default();
            for folder in &wanted {
                let listing = disk::list(folder);
                all.files.extend(listing.files);
                all.roots.extend(listing.roots);
                all.is_cut |= listing.is_cut;
                // A folder inside of a project belongs to it.
                all.roots.extend(disk::root_above(&format!("{folder}/.")));
            }
            all
        });
        let Ok(listing) = found.await else { return };
        if listing.is_cut {
            let message = "the workspace holds more files than are looked at; some folds and policies may be missing";
            self.client.log_message(MessageType::WARNING, message).await;
        }
        self.core().add_projects(listing.roots);
        self.configure().await;
        let paths: Vec<String> = listing.files.into_keys().collect();
        self.read_in(&paths, &cancel, &progress).await;
        let judged = {
            let core = self.core();
            let (snapshot, _) = core.snapshot(Cancel::new());
            let mine = |path: &str| folders.iter().any(|folder| crate::core::is_below(path, folder));
            let mut all: BTreeSet<String> = snapshot.files().map(|f| f.path.to_string()).filter(|p| mine(p)).collect();
            all.extend(core.troubles.keys().cloned());
            all
        };
        self.judge_found(judged, &cancel, &progress).await;
    }

    async fn judge_found(self: &Arc<Self>, found: BTreeSet<String>, cancel: &Cancel, progress: &Progress) {
        let wants = self.wants();
        if wants.delivery == Delivery::Pull {
            self.again(&[Again::Diagnostics, Again::Lenses]);
            return;
        }
        let open: BTreeSet<String> = self.core().open_paths().into_iter().collect();
        let (mut paths, rest): (Vec<String>, Vec<String>) = found.into_iter().partition(|path| open.contains(path));
        if wants.all_files {
            paths.extend(rest);
        }
        let all = paths.len();
        let done = Arc::new(AtomicUsize::new(0));
        let counter = done.clone();
        let steps = progress.steps();
        let telling = tokio::spawn(async move {
            loop {
                let n = counter.load(Ordering::Relaxed);
                if n >= all || steps.send((n as u64, all as u64, format!("{n} of {all} files"))).is_err() {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        });
        self.judge_all(Arc::new(paths), cancel, done.clone()).await;
        telling.abort();
        progress.step(all as u64, all as u64, format!("{} files", done.load(Ordering::Relaxed)));
    }

    /// Reads files and shows them to questions.
    async fn read_in(self: &Arc<Self>, paths: &[String], cancel: &Cancel, progress: &Progress) -> BTreeSet<String> {
        let mut affected = BTreeSet::new();
        let all = paths.len() as u64;
        for (i, batch) in paths.chunks(BATCH).enumerate() {
            progress.step((i * BATCH) as u64, all, format!("reading {all} files"));
            let batch = batch.to_vec();
            let known: BTreeSet<String> = {
                let core = self.core();
                batch.iter().filter(|path| core.disk.contains_key(*path)).cloned().collect()
            };
            // Lua files elsewhere are mostly of others: only their beginning is read.
            let read = move || {
                let may_be_ours =
                    |path: &String| disk::kind_of(path) != Some(Kind::PerhapsFold) || known.contains(path);
                let ours = |path: &String| may_be_ours(path) || disk::is_marked(path);
                let (ours, _): (Vec<String>, Vec<String>) = batch.into_iter().partition(ours);
                load(&ours)
            };
            let Ok(loaded) = self.lanes.run(Lane::Wide, cancel, read).await else { break };
            affected.extend(self.core().take_in(loaded));
        }
        affected.extend(self.read_modules(None).await);
        affected
    }

    /// Reads the modules that folds require and nobody has read yet.
    async fn read_modules(self: &Arc<Self>, of: Option<&str>) -> BTreeSet<String> {
        let mut affected = BTreeSet::new();
        for round in 0..MODULE_ROUNDS {
            // Modules of modules are those of all that was read.
            let of = of.filter(|_| round == 0);
            let missing = self.core().missing_modules(of);
            if missing.is_empty() {
                break;
            }
            let Ok(loaded) = self.lanes.run(Lane::Wide, &Cancel::new(), move || load(&missing)).await else { break };
            affected.extend(self.core().take_in(loaded));
        }
        affected
    }

    /// Reads the settings of all projects; what lies in those whose settings are others now is judged anew.
    pub async fn configure(self: &Arc<Self>) {
        let roots = self.core().roots();
        let settings = self.services.settings.clone();
        let read = move || {
            let mut all = Vec::new();
            let mut troubles: BTreeMap<String, Vec<disk::Trouble>> = BTreeMap::new();
            for root in roots {
                let (root, wrong) = settings.root(&root);
                all.push(root);
                for trouble in wrong {
                    let those = troubles.entry(trouble.path.clone()).or_default();
                    // A file that two projects share is wrong once.
                    if !those.contains(&trouble) {
                        those.push(trouble);
                    }
                }
            }
            (all, troubles.into_values().flatten().collect::<Vec<_>>())
        };
        let Ok((roots, troubles)) = self.lanes.run(Lane::Live, &Cancel::new(), read).await else { return };
        let affected = self.core().configure(roots, troubles);
        // The first look judges everything anyway.
        if self.is_ready.load(Ordering::Relaxed) {
            self.later(affected);
            // Limits may be others.
            let open = self.core().open_paths();
            open.iter().for_each(|path| self.live_soon(path));
        }
    }

    /// A document was opened or edited: what it needs from disk is read.
    pub fn surround(self: &Arc<Self>, path: &str, is_new: bool) {
        let (needs, is_outside) = {
            let core = self.core();
            (
                !core.missing_modules(Some(path)).is_empty(),
                is_new && !core.in_folders(path) && crate::uri::is_file(path),
            )
        };
        if !needs && !is_outside {
            return;
        }
        let (shared, path) = (self.clone(), path.to_owned());
        tokio::spawn(async move {
            let mut affected = BTreeSet::new();
            if is_outside {
                affected.extend(shared.look_around(&path).await);
            }
            affected.extend(shared.read_modules(Some(&path)).await);
            if !affected.is_empty() {
                shared.edited(&path, affected);
            }
        });
    }

    /// Reads what belongs to a file outside of all folders: its project, or its neighbours.
    async fn look_around(self: &Arc<Self>, path: &str) -> BTreeSet<String> {
        let here = path.to_owned();
        let find = move || {
            let root = disk::root_above(&here);
            let files: Vec<String> = match &root {
                Some(root) => disk::list(&format!("{root}/gatos")).files.into_keys().collect(),
                None if here.ends_with(".rgs") => {
                    let folder = here.rsplit_once('/').map(|(folder, _)| folder).unwrap_or_default();
                    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().take(1_000);
                    let paths = entries.map(|entry| crate::uri::slashed(&entry.path()));
                    paths.filter(|path| path.ends_with(".rgs")).collect()
                }
                None => Vec::new(),
            };
            (root, files)
        };
        let Ok((root, files)) = self.lanes.run(Lane::Wide, &Cancel::new(), find).await else { return BTreeSet::new() };
        let is_new = self.core().add_projects(root);
        if is_new {
            self.configure().await;
        }
        let silent = Progress::silent();
        self.read_in(&files, &Cancel::new(), &silent).await
    }

    /// A document was closed: its file counts again.
    pub fn reread(self: &Arc<Self>, path: String) {
        let shared = self.clone();
        tokio::spawn(async move {
            let here = path.clone();
            let read = move || load(std::slice::from_ref(&here));
            let Ok(loaded) = shared.lanes.run(Lane::Wide, &Cancel::new(), read).await else { return };
            let mut affected = shared.core().take_in(loaded);
            affected.insert(path);
            shared.later(affected);
        });
    }

    /// Files changed on disk, or folders.
    pub fn disk_changed(self: &Arc<Self>, paths: Vec<String>) {
        let shared = self.clone();
        tokio::spawn(async move { shared.take_changes(paths).await });
    }

    async fn take_changes(self: &Arc<Self>, paths: Vec<String>) {
        let mut files: BTreeSet<String> = BTreeSet::new();
        let mut configured: BTreeSet<String> = BTreeSet::new();
        let mut head = false;
        for path in paths {
            head |= path.contains("/.git/");
            match disk::kind_of(&path) {
                Some(Kind::Config) => {
                    configured.extend(disk::project_of(&path).map(str::to_owned));
                    files.insert(path);
                }
                Some(_) => _ = files.insert(path),
                None => {
                    // Perhaps a folder: what was in it, and what is in it now.
                    let known = self.core();
                    let in_folders = known.in_folders(&path);
                    files.extend(known.disk.keys().filter(|file| crate::core::is_below(file, &path)).cloned());
                    drop(known);
                    if in_folders && !path.contains("/.git/") && std::path::Path::new(&path).is_dir() {
                        let listing = disk::list(&path);
                        let new = self.core().add_projects(listing.roots);
                        if new {
                            configured.insert(path.clone());
                        }
                        files.extend(listing.files.into_keys());
                    }
                }
            }
        }
        let files: Vec<String> = files.into_iter().collect();
        // A new project is one whose first file appears.
        let roots: BTreeSet<String> = files.iter().filter_map(|p| disk::project_of(p)).map(str::to_owned).collect();
        let has_new_project = {
            let mut core = self.core();
            let inside = roots.into_iter().filter(|root| core.in_folders(root)).collect::<Vec<_>>();
            core.add_projects(inside)
        };
        let silent = Progress::silent();
        let affected = self.read_in(&files, &Cancel::new(), &silent).await;
        let open: Vec<String> = self.core().open_paths();
        let touched: Vec<String> = open.iter().filter(|path| affected.contains(*path)).cloned().collect();
        self.later(affected);
        if has_new_project || !configured.is_empty() {
            self.configure().await;
        }
        if head {
            open.iter().for_each(|path| self.live_soon(path));
            self.again(&[Again::Lenses]);
        }
        if !touched.is_empty() {
            self.again(&[Again::Tokens, Again::Hints, Again::Lenses]);
        }
    }

    /// Looks at the disk now and then, for clients that do not watch it. Runs as long as the server.
    pub async fn poll_disk(self: Arc<Self>) {
        loop {
            tokio::time::sleep(POLL).await;
            if self.closed.is_cancelled() {
                return;
            }
            let (folders, known) = {
                let core = self.core();
                (core.folders.clone(), core.disk.clone())
            };
            let look = move || {
                let mut changed: Vec<String> = Vec::new();
                for folder in &folders {
                    let listing = disk::list(folder);
                    let is_cut = listing.is_cut;
                    let gone = known.keys().filter(|path| crate::core::is_below(path, folder));
                    changed.extend(gone.filter(|path| !is_cut && !listing.files.contains_key(*path)).cloned());
                    let other = listing.files.into_iter().filter(|(path, stat)| known.get(path) != Some(stat));
                    // What was never read stays unread as long as it says nothing: it is cheap to look again.
                    changed.extend(other.map(|(path, _)| path).filter(|path| {
                        known.contains_key(path)
                            || disk::kind_of(path) != Some(Kind::PerhapsFold)
                            || disk::is_marked(path)
                    }));
                }
                changed
            };
            let Ok(changed) = self.lanes.run(Lane::Wide, &Cancel::new(), look).await else { continue };
            if !changed.is_empty() {
                self.take_changes(changed).await;
            }
        }
    }

    /// The folders that the client has open are now these.
    pub fn folders_changed(self: &Arc<Self>, added: Vec<String>, removed: &[String]) {
        let affected = {
            let mut core = self.core();
            let mut folders: Vec<String> = core.folders.iter().filter(|f| !removed.contains(f)).cloned().collect();
            folders.extend(added.iter().filter(|f| !core.folders.contains(f)).cloned());
            core.set_folders(folders)
        };
        self.later(affected);
        let shared = self.clone();
        tokio::spawn(async move {
            shared.configure().await;
            shared.look(added, "Looking at folds and policies").await;
        });
    }
}
