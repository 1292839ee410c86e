//! Neovim with the plugin of `editors/nvim`, headless, against the real language server. Where
//! Neovim is not installed a line says that nothing was tested.

mod common;
mod editor;

use std::path::Path;
use std::process::Command;

#[test]
fn neovim_speaks_with_the_server() {
    let Some(version) = editor::version("nvim") else { return };
    let place = editor::project();
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../editors/nvim/tests").canonicalize().unwrap();
    let mut nvim = Command::new("nvim");
    nvim.args(["--headless", "-n", "-i", "NONE", "-u"]).arg(tests.join("init.lua"));
    nvim.arg("-c").arg(format!("luafile {}", tests.join("run.lua").display()));
    let said = editor::run(&place, nvim);
    assert!(said.ends_with("0 failed\n"), "{version}\n{said}");
    assert!(said.contains("ok a lens previews the fold over real events"), "{said}");
}
