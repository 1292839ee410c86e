//! What all answers share: the client, the state, the lanes. A question takes its snapshot at once, in the order in
//! which it arrived, and runs on a thread of its lane.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use gatos_analysis::Samples;
use gatos_ide::world::World;
use gatos_ide::{Cancel, File, Root};
use serde_json::{Value, json};
use tokio::sync::{Notify, mpsc};
use tower_lsp::Client;
use tower_lsp::jsonrpc::{Error, ErrorCode, Result};
use tower_lsp::ls_types::{ClientCapabilities, MessageType, Uri};

use crate::core::Core;
use crate::disk::Trouble;
use crate::judge::{Judged, Runs};
use crate::lanes::{Broken, CancelOnDrop, Lane, Lanes};
use crate::pages::Pages;
use crate::report::{Reports, What, hash};
use crate::tokens::Sent;
use crate::uri::path_of;
use crate::view::View;
use crate::wants::{Wants, over};

/// How long a client may take to answer what we ask. Nothing waits for it that people wait for.
pub const CLIENT_PATIENCE: Duration = Duration::from_secs(10);
/// Requests fail for a reason that people can read.
const REQUEST_FAILED: ErrorCode = ErrorCode::ServerError(-32803);
/// The server gave a request up; the client may ask again.
const SERVER_CANCELLED: ErrorCode = ErrorCode::ServerError(-32802);

/// What is known of a project beyond its programs.
pub trait Settings: Send + Sync {
    /// The settings of the project at a path, and what is wrong with the files that hold them; what cannot be
    /// understood has its default.
    fn root(&self, path: &str) -> (Root, Vec<Trouble>);

    /// What the newest events around a path look like; nothing where there are none.
    ///
    /// # Errors
    /// When the repository cannot be read.
    fn samples(&self, path: &str, cancel: &Cancel) -> std::result::Result<Samples, String>;
}

/// What the server is given.
#[derive(Clone)]
pub struct Services {
    /// Repositories.
    pub world: Arc<dyn World>,
    /// Settings of projects.
    pub settings: Arc<dyn Settings>,
    /// The version of GATOS.
    pub version: String,
    /// A folder to write crash reports and pages of codes into.
    pub state: PathBuf,
}

/// What all answers share.
pub struct Shared {
    /// The client.
    pub client: Client,
    /// What was given.
    pub services: Services,
    /// What is known.
    core: Mutex<Core>,
    /// What the client said of itself, what follows from it, and what it wished for at the start.
    wants: Mutex<(ClientCapabilities, Arc<Wants>, Value)>,
    /// Where work runs.
    pub lanes: Lanes,
    /// Where crashes are written.
    pub reports: Reports,
    /// Pages of codes.
    pub pages: Pages,
    /// Semantic tokens that were sent.
    pub sent: Mutex<Sent>,
    /// Answers about a file that is being edited are asked for again anyway: a change cancels them.
    passing: Mutex<BTreeMap<String, Vec<Cancel>>>,
    /// Work that the client may cancel by the token of its progress.
    pub cancels: Mutex<BTreeMap<String, Cancel>>,
    /// When the events of each project were looked at last.
    pub sampled: Mutex<BTreeMap<String, std::time::Instant>>,
    /// Names of progress of our own.
    next_token: AtomicU32,
    /// Diagnostics under way.
    pub runs: Runs,
    /// Diagnostics on their way out.
    pub outbox: mpsc::UnboundedSender<Judged>,
    /// Wakes the one who judges what waits.
    pub wake: Notify,
    /// Whether the first look at the workspace is done.
    pub is_ready: AtomicBool,
    /// Set when the client is gone.
    pub closed: Cancel,
    /// Refreshes that the client did not answer yet, by their kind.
    refreshing: [AtomicBool; 4],
}

/// The kinds of thing that the client may be told to ask for again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the names of the protocol")]
pub enum Again {
    Tokens,
    Lenses,
    Hints,
    Diagnostics,
}

