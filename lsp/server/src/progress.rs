//! Telling a client how far work is. A client is asked for a place to show it and never waited for: work begins at
//! once, and what there is to say before the client answers is not said.

use std::sync::Arc;
use std::time::{Duration, Instant};

use gatos_ide::Cancel;
use tokio::sync::mpsc;
use tower_lsp::ls_types::notification::Progress as ProgressNotification;
use tower_lsp::ls_types::*;

use crate::shared::{CLIENT_PATIENCE, Shared, lock};

/// The shortest time between two reports.
const EVERY: Duration = Duration::from_millis(100);

/// A step: done, of how many, what it does.
pub type Step = (u64, u64, String);

/// Progress of one piece of work. It ends when this is dropped.
pub struct Progress {
    steps: mpsc::UnboundedSender<Step>,
}

impl Progress {
    /// Begins to tell, under the client's own token, or under one that the client is asked for; to nobody when the
    /// client shows no progress. Cancelling it there sets `cancel`.
    pub fn begin(shared: &Arc<Shared>, title: &str, given: Option<ProgressToken>, cancel: Option<&Cancel>) -> Progress {
        let (steps, inbox) = mpsc::unbounded_channel();
        if given.is_some() || shared.wants().progress {
            let token = given.clone().unwrap_or_else(|| NumberOrString::String(shared.token()));
            if let Some(cancel) = cancel {
                lock(&shared.cancels).insert(key(&token), cancel.clone());
            }
            let (shared, title, can_cancel) = (shared.clone(), title.to_owned(), cancel.is_some());
            tokio::spawn(async move {
                if given.is_none() {
                    let asked = shared.client.create_work_done_progress(token.clone());
                    if !matches!(tokio::time::timeout(CLIENT_PATIENCE, asked).await, Ok(Ok(()))) {
                        lock(&shared.cancels).remove(&key(&token));
                        return;
                    }
                }
                tell(&shared, &token, title, can_cancel, inbox).await;
                lock(&shared.cancels).remove(&key(&token));
            });
        }
        Progress { steps }
    }

    /// Progress that nobody is told.
    pub fn silent() -> Progress {
        Progress { steps: mpsc::unbounded_channel().0 }
    }

    /// What steps are sent to; any thread may.
    pub fn steps(&self) -> mpsc::UnboundedSender<Step> {
        self.steps.clone()
    }

    /// A step.
    pub fn step(&self, done: u64, of: u64, what: impl Into<String>) {
        let _ = self.steps.send((done, of, what.into()));
    }
}

/// A token as a key.
pub fn key(token: &ProgressToken) -> String {
    match token {
        NumberOrString::Number(n) => n.to_string(),
        NumberOrString::String(s) => format!("s{s}"),
    }
}

async fn tell(
    shared: &Arc<Shared>,
    token: &ProgressToken,
    title: String,
    can_cancel: bool,
    mut inbox: mpsc::UnboundedReceiver<Step>,
) {
    let send = async |value: WorkDoneProgress| {
        let params = ProgressParams { token: token.clone(), value: ProgressParamsValue::WorkDone(value) };
        shared.client.send_notification::<ProgressNotification>(params).await;
    };
    let begin = WorkDoneProgressBegin { title, cancellable: Some(can_cancel), message: None, percentage: Some(0) };
    send(WorkDoneProgress::Begin(begin)).await;
    let mut last: Option<Instant> = None;
    let mut latest: Option<Step> = None;
    while let Some(step) = inbox.recv().await {
        if last.is_some_and(|at| at.elapsed() < EVERY) {
            latest = Some(step);
            continue;
        }
        (last, latest) = (Some(Instant::now()), None);
        send(WorkDoneProgress::Report(report(step, can_cancel))).await;
    }
    let message = latest.map(|(_, _, what)| what).filter(|what| !what.is_empty());
    send(WorkDoneProgress::End(WorkDoneProgressEnd { message })).await;
}

fn report((done, of, what): Step, can_cancel: bool) -> WorkDoneProgressReport {
    let percent = done.min(of).saturating_mul(100).checked_div(of).and_then(|p| u32::try_from(p).ok());
    WorkDoneProgressReport {
        cancellable: Some(can_cancel),
        message: Some(what).filter(|what| !what.is_empty()),
        percentage: percent,
    }
}
