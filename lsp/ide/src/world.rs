//! What the answers need of the world, as a port: the repository around a file, its newest events,
//! its limits. Everything may be slow and may fail; nothing here is asked on the way to a keystroke's answer.

use crate::answer::CommandResult;
use crate::host::Cancel;
use gatos_policy::model::Context;
use gatos_vm::Limits;
use std::sync::Arc;

/// A journal of the repository.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Journal {
    /// The namespace: `finance`.
    pub namespace: String,
    /// How many events it holds; none when counting would take long.
    pub events: Option<u64>,
}

/// An event of a journal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Event {
    /// Its ULID.
    pub ulid: String,
    /// Its content id.
    pub cid: String,
    /// Its type.
    pub kind: String,
    /// Who wrote it.
    pub actor: String,
    /// The stored bytes of the envelope.
    pub envelope: Arc<[u8]>,
}

/// The repository around a file. Paths are those of [`crate::host::Host`]: absolute, with slashes.
pub trait World: Send + Sync {
    /// The text that the file has in the commit at `HEAD`; none when it is not there or there is no repository.
    ///
    /// # Errors
    /// When the repository cannot be read.
    fn at_head(&self, path: &str) -> Result<Option<String>, String>;

    /// The journals of the repository around a file, by name.
    ///
    /// # Errors
    /// When the repository cannot be read; none around is an empty list.
    fn journals(&self, path: &str) -> Result<Vec<Journal>, String>;

    /// The newest `most` events of a namespace, oldest first, in the total order of events.
    ///
    /// # Errors
    /// When the repository cannot be read, and when it was cancelled.
    fn newest(&self, path: &str, namespace: &str, most: usize, cancel: &Cancel) -> Result<Vec<Event>, String>;

    /// The limits of programs, from the project's profile.
    ///
    /// # Errors
    /// When the profile cannot be understood.
    fn limits(&self, path: &str) -> Result<Limits, String>;

    /// The state of the newest checkpoint of a namespace, as canonical JSON.
    ///
    /// # Errors
    /// When the repository cannot be read.
    fn state(&self, path: &str, namespace: &str) -> Result<Option<String>, String>;

    /// The newest refusals on record in the repository: the input of each decision as JSON, oldest first.
    ///
    /// # Errors
    /// When the repository cannot be read.
    fn denials(&self, path: &str, most: usize) -> Result<Vec<String>, String>;

    /// A clock in microseconds, for speeds only.
    fn micros(&self) -> u64;

    /// What a gate of the repository knows besides what somebody wants: trust, grants, addresses. None where
    /// there is no repository.
    ///
    /// # Errors
    /// When the repository cannot be read.
    fn context(&self, path: &str) -> Result<Option<Context>, String> {
        let _ = path;
        Ok(None)
    }

    /// The text of a file on the disk, such as an input to pin.
    ///
    /// # Errors
    /// When it cannot be read, is not text, or is too large.
    fn read(&self, path: &str) -> Result<String, String> {
        Err(format!("{path} cannot be read here"))
    }

    /// Runs the tests of a fold's `*_test.lua`, or the one of a name. `text` gives what an editor shows of a
    /// path, when it shows something.
    ///
    /// # Errors
    /// When they cannot be run, or it was cancelled. A test that fails is a result.
    fn run_fold_tests(
        &self,
        path: &str,
        name: Option<&str>,
        text: &dyn Fn(&str) -> Option<String>,
        cancel: &Cancel,
    ) -> Result<CommandResult, String> {
        let _ = (name, text, cancel);
        Err(format!("tests of folds cannot be run here: {path}"))
    }
}

/// A world without anything, for tests and for files that lie in no repository.
#[derive(Clone, Copy, Debug)]
pub struct Nowhere;

impl World for Nowhere {
    fn at_head(&self, _path: &str) -> Result<Option<String>, String> {
        Ok(None)
    }

    fn journals(&self, _path: &str) -> Result<Vec<Journal>, String> {
        Ok(Vec::new())
    }

    fn newest(&self, _path: &str, _namespace: &str, _most: usize, _cancel: &Cancel) -> Result<Vec<Event>, String> {
        Ok(Vec::new())
    }

    fn limits(&self, _path: &str) -> Result<Limits, String> {
        Ok(Limits::default())
    }

    fn state(&self, _path: &str, _namespace: &str) -> Result<Option<String>, String> {
        Ok(None)
    }

    fn denials(&self, _path: &str, _most: usize) -> Result<Vec<String>, String> {
        Ok(Vec::new())
    }

    fn micros(&self) -> u64 {
        0
    }
}
