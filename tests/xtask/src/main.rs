//! Project tasks: `cargo xtask check | gen | bless | editors | e2e-vscode`. Nothing here is part of the product.

mod bless;
mod check;
mod e2e;
mod editors;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const USAGE: &str = "\
cargo xtask check                     the whole gate: format, lints, tests (with maps, goldens, generated pages)
cargo xtask gen                       write docs/reference from the tables in the code
cargo xtask bless [FILTER]            rewrite .expect files of golden cases, and show the diff
cargo xtask bless --contract [FILTER] rewrite .roots files too; needs a new version and a changelog line
cargo xtask editors                   pack the extension for VS Code into target/editors; needs Node
cargo xtask e2e-vscode [SCENE…]       drive a real VS Code, and take the documentation's pictures; needs Chromium too
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["check"] => check::run(),
        ["gen" | "docs"] => run(cargo().args(["run", "--quiet", "--package", "gatos-harness", "--bin", "reference"])),
        ["bless", "--contract"] => bless::contract(None),
        ["bless", "--contract", filter] => bless::contract(Some(filter)),
        ["bless"] => bless::expectations(None),
        ["bless", filter] => bless::expectations(Some(filter)),
        ["editors"] => editors::build(),
        ["e2e-vscode", scenes @ ..] => e2e::vscode(scenes),
        ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            Ok(())
        }
        _ => Err(format!("unknown task\n\n{USAGE}")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            if !message.is_empty() {
                eprintln!("xtask: {message}");
            }
            ExitCode::FAILURE
        }
    }
}

/// The checkout's top folder.
fn root() -> PathBuf {
    // This package lies two folders below the top.
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// The cargo that runs us, at the top folder.
fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    // Set by the outer cargo for this process; an inner one must find out by itself.
    for name in ["CARGO_MANIFEST_DIR", "CARGO_PKG_NAME", "CARGO_PKG_VERSION"] {
        command.env_remove(name);
    }
    command
}

/// Runs a command with our own output streams; an error says which one failed.
fn run(command: &mut Command) -> Result<(), String> {
    let shown = shown(command);
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{shown}` ended with {status}")),
        Err(error) => Err(format!("`{shown}` does not start: {error}")),
    }
}

fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_stem().unwrap_or_default().to_string_lossy().into_owned();
    command.get_args().fold(program, |line, arg| line + " " + &arg.to_string_lossy())
}