/// Takes a lock. A thread that crashed while it held one has left the value as it was: all changes behind these
/// locks are single steps.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An error with words for people.
pub fn failed(message: impl Into<String>) -> Error {
    Error { code: REQUEST_FAILED, message: message.into().into(), data: None }
}

/// An error for a request that makes no sense.
pub fn invalid(message: impl Into<String>) -> Error {
    Error { code: ErrorCode::InvalidParams, message: message.into().into(), data: None }
}

/// The error for pulled diagnostics that were given up: the client asks again.
pub fn ask_again() -> Error {
    Error {
        code: SERVER_CANCELLED,
        message: "the text changed".into(),
        data: Some(json!({ "retriggerRequest": true })),
    }
}

impl Shared {
    /// For a client that has said nothing yet.
    pub fn new(client: Client, services: Services, outbox: mpsc::UnboundedSender<Judged>) -> Shared {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let capabilities = ClientCapabilities::default();
        let wants = Arc::new(Wants::new(&capabilities, None));
        Shared {
            client,
            reports: Reports::new(services.state.clone(), &services.version),
            pages: Pages::new(services.state.join(format!("explain-{}", services.version))),
            services,
            core: Mutex::default(),
            wants: Mutex::new((capabilities, wants, Value::Null)),
            lanes: Lanes::new(cores),
            sent: Mutex::default(),
            passing: Mutex::default(),
            cancels: Mutex::default(),
            sampled: Mutex::default(),
            next_token: AtomicU32::new(0),
            runs: Runs::default(),
            outbox,
            wake: Notify::new(),
            is_ready: AtomicBool::new(false),
            closed: Cancel::new(),
            refreshing: Default::default(),
        }
    }

