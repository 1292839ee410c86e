//! Why a program did not give a result, as plain data.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;
use gatos_vm::{Failure, Limit, TraceFrame};

/// Which call failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// Loading: the main chunk and its modules.
    Load,
    /// `init`, or taking up a checkpoint.
    Init,
    /// `fold`, on an event.
    Fold,
    /// `emit`.
    Emit,
    /// A function of a script.
    Call,
}

impl Stage {
    /// The stage in a sentence: "while …".
    pub fn doing(self) -> &'static str {
        match self {
            Stage::Load => "loading the program",
            Stage::Init => "making the first state",
            Stage::Fold => "folding an event",
            Stage::Emit => "emitting artifacts",
            Stage::Call => "calling a function",
        }
    }
}

/// A program that did not give a result.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FoldFailure {
    /// Which call failed.
    pub stage: Stage,
    /// The limit that was reached, when it was one.
    pub limit: Option<Limit>,
    /// What went wrong.
    pub message: String,
    /// What to do about it, when that is known.
    pub help: Option<String>,
    /// Active calls, innermost first; the source map turns them into places.
    pub trace: Box<[TraceFrame]>,
}

impl FoldFailure {
    pub(crate) fn new(stage: Stage, message: impl Into<String>) -> FoldFailure {
        FoldFailure { stage, limit: None, message: message.into(), help: None, trace: Box::new([]) }
    }

    pub(crate) fn help(mut self, text: impl Into<String>) -> FoldFailure {
        self.help = Some(text.into());
        self
    }

    pub(crate) fn of(stage: Stage, f: Failure) -> FoldFailure {
        let help = f.limit.map(|l| {
            let flag = l.name();
            alloc::format!(
                "raise it with --{flag} or `limits.{flag}` in the profile, if the program is meant to need that much"
            )
        });
        FoldFailure { stage, limit: f.limit, message: f.message, help, trace: f.trace }
    }
}

impl fmt::Display for FoldFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "while {}: {}", self.stage.doing(), self.message)
    }
}
