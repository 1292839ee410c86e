//! `gatos/config/profile.yaml`: how a project runs its folds and guards its writes, unless flags say otherwise.
//! A profile is a named set of settings; the file may change each of them, and each knows where it came from.

use std::path::{Path, PathBuf};
use std::time::Duration;

use gatos_ledger_core::scope::aud_fault;
use gatos_policy::model::{GATE_LIMITS, LOCAL_REPOSITORY};
use gatos_vm::Limits;
use serde::Deserialize;

use crate::failure::{Failure, Result};
use crate::input;

/// Where a project keeps its profile: from the top of its working tree, or, in a repository without
/// one, from the Git folder.
pub const PROFILE_PATH: &str = "gatos/config/profile.yaml";

/// What `gatos init` writes.
pub const DEFAULT_PROFILE: &str = "\
# How this project runs its folds and guards its writes; `gatos profile show` tells all of it.
profile: local        # or push-gate, saas-hosted, research
# Limits are per call of init, fold and emit; they are part of the result, so every
# checkpoint's proof records them.
limits:
  fuel: 100000000     # units of work; `unlimited` lifts it
  depth: 16384        # calls that have not returned
  memory: 268435456   # abstract bytes made in a call, and the size of the state
";

/// The profiles there are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Kind {
    /// One person or machine; everything is enforced where it is written.
    #[default]
    Local,
    /// A shared repository whose hooks check every push.
    PushGate,
    /// A hosted repository, where the same checks run as a CI command.
    SaasHosted,
    /// Strict defaults for results that others will rely on.
    Research,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 4] = [Kind::Local, Kind::PushGate, Kind::SaasHosted, Kind::Research];

    /// Its name in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Local => "local",
            Kind::PushGate => "push-gate",
            Kind::SaasHosted => "saas-hosted",
            Kind::Research => "research",
        }
    }
}

/// What happens to writes while no policy is installed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Enforcement {
    /// They are refused.
    Required,
    /// They are taken, unbound.
    Installed,
}

/// How much of a checkpoint's proof a gate checks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProofCheck {
    /// All of it: the fold is run again.
    Recompute,
    /// Its signature, and that commit, files and proof agree with each other.
    Signed,
}

/// Where a setting came from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Origin {
    /// What every profile has.
    BuiltIn,
    /// The profile's own value.
    Profile(Kind),
    /// The file.
    File(PathBuf),
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Origin::BuiltIn => f.write_str("built in"),
            Origin::Profile(kind) => write!(f, "profile {}", kind.as_str()),
            Origin::File(path) => write!(f, "{}", path.display()),
        }
    }
}

/// A value and where it came from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Where from.
    pub from: Origin,
}

/// Three limits with their origins.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LimitSettings {
    /// Units of work.
    pub fuel: Setting<u64>,
    /// Calls that have not returned.
    pub depth: Setting<u32>,
    /// Abstract bytes.
    pub memory: Setting<u64>,
}

impl LimitSettings {
    /// The limits themselves.
    pub fn limits(&self) -> Limits {
        Limits { fuel: self.fuel.value, depth: self.depth.value, memory: self.memory.value }
    }
}

