//! Accepting new golden results, with the difference in sight.
//!
//! `.expect` files are for people and are rewritten freely. `.roots` files are
//! promises to other machines: those need a new version and a reason first.

use crate::{cargo, root, run};
use std::fs;
use std::process::Command;

/// Rewrites `.expect` files and shows what changed.
///
/// # Errors
/// When the runner or Git fails.
pub fn expectations(filter: Option<&str>) -> Result<(), String> {
    golden(filter, "expect")
}

/// Rewrites `.expect` and `.roots` files, when a version moved and the changelog says why.
///
/// # Errors
/// When the promise may not be changed yet, saying what is missing; or when a command fails.
pub fn contract(filter: Option<&str>) -> Result<(), String> {
    let moved = moved_versions()?;
    if moved.is_empty() {
        return Err(format!(
            "roots are promises to other machines, and no version has moved since the last commit that changed one.\n\
             Raise one of these first: {}",
            VERSIONS.iter().map(|(file, name)| format!("{name} in {file}")).collect::<Vec<_>>().join(", ")
        ));
    }
    let changelog = fs::read_to_string(root().join("CHANGELOG.md")).map_err(|e| format!("CHANGELOG.md: {e}"))?;
    for (name, version) in &moved {
        if !changelog.lines().any(|line| line.contains(name.as_str()) && line.contains(version.as_str())) {
            return Err(format!("CHANGELOG.md has no line with `{name}` and `{version}` that says why roots change"));
        }
    }
    golden(filter, "contract")
}

/// The constants that name the meaning of programs: file and name.
const VERSIONS: &[(&str, &str)] = &[("vm/elc/src/program.rs", "ELC_VERSION"), ("vm/elc/src/engine.rs", "ECHO_VERSION")];

/// The constants whose value differs from the one at the last commit that touched a
/// `.roots` file.
fn moved_versions() -> Result<Vec<(String, String)>, String> {
    let base = git(&["log", "-1", "--format=%H", "--", "tests/golden/*.roots"])?;
    let base = base.trim();
    let mut moved = Vec::new();
    for (file, name) in VERSIONS {
        let now = fs::read_to_string(root().join(file)).ok().and_then(|text| constant(&text, name));
        let then = if base.is_empty() { None } else { git(&["show", &format!("{base}:{file}")]).ok() };
        let then = then.and_then(|text| constant(&text, name));
        if let Some(now) = now
            && then.as_ref() != Some(&now)
        {
            moved.push(((*name).to_owned(), now));
        }
    }
    Ok(moved)
}

/// The string in `pub const NAME: &str = "…";`.
fn constant(text: &str, name: &str) -> Option<String> {
    let line = text.lines().find(|line| line.contains(&format!("const {name}:")))?;
    line.split('"').nth(1).map(str::to_owned)
}

fn golden(filter: Option<&str>, mode: &str) -> Result<(), String> {
    let value = if mode == "contract" { "contract" } else { "1" };
    let mut command = cargo();
    command.env("BLESS", value).args(["test", "--quiet", "--package", "gatos-harness", "--test", "golden"]);
    if let Some(filter) = filter {
        command.args(["--", filter]);
    }
    let ran = run(&mut command);
    let mut diff = Command::new("git");
    diff.current_dir(root()).args(["--no-pager", "diff", "--stat", "--patch", "--", "tests/golden"]);
    run(&mut diff)?;
    let new = git(&["ls-files", "--others", "--exclude-standard", "--", "tests/golden"])?;
    for file in new.lines() {
        println!("new: {file}");
    }
    ran
}

fn git(args: &[&str]) -> Result<String, String> {
    let out = Command::new("git").current_dir(root()).args(args).output().map_err(|e| format!("git: {e}"))?;
    if !out.status.success() {
        return Err(format!("git {}: {}", args.join(" "), String::from_utf8_lossy(&out.stderr).trim()));
    }
    Ok(String::from_utf8_lossy(&out.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_version_constant_is_found_by_name() {
        let text = "/// doc\npub const ELC_VERSION: &str = \"0.1.0\";\n";
        assert_eq!(super::constant(text, "ELC_VERSION").as_deref(), Some("0.1.0"));
        assert_eq!(super::constant(text, "OTHER"), None);
    }
}
