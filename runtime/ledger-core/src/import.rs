//! From lines to events: what `gatos event import` and `gatos run --events` share, so both see the same bytes.
//!
//! Each line is a JSON payload. Everything else about its event is a function of the file so far, the namespace and
//! the actor, so importing a file twice gives the same events twice, and the second time there is nothing to do.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use core::fmt;

use gatos_canon::{Cid, Sha256, Value};

use crate::envelope::{Draft, Encoded, EnvelopeError, Header, MAX_NESTING};
use crate::model::{EventType, JournalId, NameError};
use crate::rules::Head;
use crate::time::{self, TimeError};
use crate::ulid::Ulid;

/// The event type given to lines when neither they nor the caller name one.
pub const DEFAULT_TYPE: &str = "event";
/// The field read for the time when the caller names none.
pub const DEFAULT_TS_FIELD: &str = "ts";
/// The field read for the type.
pub const TYPE_FIELD: &str = "type";

/// Why a line cannot become an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineProblem {
    /// Not strict JSON.
    Json(String),
    /// The `type` field is not usable as an event type.
    Type(NameError),
    /// The `type` field is not a string.
    TypeKind,
    /// The time field does not hold a time.
    Time {
        /// Its name.
        field: String,
        /// What is wrong.
        error: TimeError,
    },
    /// The envelope would break a limit.
    Envelope(EnvelopeError),
    /// The last ULID there is has been used.
    UlidsExhausted,
    /// A ULID is there already, with other content.
    Conflict {
        /// The ULID.
        ulid: Ulid,
        /// The event that has it.
        existing: Cid,
    },
    /// A new event would have to go below the journal's head.
    BelowHead {
        /// The ULID the line would get.
        ulid: Ulid,
        /// The head's.
        head: Ulid,
    },
}

/// A line that cannot become an event, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineError {
    /// The line.
    pub line: u64,
    /// What is wrong with it.
    pub problem: LineProblem,
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        match &self.problem {
            LineProblem::Json(e) => write!(f, "not strict JSON: {e}"),
            LineProblem::Type(e) => write!(f, "{e}; fix the `type` field or name the type with --type"),
            LineProblem::TypeKind => {
                f.write_str("the `type` field is not a string; fix it or name the type with --type")
            }
            LineProblem::Time { field, error } => {
                write!(f, "`{field}` {error}; fix it or name another field with --ts-field")
            }
            LineProblem::Envelope(e) => e.fmt(f),
            LineProblem::UlidsExhausted => f.write_str("no ULID is left above the line before"),
            LineProblem::Conflict { ulid, existing } => write!(
                f,
                "the journal already holds {ulid} with other content ({existing}): this file was imported before with \
                 another line here or other options; import into another namespace or as another actor"
            ),
            LineProblem::BelowHead { ulid, head } => write!(
                f,
                "its event {ulid} is not in the journal and would go below the journal's head {head}, but journals \
                 only grow at the end; import into another namespace or as another actor, since a fold over the \
                 namespace puts all its journals in time order"
            ),
        }
    }
}

impl core::error::Error for LineError {}

/// How lines are wrapped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineOptions {
    /// The type of every event; `None` reads each line's `type` field.
    pub event_type: Option<EventType>,
    /// The type of a line without a `type` field.
    pub default_type: EventType,
    /// The field holding the time.
    pub ts_field: String,
}

impl LineOptions {
    /// Reads `type` and `ts`; a line without a type is an `event`.
    pub fn new() -> Result<LineOptions, NameError> {
        Ok(LineOptions {
            event_type: None,
            default_type: EventType::parse(DEFAULT_TYPE)?,
            ts_field: DEFAULT_TS_FIELD.to_owned(),
        })
    }
}

/// Turns the lines of one file into drafts, in order.
#[derive(Clone, Debug)]
pub struct LineReader {
    journal: JournalId,
    options: LineOptions,
    line: u64,
    time_ms: u64,
    last: Option<Ulid>,
}

