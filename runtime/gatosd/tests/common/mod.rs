//! A repository in a temporary folder, and the command run in it as a person would.
#![allow(dead_code)]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// A temporary folder that goes away with the test.
pub struct Place(pub PathBuf);

impl Drop for Place {
    fn drop(&mut self) {
        let _ = Command::new("chmod").args(["-R", "u+w"]).arg(&self.0).output();
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What a command did.
pub struct Done {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl From<Output> for Done {
    fn from(output: Output) -> Done {
        Done {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Done {
    /// It worked; gives stdout.
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!(self.code, 0, "\nstdout: {}\nstderr: {}", self.out, self.err);
        self.out
    }

    /// It ended with this code, and stderr has all these words. Never a panic.
    #[track_caller]
    pub fn fails(self, code: i32, words: &[&str]) -> Done {
        assert_eq!(self.code, code, "\nstdout: {}\nstderr: {}", self.out, self.err);
        assert!(!self.err.contains("panicked"), "{}", self.err);
        for word in words {
            assert!(self.err.contains(word), "{word:?} is not in:\n{}", self.err);
        }
        self
    }

    /// A field of the one JSON object on stdout: text without its quotes, anything else as it is.
    #[track_caller]
    pub fn field(self, name: &str) -> String {
        field(&self.ok(), name)
    }
}

/// A field of a JSON object.
#[track_caller]
pub fn field(json: &str, name: &str) -> String {
    let value = gatos_canon::Value::from_json(json.trim_end()).unwrap_or_else(|e| panic!("{e}: {json}"));
    match value.get(name) {
        Some(gatos_canon::Value::Text(text)) => text.clone(),
        Some(other) => other.to_json_string(),
        None => panic!("no {name} in {json}"),
    }
}

impl Place {
    /// An empty folder.
    pub fn empty() -> Place {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("gatos-test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Place(path)
    }

    /// A folder in which `gatos init` was run.
    pub fn ready() -> Place {
        let place = Place::empty();
        place.gatos(&["init", "--actor", "user:ann"]).ok();
        place
    }

    /// A ready folder with the first `n` events of the corpus in namespace `commits`.
    pub fn with_events(n: usize) -> Place {
        let place = Place::ready();
        place.write("events.jsonl", corpus(0, n));
        place.gatos(&["event", "import", "commits", "--jsonl", "events.jsonl"]).ok();
        place
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    fn clean(&self, mut command: Command) -> Command {
        command
            .current_dir(&self.0)
            .env("HOME", &self.0)
            .env("USER", "ann")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env_remove("GIT_DIR")
            .stdin(Stdio::null());
        command
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gatos"));
        command.args(args);
        self.clean(command)
    }

    pub fn gatos(&self, args: &[&str]) -> Done {
        self.command(args).output().unwrap().into()
    }

    /// The command with something on stdin.
    pub fn gatos_with(&self, args: &[&str], input: &[u8]) -> Done {
        let mut child =
            self.command(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        // A child that refuses early closes its end; that is its right.
        let writer = std::thread::spawn(move || {
            let _ = stdin.write_all(&input);
        });
        let done = child.wait_with_output().unwrap().into();
        writer.join().unwrap();
        done
    }

    pub fn git(&self, args: &[&str]) -> Done {
        let mut command = Command::new("git");
        command.args(args);
        self.clean(command).output().unwrap().into()
    }

    /// Every ref of the repository with its commit.
    pub fn refs(&self) -> String {
        self.git(&["for-each-ref"]).ok()
    }
}

/// Lines of the corpus.
pub fn corpus(from: usize, to: usize) -> String {
    use std::io::Read;
    static TEXT: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    let text = TEXT.get_or_init(|| {
        let packed: &[u8] = include_bytes!("../corpus/curl-20k.jsonl.gz");
        let mut text = String::new();
        flate2::read::GzDecoder::new(packed).read_to_string(&mut text).unwrap();
        text
    });
    text.lines().skip(from).take(to - from).flat_map(|line| [line, "\n"]).collect()
}

/// The path of the bundled corpus.
pub fn corpus_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/curl-20k.jsonl.gz")
}

/// The path of an example fold.
pub fn example(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/folds").join(name);
    path.canonicalize().unwrap().display().to_string()
}
