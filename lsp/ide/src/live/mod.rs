//! What only real events and the repository can tell: fold previews, budgets, the root at `HEAD`,
//! pinned inputs. Slow questions, asked beside the fast ones, each one cancellable.

#![allow(unused_variables, reason = "treaty; goes away with the parts")]

use crate::answer::*;
use crate::host::{File, Pin, Snapshot};
use crate::world::World;
use std::sync::Arc;

/// Told now and then how far a command is: done, of how many, what it does.
pub type Progress<'a> = dyn Fn(u64, u64, &str) + 'a;

/// What a command changes in the host: the pin of a root.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Effect {
    /// Pins an input at a root path, or takes it off.
    Pin(String, Option<Pin>),
}

/// Lenses that need the repository: "ELC root changed since HEAD", "preview fold over 1 000 newest events".
pub fn lenses(snapshot: &Snapshot, world: &dyn World, file: &Arc<File>) -> Vec<Lens> {
    Vec::new()
}

/// Diagnostics that need real events: where a fold can exceed its fuel on events of the sizes in the journal.
pub fn diagnostics(snapshot: &Snapshot, world: &dyn World, file: &Arc<File>) -> Vec<Diagnostic> {
    Vec::new()
}

/// Does one of [`crate::command::ALL`].
///
/// # Errors
/// What is wrong, for people.
pub fn execute(
    snapshot: &Snapshot,
    world: &dyn World,
    command: &str,
    arguments: &[String],
    progress: &Progress<'_>,
) -> Result<(CommandResult, Vec<Effect>), String> {
    Err(format!("there is no command {command}"))
}
