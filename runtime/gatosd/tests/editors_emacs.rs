//! Emacs with Eglot and the modes of `editors/emacs`, in batch, against the real language server.
//! Where Emacs is not installed a line says that nothing was tested.

mod common;
mod editor;

use std::path::Path;
use std::process::Command;

#[test]
fn emacs_speaks_with_the_server() {
    let Some(version) = editor::version("emacs") else { return };
    let place = editor::project();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../editors/emacs/tests/run.el").canonicalize().unwrap();
    let mut emacs = Command::new("emacs");
    // `-q`, not `-Q`: where Eglot is a package of the distribution, the site's files name it.
    emacs.args(["--batch", "-q", "-l"]).arg(script);
    let said = editor::run(&place, emacs);
    if said.starts_with("skipped") {
        println!("{said}");
        return;
    }
    assert!(said.ends_with("0 failed\n"), "{version}\n{said}");
    assert!(said.contains("ok a local is renamed"), "{said}");
}
