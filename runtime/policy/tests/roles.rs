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
