//! Runs every golden case as a test of its own; `BLESS=1` accepts what comes out.

use gatos_harness::golden::{self, Mode};
use gatos_harness::root;
use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    let arguments = Arguments::from_args();
    let mode = Mode::from_env();
    let (cases, stray) = golden::discover(&root().join("tests/golden"));
    let mut trials: Vec<Trial> = cases
        .into_iter()
        .map(|case| Trial::test(case.name.clone(), move || golden::run(&case, mode).map_err(Failed::from)))
        .collect();
    trials.push(Trial::test("every_file_belongs_to_a_case", move || {
        if stray.is_empty() { Ok(()) } else { Err(Failed::from(stray.join("\n"))) }
    }));
    libtest_mimic::run(&arguments, trials).exit();
}
