//! Lanes: where the work of an answer runs. Each lane has its own number of threads at most, so that questions of
//! one kind never wait for those of another: what people wait for while they type, what they look at, what the
//! server finds out of itself, what needs the repository, what runs programs. While what a keystroke waits for is
//! under way, other work does not begin for a moment, since cores are fewer than lanes. One document holds one place
//! of a lane at most: a slow file keeps nobody waiting but those who ask about it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use gatos_ide::Cancel;
use tokio::sync::{Notify, Semaphore};

use crate::report::{Crash, guard};

/// Places on the lane of questions about all files: the first look at a workspace leaves the machine usable.
pub const WIDE: usize = 2;

/// The lanes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Lane {
    /// Completion, signatures, formatting while typing: the next keystroke waits for it.
    Typing,
    /// Everything else about one file.
    Reading,
    /// Diagnostics of the file that was just edited.
    Judging,
    /// Questions about all files.
    Wide,
    /// What asks the repository.
    Live,
    /// Folding real events without having been asked to: what people ask for does not wait behind it.
    Folding,
    /// Commands: they may run programs for long.
    Command,
}

/// How long work gives way to what a keystroke waits for: long enough for that to be done, short enough not to be
/// noticed by who waits for colours.
const GIVE_WAY: Duration = Duration::from_millis(60);

/// Counts what a keystroke waits for.
#[derive(Default, Debug)]
struct Haste {
    count: AtomicUsize,
    over: Notify,
}

/// One piece of such work, as long as this is kept.
struct Hasty(Arc<Haste>);

impl Hasty {
    fn new(haste: &Arc<Haste>) -> Hasty {
        haste.count.fetch_add(1, Ordering::SeqCst);
        Hasty(haste.clone())
    }
}

impl Drop for Hasty {
    fn drop(&mut self) {
        if self.0.count.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.0.over.notify_waiters();
        }
    }
}

impl Haste {
    /// Waits until there is none, but not long.
    async fn give_way(&self) {
        let calm = async {
            loop {
                // Made before the count is read: what ends in between is not missed.
                let over = self.over.notified();
                if self.count.load(Ordering::SeqCst) == 0 {
                    return;
                }
                over.await;
            }
        };
        let _ = tokio::time::timeout(GIVE_WAY, calm).await;
    }
}

/// The lanes' places.
#[derive(Debug)]
pub struct Lanes {
    haste: Arc<Haste>,
    typing: Arc<Semaphore>,
    reading: Arc<Semaphore>,
    judging: Arc<Semaphore>,
    wide: Arc<Semaphore>,
    live: Arc<Semaphore>,
    folding: Arc<Semaphore>,
    command: Arc<Semaphore>,
    /// The one place of each document on each lane, as long as something of it runs or waits there.
    documents: Mutex<BTreeMap<(Lane, String), Arc<Semaphore>>>,
    /// Wakes those who wait, to see whether anybody still waits for them.
    stirred: Notify,
}

/// Why there is no answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Broken {
    /// Nobody waits for it any more.
    Cancelled,
    /// It crashed.
    Crashed(Crash),
}

impl Lanes {
    /// Lanes for a machine of so many cores.
    pub fn new(cores: usize) -> Lanes {
        let lane = |n: usize| Arc::new(Semaphore::new(n));
        let cores = cores.clamp(1, 8);
        Lanes {
            haste: Arc::default(),
            typing: lane(2),
            reading: lane(cores.max(2)),
            judging: lane(2),
            wide: lane(WIDE),
            live: lane(2),
            folding: lane(1),
            command: lane(4),
            documents: Mutex::default(),
            stirred: Notify::new(),
        }
    }

    fn of(&self, lane: Lane) -> &Arc<Semaphore> {
        match lane {
            Lane::Typing => &self.typing,
            Lane::Reading => &self.reading,
            Lane::Judging => &self.judging,
            Lane::Wide => &self.wide,
            Lane::Live => &self.live,
            Lane::Folding => &self.folding,
            Lane::Command => &self.command,
        }
    }