    /// What is known, for a moment.
    pub fn core(&self) -> MutexGuard<'_, Core> {
        lock(&self.core)
    }

    /// What the client can do.
    pub fn wants(&self) -> Arc<Wants> {
        lock(&self.wants).1.clone()
    }

    /// Takes note of what the client says of itself, or of new settings.
    pub fn set_wants(&self, capabilities: Option<ClientCapabilities>, options: Option<&Value>) {
        let mut wants = lock(&self.wants);
        let is_start = capabilities.is_some();
        if let Some(capabilities) = capabilities {
            wants.0 = capabilities;
            wants.2 = options.cloned().unwrap_or_default();
        }
        let options = over(&wants.2, options.unwrap_or(&Value::Null));
        let mut new = Wants::new(&wants.0, Some(&options));
        if !is_start {
            // What was agreed on at the start stays.
            (new.encoding, new.delivery) = (wants.1.encoding, wants.1.delivery);
        }
        wants.1 = Arc::new(new);
    }

    /// What a question sees.
    pub fn view(&self, cancel: &Cancel) -> View {
        let (snapshot, open) = self.core().snapshot(cancel.clone());
        View::new(snapshot, open, self.wants())
    }

    /// Asks about one file, on a lane; none when the file is not known.
    ///
    /// # Errors
    /// When the text changed meanwhile, or the answer crashed.
    pub async fn ask<T: Send + 'static>(
        &self,
        method: &'static str,
        lane: Lane,
        uri: &Uri,
        f: impl FnOnce(&View, &Arc<File>) -> T + Send + 'static,
    ) -> Result<Option<T>> {
        let path = path_of(uri);
        let cancel = Cancel::new();
        // Before anything is waited for, so that the question sees the text it was asked about.
        let view = self.view(&cancel);
        let Some(file) = view.snapshot.at(&path).cloned() else { return Ok(None) };
        if matches!(lane, Lane::Reading | Lane::Live | Lane::Judging) {
            self.passing(&path, &cancel);
        }
        let what = What { method, path, text: Some((file.text.len(), hash(file.text.as_bytes()))) };
        let _stop = CancelOnDrop(cancel.clone());
        let outcome = self.lanes.run_of(lane, Some(&what.path), &cancel, move || f(&view, &file)).await;
        self.outcome(&what, outcome).await.map(Some)
    }

    /// Asks about everything, on a lane.
    ///
    /// # Errors
    /// As [`Shared::ask`].
    pub async fn ask_all<T: Send + 'static>(
        &self,
        method: &'static str,
        lane: Lane,
        f: impl FnOnce(&View) -> T + Send + 'static,
    ) -> Result<T> {
        let cancel = Cancel::new();
        let view = self.view(&cancel);
        let _stop = CancelOnDrop(cancel.clone());
        let outcome = self.lanes.run(lane, &cancel, move || f(&view)).await;
        self.outcome(&What { method, ..What::default() }, outcome).await
    }

    /// An outcome as the protocol says it; a crash is put on record.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn outcome<T>(&self, what: &What, outcome: std::result::Result<T, Broken>) -> Result<T> {
        match outcome {
            Ok(answer) => Ok(answer),
            // The client's own cancelling never comes here: its request is gone by then.
            Err(Broken::Cancelled) => Err(Error::new(ErrorCode::ContentModified)),
            Err(Broken::Crashed(crash)) => {
                self.crashed(what, &crash).await;
                let message = format!("GATOS failed in {}: {}", what.method, crash.message);
                Err(Error { code: ErrorCode::InternalError, message: message.into(), data: None })
            }
        }
    }

    /// Puts a crash on record, tells it, and gives the file a new memory.
    pub async fn crashed(&self, what: &What, crash: &crate::report::Crash) {
        if !what.path.is_empty() {
            self.core().renew(&what.path);
        }
        if let Some(told) = self.reports.record(what, crash) {
            self.client.log_message(MessageType::ERROR, &told).await;
        }
    }

    fn passing(&self, path: &str, cancel: &Cancel) {
        let mut passing = lock(&self.passing);
        let those = passing.entry(path.to_owned()).or_default();
        those.retain(|old| !old.is_cancelled());
        those.push(cancel.clone());
    }

    /// A file's text changed: what was asked about the old one is given up.
    pub fn passed(&self, path: &str) {
        let those = lock(&self.passing).remove(path);
        for cancel in those.into_iter().flatten() {
            cancel.cancel();
        }
        self.lanes.stir();
    }

    /// A name for progress of our own.
    pub fn token(&self) -> String {
        format!("gatos/{}", self.next_token.fetch_add(1, Ordering::Relaxed))
    }

    /// Tells the client to ask again, where it can. One such question is under way at a time: a client that never
    /// answers costs nothing.
    pub fn again(self: &Arc<Self>, what: &[Again]) {
        let can = self.wants().refresh;
        for one in what {
            let (can, slot) = match one {
                Again::Tokens => (can.tokens, 0),
                Again::Lenses => (can.lenses, 1),
                Again::Hints => (can.hints, 2),
                Again::Diagnostics => (can.diagnostics, 3),
            };
            let Some(busy) = self.refreshing.get(slot) else { continue };
            if !can || busy.swap(true, Ordering::Relaxed) {
                continue;
            }
            let (shared, one) = (self.clone(), *one);
            tokio::spawn(async move {
                let client = &shared.client;
                let asked = async {
                    match one {
                        Again::Tokens => client.semantic_tokens_refresh().await,
                        Again::Lenses => client.code_lens_refresh().await,
                        Again::Hints => client.inlay_hint_refresh().await,
                        Again::Diagnostics => client.workspace_diagnostic_refresh().await,
                    }
                };
                // A client that says no will not be asked less by our minding it.
                let _ = tokio::time::timeout(CLIENT_PATIENCE, asked).await;
                if let Some(busy) = shared.refreshing.get(slot) {
                    busy.store(false, Ordering::Relaxed);
                }
            });
        }
    }
}
