//! The examples do what their pages say.

mod common;

use std::path::Path;
use std::process::Command;

use common::{Done, Place};

#[test]
fn a_decision_as_a_rule() {
    let place = Place::empty();
    let bin = Path::new(env!("CARGO_BIN_EXE_gatos")).parent().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/adr-as-policy/run.sh");
    let done: Done = Command::new("sh")
        .arg(script.canonicalize().unwrap())
        .current_dir(&place.0)
        .env("PATH", format!("{}:{}", bin.display(), std::env::var("PATH").unwrap()))
        .env("HOME", &place.0)
        .env("TMPDIR", &place.0)
        .env("USER", "ann")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env_remove("GIT_DIR")
        .output()
        .unwrap()
        .into();
    let out = done.ok();
    for words in [
        "7 tests: 7 passed",
        "error: denied: ADR-0007 protects src/api/v1.rs; caps missing: api:change",
        "forbidden by gatos.api.deny#1 (policies/api.rgs:14)",
        "see docs/adr/0007-public-api.md (ADR-0007, the public API changes by consent)",
        "help: a root can grant it: `gatos trust grant user:bob api:change`",
        "result      DENY (forbidden)",
        "holds: 01",
        "granted 01",
    ] {
        assert!(out.contains(words), "{words}\n{out}");
    }
    let listed = out.rsplit("$ gatos event log code").next().unwrap().trim().lines().count();
    assert_eq!(listed, 2, "{out}");
}