impl LineReader {
    /// A reader at the start of a file.
    pub fn new(journal: JournalId, options: LineOptions) -> LineReader {
        LineReader { journal, options, line: 0, time_ms: 0, last: None }
    }

    /// The number of lines read.
    pub fn lines(&self) -> u64 {
        self.line
    }

    /// Reads the next line, without its line feed; a carriage return before it is not part of the line.
    /// A blank line gives `None`.
    pub fn read(&mut self, line: &[u8]) -> Result<Option<Draft>, LineError> {
        self.line = self.line.saturating_add(1);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.iter().all(|b| matches!(b, b' ' | b'\t' | b'\r')) {
            return Ok(None);
        }
        self.draft(line).map(Some).map_err(|problem| LineError { line: self.line, problem })
    }

    fn draft(&mut self, line: &[u8]) -> Result<Draft, LineProblem> {
        let text = core::str::from_utf8(line)
            .map_err(|e| LineProblem::Json(format!("byte {} is not UTF-8", e.valid_up_to().saturating_add(1))))?;
        let payload = Value::from_json_within(text, MAX_NESTING)
            .map_err(|e| LineProblem::Json(format!("column {}: {}", e.column, e.reason)))?;
        let event_type = match (&self.options.event_type, payload.get(TYPE_FIELD)) {
            (Some(given), _) => given.clone(),
            (None, None) => self.options.default_type.clone(),
            (None, Some(Value::Text(text))) => EventType::parse(text).map_err(LineProblem::Type)?,
            (None, Some(_)) => return Err(LineProblem::TypeKind),
        };
        let field = &self.options.ts_field;
        let ts = match payload.get(field) {
            None | Some(Value::Null) => None,
            Some(value) => {
                let ms = time::to_ms(value).map_err(|error| LineProblem::Time { field: field.clone(), error })?;
                self.time_ms = self.time_ms.max(ms);
                Some(value.clone())
            }
        };
        let ulid = self.next_ulid(line)?;
        self.last = Some(ulid);
        Ok(Draft { ts, payload, ..Draft::new(event_type, ulid) })
    }

    fn next_ulid(&self, line: &[u8]) -> Result<Ulid, LineProblem> {
        let natural = Ulid::from_parts(self.time_ms, line_entropy(&self.journal, line));
        let natural = natural.ok_or(LineProblem::UlidsExhausted)?;
        match self.last {
            Some(last) if natural <= last => last.successor().ok_or(LineProblem::UlidsExhausted),
            _ => Ok(natural),
        }
    }
}

/// The first 80 bits of BLAKE3 over namespace, actor and line, each behind its length as 32 bits big-endian.
pub fn line_entropy(journal: &JournalId, line: &[u8]) -> [u8; 10] {
    let mut hasher = blake3::Hasher::new();
    for part in [journal.ns.as_str().as_bytes(), journal.actor.as_str().as_bytes(), line] {
        // A line of 4 GiB is refused long before it gets here.
        hasher.update(&(part.len() as u32).to_be_bytes());
        hasher.update(part);
    }
    let mut out = [0; 10];
    out.copy_from_slice(&hasher.finalize().as_bytes()[..10]);
    out
}

/// What to do with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A blank line.
    Blank,
    /// Its event is in the journal already.
    Skip,
    /// Its event goes at the end.
    Append(Box<Encoded>),
}

/// An event that a journal holds already, as far as an import must know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Existing {
    /// Its place.
    pub head: Head,
    /// The policy that admitted it.
    pub policy_root: Option<Sha256>,
    /// The trust that this policy saw.
    pub trust_chain: Option<Sha256>,
}

impl Existing {
    /// What is to be known of an event.
    pub fn of(header: &Header, cid: Cid) -> Existing {
        Existing { head: Head::of(header, cid), policy_root: header.policy_root, trust_chain: header.trust_chain }
    }
}

