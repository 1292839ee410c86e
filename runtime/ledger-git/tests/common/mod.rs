//! Temporary repositories, and Git itself as the judge.
#![allow(dead_code, reason = "each test file uses a part")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU64, Ordering};

use gatos_ledger_git::GitStore;

/// A folder that goes away with its value.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Folder {
        static COUNTER: AtomicU64 = AtomicU64::new(0);
        let name = format!("t{}-{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Runs Git here with a file as its input; it must succeed.
    pub fn git_with_input(&self, args: &[&str], input: &str) -> String {
        let path = self.path().join("git-input");
        std::fs::write(&path, input).unwrap();
        let output = self.command(args).stdin(std::fs::File::open(&path).unwrap()).output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim_end().to_string()
    }

    /// Runs Git here, without any configuration of the user or the machine.
    pub fn git_output(&self, args: &[&str]) -> Output {
        self.command(args).output().expect("git runs")
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new("git");
        command
            .args(args)
            .current_dir(&self.0)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CEILING_DIRECTORIES", env!("CARGO_TARGET_TMPDIR"))
            .env("GIT_AUTHOR_NAME", "a")
            .env("GIT_AUTHOR_EMAIL", "a@b")
            .env("GIT_COMMITTER_NAME", "a")
            .env("GIT_COMMITTER_EMAIL", "a@b")
            .env_remove("GIT_DIR");
        command
    }

    /// Runs Git here and gives its output; it must succeed.
    pub fn git(&self, args: &[&str]) -> String {
        let output = self.git_output(args);
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "git {args:?}: {err}");
        String::from_utf8(output.stdout).unwrap().trim_end().to_string()
    }

    /// Git finds nothing wrong with the repository.
    pub fn fsck(&self) {
        let output = self.git_output(&["fsck", "--strict", "--full", "--no-dangling"]);
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let complaints: Vec<&str> = text.lines().filter(|line| !line.starts_with("notice:")).collect();
        assert!(output.status.success() && complaints.is_empty(), "fsck: {text}");
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A fresh repository and the store on it.
pub fn fresh() -> (Folder, GitStore) {
    let folder = Folder::new();
    GitStore::init(folder.path(), false).unwrap();
    // These repositories need not outlive a power cut, and waiting for the disk would be most of the time.
    folder.git(&["config", "core.fsync", "none"]);
    let store = GitStore::open(folder.path()).unwrap();
    (folder, store)
}

pub fn object_file(folder: &Folder, hex: &str) -> PathBuf {
    folder.path().join(".git/objects").join(&hex[..2]).join(&hex[2..])
}

/// Overwrites a read-only file.
pub fn overwrite(path: &Path, bytes: &[u8]) {
    let _ = std::fs::remove_file(path);
    std::fs::write(path, bytes).unwrap();
}
