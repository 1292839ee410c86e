//! What can go wrong on the command line, and how it is told: what, where, why, what to do.

use std::fmt;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use gatos_ledger_core::model::NameError;
use gatos_ledger_core::ports::{ReadError, StoreError, SwapError};

/// How a command ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    /// It worked, and what was checked holds.
    Ok,
    /// The answer is no: a check failed, a lint was found, a program raised an error.
    No,
    /// Misuse or bad input: a wrong command line, no such file or repository, text or bytes
    /// that are not what they should be.
    Usage,
    /// The system failed us, or we failed: no space, a broken disk, a bug.
    World,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(match exit {
            Exit::Ok => 0,
            Exit::No => 1,
            Exit::Usage => 2,
            Exit::World => 3,
        })
    }
}

/// What a failure is about, for those who tell it in a larger story.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum About {
    /// Anything else.
    #[default]
    Other,
    /// A program that raised an error.
    Program,
    /// A program that reached a limit.
    Limit,
}

/// A failure, told to the person at the terminal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// What went wrong, in one sentence without a final stop. Empty when it has been said.
    pub what: String,
    /// Further lines: where, why, call stacks.
    pub notes: Vec<String>,
    /// What to do.
    pub help: Vec<String>,
    /// What it is about.
    pub about: About,
}

/// What commands return.
pub type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    fn new(exit: Exit, what: impl Into<String>) -> Failure {
        Failure { exit, what: what.into(), notes: Vec::new(), help: Vec::new(), about: About::Other }
    }

    /// The answer is no.
    pub fn no(what: impl Into<String>) -> Failure {
        Failure::new(Exit::No, what)
    }

    /// The command line makes no sense.
    pub fn usage(what: impl Into<String>) -> Failure {
        Failure::new(Exit::Usage, what)
    }

    /// What was given is not what it should be.
    pub fn input(what: impl Into<String>) -> Failure {
        Failure::new(Exit::Usage, what)
    }

    /// The system does not allow it.
    pub fn world(what: impl Into<String>) -> Failure {
        Failure::new(Exit::World, what)
    }

    /// Everything has been said already; only the exit code is left.
    pub fn said(exit: Exit) -> Failure {
        Failure::new(exit, "")
    }

    /// The reader of a list went away (`| head`): not an error, and nothing more to do. A command that also has a
    /// verdict goes on to it instead.
    pub fn closed() -> Failure {
        Failure::said(Exit::Ok)
    }

    /// Adds a line of where or why.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Failure {
        self.notes.push(text.into());
        self
    }

    /// Adds a way out.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Failure {
        self.help.push(text.into());
        self
    }

    /// A failed system call on a path.
    pub fn io(doing: &str, path: &Path, e: &io::Error) -> Failure {
        let place = path.display();
        match e.kind() {
            io::ErrorKind::NotFound => Failure::input(format!("cannot {doing} {place}: there is no such file")),
            io::ErrorKind::PermissionDenied => Failure::input(format!("cannot {doing} {place}: permission denied"))
                .help(format!("check `ls -l {place}`")),
            io::ErrorKind::IsADirectory => {
                Failure::input(format!("cannot {doing} {place}: it is a directory")).help("name a file inside it")
            }
            io::ErrorKind::ReadOnlyFilesystem => {
                Failure::input(format!("cannot {doing} {place}: the file system is read-only"))
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Failure::world(format!("cannot {doing} {place}: no space is left"))
                    .help("free some space and run this again: what was left out is completed then")
            }
            _ => Failure::world(format!("cannot {doing} {place}: {e}")),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        self.notes.iter().try_for_each(|note| write!(f, "\n  {note}"))?;
        self.help.iter().try_for_each(|help| write!(f, "\n  help: {help}"))
    }
}

impl From<StoreError> for Failure {
    fn from(e: StoreError) -> Failure {
        // Damage is an answer about the data; a full disk is the system's; the rest is about what we were pointed at.
        let exit = match e {
            StoreError::Corrupt { .. } => Exit::No,
            StoreError::Full { .. } | StoreError::Io { .. } => Exit::World,
            _ => Exit::Usage,
        };
        split_remedy(exit, &e.to_string())
    }
}

impl From<ReadError> for Failure {
    fn from(e: ReadError) -> Failure {
        match e {
            ReadError::Fault(fault) => {
                let mut what = format!("{} at commit {}", fault.journal.ref_name(), fault.commit);
                if let Some(ulid) = &fault.ulid {
                    what.push_str(&format!(" (event {ulid})"));
                }
                Failure::no(what).note(fault.breach.to_string()).help(fault.remedy())
            }
            ReadError::Store(e) => e.into(),
        }
    }
}

impl From<SwapError> for Failure {
    fn from(e: SwapError) -> Failure {
        match e {
            SwapError::Store(e) => e.into(),
            moved => Failure::world(moved.to_string()).help("another process wrote at the same time: run this again"),
        }
    }
}

impl From<NameError> for Failure {
    fn from(e: NameError) -> Failure {
        Failure::usage(e.to_string())
    }
}

/// The ledger's messages end in `; what to do`. It is set apart here, as in all others.
fn split_remedy(exit: Exit, text: &str) -> Failure {
    match text.rsplit_once("; ") {
        Some((what, remedy)) => Failure::new(exit, what).help(remedy),
        None => Failure::new(exit, text),
    }
}
