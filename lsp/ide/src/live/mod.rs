//! What only real events and the repository can tell: fold previews, budgets, the root at `HEAD`,
//! pinned inputs. Slow questions, asked beside the fast ones, each one cancellable.

mod budget;
mod diff;
mod pin;
mod preview;
mod root;
mod run;

use crate::answer::*;
use crate::command;
use crate::host::{File, Language, Pin, Snapshot};
use crate::world::World;
use gatos_analysis::Data;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub(crate) use root::Memo;

/// Told now and then how far a command is: done, of how many, what it does.
pub type Progress<'a> = dyn Fn(u64, u64, &str) + 'a;

/// What a command changes in the host: the pin of a root.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Effect {
    /// Pins an input at a root path, or takes it off.
    Pin(String, Option<Pin>),
}

/// A lock whatever happened to the one who held it: what it guards is only ever replaced whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Lenses that need the repository: "ELC root changed since HEAD".
pub fn lenses(snapshot: &Snapshot, world: &dyn World, file: &Arc<File>) -> Vec<Lens> {
    match file.language {
        Language::EchoLua => root::lenses(snapshot, world, file),
        Language::Rgs => crate::rgs::root_lenses(snapshot, world, file),
    }
}

/// Diagnostics that need real events: where a fold can exceed its fuel on events of the sizes in the journal.
pub fn diagnostics(snapshot: &Snapshot, world: &dyn World, file: &Arc<File>) -> Vec<Diagnostic> {
    match file.language {
        Language::EchoLua => budget::diagnostics(snapshot, world, file),
        Language::Rgs => Vec::new(),
    }
}

/// Does one of [`crate::command::ALL`].
///
/// # Errors
/// What is wrong, for people; `cancelled` when it was given up.
pub fn execute(
    snapshot: &Snapshot,
    world: &dyn World,
    command: &str,
    arguments: &[String],
    progress: &Progress<'_>,
) -> Result<(CommandResult, Vec<Effect>), String> {
    let result = match command {
        command::PIN_INPUT => return pin::pin(snapshot, world, arguments),
        command::PREVIEW_FOLD => preview::preview(snapshot, world, arguments, progress),
        command::COMPARE_ROOT => match command_file(snapshot, arguments)? {
            file if file.language == Language::Rgs => crate::rgs::compare_root(snapshot, world, file),
            _ => root::compare(snapshot, world, arguments),
        },
        command::SHOW_ELC => root::listing(snapshot, arguments),
        command::EXPLAIN_CODE => explain_code(arguments),
        command::EXPLAIN_DECISION => crate::rgs::explain_decision(snapshot, policy(snapshot, arguments)?),
        command::TEST_FROM_DENIAL => {
            let file = policy(snapshot, arguments)?;
            let number = arguments.get(1).map_or("", |a| a.strip_prefix("denial:").unwrap_or(a));
            crate::rgs::test_from_denial(snapshot, file, &pin::denial(world, &file.path, number)?)
        }
        command::RUN_TEST | command::RUN_TESTS => {
            let file = command_file(snapshot, arguments)?;
            let name = match command {
                command::RUN_TEST => {
                    let name = arguments.get(1).filter(|n| !n.is_empty());
                    Some(name.ok_or("the name of a test is needed")?.as_str())
                }
                _ => None,
            };
            match file.language {
                Language::Rgs => crate::rgs::run_tests(snapshot, file, name),
                Language::EchoLua => {
                    let text = |path: &str| snapshot.at(path).map(|f| f.text.to_string());
                    world.run_fold_tests(&file.path, name, &text, snapshot.cancel())
                }
            }
        }
        other => Err(format!("there is no command {other}")),
    };
    result.map(|r| (r, Vec::new()))
}

/// The file that a command is about: its first argument.
fn command_file<'s>(snapshot: &'s Snapshot, arguments: &[String]) -> Result<&'s Arc<File>, String> {
    let path = arguments.first().filter(|p| !p.is_empty()).ok_or("the path of a file is needed")?;
    snapshot.at(path).ok_or_else(|| format!("{path} is not a fold or policy that is known here"))
}

fn policy<'s>(snapshot: &'s Snapshot, arguments: &[String]) -> Result<&'s Arc<File>, String> {
    let file = command_file(snapshot, arguments)?;
    match file.language {
        Language::Rgs => Ok(file),
        Language::EchoLua => Err(format!("{} is a fold, and a policy belongs here", file.path)),
    }
}

fn explain_code(arguments: &[String]) -> Result<CommandResult, String> {
    let code = arguments.first().filter(|c| !c.is_empty()).ok_or("a code is needed, such as E0107")?;
    let page = gatos_syntax::codes::explain(code).ok_or_else(|| format!("there is no code {code}"))?;
    let json: Data = [("code", page.code), ("title", page.title), ("text", page.explain.trim())]
        .into_iter()
        .map(|(k, v)| (k, Data::from(v)))
        .collect();
    let markdown = format!("# {}: {}\n\n{}\n", page.code, page.title, page.explain.trim());
    Ok(CommandResult { json: json.to_json(), markdown, edit: None, refresh: false })
}
