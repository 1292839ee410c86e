//! Which documents take part in decisions.

use gatos_policy::rules::{Role, role};

fn of(path: &str) -> Option<Role> {
    role(&path.split('.').map(str::to_owned).collect::<Vec<_>>())
}

#[test]
fn a_document_below_gatos_that_is_called_allow_or_deny_has_a_part() {
    assert_eq!(of("gatos.allow"), Some(Role::Allow));
    assert_eq!(of("gatos.exec.deny"), Some(Role::Deny));
    for path in ["gatos", "allow", "exec.allow", "gatos.exec.allowed", "gatos.allow.late"] {
        assert_eq!(of(path), None, "{path}");
    }
}

#[test]
fn what_is_below_an_allow_or_a_deny_has_none() {
    for path in ["gatos.deny.allow", "gatos.exec.deny.deny", "gatos.allow.exec.deny"] {
        assert_eq!(of(path), None, "{path}");
    }
}

/// Grants are checked by the ledger's rule, policies ask the library's: one meaning.
#[test]
fn the_ledger_and_the_library_agree_on_what_a_capability_covers() {
    use gatos_compiler::Source;
    use gatos_compiler::rgs::{PolicyOptions, compile};
    use gatos_vm::policy::{Input, Question};
    use gatos_vm::{Limits, Silent, Tag, Vm};

    let text = "package t\n\nhas if gatos.caps.has([input.held], input.wanted)\n";
    let compiled = compile(&[Source { name: "t.rgs", text }], None, &PolicyOptions::default());
    let program = compiled.program.expect("the policy compiles").program;
    let mut vm = Vm::new(&program, &gatos_stdlib::rgs::library(), Limits::DEFAULT, Box::new(Silent)).unwrap();
    let has = Question::Document(vm.find_document(&["t", "has"]).unwrap());
    let words = ["*", "a", "b", ""];
    let mut caps: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
    for x in words {
        for y in words {
            caps.push(format!("{x}:{y}"));
            caps.extend(words.iter().map(|z| format!("{x}:{y}:{z}")));
        }
    }
    for held in &caps {
        for wanted in &caps {
            let input = format!(r#"{{"held":"{held}","wanted":"{wanted}"}}"#);
            let library = vm.decide(has, Input::Json(input.as_bytes())).unwrap().tag() == Tag::True;
            assert_eq!(library, gatos_ledger_core::scope::covers(held, wanted), "{held} {wanted}");
        }
    }
}
