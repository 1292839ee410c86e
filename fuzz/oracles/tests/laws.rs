//! The oracles, briefly: over random bytes, and over every input that is checked in.
//! `ORACLE_CASES=20000 cargo test -p gatos-oracles --release` looks longer, `ORACLE=elc_run`
//! at one of them only; a failure prints the bytes.

use gatos_oracles::ORACLES;
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};
use std::panic::{AssertUnwindSafe, catch_unwind};

fn cases() -> u32 {
    std::env::var("ORACLE_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(64)
}

fn brief(name: &str) {
    let (_, oracle) = ORACLES.iter().find(|(n, _)| *n == name).expect("an oracle of this name");
    let config = ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = TestRunner::new(config);
    let bytes = proptest::collection::vec(any::<u8>(), 0..500);
    runner
        .run(&bytes, |data| {
            catch_unwind(AssertUnwindSafe(|| oracle(&data))).map_err(|why| {
                let text = why.downcast_ref::<String>().cloned().unwrap_or_default();
                TestCaseError::fail(format!("{text}\nhex: {}", hex(&data)))
            })
        })
        .unwrap_or_else(|e| panic!("{name}: {e}"));
}

fn hex(data: &[u8]) -> String {
    data.iter().map(|b| format!("{b:02x}")).collect()
}

macro_rules! laws {
    ($($name:ident)*) => {
        $(#[test] fn $name() { brief(stringify!($name)); })*

        #[test]
        fn every_oracle_is_run() {
            let here = [$(stringify!($name)),*];
            assert!(ORACLES.iter().all(|(n, _)| here.contains(n)));
        }
    };
}

laws! { parse compile_run program_run elc_bytes elc_run fold_resume elc_fold rgc_run gate trust policy_text policy_index cbor json envelope numbers }

/// Each file of `seeds/<oracle>/` broke its law once, or shows the oracle the way.
#[test]
fn checked_in_inputs_hold() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
    for (name, oracle) in ORACLES {
        let Ok(dir) = std::fs::read_dir(root.join(name)) else { continue };
        let mut files: Vec<_> = dir.filter_map(|f| Some(f.ok()?.path())).collect();
        files.sort();
        for f in files {
            let data = std::fs::read(&f).expect("readable");
            if let Err(why) = catch_unwind(AssertUnwindSafe(|| oracle(&data))) {
                panic!("{}: {:?}", f.display(), why.downcast_ref::<String>());
            }
        }
    }
}
