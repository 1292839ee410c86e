//! The module `gatos.test`, which tests of folds may require: written in EchoLua, compiled in like any other.

use crate::pipeline::ModuleSource;

/// How the name of a file with tests ends.
pub const TEST_ENDING: &str = "_test.lua";
/// The module that such a file may require.
pub const LIBRARY_NAME: &str = "gatos.test";
/// Its text.
pub const LIBRARY: &str = include_str!("gatos_test.lua");
/// The name that messages give its file.
pub const LIBRARY_FILE: &str = "<gatos.test>";

/// The test library, for loaders of modules: only files with tests may have it.
pub fn library(main: &str, module: &str) -> Option<ModuleSource> {
    let wanted = module == LIBRARY_NAME && main.ends_with(TEST_ENDING);
    wanted.then(|| ModuleSource { path: LIBRARY_FILE.to_owned(), text: LIBRARY.to_owned() })
}
