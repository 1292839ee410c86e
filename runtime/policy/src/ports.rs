//! What a gate needs of a machine: the answers of a policy to one input, and what happened on the way to them.
//! The gate's own rules are tested over a machine of a few lines; [`crate::engine`] is the real one.

use alloc::string::String;
use alloc::vec::Vec;

use gatos_canon::Value;

use crate::model::ErrorCode;
use crate::rules::Role;

/// What one `allow` or `deny` document says.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Its part in decisions.
    pub role: Role,
    /// Its path with dots: `gatos.exec.deny`.
    pub document: String,
    /// Its value; none when it is undefined. Sets are sorted arrays.
    pub value: Option<Value>,
}

/// What a policy says about an input.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Ruling {
    /// Every `allow` and `deny` document below `gatos`.
    pub answers: Vec<Answer>,
    /// Names of the rules that held, in order.
    pub fired: Vec<String>,
    /// What it took.
    pub fuel: u64,
}

/// Why a policy said nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// Which kind.
    pub code: ErrorCode,
    /// What the machine said.
    pub message: String,
    /// Where, `policies/exec.rgs:12`.
    pub place: Option<String>,
    /// What it took so far.
    pub fuel: u64,
}

/// A rule as people find it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct RuleRef {
    /// `gatos.exec.deny#2`.
    pub name: String,
    /// `policies/exec.rgs:12`.
    pub place: Option<String>,
    /// The title in its METADATA.
    pub title: Option<String>,
    /// The description there.
    pub description: Option<String>,
    /// What is custom there, as canonical JSON.
    pub custom: Option<String>,
}

/// A deny rule that fired.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// Which.
    pub rule: RuleRef,
    /// The reasons that it gave.
    pub reasons: Vec<Value>,
    /// What its variables and the parts of the input that it reads were.
    pub values: Vec<(String, Value)>,
}

/// An allow rule that did not hold, and how far it came.
#[derive(Clone, Debug, PartialEq)]
pub struct Miss {
    /// Which.
    pub rule: RuleRef,
    /// How many of its conditions held before one failed.
    pub held: u32,
    /// The condition that failed, as its source has it.
    pub condition: Option<String>,
    /// Where the condition is.
    pub place: Option<String>,
    /// What its variables and the parts of the input that it reads were.
    pub values: Vec<(String, Value)>,
    /// What is missing, when a GATOS function failed that can say so: `caps missing: exec:run`.
    pub missing: Option<String>,
}

/// What happened on the way to a decision.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Trace {
    /// Deny rules that fired.
    pub hits: Vec<Hit>,
    /// Allow rules that did not hold.
    pub misses: Vec<Miss>,
}

/// A policy with its data, ready to be asked any number of times. The same input always gives the same.
pub trait Machine {
    /// Asks every `allow` and `deny` document.
    ///
    /// # Errors
    /// When evaluation ends without an answer.
    fn ask(&mut self, input: &[u8]) -> Result<Ruling, Fault>;

    /// Asks again and watches.
    ///
    /// # Errors
    /// As [`Machine::ask`].
    fn trace(&mut self, input: &[u8]) -> Result<Trace, Fault>;
}
