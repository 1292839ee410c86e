//! Lenses: over tests to run them, over `allow` and `deny` to pin an input and to see the decision.

use super::Here;
use super::decide::decided;
use super::walk::{head_path, is_test};
use crate::answer::{Command, Lens};
use crate::command;
use crate::host::{File, Snapshot};
use std::collections::BTreeSet;
use std::sync::Arc;

pub(crate) fn lenses(snapshot: &Snapshot, file: &Arc<File>) -> Vec<Lens> {
    let Some(here) = Here::new(snapshot, file) else { return Vec::new() };
    let path = file.path.to_string();
    let module = &here.parsed.module;
    let mut out = Vec::new();
    let mut lens = |span, name, title: String, arguments: Vec<String>| {
        out.push(Lens { span, command: Command { name, title, arguments } });
    };
    let mut seen: BTreeSet<Vec<String>> = BTreeSet::new();
    let pin = snapshot.root_of(&file.path).and_then(|root| snapshot.pin(&root.path));
    let mut has_tests = false;
    let mut is_judged = false;
    for rule in &module.rules {
        let head = head_path(&rule.head);
        let (Some((_, span)), Some((last, _))) = (head.first(), head.last()) else { continue };
        let mut document = here.parsed.package();
        document.extend(head.iter().map(|(text, _)| (*text).to_owned()));
        if !seen.insert(document.clone()) {
            continue;
        }
        if is_test(last) {
            has_tests = true;
            lens(*span, command::RUN_TEST, "▶ Run test".to_owned(), vec![path.clone(), (*last).to_owned()]);
        }
        if gatos_policy::rules::role(&document).is_none() {
            continue;
        }
        match pin {
            None => {
                lens(
                    *span,
                    command::PIN_INPUT,
                    "pin the newest denial".to_owned(),
                    vec![path.clone(), "denial:0".to_owned()],
                );
            }
            Some(pin) => {
                let decided = decided(snapshot, file, &here.bundle);
                let verdict = decided.as_ref().and_then(|d| d.verdict()).unwrap_or_else(|| "not decided".to_owned());
                let title = format!("Decision: {verdict} (pinned: {})", pin.from);
                lens(*span, command::EXPLAIN_DECISION, title, vec![path.clone()]);
                if !is_judged {
                    lens(*span, command::PIN_INPUT, "take the pin off".to_owned(), vec![path.clone()]);
                }
                is_judged = true;
            }
        }
        lens(*span, command::TEST_FROM_DENIAL, "test from the newest denial".to_owned(), vec![path.clone()]);
    }
    if let Some(package) = module.package.as_ref().filter(|_| has_tests) {
        lens(package.span, command::RUN_TESTS, "▶ run all tests".to_owned(), vec![path.clone()]);
    }
    out.sort_by_key(|l| l.span);
    out
}
