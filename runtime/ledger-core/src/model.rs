//! The names of things: actors, namespaces, channels, event types, journals, and the refs they live under.
//! Each refusal says what is wrong with the name, because Git's own message would not.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;
use core::str::FromStr;

/// Where journals live.
pub const JOURNAL_PREFIX: &str = "refs/gatos/journal/";
/// Where checkpoints live.
pub const STATE_PREFIX: &str = "refs/gatos/state/";
/// Where proof chains live.
pub const PROOFS_PREFIX: &str = "refs/gatos/audit/proofs/";
/// The authority verifiers read.
pub const TRUST_REF: &str = "refs/gatos/trust";
/// Compiled bundles, each under its hash.
pub const POLICIES_PREFIX: &str = "refs/gatos/policies/";
/// The bundle in force.
pub const ACTIVE_POLICY_REF: &str = "refs/gatos/policies/active";
/// Denials, one chain.
pub const AUDIT_POLICY_REF: &str = "refs/gatos/audit/policy";
/// Decision notes on events, where the profile asks for them.
pub const POLICY_NOTES_REF: &str = "refs/notes/gatos/policy";
/// Notes holding each checkpoint's `state_root`.
pub const STATE_NOTES_REF: &str = "refs/notes/gatos/state";

const MAX_NAME: usize = 64;
const MAX_NAMESPACE: usize = 160;
const MAX_TYPE: usize = 200;

/// Why a name was refused: what it was meant to be, the text, and the rule it breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameError {
    /// What the name was meant to be.
    pub what: &'static str,
    /// The text as given.
    pub text: String,
    /// The rule it breaks, as a clause.
    pub reason: String,
}

impl NameError {
    fn new(what: &'static str, text: &str, reason: impl Into<String>) -> NameError {
        NameError { what, text: text.chars().take(200).collect(), reason: reason.into() }
    }
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} cannot be {}: {}", self.text, self.what, self.reason)
    }
}

impl core::error::Error for NameError {}

/// What sort of actor signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActorKind {
    /// A person.
    User,
    /// An automation acting for someone.
    Agent,
    /// A daemon.
    Service,
}

impl ActorKind {
    /// The word before the colon.
    pub fn as_str(self) -> &'static str {
        match self {
            ActorKind::User => "user",
            ActorKind::Agent => "agent",
            ActorKind::Service => "service",
        }
    }

    fn parse(text: &str) -> Option<ActorKind> {
        match text {
            "user" => Some(ActorKind::User),
            "agent" => Some(ActorKind::Agent),
            "service" => Some(ActorKind::Service),
            _ => None,
        }
    }
}

/// An actor, `user:ann`. The name is safe in a ref, a file name and an email address.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActorId {
    text: String,
    kind: ActorKind,
}

impl ActorId {
    /// Reads `user:ann`, `agent:echo` or `service:stargate`.
    pub fn parse(text: &str) -> Result<ActorId, NameError> {
        let what = "an actor";
        let Some((kind, name)) = text.split_once(':') else {
            return Err(NameError::new(what, text, "it needs a kind, as in `user:ann`, `agent:echo`, `service:gate`"));
        };
        let Some(kind) = ActorKind::parse(kind) else {
            return Err(NameError::new(what, text, "the kind before the colon is `user`, `agent` or `service`"));
        };
        if name.is_empty() {
            return Err(NameError::new(what, text, "the name after the colon is empty"));
        }
        if name.len() > MAX_NAME {
            return Err(NameError::new(what, text, format!("the name is longer than {MAX_NAME} characters")));
        }
        if let Some(c) = name.chars().find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))) {
            return Err(NameError::new(
                what,
                text,
                format!("{c:?} is not allowed in the name; use letters, digits, `-`, `_`, `.`"),
            ));
        }
        if name.starts_with(['.', '-']) || name.ends_with('.') || name.contains("..") || name.ends_with(".lock") {
            return Err(NameError::new(
                what,
                text,
                "Git refs forbid names that begin or end with a dot, hold two dots, begin with `-` or end with `.lock`",
            ));
        }
        Ok(ActorId { text: text.to_owned(), kind })
    }

    /// The whole text, `user:ann`.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What sort of actor this is.
    pub fn kind(&self) -> ActorKind {
        self.kind
    }

    /// The part after the colon.
    pub fn name(&self) -> &str {
        &self.text[self.kind.as_str().len() + 1..]
    }

    /// How the actor is spelled in a ref, `user/ann`, since refs allow no colon.
    pub fn ref_path(&self) -> String {
        format!("{}/{}", self.kind.as_str(), self.name())
    }

    /// How the actor is spelled in a file name, `user.ann`.
    pub fn file_name(&self) -> String {
        format!("{}.{}", self.kind.as_str(), self.name())
    }

    /// The address commits carry; `.invalid` can never belong to anyone.
    pub fn email(&self) -> String {
        format!("{}@gatos.invalid", self.file_name())
    }

    /// Reads the ref spelling back.
    pub fn from_ref_path(path: &str) -> Result<ActorId, NameError> {
        match path.split_once('/') {
            Some((kind, name)) => ActorId::parse(&format!("{kind}:{name}")),
            None => Err(NameError::new("an actor in a ref", path, "it needs two parts, as in `user/ann`")),
        }
    }

    /// Reads the file-name spelling back.
    pub fn from_file_name(file: &str) -> Result<ActorId, NameError> {
        match file.split_once('.') {
            Some((kind, name)) => ActorId::parse(&format!("{kind}:{name}")),
            None => Err(NameError::new("an actor in a file name", file, "it needs two parts, as in `user.ann`")),
        }
    }
}