/// A project's profile, every setting of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Profile {
    /// Which one.
    pub kind: Setting<Kind>,
    /// Limits of folds.
    pub limits: LimitSettings,
    /// The repository's address, which audiences of grants are held against.
    pub repository: Setting<String>,
    /// What happens without a policy.
    pub enforcement: Setting<Enforcement>,
    /// How far a ULID may lie from the gate's clock, in milliseconds.
    pub skew_ms: Setting<u64>,
    /// Whether a gate takes events that no policy allowed when they were made.
    pub unbound_events: Setting<bool>,
    /// Whether each allowed event gets a note about its decision.
    pub decision_notes: Setting<bool>,
    /// How checkpoints are checked.
    pub proof_of_fold: Setting<ProofCheck>,
    /// Limits of one decision.
    pub policy_limits: LimitSettings,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct ProfileFile {
    profile: Option<String>,
    repository: Option<String>,
    #[serde(default)]
    limits: LimitsFile,
    #[serde(default)]
    policy: PolicyFile,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct LimitsFile {
    fuel: Option<Amount>,
    depth: Option<u32>,
    memory: Option<Amount>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct PolicyFile {
    enforcement: Option<String>,
    skew: Option<String>,
    unbound_events: Option<String>,
    decision_notes: Option<bool>,
    proof_of_fold: Option<String>,
    #[serde(default)]
    limits: LimitsFile,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Amount {
    Number(u64),
    Word(String),
}

/// A limit as flags and profiles spell it: a number, or `unlimited`.
///
/// # Errors
/// A sentence about what it may be.
pub fn parse_amount(text: &str) -> std::result::Result<u64, String> {
    const MOST: u64 = i64::MAX as u64;
    if text == "unlimited" {
        return Ok(MOST);
    }
    match text.replace('_', "").parse::<u64>() {
        Ok(0) => Err("a limit of 0 lets nothing run; give a positive number or `unlimited`".to_owned()),
        Ok(n) if n <= MOST => Ok(n),
        _ => Err(format!("it is a whole number up to {MOST}, or `unlimited`")),
    }
}

/// A span of time such as `90s`, `10m`, `24h` or `7d`.
///
/// # Errors
/// A sentence about what it may be.
pub fn parse_span(text: &str) -> std::result::Result<Duration, String> {
    let wrong = || "it is a whole number and a unit, such as `90s`, `10m`, `24h` or `7d`".to_owned();
    let unit = match text.chars().last() {
        Some('s') => 1,
        Some('m') => 60,
        Some('h') => 3_600,
        Some('d') => 86_400,
        _ => return Err(wrong()),
    };
    let number: u32 = text.get(..text.len() - 1).and_then(|n| n.parse().ok()).ok_or_else(wrong)?;
    Ok(Duration::from_secs(u64::from(number) * unit))
}

/// A span of milliseconds as [`parse_span`] reads it.
pub fn span_text(ms: u64) -> String {
    match ms / 1_000 {
        s if s >= 86_400 && s % 86_400 == 0 => format!("{}d", s / 86_400),
        s if s >= 3_600 && s % 3_600 == 0 => format!("{}h", s / 3_600),
        s if s >= 60 && s % 60 == 0 => format!("{}m", s / 60),
        s => format!("{s}s"),
    }
}

/// Limits given as flags.
#[derive(Clone, Copy, Default, Debug)]
pub struct LimitFlags {
    /// `--fuel`
    pub fuel: Option<u64>,
    /// `--depth`
    pub depth: Option<u32>,
    /// `--memory`
    pub memory: Option<u64>,
}

impl LimitFlags {
    /// The flags over a profile's limits.
    pub fn over(self, base: Limits) -> Limits {
        Limits {
            fuel: self.fuel.unwrap_or(base.fuel),
            depth: self.depth.unwrap_or(base.depth),
            memory: self.memory.unwrap_or(base.memory),
        }
    }
}

impl Default for Profile {
    fn default() -> Profile {
        Profile::of(built_in(Kind::Local))
    }
}

fn built_in<T>(value: T) -> Setting<T> {
    Setting { value, from: Origin::BuiltIn }
}

fn built_in_limits(limits: Limits) -> LimitSettings {
    LimitSettings { fuel: built_in(limits.fuel), depth: built_in(limits.depth), memory: built_in(limits.memory) }
}

impl Profile {
    /// A profile as it is before a file changes any of it.
    fn of(kind: Setting<Kind>) -> Profile {
        const MINUTE: u64 = 60_000;
        const DAY: u64 = 24 * 60 * MINUTE;
        let which = kind.value;
        let own = |value: u64| Setting { value, from: Origin::Profile(which) };
        let flag = |value: bool| Setting { value, from: Origin::Profile(which) };
        let alone = which == Kind::Local;
        // Pushes arrive long after they were made; a local gate and a strict one see the write itself.
        let skew_ms = match which {
            Kind::Local | Kind::Research => own(10 * MINUTE),
            Kind::PushGate | Kind::SaasHosted => own(DAY),
        };
        Profile {
            limits: built_in_limits(Limits::DEFAULT),
            repository: built_in(LOCAL_REPOSITORY.to_owned()),
            enforcement: Setting {
                value: if alone { Enforcement::Installed } else { Enforcement::Required },
                from: Origin::Profile(which),
            },
            skew_ms,
            unbound_events: flag(alone),
            decision_notes: flag(which == Kind::Research),
            proof_of_fold: Setting { value: ProofCheck::Recompute, from: Origin::Profile(which) },
            policy_limits: built_in_limits(GATE_LIMITS),
            kind,
        }
    }

    /// The profile below a folder: a working tree's top, or a Git folder. Without a file, or when it does not
    /// name one, it is `otherwise`.
    ///
    /// # Errors
    /// When the file is there and cannot be read or understood.
    pub fn at(folder: &Path, otherwise: Kind) -> Result<Profile> {
        let path = folder.join(PROFILE_PATH);
        if !path.exists() {
            return Ok(Profile::of(built_in(otherwise)));
        }
        let text = input::read_text(&path)?;
        parse(&text, &path, otherwise).map_err(|why| {
            Failure::input(format!("{}: {why}", path.display())).help(
                "it holds `profile:`, `limits:` and `policy:`; `gatos profile show` in another folder lists all \
                 settings, and docs/profiles.md explains them",
            )
        })
    }

    /// The profile for a command that needs no repository: of the project around `start`, if any.
    ///
    /// # Errors
    /// As [`Profile::at`].
    pub fn around(start: &Path) -> Result<Profile> {
        match project_top(start) {
            Some(top) => Profile::at(&top, Kind::Local),
            None => Ok(Profile::default()),
        }
    }

    /// Every setting by name, as text, with its origin.
    pub fn settings(&self) -> Vec<(&'static str, String, &Origin)> {
        fn row<'a, T>(name: &'static str, value: String, s: &'a Setting<T>) -> (&'static str, String, &'a Origin) {
            (name, value, &s.from)
        }
        let amount = |n: u64| if n == i64::MAX as u64 { "unlimited".to_owned() } else { n.to_string() };
        let enforcement = match self.enforcement.value {
            Enforcement::Required => "required",
            Enforcement::Installed => "installed",
        };
        let proof = match self.proof_of_fold.value {
            ProofCheck::Recompute => "recompute",
            ProofCheck::Signed => "signed",
        };
        let unbound = if self.unbound_events.value { "allow" } else { "refuse" };
        let (folds, policy) = (&self.limits, &self.policy_limits);
        vec![
            row("profile", self.kind.value.as_str().to_owned(), &self.kind),
            row("repository", self.repository.value.clone(), &self.repository),
            row("limits.fuel", amount(folds.fuel.value), &folds.fuel),
            row("limits.depth", folds.depth.value.to_string(), &folds.depth),
            row("limits.memory", amount(folds.memory.value), &folds.memory),
            row("policy.enforcement", enforcement.to_owned(), &self.enforcement),
            row("policy.skew", span_text(self.skew_ms.value), &self.skew_ms),
            row("policy.unbound_events", unbound.to_owned(), &self.unbound_events),
            row("policy.decision_notes", self.decision_notes.value.to_string(), &self.decision_notes),
            row("policy.proof_of_fold", proof.to_owned(), &self.proof_of_fold),
            row("policy.limits.fuel", amount(policy.fuel.value), &policy.fuel),
            row("policy.limits.depth", policy.depth.value.to_string(), &policy.depth),
            row("policy.limits.memory", amount(policy.memory.value), &policy.memory),
        ]
    }
}

/// The nearest folder at or above `start` that has a profile.
pub fn project_top(start: &Path) -> Option<PathBuf> {
    start.ancestors().find(|dir| dir.join(PROFILE_PATH).is_file()).map(Path::to_path_buf)
}

fn set_limits(
    settings: &mut LimitSettings,
    file: LimitsFile,
    name: &str,
    path: &Path,
) -> std::result::Result<(), String> {
    let from = || Origin::File(path.to_path_buf());
    let amount = |field: &str, amount: Amount| {
        let text = match amount {
            Amount::Number(n) => n.to_string(),
            Amount::Word(word) => word,
        };
        parse_amount(&text).map_err(|e| format!("{name}.{field}: {e}"))
    };
    if let Some(fuel) = file.fuel {
        settings.fuel = Setting { value: amount("fuel", fuel)?, from: from() };
    }
    match file.depth {
        None => {}
        Some(0) => return Err(format!("{name}.depth: a limit of 0 lets nothing run")),
        Some(value) => settings.depth = Setting { value, from: from() },
    }
    if let Some(memory) = file.memory {
        settings.memory = Setting { value: amount("memory", memory)?, from: from() };
    }
    Ok(())
}

/// What the reader of YAML says, without names of our own making.
fn plain(text: &str) -> String {
    let mut text = text.replace(
        "data did not match any variant of untagged enum Amount",
        "an amount is a whole number of 1 or more, or `unlimited`",
    );
    for name in ["ProfileFile", "LimitsFile", "PolicyFile"] {
        text = text.replace(&format!("struct {name}"), "a block of settings, one a line");
    }
    text
}

fn parse(text: &str, path: &Path, otherwise: Kind) -> std::result::Result<Profile, String> {
    let file: Option<ProfileFile> = serde_yaml_ng::from_str(text).map_err(|e| plain(&e.to_string()))?;
    let file = file.unwrap_or_default();
    let from = || Origin::File(path.to_path_buf());
    let kind = match &file.profile {
        None => built_in(otherwise),
        Some(name) => match Kind::ALL.into_iter().find(|kind| kind.as_str() == name) {
            Some(value) => Setting { value, from: from() },
            None => {
                let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
                return Err(format!("profile: {name:?} is unknown; there are {}", known.join(", ")));
            }
        },
    };
    let mut profile = Profile::of(kind);
    if let Some(value) = file.repository {
        if let Some(fault) = aud_fault(&value).or(value.contains('*').then_some("it is one address, without `*`")) {
            return Err(format!("repository: {value:?}: {fault}"));
        }
        profile.repository = Setting { value, from: from() };
    }
    set_limits(&mut profile.limits, file.limits, "limits", path)?;
    let policy = file.policy;
    set_limits(&mut profile.policy_limits, policy.limits, "policy.limits", path)?;
    let word = |name: &str, text: &str, known: [&str; 2]| match known.iter().position(|word| *word == text) {
        Some(at) => Ok(at == 0),
        None => Err(format!("policy.{name}: {text:?} is unknown; it is `{}` or `{}`", known[0], known[1])),
    };
    if let Some(text) = &policy.enforcement {
        let required = word("enforcement", text, ["required", "installed"])?;
        let value = if required { Enforcement::Required } else { Enforcement::Installed };
        profile.enforcement = Setting { value, from: from() };
    }
    if let Some(text) = &policy.skew {
        let span = parse_span(text).map_err(|e| format!("policy.skew: {text:?}: {e}"))?;
        let value = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        profile.skew_ms = Setting { value, from: from() };
    }
    if let Some(text) = &policy.unbound_events {
        let value = word("unbound_events", text, ["allow", "refuse"])?;
        profile.unbound_events = Setting { value, from: from() };
    }
    if let Some(value) = policy.decision_notes {
        profile.decision_notes = Setting { value, from: from() };
    }
    if let Some(text) = &policy.proof_of_fold {
        let all = word("proof_of_fold", text, ["recompute", "signed"])?;
        let value = if all { ProofCheck::Recompute } else { ProofCheck::Signed };
        profile.proof_of_fold = Setting { value, from: from() };
    }
    Ok(profile)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> std::result::Result<Profile, String> {
        parse(text, Path::new("p.yaml"), Kind::Local)
    }

    #[test]
    fn what_init_writes_are_the_defaults() {
        let values = |p: &Profile| -> Vec<String> { p.settings().into_iter().map(|(_, value, _)| value).collect() };
        let default = Profile::default();
        for text in [DEFAULT_PROFILE, ""] {
            assert_eq!(read(text).map(|p| values(&p)), Ok(values(&default)));
        }
        assert_eq!(default.limits.limits(), Limits::DEFAULT);
    }

    #[test]
    fn refusals_name_the_field() {
        assert!(read("limits: {fuel: -1}").is_err());
        assert!(read("limits: {fuel: lots}").is_err_and(|e| e.starts_with("limits.fuel")));
        assert!(read("limts: {}").is_err_and(|e| e.contains("limts")));
        assert!(read("limits: {depth: 0}").is_err());
        assert!(read("profile: strict").is_err_and(|e| e.contains("push-gate") && e.contains("research")));
        assert!(read("policy: {skew: soon}").is_err_and(|e| e.starts_with("policy.skew")));
        assert!(read("policy: {enforcement: on}").is_err_and(|e| e.starts_with("policy.enforcement")));
        assert!(read("policy: {unbound_events: perhaps}").is_err_and(|e| e.contains("`allow` or `refuse`")));
        assert_eq!(read("limits: {fuel: unlimited}").map(|p| p.limits.fuel.value), Ok(i64::MAX as u64));
    }

    #[test]
    fn a_file_changes_single_settings_of_a_profile() {
        let profile = read("profile: research\npolicy:\n  skew: 2h\n").unwrap_or_default();
        assert_eq!((profile.kind.value, profile.skew_ms.value), (Kind::Research, 7_200_000));
        assert_eq!(profile.skew_ms.from, Origin::File(PathBuf::from("p.yaml")));
        assert_eq!(profile.decision_notes, Setting { value: true, from: Origin::Profile(Kind::Research) });
        assert_eq!(profile.enforcement.value, Enforcement::Required);
    }

    #[test]
    fn spans_read_back() {
        for text in ["0s", "90s", "10m", "24h", "7d"] {
            let ms = |text: &str| parse_span(text).map(|span| span.as_millis() as u64);
            assert_eq!(ms(text).and_then(|n| ms(&span_text(n))), ms(text));
        }
        for text in ["", "m", "-1m", "1.5h", "10", "9999999999d", "1µ"] {
            assert!(parse_span(text).is_err(), "{text}");
        }
    }
}