    /// The place of a document.
    fn of_document(&self, lane: Lane, document: &str) -> Arc<Semaphore> {
        let mut documents = self.documents.lock().unwrap_or_else(PoisonError::into_inner);
        // Those of which nothing runs or waits.
        documents.retain(|_, place| Arc::strong_count(place) > 1);
        documents.entry((lane, document.to_owned())).or_insert_with(|| Arc::new(Semaphore::new(1))).clone()
    }

    /// Tokens were set: what waits for a place is dropped now if its own is among them, and who waits for an answer
    /// that nobody wants is told so.
    pub fn stir(&self) {
        self.stirred.notify_waiters();
    }

    async fn cancelled(&self, cancel: &Cancel) {
        loop {
            let stirred = self.stirred.notified();
            tokio::pin!(stirred);
            // Before the token is read: what is set in between is not missed.
            stirred.as_mut().enable();
            if cancel.is_cancelled() {
                return;
            }
            stirred.await;
        }
    }

    /// Runs `f` on a thread of a lane, once there is a place. The place stays taken until `f` ends, even when nobody
    /// waits for it: a lane never has more threads than places.
    ///
    /// # Errors
    /// When it was cancelled before it began or while it ran, or crashed.
    pub async fn run<T: Send + 'static>(
        &self,
        lane: Lane,
        cancel: &Cancel,
        f: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Broken> {
        self.run_of(lane, None, cancel, f).await
    }

    /// The same for a question about one document: of its questions one at a time runs on the lane, and one stands in
    /// the lane's queue, so documents take turns.
    ///
    /// # Errors
    /// As [`Lanes::run`]. Whoever sets the token and calls [`Lanes::stir`] ends the waiting at once.
    pub async fn run_of<T: Send + 'static>(
        &self,
        lane: Lane,
        document: Option<&str>,
        cancel: &Cancel,
        f: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Broken> {
        let hasty = matches!(lane, Lane::Typing | Lane::Judging).then(|| Hasty::new(&self.haste));
        let places = async {
            if hasty.is_none() {
                self.haste.give_way().await;
            }
            let own = match document {
                Some(document) => self.of_document(lane, document).acquire_owned().await.ok(),
                None => None,
            };
            (own, self.of(lane).clone().acquire_owned().await)
        };
        let (own, place) = tokio::select! {
            biased;
            () = self.cancelled(cancel) => return Err(Broken::Cancelled),
            places = places => places,
        };
        let Ok(place) = place else { return Err(Broken::Cancelled) };
        let work = tokio::task::spawn_blocking(move || {
            let answer = guard(f);
            drop((place, own, hasty));
            answer
        });
        let done = tokio::select! {
            done = work => done,
            () = self.cancelled(cancel) => return Err(Broken::Cancelled),
        };
        match done {
            Ok(_) if cancel.is_cancelled() => Err(Broken::Cancelled),
            Ok(answer) => answer.map_err(Broken::Crashed),
            // The runtime is going down.
            Err(_) => Err(Broken::Cancelled),
        }
    }
}

