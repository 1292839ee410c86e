//! `cargo xtask e2e-vscode`: a real VS Code, in a browser without a window, with the extension and the program
//! as they are now. A script opens a project with mistakes, looks at what is drawn, and takes the pictures of
//! the documentation; what is missing on the screen fails the command.
//!
//! VS Code comes as code-server from npm. What is installed stays under `target/e2e`.

use crate::{cargo, editors, root, run};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The editor's package; later ones were not tried.
const CODE_SERVER: &str = "code-server@4.100.3";
/// What drives the browser.
const PLAYWRIGHT: &str = "playwright-core@1.65.1";
/// Names that distributions give the browser.
const BROWSERS: [&str; 5] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

/// Runs it; the words behind the task's name are scenes, and none of them are all.
///
/// # Errors
/// When something is missing on the machine, when a step fails, and when something is not on the screen.
pub fn vscode(scenes: &[&str]) -> Result<(), String> {
    editors::need_node()?;
    let browser = browser()?;
    let place = root().join("target/e2e");
    std::fs::create_dir_all(&place).map_err(|e| format!("{}: {e}", place.display()))?;
    let gatos = gatos()?;
    let vsix = editors::vscode()?;
    let editor = editor(&place)?;
    driver(&place)?;
    run(Command::new("node")
        .current_dir(&place)
        .arg(root().join("editors/vscode/e2e/run.mjs"))
        .arg(format!("--gatos={}", gatos.display()))
        .arg(format!("--vsix={}", vsix.display()))
        .arg(format!("--editor={}", editor.display()))
        .arg(format!("--browser={}", browser.display()))
        .arg(format!("--place={}", place.display()))
        .arg(format!("--pictures={}", root().join("docs/editors/images").display()))
        .args(scenes))
}

/// The program: the one that `GATOS` names, else built now.
fn gatos() -> Result<PathBuf, String> {
    if let Some(path) = std::env::var_os("GATOS") {
        return Ok(PathBuf::from(path));
    }
    run(cargo().args(["build", "--quiet", "--package", "gatosd", "--bin", "gatos"]))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    Ok(target.join("debug").join(format!("gatos{}", std::env::consts::EXE_SUFFIX)))
}

/// The browser: the one that `CHROMIUM` names, else the first on `PATH`.
fn browser() -> Result<PathBuf, String> {
    if let Some(path) = std::env::var_os("CHROMIUM") {
        return Ok(PathBuf::from(path));
    }
    let help = "there is no Chromium on PATH; install one (Debian: chromium), or name it by CHROMIUM";
    on_path(&BROWSERS).ok_or_else(|| help.to_owned())
}

/// The first program on `PATH` that has one of some names.
fn on_path(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places = std::env::split_paths(&path).flat_map(|folder| names.iter().map(move |name| folder.join(name)));
    places.find(|path| path.is_file())
}

/// Installs the editor, unless it is there, and gives its entry point.
fn editor(place: &Path) -> Result<PathBuf, String> {
    let folder = place.join("editor");
    let package = folder.join("node_modules/code-server");
    let entry = package.join("out/node/entry.js");
    let done = folder.join("installed");
    if entry.is_file() && std::fs::read_to_string(&done).is_ok_and(|installed| installed == CODE_SERVER) {
        return Ok(entry);
    }
    eprintln!("installing {CODE_SERVER} into {}: 2 minutes", folder.display());
    std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    std::fs::write(folder.join("package.json"), "{ \"private\": true }\n").map_err(|e| e.to_string())?;
    let quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
    run(editors::npm(&folder).args(["install", "--ignore-scripts", CODE_SERVER]).args(quiet))?;
    // The editor inside has dependencies of its own, which its package installs by a script that asks for tools
    // that are not needed here.
    let inside = package.join("lib/vscode");
    for part in [inside.clone(), inside.join("extensions")] {
        let args = ["install", "--omit=dev", "--ignore-scripts", "--legacy-peer-deps"];
        run(editors::npm(&part).args(args).args(quiet))?;
    }
    let help = "it needs a C++ compiler, Python 3 and the headers of Kerberos (Debian: g++ python3 libkrb5-dev)";
    run(editors::npm(&folder).args(["rebuild", "argon2", "--build-from-source"]))
        .map_err(|error| format!("{error}; {help}"))?;
    // This one complains at its end, after all that is needed was built; whether it was is seen below.
    let built = run(editors::npm(&inside).args(["rebuild", "node-pty", "@vscode/spdlog", "native-watchdog"]));
    for native in ["node-pty/build/Release/pty.node", "@vscode/spdlog/build/Release/spdlog.node"] {
        if !inside.join("node_modules").join(native).is_file() {
            return Err(format!("{native} was not built ({}); {help}", built.err().unwrap_or_default()));
        }
    }
    // Finding files, which the package would fetch from elsewhere.
    let bin = inside.join("node_modules/@vscode/ripgrep/bin");
    let finder = on_path(&["rg"]).ok_or("there is no rg on PATH; install ripgrep")?;
    std::fs::create_dir_all(&bin).map_err(|e| format!("{}: {e}", bin.display()))?;
    std::fs::copy(&finder, bin.join("rg")).map_err(|e| format!("{}: {e}", finder.display()))?;
    std::fs::write(&done, CODE_SERVER).map_err(|e| format!("{}: {e}", done.display()))?;
    Ok(entry)
}

/// Installs what drives the browser, unless it is there.
fn driver(place: &Path) -> Result<(), String> {
    let done = place.join("driver");
    if place.join("node_modules/playwright-core").is_dir()
        && std::fs::read_to_string(&done).is_ok_and(|installed| installed == PLAYWRIGHT)
    {
        return Ok(());
    }
    std::fs::write(place.join("package.json"), "{ \"private\": true }\n").map_err(|e| e.to_string())?;
    run(editors::npm(place).args(["install", "--ignore-scripts", "--no-audit", "--no-fund", PLAYWRIGHT]))?;
    std::fs::write(&done, PLAYWRIGHT).map_err(|e| format!("{}: {e}", done.display()))
}
