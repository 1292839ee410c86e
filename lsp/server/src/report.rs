//! What a crash costs: one answer. The panic is caught, written into a file that people can send, and told once;
//! everything else goes on.

use std::backtrace::Backtrace;
use std::cell::RefCell;
use std::io::Write;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, Once, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// Reports of one run of the server: a text that crashes an analysis does so at each keystroke.
const MOST_REPORTS: u32 = 20;

/// What was being done.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct What {
    /// The method of the protocol, or what the server did of itself.
    pub method: &'static str,
    /// The file it was about; may be empty.
    pub path: String,
    /// Its length and hash: the text itself may be private.
    pub text: Option<(usize, u64)>,
}

/// A panic that was caught.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Crash {
    /// Its message.
    pub message: String,
    /// Where in the source of GATOS.
    pub place: String,
    backtrace: String,
}

thread_local! {
    /// Some while this thread is guarded: what the hook saw.
    static SEEN: RefCell<Option<Option<Crash>>> = const { RefCell::new(None) };
}

fn message_of(payload: &(dyn std::any::Any + Send)) -> String {
    match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => (*text).to_owned(),
        (None, Some(text)) => text.clone(),
        (None, None) => "a panic without words".to_owned(),
    }
}

/// Takes note of panics in guarded threads instead of printing them; others are printed as before.
fn install_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info: &PanicHookInfo<'_>| {
            let noted = SEEN.with(|seen| {
                let Ok(mut seen) = seen.try_borrow_mut() else { return false };
                let Some(slot) = seen.as_mut() else { return false };
                let place = info.location().map_or_else(String::new, ToString::to_string);
                let backtrace = Backtrace::force_capture().to_string();
                *slot = Some(Crash { message: message_of(info.payload()), place, backtrace });
                true
            });
            if !noted {
                before(info);
            }
        }));
    });
}

/// Runs `f`; a panic in it is an answer like any other.
///
/// # Errors
/// What is known of the panic.
pub fn guard<T>(f: impl FnOnce() -> T) -> Result<T, Crash> {
    install_hook();
    let outer = SEEN.with(|seen| seen.replace(Some(None)));
    // What `f` shares with others stands behind locks that are taken even when they are poisoned, and the file that
    // was looked at gets a new memory.
    let outcome = panic::catch_unwind(AssertUnwindSafe(f));
    let seen = SEEN.with(|seen| seen.replace(outer)).flatten();
    outcome.map_err(|payload| {
        seen.unwrap_or_else(|| Crash {
            message: message_of(payload.as_ref()),
            place: String::new(),
            backtrace: String::new(),
        })
    })
}

/// A hash to tell texts apart in reports (FNV-1a, 64 bits).
pub fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Writes reports into a folder.
#[derive(Debug)]
pub struct Reports {
    folder: PathBuf,
    version: String,
    written: AtomicU32,
    /// The places that were told already.
    known: Mutex<Vec<(String, PathBuf)>>,
}

impl Reports {
    /// Reports into `folder`, or into the system's folder of temporary files when that cannot be written.
    pub fn new(folder: PathBuf, version: &str) -> Reports {
        Reports { folder, version: version.to_owned(), written: AtomicU32::new(0), known: Mutex::default() }
    }

    /// Puts a crash on record and says what to tell people; none when the same one was told before.
    pub fn record(&self, what: &What, crash: &Crash) -> Option<String> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let key = format!("{} {} {}", crash.place, what.method, what.path);
        if known.iter().any(|(seen, _)| *seen == key) {
            return None;
        }
        let number = self.written.fetch_add(1, Ordering::Relaxed);
        if number >= MOST_REPORTS {
            return None;
        }
        let told = match self.write(what, crash, number) {
            Ok(path) => {
                let told = format!("the report is {}", path.display());
                known.push((key, path));
                told
            }
            Err(e) => format!("no report could be written: {e}"),
        };
        let about = if what.path.is_empty() { String::new() } else { format!(" on {}", what.path) };
        Some(format!("GATOS failed in {}{about}: {} ({}); {told}", what.method, crash.message, crash.place))
    }

    fn write(&self, what: &What, crash: &Crash, number: u32) -> std::io::Result<PathBuf> {
        let ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis());
        let name = format!("gatos-lsp-report-{ms}-{}-{number}.txt", std::process::id());
        let text = match what.text {
            Some((len, hash)) => format!("{len} bytes, hash {hash:016x}"),
            None => "none".to_owned(),
        };
        let body = format!(
            "GATOS language server, a crash in one answer\n\nversion: {}\nsystem: {} {}\nmethod: {}\nfile: {}\ntext: {text}\nmessage: {}\nplace: {}\n\n{}\n",
            self.version,
            std::env::consts::OS,
            std::env::consts::ARCH,
            what.method,
            what.path,
            crash.message,
            crash.place,
            crash.backtrace
        );
        put(&self.folder, &name, &body).or_else(|_| put(&std::env::temp_dir(), &name, &body))
    }
}

/// Writes a new file; one that is there already is somebody else's.
fn put(folder: &Path, name: &str, body: &str) -> std::io::Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    let path = folder.join(name);
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(&path)?;
    file.write_all(body.as_bytes())?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_answer_with_its_message_and_place() {
        let crash = guard(|| -> u32 { panic!("no {}", "such thing") }).expect_err("it panics");
        assert_eq!(crash.message, "no such thing");
        assert!(crash.place.contains("report.rs"), "{}", crash.place);
        assert_eq!(guard(|| 7), Ok(7), "and the thread goes on");
    }

    #[test]
    fn guards_within_guards_keep_their_own() {
        let outer = guard(|| {
            let inner = guard(|| -> u32 { panic!("inner") });
            assert_eq!(inner.expect_err("it panics").message, "inner");
            panic!("outer");
        });
        let crash: Result<(), Crash> = outer;
        assert_eq!(crash.expect_err("it panics").message, "outer");
    }

    #[test]
    fn a_report_names_what_was_done_and_is_written_once() {
        let folder = std::env::temp_dir().join(format!("gatos-reports-{}", std::process::id()));
        let reports = Reports::new(folder.clone(), "1.2.3");
        let crash = guard(|| -> () { panic!("boom") }).expect_err("it panics");
        let what = What { method: "textDocument/hover", path: "/p/a.lua".to_owned(), text: Some((3, hash(b"abc"))) };
        let told = reports.record(&what, &crash).unwrap_or_default();
        assert!(told.contains("textDocument/hover") && told.contains("boom"), "{told}");
        assert_eq!(reports.record(&what, &crash), None, "told once");
        let files: Vec<_> = std::fs::read_dir(&folder).into_iter().flatten().flatten().collect();
        assert_eq!(files.len(), 1);
        let body = files.first().map(|f| std::fs::read_to_string(f.path()).unwrap_or_default()).unwrap_or_default();
        for part in ["1.2.3", "textDocument/hover", "/p/a.lua", "boom", "report.rs", "e71fa2190541574b"] {
            assert!(body.contains(part), "{part} is not in {body}");
        }
        let _ = std::fs::remove_dir_all(folder);
    }
}