/// Decides for each line whether its event is new, there already, or impossible.
pub struct ImportPlanner {
    reader: LineReader,
    journal: JournalId,
    /// The journal's last event, counting those appended by this import.
    head: Option<Head>,
    /// The last event that was there before.
    old_head: Option<Head>,
    /// The existing event reached so far, while walking along with the file.
    at: Option<(Existing, Option<Head>)>,
}

impl ImportPlanner {
    /// A planner for one file going into a journal whose last event is `head`.
    pub fn new(journal: JournalId, options: LineOptions, head: Option<Head>) -> ImportPlanner {
        ImportPlanner { reader: LineReader::new(journal.clone(), options), journal, head, old_head: head, at: None }
    }

    /// The journal's last event after what was planned.
    pub fn head(&self) -> Option<Head> {
        self.head
    }

    /// The number of lines read.
    pub fn lines(&self) -> u64 {
        self.reader.lines()
    }

    /// Plans a line. `existing` gives the journal's events oldest first, and is asked only when the line's ULID is
    /// not above the journal's old head; both sides ascend, so each existing event is read once. `admit` sees every
    /// new draft and may bind to it what let it pass.
    pub fn plan<E>(
        &mut self,
        line: &[u8],
        existing: &mut dyn FnMut() -> Result<Option<Existing>, E>,
        admit: &mut dyn FnMut(&mut Draft) -> Result<(), E>,
    ) -> Result<Result<Step, LineError>, E> {
        let mut draft = match self.reader.read(line) {
            Ok(Some(draft)) => draft,
            Ok(None) => return Ok(Ok(Step::Blank)),
            Err(e) => return Ok(Err(e)),
        };
        let ulid = draft.ulid;
        let at_line = |problem| Ok(Err(LineError { line: self.reader.lines(), problem }));
        match self.old_head {
            Some(head) if ulid <= head.ulid => {
                while self.at.is_none_or(|(at, _)| at.head.ulid < ulid) {
                    let before = self.at.map(|(at, _)| at.head);
                    match existing()? {
                        Some(next) => self.at = Some((next, before)),
                        None => break,
                    }
                }
                match self.at {
                    Some((at, before)) if at.head.ulid == ulid => {
                        // Whatever policy admitted it then: the line is what must be the same.
                        (draft.policy_root, draft.trust_chain) = (at.policy_root, at.trust_chain);
                        // The same draft at the same place gives the same bytes, so comparing CIDs compares all.
                        match draft.place(&self.journal, before.as_ref()) {
                            Ok(encoded) if encoded.cid == at.head.cid => Ok(Ok(Step::Skip)),
                            Ok(_) => at_line(LineProblem::Conflict { ulid, existing: at.head.cid }),
                            Err(e) => at_line(LineProblem::Envelope(e)),
                        }
                    }
                    _ => at_line(LineProblem::BelowHead { ulid, head: head.ulid }),
                }
            }
            _ => {
                admit(&mut draft)?;
                match draft.place(&self.journal, self.head.as_ref()) {
                    Ok(encoded) => {
                        self.head = Some(encoded.head());
                        Ok(Ok(Step::Append(Box::new(encoded))))
                    }
                    Err(e) => at_line(LineProblem::Envelope(e)),
                }
            }
        }
    }
}

/// Wraps lines into the events that importing them into an empty journal would give, without any journal.
pub struct EventWrapper {
    planner: ImportPlanner,
}

impl EventWrapper {
    /// A wrapper at the start of a file.
    pub fn new(journal: JournalId, options: LineOptions) -> EventWrapper {
        EventWrapper { planner: ImportPlanner::new(journal, options, None) }
    }

    /// Wraps a line; a blank one gives `None`.
    pub fn wrap(&mut self, line: &[u8]) -> Result<Option<Encoded>, LineError> {
        let planned = self.planner.plan::<core::convert::Infallible>(line, &mut || Ok(None), &mut |_| Ok(()));
        match planned {
            Ok(Ok(Step::Append(encoded))) => Ok(Some(*encoded)),
            Ok(Ok(Step::Blank | Step::Skip)) => Ok(None),
            Ok(Err(e)) => Err(e),
            Err(never) => match never {},
        }
    }
}
