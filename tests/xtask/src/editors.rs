//! `cargo xtask editors`: the extension for VS Code, checked, tested, bundled and packed as a `.vsix`.
//! Needs Node and npm, which nothing else here does; without them it says so and changes nothing.

use crate::{root, run, shown};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The oldest Node that the packing tool runs on.
const OLDEST_NODE: u64 = 20;

/// Builds all packages of editors into `target/editors`.
///
/// # Errors
/// When Node or npm is missing or too old, and when a step fails.
pub fn build() -> Result<(), String> {
    let packed = vscode()?;
    println!("{}", packed.strip_prefix(root()).unwrap_or(&packed).display());
    Ok(())
}

/// Builds the `.vsix` and gives its path.
///
/// # Errors
/// As [`build`].
pub fn vscode() -> Result<PathBuf, String> {
    need_node()?;
    let folder = root().join("editors/vscode");
    let out = root().join("target/editors");
    std::fs::create_dir_all(&out).map_err(|e| format!("{}: {e}", out.display()))?;
    install(&folder, &out)?;
    for step in ["check", "test", "bundle"] {
        quietly(npm(&folder).args(["run", "--silent", step]))?;
    }
    let packed = out.join(format!("gatos-{}.vsix", version(&folder)?));
    quietly(npm(&folder).args(["run", "--silent", "package", "--", "--out"]).arg(&packed))?;
    Ok(packed)
}

/// Runs a command that has much to say; it is heard when it fails.
fn quietly(command: &mut Command) -> Result<(), String> {
    let shown = shown(command);
    let output = command.output().map_err(|error| format!("`{shown}` does not start: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(format!("{}\n`{shown}` ended with {}", String::from_utf8_lossy(&said).trim_end(), output.status))
}

/// `npm ci`, unless the very packages of the lock file are there already.
fn install(folder: &Path, out: &Path) -> Result<(), String> {
    let lock = folder.join("package-lock.json");
    let wanted = std::fs::read(&lock).map_err(|e| format!("{}: {e}", lock.display()))?;
    let stamp = out.join("installed-lock.json");
    if folder.join("node_modules").is_dir() && std::fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    // Scripts of packages are not needed for what is used of them, so none are run.
    run(npm(folder).args(["ci", "--ignore-scripts"]))?;
    std::fs::write(&stamp, wanted).map_err(|e| format!("{}: {e}", stamp.display()))
}

/// npm in a folder.
pub fn npm(folder: &Path) -> Command {
    let mut command = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.current_dir(folder);
    // A native package that is built on the machine finds a distribution's headers instead of fetching some.
    if std::env::var_os("npm_config_nodedir").is_none() && Path::new("/usr/include/node/node.h").is_file() {
        command.env("npm_config_nodedir", "/usr");
    }
    command
}

/// Says what is missing, before anything begins.
///
/// # Errors
/// When Node or npm is missing or too old.
pub fn need_node() -> Result<(), String> {
    let help = format!("install Node {OLDEST_NODE} or newer, which brings npm");
    let version = said(Command::new("node").arg("--version")).ok_or_else(|| format!("node is not on PATH; {help}"))?;
    let major = version.trim_start_matches('v').split('.').next().and_then(|digits| digits.parse::<u64>().ok());
    if major.is_none_or(|major| major < OLDEST_NODE) {
        return Err(format!("node is {version}, which is too old; {help}"));
    }
    said(npm(&root()).arg("--version")).map(|_| ()).ok_or_else(|| format!("npm is not on PATH; {help}"))
}

/// What a command prints, when it ends well.
fn said(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The version in a `package.json`: the first one, since npm writes the package's own before all others.
fn version(folder: &Path) -> Result<String, String> {
    let path = folder.join("package.json");
    let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    first_version(&text).ok_or_else(|| format!("{}: there is no version", path.display()))
}

fn first_version(text: &str) -> Option<String> {
    let rest = text.split_once("\"version\"")?.1.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
    Some(rest.split_once('"')?.0.to_owned())
}

#[cfg(test)]
mod tests {
    use super::first_version;

    #[test]
    fn the_version_of_a_package_is_found() {
        assert_eq!(first_version("{\n  \"name\": \"gatos\",\n  \"version\" : \"0.1.0\"\n}").as_deref(), Some("0.1.0"));
        assert_eq!(first_version("{ \"name\": \"gatos\" }"), None);
    }
}
