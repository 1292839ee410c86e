//! What `gatos run --profile` adds to a run: somebody who writes down where its fuel goes, and the
//! file and the table that come of it, also when the run fails.

use std::path::{Path, PathBuf};

use gatos_debug::profile::Recorder;
use gatos_echo::Watching;

use super::Context;
use crate::failure::Result;
use crate::files;
use crate::toolchain::Loaded;

/// How many functions and lines the table has.
const ROWS: usize = 20;

/// Where a profile goes.
#[derive(clap::Args, Debug)]
pub(super) struct Flags {
    /// Write where the fuel went, by function and line, to a file that speedscope and the Firefox Profiler open; - for
    /// a table on stderr
    #[arg(long, value_name = "FILE", conflicts_with_all = ["input", "data", "query", "strict"])]
    profile: Option<PathBuf>,
    /// Print a table of where the fuel went on stderr: functions, and the most expensive lines
    #[arg(long, conflicts_with_all = ["input", "data", "query", "strict"])]
    profile_top: bool,
}

impl Flags {
    /// Whether any profile is wanted.
    pub(super) fn is_wanted(&self) -> bool {
        self.profile.is_some() || self.profile_top
    }

    /// Refuses a file for the profile that the run reads.
    ///
    /// # Errors
    /// When it is one.
    pub(super) fn check(&self, read: &[&Path]) -> Result<()> {
        match self.profile.as_deref().filter(|path| *path != Path::new("-")) {
            Some(path) => files::check_output(path, read),
            None => Ok(()),
        }
    }

    /// A recorder for a program, when a profile is wanted.
    pub(super) fn begin<'p>(&self, loaded: &'p Loaded, fuel: u64) -> Profiling<'p> {
        let recorder = self.is_wanted().then(|| Recorder::new(loaded.program.program(), loaded.map.as_ref()));
        Profiling { recorder, fuel }
    }

    /// Writes what was recorded.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn write(
        &self,
        profiling: Profiling<'_>,
        loaded: &Loaded,
        context: &Context,
        name: &Path,
    ) -> Result<()> {
        let Some(recorder) = profiling.recorder else { return Ok(()) };
        let profile = recorder.finish();
        let on_terminal = self.profile.as_deref() == Some(Path::new("-"));
        if let Some(path) = self.profile.as_deref().filter(|_| !on_terminal) {
            let name = name.file_name().map_or_else(|| "stdin".to_owned(), |n| n.to_string_lossy().into_owned());
            files::write_atomic(path, profile.to_json(&name).as_bytes())?;
        }
        if self.profile_top || on_terminal {
            let source = |name: &str| Some(loaded.files.iter().find(|file| file.name == name)?.text.clone());
            context.out.say(profile.table(ROWS, &source).trim_end());
        }
        Ok(())
    }
}

/// A run that may be recorded.
pub(super) struct Profiling<'p> {
    recorder: Option<Recorder<'p>>,
    fuel: u64,
}

impl<'p> Profiling<'p> {
    /// Begins a call from outside; gives who watches it.
    pub(super) fn call(&mut self, what: &'static str) -> Watching<'_, 'p> {
        let recorder = self.recorder.as_mut()?;
        recorder.begin(what, self.fuel);
        Some(recorder)
    }

    /// The call is over, and used so much fuel.
    pub(super) fn called(&mut self, fuel: u64) {
        if let Some(recorder) = &mut self.recorder {
            recorder.end(fuel);
        }
    }
}