/// Sets a token when it goes: an answer that is dropped is not computed to its end.
#[derive(Debug)]
pub struct CancelOnDrop(pub Cancel);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_full_lane_keeps_no_other_waiting() {
        let lanes = Arc::new(Lanes::new(2));
        let stop = Cancel::new();
        for _ in 0..8 {
            let (lanes, stop) = (lanes.clone(), stop.clone());
            tokio::spawn(async move {
                let inner = stop.clone();
                let forever = move || {
                    while !inner.is_cancelled() {
                        std::thread::sleep(Duration::from_millis(1));
                    }
                };
                lanes.run(Lane::Command, &Cancel::new(), forever).await
            });
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        let answer = tokio::time::timeout(Duration::from_secs(5), lanes.run(Lane::Typing, &Cancel::new(), || 7)).await;
        stop.cancel();
        assert_eq!(answer, Ok(Ok(7)));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn other_work_begins_after_what_a_keystroke_waits_for_but_not_much_later() {
        let lanes = Arc::new(Lanes::new(2));
        let order = Arc::new(std::sync::Mutex::new(Vec::new()));
        let note = |what: &'static str, ms: u64| {
            let order = order.clone();
            move || {
                std::thread::sleep(Duration::from_millis(ms));
                order.lock().expect("nobody crashed").push(what);
            }
        };
        let typing = lanes.run(Lane::Typing, &Cancel::new(), note("typing", 20)).await;
        let cancel = Cancel::new();
        let both = futures::future::join(
            lanes.run(Lane::Typing, &cancel, note("typing", 20)),
            lanes.run(Lane::Reading, &cancel, note("reading", 0)),
        );
        let (first, second) = both.await;
        assert_eq!((typing, first, second), (Ok(()), Ok(()), Ok(())));
        let both = futures::future::join(
            lanes.run(Lane::Judging, &cancel, note("long", 2_000)),
            lanes.run(Lane::Reading, &cancel, note("reading", 0)),
        );
        let _ = both.await;
        assert_eq!(*order.lock().expect("nobody crashed"), ["typing", "typing", "reading", "reading", "long"]);
        assert_eq!(lanes.haste.count.load(Ordering::SeqCst), 0);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_crash_leaves_the_lane_open() {
        let lanes = Lanes::new(1);
        for _ in 0..10 {
            let broken = lanes.run(Lane::Typing, &Cancel::new(), || -> u32 { panic!("boom") }).await;
            assert!(matches!(broken, Err(Broken::Crashed(crash)) if crash.message == "boom"));
        }
        assert_eq!(lanes.run(Lane::Typing, &Cancel::new(), || 7).await, Ok(7));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_was_cancelled_does_not_begin() {
        let lanes = Lanes::new(1);
        let cancel = Cancel::new();
        drop(CancelOnDrop(cancel.clone()));
        let ran = lanes.run(Lane::Reading, &cancel, || 7).await;
        assert_eq!(ran, Err(Broken::Cancelled));
    }

    fn until(stop: &Cancel) -> impl FnOnce() + Send + 'static {
        let stop = stop.clone();
        move || {
            while !stop.is_cancelled() {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_slow_document_keeps_no_other_waiting() {
        let lanes = Arc::new(Lanes::new(2));
        let never = Cancel::new();
        let stop = Cancel::new();
        for _ in 0..8 {
            let (lanes, stop) = (lanes.clone(), stop.clone());
            tokio::spawn(async move { lanes.run_of(Lane::Reading, Some("slow"), &Cancel::new(), until(&stop)).await });
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        for _ in 0..3 {
            let answer = lanes.run_of(Lane::Reading, Some("other"), &never, || 7);
            let answer = tokio::time::timeout(Duration::from_secs(5), answer).await;
            assert_eq!(answer, Ok(Ok(7)));
        }
        stop.cancel();
        let last = lanes.run_of(Lane::Reading, Some("slow"), &never, || 8);
        assert_eq!(tokio::time::timeout(Duration::from_secs(5), last).await, Ok(Ok(8)), "the queue goes on");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_is_cancelled_is_answered_at_once() {
        let lanes = Arc::new(Lanes::new(2));
        let (stop, cancel) = (Cancel::new(), Cancel::new());
        let ask = |f: Box<dyn FnOnce() + Send>| {
            let (lanes, cancel) = (lanes.clone(), cancel.clone());
            tokio::spawn(async move { lanes.run_of(Lane::Reading, Some("slow"), &cancel, f).await })
        };
        let running = ask(Box::new(until(&stop)));
        let ran = Arc::new(AtomicUsize::new(0));
        let count = ran.clone();
        let queued = ask(Box::new(move || _ = count.fetch_add(1, Ordering::SeqCst)));
        tokio::time::sleep(Duration::from_millis(100)).await;
        cancel.cancel();
        lanes.stir();
        let both = futures::future::join(running, queued);
        let both = tokio::time::timeout(Duration::from_secs(5), both).await.expect("both are told");
        assert_eq!((both.0.ok(), both.1.ok()), (Some(Err(Broken::Cancelled)), Some(Err(Broken::Cancelled))));
        stop.cancel();
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_eq!(ran.load(Ordering::SeqCst), 0, "it never began");
    }
}
