//! The names of GATOS's refs, taken apart.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;

const ROOT: &str = "refs/gatos/";

/// The namespace of a journal, checkpoint, proof chain or epoch; nothing for other refs.
pub fn namespace(name: &str) -> Option<&str> {
    let rest = name.strip_prefix(ROOT)?;
    let found = if let Some(journal) = rest.strip_prefix("journal/") {
        journal_parts(journal)?.0
    } else if let Some(state) = rest.strip_prefix("state/") {
        // Behind the point is the channel: a namespace has none.
        state.split('.').next().unwrap_or(state)
    } else if let Some(proofs) = rest.strip_prefix("audit/proofs/") {
        proofs
    } else {
        rest.strip_prefix("epoch/")?.rsplit_once('/')?.0
    };
    let fits = |part: &str| !part.is_empty() && !part.contains('.');
    found.split('/').all(fits).then_some(found)
}

/// The actor that a journal belongs to, `user:ann` for `.../user/ann`; nothing for other refs.
pub fn actor(name: &str) -> Option<String> {
    let (_, kind, name) = journal_parts(name.strip_prefix(ROOT)?.strip_prefix("journal/")?)?;
    Some(format!("{kind}:{name}"))
}

/// Namespace, kind and name.
fn journal_parts(journal: &str) -> Option<(&str, &str, &str)> {
    let (front, name) = journal.rsplit_once('/')?;
    let (namespace, kind) = front.rsplit_once('/')?;
    let known = matches!(kind, "user" | "agent" | "service");
    (known && !name.is_empty() && !namespace.is_empty()).then_some((namespace, kind, name))
}

/// The number of an epoch: the last part of its ref, or the number itself as text.
pub fn epoch(text: &str) -> Option<i64> {
    let id = match text.strip_prefix(ROOT) {
        Some(rest) => rest.strip_prefix("epoch/")?.rsplit_once('/')?.1,
        None => text,
    };
    let digits = !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit());
    if digits { id.parse().ok() } else { None }
}

/// The milliseconds that a ULID's first ten characters say; nothing unless it is written in the one accepted way.
pub fn ulid_ms(text: &str) -> Option<i64> {
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let bytes = text.as_bytes();
    if bytes.len() != 26 || bytes[0] > b'7' || !bytes.iter().all(|b| ALPHABET.contains(b)) {
        return None;
    }
    let digit = |b: &u8| ALPHABET.iter().position(|a| a == b).unwrap_or(0) as i64;
    Some(bytes[..10].iter().fold(0, |sum, b| sum * 32 + digit(b)))
}

/// What an actor's text should look like, or nothing when it does.
pub fn actor_fault(text: &str) -> Option<String> {
    let (kind, name) = text.split_once(':').unwrap_or(("", ""));
    let known = matches!(kind, "user" | "agent" | "service");
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if known && !name.is_empty() && name.chars().all(fits) {
        return None;
    }
    Some(format!("`{}` is not an actor, as in `user:ann`, `agent:echo` or `service:gate`", text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn namespaces() {
        for (name, want) in [
            ("refs/gatos/journal/finance/user/ann", Some("finance")),
            ("refs/gatos/journal/jobs/tenant-a/agent/echo", Some("jobs/tenant-a")),
            ("refs/gatos/state/finance", Some("finance")),
            ("refs/gatos/state/finance.audit", Some("finance")),
            ("refs/gatos/audit/proofs/jobs/tenant-a", Some("jobs/tenant-a")),
            ("refs/gatos/epoch/finance/12", Some("finance")),
            ("refs/gatos/journal/finance/robot/ann", None),
            ("refs/gatos/journal/user/ann", None),
            ("refs/gatos/journal//user/ann", None),
            ("refs/gatos/journal/a//b/user/ann", None),
            ("refs/gatos/state/", None),
            ("refs/gatos/trust", None),
            ("refs/heads/main", None),
            ("", None),
        ] {
            assert_eq!(namespace(name), want, "{name}");
        }
    }

    #[test]
    fn actors_and_epochs() {
        assert_eq!(actor("refs/gatos/journal/jobs/tenant-a/agent/echo").as_deref(), Some("agent:echo"));
        assert_eq!(actor("refs/gatos/state/user/ann"), None);
        assert_eq!(epoch("refs/gatos/epoch/finance/0012"), Some(12));
        assert_eq!(epoch("7"), Some(7));
        for wrong in ["refs/gatos/epoch/finance/x", "refs/gatos/epoch/3", "-1", "", "99999999999999999999"] {
            assert_eq!(epoch(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn ulids() {
        assert_eq!(ulid_ms("01BX5ZZKBKACTAV9WEVGEMMVRZ"), Some(1_508_808_576_371));
        assert_eq!(ulid_ms("7ZZZZZZZZZZZZZZZZZZZZZZZZZ"), Some((1 << 48) - 1));
        for wrong in ["", "01bx5zzkbkactav9wevgemmvrz", "81BX5ZZKBKACTAV9WEVGEMMVRZ", "01BX5ZZKBKACTAV9WEVGEMMVRI"] {
            assert_eq!(ulid_ms(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn actors() {
        assert_eq!(actor_fault("user:ann-2.x_y"), None);
        for wrong in ["ann", "user:", "robot:x", "user:a b", "user:a:b", ""] {
            assert!(actor_fault(wrong).is_some(), "{wrong}");
        }
    }
}