fn plain_part(what: &'static str, whole: &str, part: &str) -> Result<(), NameError> {
    if part.is_empty() {
        return Err(NameError::new(what, whole, "it has an empty part"));
    }
    if part.len() > MAX_NAME {
        return Err(NameError::new(what, whole, format!("a part is longer than {MAX_NAME} characters")));
    }
    if part.starts_with('-') {
        return Err(NameError::new(what, whole, "a part begins with `-`, which tools would take for an option"));
    }
    match part.chars().find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))) {
        Some('.') => Err(NameError::new(
            what,
            whole,
            "dots are kept for channels: `refs/gatos/state/<ns>.<channel>`; use `-` or `_`",
        )),
        Some(c) => Err(NameError::new(what, whole, format!("{c:?} is not allowed; use letters, digits, `-`, `_`"))),
        None => Ok(()),
    }
}

/// First parts that later planes keep for their own refs.
pub const RESERVED_NAMESPACES: [&str; 2] = ["experiments", "governance"];

/// A namespace, `commits` or `jobs/tenant-a`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Namespace(String);

impl Namespace {
    /// Reads a namespace. Slashes are allowed, dots are not.
    pub fn parse(text: &str) -> Result<Namespace, NameError> {
        let what = "a namespace";
        if text.is_empty() {
            return Err(NameError::new(what, text, "it is empty"));
        }
        if text.len() > MAX_NAMESPACE {
            return Err(NameError::new(what, text, format!("it is longer than {MAX_NAMESPACE} characters")));
        }
        for part in text.split('/') {
            plain_part(what, text, part)?;
        }
        let first = text.split('/').next().unwrap_or(text);
        if RESERVED_NAMESPACES.contains(&first) {
            return Err(NameError::new(
                what,
                text,
                format!("`{first}` is reserved: its refs belong to GATOS itself; choose another first part"),
            ));
        }
        Ok(Namespace(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Refuses a new namespace that is a path prefix of an existing one, or the other way round:
    /// Git stores a ref either as a file or as a folder, so it could not hold both.
    pub fn check_beside<'a>(&self, existing: impl IntoIterator<Item = &'a Namespace>) -> Result<(), NameError> {
        for other in existing {
            if self == other {
                return Ok(());
            }
            let (inner, outer) = if self.0.len() > other.0.len() { (self, other) } else { (other, self) };
            if inner.0.strip_prefix(outer.as_str()).is_some_and(|rest| rest.starts_with('/')) {
                return Err(NameError::new(
                    "a namespace",
                    &self.0,
                    format!(
                        "`{outer}` is a path prefix of `{inner}` and Git cannot store both; \
                         pick a name that is not inside `{other}` and does not contain it"
                    ),
                ));
            }
        }
        Ok(())
    }
}

/// A further fold of one namespace: one plain part.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Channel(String);

impl Channel {
    /// Reads a channel name.
    pub fn parse(text: &str) -> Result<Channel, NameError> {
        if text.contains('/') {
            return Err(NameError::new("a channel", text, "it is one word without slashes"));
        }
        if text == "lock" {
            return Err(NameError::new("a channel", text, "Git keeps names ending in `.lock` for its lock files"));
        }
        plain_part("a channel", text, text)?;
        Ok(Channel(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The type of an event, `repo.commit`. It stands in the subject line of a commit.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventType(String);

impl EventType {
    /// Reads a type: up to 200 bytes of text without control characters or outer spaces.
    pub fn parse(text: &str) -> Result<EventType, NameError> {
        let what = "an event type";
        if text.is_empty() {
            return Err(NameError::new(what, text, "it is empty"));
        }
        if text.len() > MAX_TYPE {
            return Err(NameError::new(what, text, format!("it is longer than {MAX_TYPE} bytes")));
        }
        if text.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
            return Err(NameError::new(what, text, "it holds a control character or a line break"));
        }
        if text.trim() != text {
            return Err(NameError::new(what, text, "it begins or ends with a space"));
        }
        Ok(EventType(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One actor's journal in one namespace.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct JournalId {
    /// The namespace.
    pub ns: Namespace,
    /// The actor who alone appends here.
    pub actor: ActorId,
}

impl JournalId {
    /// Joins the two.
    pub fn new(ns: Namespace, actor: ActorId) -> JournalId {
        JournalId { ns, actor }
    }

    /// `refs/gatos/journal/<ns>/<kind>/<name>`.
    pub fn ref_name(&self) -> String {
        journal_ref(&self.ns, &self.actor)
    }

    /// Reads a journal's ref name back; the last two parts are the actor.
    pub fn from_ref_name(name: &str) -> Result<JournalId, NameError> {
        let what = "a journal ref";
        let Some(rest) = name.strip_prefix(JOURNAL_PREFIX) else {
            return Err(NameError::new(what, name, format!("it must begin with `{JOURNAL_PREFIX}`")));
        };
        let parts = rest.rsplit_once('/').and_then(|(front, actor)| {
            let (ns, kind) = front.rsplit_once('/')?;
            Some((ns, kind, actor))
        });
        let Some((ns, kind, actor)) = parts else {
            return Err(NameError::new(what, name, "it must end with `<ns>/<kind>/<name>`"));
        };
        Ok(JournalId { ns: Namespace::parse(ns)?, actor: ActorId::parse(&format!("{kind}:{actor}"))? })
    }
}

/// The ref of a journal.
pub fn journal_ref(ns: &Namespace, actor: &ActorId) -> String {
    format!("{JOURNAL_PREFIX}{ns}/{}", actor.ref_path())
}

/// The prefix of all journals of a namespace; deeper namespaces share it, so compare the parsed id too.
pub fn journal_prefix(ns: &Namespace) -> String {
    format!("{JOURNAL_PREFIX}{ns}/")
}

/// The ref of a namespace's checkpoints, or of one of its further channels.
pub fn state_ref(ns: &Namespace, channel: Option<&Channel>) -> String {
    match channel {
        None => format!("{STATE_PREFIX}{ns}"),
        Some(channel) => format!("{STATE_PREFIX}{ns}.{channel}"),
    }
}

/// Reads a state ref back into namespace and channel.
pub fn parse_state_ref(name: &str) -> Result<(Namespace, Option<Channel>), NameError> {
    let Some(rest) = name.strip_prefix(STATE_PREFIX) else {
        return Err(NameError::new("a state ref", name, format!("it must begin with `{STATE_PREFIX}`")));
    };
    match rest.split_once('.') {
        None => Ok((Namespace::parse(rest)?, None)),
        Some((ns, channel)) => Ok((Namespace::parse(ns)?, Some(Channel::parse(channel)?))),
    }
}

/// The ref of a namespace's proof chain.
pub fn proofs_ref(ns: &Namespace) -> String {
    format!("{PROOFS_PREFIX}{ns}")
}

macro_rules! text_type {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:?})", stringify!($name), self.as_str())
            }
        }
        impl FromStr for $name {
            type Err = NameError;
            fn from_str(text: &str) -> Result<$name, NameError> {
                $name::parse(text)
            }
        }
        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.as_str().to_string()
            }
        }
    )*};
}

