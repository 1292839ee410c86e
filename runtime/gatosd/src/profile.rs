//! `gatos/config/profile.yaml`: the limits that folds of a project run under unless flags say otherwise.

use std::path::{Path, PathBuf};

use gatos_vm::Limits;
use serde::Deserialize;

use crate::failure::{Failure, Result};
use crate::input;

/// Where a project keeps its profile, from the top of its working tree.
pub const PROFILE_PATH: &str = "gatos/config/profile.yaml";

/// What `gatos init` writes.
pub const DEFAULT_PROFILE: &str = "\
# How this project runs its folds. Limits are per call of init, fold and emit; they are part
# of the result, so every checkpoint's proof records them.
profile: local
limits:
  fuel: 100000000     # units of work; `unlimited` lifts it
  depth: 16384        # calls that have not returned
  memory: 268435456   # abstract bytes made in a call, and the size of the state
";

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct ProfileFile {
    profile: Option<String>,
    #[serde(default)]
    limits: LimitsFile,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct LimitsFile {
    fuel: Option<Amount>,
    depth: Option<u32>,
    memory: Option<Amount>,
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

/// The limits of the project whose working tree is at `top`; the defaults when it has no profile.
///
/// # Errors
/// When the profile is there and cannot be read or understood.
pub fn limits_at(top: &Path) -> Result<Limits> {
    let path = top.join(PROFILE_PATH);
    if !path.exists() {
        return Ok(Limits::DEFAULT);
    }
    let text = input::read_text(&path)?;
    parse(&text).map_err(|why| {
        Failure::input(format!("{}: {why}", path.display()))
            .help("it holds `profile:` and, under `limits:`, `fuel`, `depth` and `memory`; `gatos init` in an empty folder writes a fresh one")
    })
}

/// The profile's limits for a command that needs no repository: of the project around `start`, if any.
///
/// # Errors
/// As [`limits_at`].
pub fn limits_around(start: &Path) -> Result<Limits> {
    match project_top(start) {
        Some(top) => limits_at(&top),
        None => Ok(Limits::DEFAULT),
    }
}

/// The nearest folder at or above `start` that has a profile.
pub fn project_top(start: &Path) -> Option<PathBuf> {
    start.ancestors().find(|dir| dir.join(PROFILE_PATH).is_file()).map(Path::to_path_buf)
}

fn parse(text: &str) -> std::result::Result<Limits, String> {
    let file: Option<ProfileFile> = serde_yaml_ng::from_str(text).map_err(|e| e.to_string())?;
    let file = file.unwrap_or_default();
    if let Some(profile) = file.profile
        && profile != "local"
    {
        return Err(format!("profile: {profile:?} is unknown; this version knows `local`"));
    }
    let amount = |name: &str, amount: Option<Amount>, default: u64| match amount {
        None => Ok(default),
        Some(Amount::Number(n)) => parse_amount(&n.to_string()).map_err(|e| format!("limits.{name}: {e}")),
        Some(Amount::Word(word)) => parse_amount(&word).map_err(|e| format!("limits.{name}: {e}")),
    };
    let default = Limits::DEFAULT;
    let depth = match file.limits.depth {
        None => default.depth,
        Some(0) => return Err("limits.depth: a limit of 0 lets nothing run".to_owned()),
        Some(depth) => depth,
    };
    Ok(Limits {
        fuel: amount("fuel", file.limits.fuel, default.fuel)?,
        depth,
        memory: amount("memory", file.limits.memory, default.memory)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_init_writes_are_the_defaults() {
        assert_eq!(parse(DEFAULT_PROFILE), Ok(Limits::DEFAULT));
        assert_eq!(parse(""), Ok(Limits::DEFAULT));
    }

    #[test]
    fn refusals_name_the_field() {
        assert!(parse("limits: {fuel: -1}").is_err());
        assert!(parse("limits: {fuel: lots}").is_err_and(|e| e.starts_with("limits.fuel")));
        assert!(parse("limts: {}").is_err_and(|e| e.contains("limts")));
        assert!(parse("limits: {depth: 0}").is_err());
        assert_eq!(parse("limits: {fuel: unlimited}").map(|l| l.fuel), Ok(i64::MAX as u64));
    }
}
