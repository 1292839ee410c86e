//! Installing the hooks that make a bare repository a push gate. Hooks of others are never lost: they are
//! kept beside and run first, or nothing is done.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Result};
use crate::files;

/// The hooks of a push gate.
pub const HOOKS: [&str; 2] = ["pre-receive", "post-receive"];

/// How a script of ours is recognised.
const MARK: &str = "# gatos push gate";

/// What became of a hook.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Installed {
    /// There was none.
    New,
    /// Ours was there and was written anew.
    Renewed,
    /// Another's was there; it is kept as `<hook>.before-gatos` and runs first.
    Chained,
}

impl Installed {
    /// A word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Installed::New => "new",
            Installed::Renewed => "renewed",
            Installed::Chained => "chained",
        }
    }
}

/// Where another's hook is kept.
pub fn kept(dir: &Path, hook: &str) -> PathBuf {
    dir.join(format!("{hook}.before-gatos"))
}

/// Looks for hooks of others, which installing would get in the way of.
///
/// # Errors
/// When a hook cannot be read.
pub fn foreign(dir: &Path) -> Result<Vec<&'static str>> {
    let mut found = Vec::new();
    for hook in HOOKS {
        let path = dir.join(hook);
        match fs::read(&path) {
            Ok(bytes) if String::from_utf8_lossy(&bytes).contains(MARK) => {}
            Ok(_) => found.push(hook),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            Err(e) => return Err(Failure::io("read", &path, &e)),
        }
    }
    Ok(found)
}

/// Writes both hooks. Without `chain`, hooks of others are a refusal.
///
/// # Errors
/// When a hook of another is in the way, or a file cannot be written.
pub fn install(dir: &Path, gatos: &Path, chain: bool) -> Result<Vec<(&'static str, Installed)>> {
    let others = foreign(dir)?;
    if let (false, Some(first)) = (chain, others.first()) {
        return Err(Failure::input(format!("there is a {} hook already", dir.join(first).display()))
            .note("nothing was changed")
            .help("--chain keeps it as a file beside and runs it first")
            .help(format!("or call `gatos hook run {first}` from it, with its stdin")));
    }
    files::make_dir(dir)?;
    let mut done = Vec::new();
    for hook in HOOKS {
        let path = dir.join(hook);
        let how = if others.contains(&hook) {
            let kept = kept(dir, hook);
            if kept.exists() {
                return Err(Failure::input(format!("{} is there already", kept.display()))
                    .note(format!("and {} is not a hook of GATOS either", path.display()))
                    .help("join the two into one, or remove the one that is not needed"));
            }
            // Copied, not moved: between two steps there is always a hook in place.
            fs::copy(&path, &kept).map_err(|e| Failure::io("write", &kept, &e))?;
            Installed::Chained
        } else if path.exists() {
            Installed::Renewed
        } else {
            Installed::New
        };
        files::write_atomic(&path, script(dir, hook, gatos).as_bytes())?;
        make_executable(&path)?;
        done.push((hook, how));
    }
    Ok(done)
}

/// The text of a hook.
fn script(dir: &Path, hook: &str, gatos: &Path) -> String {
    let chained = match kept(dir, hook).exists() {
        // The old hook's word comes first; both read the same list of refs.
        true => format!(
            "before=\"$(dirname \"$0\")/{hook}.before-gatos\"\n\
             updates=$(cat)\n\
             if [ -x \"$before\" ]; then\n\
             \x20   printf '%s\\n' \"$updates\" | \"$before\" \"$@\" || exit 1\n\
             fi\n\
             printf '%s\\n' \"$updates\" | \"$gatos\" hook run {hook}\n"
        ),
        false => format!("exec \"$gatos\" hook run {hook}\n"),
    };
    format!(
        "#!/bin/sh\n{MARK}: written by `gatos install-hooks --server`, which may be run again.\n\
         gatos={}\n\
         [ -x \"$gatos\" ] || gatos=gatos\n{chained}",
        quoted(&gatos.display().to_string())
    )
}

/// A text as one word of the shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(unix)]
fn make_executable(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).map_err(|e| Failure::io("make executable", path, &e))
}

#[cfg(not(unix))]
fn make_executable(_path: &Path) -> Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_shell_are_quoted() {
        assert_eq!(quoted("/a b/it's"), "'/a b/it'\\''s'");
    }
}