text_type!(ActorId, Namespace, Channel, EventType);

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn why_not<T: fmt::Debug>(result: Result<T, NameError>) -> String {
        result.unwrap_err().reason
    }

    #[test]
    fn actors_have_three_spellings() {
        let ann = ActorId::parse("user:ann.smith").unwrap();
        assert_eq!((ann.kind(), ann.name()), (ActorKind::User, "ann.smith"));
        assert_eq!(ann.ref_path(), "user/ann.smith");
        assert_eq!(ann.file_name(), "user.ann.smith");
        assert_eq!(ann.email(), "user.ann.smith@gatos.invalid");
        assert_eq!(ActorId::from_ref_path("user/ann.smith"), Ok(ann.clone()));
        assert_eq!(ActorId::from_file_name("user.ann.smith"), Ok(ann));
    }

    #[test]
    fn refused_actors_say_why() {
        assert!(why_not(ActorId::parse("ann")).contains("needs a kind"));
        assert!(why_not(ActorId::parse("robot:ann")).contains("`user`, `agent` or `service`"));
        assert!(why_not(ActorId::parse("user:")).contains("empty"));
        assert!(why_not(ActorId::parse("user:a/b")).contains("'/'"));
        assert!(why_not(ActorId::parse("user:a..b")).contains("two dots"));
        assert!(why_not(ActorId::parse("user:x.lock")).contains(".lock"));
    }

    #[test]
    fn refused_namespaces_say_why() {
        assert!(why_not(Namespace::parse("")).contains("empty"));
        assert!(why_not(Namespace::parse("a//b")).contains("empty part"));
        assert!(why_not(Namespace::parse("a.b")).contains("channels"));
        assert!(why_not(Namespace::parse("governance")).contains("reserved"));
        assert!(why_not(Namespace::parse("experiments/x")).contains("reserved"));
        assert!(why_not(Namespace::parse("a b")).contains("' '"));
        assert!(why_not(Namespace::parse("-x")).contains("option"));
        let existing: Vec<Namespace> = ["jobs", "a/b"].iter().map(|t| Namespace::parse(t).unwrap()).collect();
        let check = |t: &str| Namespace::parse(t).unwrap().check_beside(&existing);
        assert_eq!(check("jobs"), Ok(()));
        assert_eq!(check("jobs2"), Ok(()));
        assert!(why_not(check("jobs/tenant-a")).contains("`jobs` is a path prefix"));
        assert!(why_not(check("a")).contains("`a` is a path prefix"));
    }

    #[test]
    fn refs_read_back() {
        let ns = Namespace::parse("jobs/tenant-a").unwrap();
        let journal = JournalId::new(ns.clone(), ActorId::parse("agent:p-1").unwrap());
        assert_eq!(journal.ref_name(), "refs/gatos/journal/jobs/tenant-a/agent/p-1");
        assert_eq!(JournalId::from_ref_name(&journal.ref_name()), Ok(journal));
        let by_author = Channel::parse("by-author").unwrap();
        assert_eq!(state_ref(&ns, Some(&by_author)), "refs/gatos/state/jobs/tenant-a.by-author");
        assert_eq!(parse_state_ref("refs/gatos/state/jobs/tenant-a.by-author"), Ok((ns, Some(by_author))));
        assert!(Channel::parse("lock").is_err());
        assert!(JournalId::from_ref_name("refs/gatos/journal/x").is_err());
    }

    proptest! {
        #[test]
        fn any_text_gets_an_answer(text in ".{0,80}") {
            let _ = ActorId::parse(&text);
            let _ = Namespace::parse(&text);
            let _ = EventType::parse(&text);
            let _ = JournalId::from_ref_name(&text);
        }

        #[test]
        fn good_journals_survive_their_ref(ns in "[a-z]{1,5}(/[a-z0-9_]{1,5}){0,3}", name in "[a-zA-Z0-9]{1,8}") {
            if let (Ok(ns), Ok(actor)) = (Namespace::parse(&ns), ActorId::parse(&format!("service:{name}"))) {
                let journal = JournalId::new(ns, actor);
                prop_assert_eq!(JournalId::from_ref_name(&journal.ref_name()), Ok(journal));
            }
        }
    }
}
