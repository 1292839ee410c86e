//! The push gate: what a push to a shared repository may do. It judges all of a push before any of
//! it is taken, and names everything that is wrong with it.

pub mod area;
pub mod hooks;
pub mod judge;
pub mod spool;

use gatos_ledger_core::ports::CommitId;

use crate::failure::{Failure, Result};

/// One ref that a push would move.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Update {
    /// The ref.
    pub name: String,
    /// Where it is; `None` when it would be new.
    pub old: Option<CommitId>,
    /// Where it would be; `None` when it would be gone.
    pub new: Option<CommitId>,
}

/// Something wrong with a push.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// The ref.
    pub name: String,
    /// The commit at fault, where there is one.
    pub commit: Option<CommitId>,
    /// The rule that it breaks, as a word: `fast-forward`, `signature`, `policy`.
    pub rule: &'static str,
    /// What is wrong.
    pub reason: String,
    /// Further lines: rules, values.
    pub notes: Vec<String>,
    /// What to do.
    pub help: Vec<String>,
}

/// The list of refs that Git gives to its hooks: `<old> <new> <ref>`, one a line.
///
/// # Errors
/// When a line is not one.
pub fn parse_updates(text: &str) -> Result<Vec<Update>> {
    let id = |text: &str| {
        let commit = CommitId::parse(text)?;
        Some(if commit.as_bytes().iter().all(|byte| *byte == 0) { None } else { Some(commit) })
    };
    let update = |line: &str| {
        let (old, rest) = line.split_once(' ')?;
        let (new, name) = rest.split_once(' ')?;
        let (old, new) = (id(old)?, id(new)?);
        // Git itself has checked the name; an empty one would be a line cut short.
        (!name.is_empty()).then(|| Update { name: name.to_owned(), old, new })
    };
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(at, line)| {
            update(line).ok_or_else(|| {
                Failure::input(format!("line {} on stdin is not `<old> <new> <ref>`", at + 1))
                    .help("Git writes these lines when it runs the hook; to try it by hand, give one line a ref")
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_git_are_read() {
        let (zero, one) = ("0".repeat(40), "1".repeat(40));
        let text = format!("{zero} {one} refs/gatos/trust\n\n{one} {zero} refs/heads/a b\n");
        let updates = parse_updates(&text).unwrap_or_default();
        assert_eq!(updates.len(), 2);
        assert_eq!((updates[0].old, updates[1].new), (None, None));
        assert_eq!(updates[1].name, "refs/heads/a b");
        for bad in ["x", "1 2 3", &format!("{one} {one}"), &format!("{one} {one} ")] {
            assert!(parse_updates(bad).is_err_and(|e| e.what.contains("line 1")), "{bad}");
        }
    }
}
