//! What a ref is for, and so by which rules a push may move it.

use gatos_ledger_core::model::{
    ACTIVE_POLICY_REF, AUDIT_POLICY_REF, Channel, JOURNAL_PREFIX, JournalId, Namespace, POLICIES_PREFIX,
    POLICY_NOTES_REF, PROOFS_PREFIX, STATE_NOTES_REF, STATE_PREFIX, TRUST_REF, parse_state_ref,
};

/// The part of a repository that a ref belongs to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Area {
    /// A journal.
    Journal(JournalId),
    /// Checkpoints.
    State(Namespace, Option<Channel>),
    /// The trust graph and grants.
    Trust,
    /// The policy in force.
    ActivePolicy,
    /// A published bundle.
    Bundle(String),
    /// Denials on record.
    AuditPolicy,
    /// A chain of proofs.
    Proofs(Namespace),
    /// Notes of ours.
    Notes,
    /// Rebuildable indexes.
    Cache,
    /// Ours, and not one of these; with what is wrong about the name, where it is nearly one.
    Unknown(Option<String>),
    /// Not ours: branches, tags and the like.
    Foreign,
}

/// The area of a ref.
pub fn area(name: &str) -> Area {
    let named = |result: Result<Area, gatos_ledger_core::model::NameError>| match result {
        Ok(area) => area,
        Err(e) => Area::Unknown(Some(e.to_string())),
    };
    if name.starts_with(JOURNAL_PREFIX) {
        return named(JournalId::from_ref_name(name).map(Area::Journal));
    }
    if name.starts_with(STATE_PREFIX) {
        return named(parse_state_ref(name).map(|(ns, channel)| Area::State(ns, channel)));
    }
    if let Some(ns) = name.strip_prefix(PROOFS_PREFIX) {
        return named(Namespace::parse(ns).map(Area::Proofs));
    }
    match name {
        TRUST_REF => Area::Trust,
        ACTIVE_POLICY_REF => Area::ActivePolicy,
        AUDIT_POLICY_REF => Area::AuditPolicy,
        STATE_NOTES_REF | POLICY_NOTES_REF => Area::Notes,
        _ => match name.strip_prefix(POLICIES_PREFIX) {
            Some(bundle) => Area::Bundle(bundle.to_owned()),
            None if name.starts_with("refs/gatos/cache/") => Area::Cache,
            None if name == "refs/gatos" || name.starts_with("refs/gatos/") => Area::Unknown(None),
            None if name.starts_with("refs/notes/gatos/") => Area::Unknown(None),
            None => Area::Foreign,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ref_has_an_area() {
        let journal = "refs/gatos/journal/shop/user/ann";
        assert!(matches!(area(journal), Area::Journal(id) if id.ref_name() == journal));
        assert!(matches!(area("refs/gatos/state/shop.daily"), Area::State(_, Some(_))));
        assert_eq!(area("refs/gatos/trust"), Area::Trust);
        assert_eq!(area("refs/gatos/policies/active"), Area::ActivePolicy);
        assert_eq!(area("refs/gatos/policies/abc"), Area::Bundle("abc".to_owned()));
        assert_eq!(area("refs/gatos/audit/policy"), Area::AuditPolicy);
        assert!(matches!(area("refs/gatos/audit/proofs/a/b"), Area::Proofs(_)));
        assert_eq!(area("refs/notes/gatos/state"), Area::Notes);
        assert_eq!(area("refs/gatos/cache/x"), Area::Cache);
        for unknown in ["refs/gatos/journal/shop", "refs/gatos/mystery", "refs/gatos/audit/other", "refs/notes/gatos/x"]
        {
            assert!(matches!(area(unknown), Area::Unknown(_)), "{unknown}");
        }
        for foreign in ["refs/heads/main", "refs/tags/gatos", "refs/gatosx/y", "refs/notes/commits"] {
            assert_eq!(area(foreign), Area::Foreign, "{foreign}");
        }
    }
}
