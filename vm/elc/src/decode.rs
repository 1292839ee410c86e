//! Decoding: strict, so that what decodes encodes to the same bytes again.
//!
//! Unknown, missing and misplaced keys, other versions, and bytes that are not canonical
//! are refused with the place and the reason. What comes out is data; nobody has checked
//! yet that it makes sense.

use crate::encode::{DOCUMENT_KINDS, INDEX_KINDS, kind_name};
use crate::limits::{MAX_BYTES, MAX_ITEMS, MAX_OPS};
use crate::ops::{CodeError, Op};
use crate::program::{
    Capture, Const, Document, DocumentKind, ELC_VERSION, Index, IndexKind, ModuleEntry, Policy, Program, ProgramKind,
    Proto, Rule,
};
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use gatos_canon::cbor::{CborError, CborReason, Item, Kind, Reader};

/// Where bytes went wrong, and how.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DecodeError {
    /// What was being read.
    pub place: Place,
    /// The byte offset in the input.
    pub offset: usize,
    /// What is wrong there.
    pub reason: DecodeReason,
}

/// A place in a container: `protos[3].code`.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Place {
    section: &'static str,
    index: Option<usize>,
    field: &'static str,
}

/// What is wrong with bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DecodeReason {
    /// They are not canonical DAG-CBOR, or an item is of the wrong kind.
    Cbor(CborReason),
    /// They are something else altogether.
    NotA(&'static str),
    /// A container of another version.
    Version {
        /// What the container is.
        what: &'static str,
        /// The version that the bytes name.
        found: String,
        /// The version that this build reads.
        reads: &'static str,
    },
    /// A map has other keys than it must.
    Key {
        /// The key that belongs here.
        expected: &'static str,
        /// The key that is here.
        found: String,
    },
    /// A map or array has more or fewer entries than it must.
    Count {
        /// How many there must be.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// A number does not fit where it stands.
    Range(i64),
    /// A word that means nothing here.
    Word(String),
    /// Something else than a constant.
    Constant,
    /// The code bytes are not ops.
    Code {
        /// The op, counted from 0.
        op: usize,
        /// Why not.
        error: CodeError,
    },
    /// A list is longer than allowed.
    TooMany {
        /// How many may be there.
        limit: usize,
    },
    /// The bytes of a source map's places are not runs in their one form.
    Places,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.section)?;
        if let Some(i) = self.index {
            write!(f, "[{i}]")?;
        }
        if self.field.is_empty() { Ok(()) } else { write!(f, ".{}", self.field) }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.place.section.is_empty() {
            write!(f, "byte {}: {}", self.offset, self.reason)
        } else {
            write!(f, "{}, byte {}: {}", self.place, self.offset, self.reason)
        }
    }
}

impl core::error::Error for DecodeError {}

impl fmt::Display for DecodeReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use DecodeReason::*;
        match self {
            Cbor(reason) => reason.fmt(f),
            NotA(what) => write!(f, "this is not {what}"),
            Version { what, found, reads } => {
                write!(f, "this is {what} of version {}, and this build reads version {reads}", found.escape_debug())
            }
            Key { expected, found } => write!(f, "expected the key `{expected}`, found `{}`", found.escape_debug()),
            Count { expected, found } => write!(f, "expected {expected} entries, found {found}"),
            Range(n) => write!(f, "the number {n} does not fit here"),
            Word(w) => write!(f, "`{}` means nothing here", w.escape_debug()),
            Constant => write!(f, "expected a constant: null, a boolean, an integer, bytes or {{\"q\": integer}}"),
            Code { op, error } => match error {
                CodeError::Truncated => write!(f, "op {op}: the code ends inside it"),
                CodeError::UnknownOp(code) => write!(f, "op {op}: no op has the number 0x{code:02x}"),
                CodeError::Operand => write!(f, "op {op}: an operand is not in its shortest form or does not fit"),
            },
            TooMany { limit } => write!(f, "more than {limit} entries"),
            Places => write!(f, "the places are not written in their one form"),
        }
    }
}

/// Reads a program from its ELC bytes.
///
/// # Errors
/// When the bytes are anything else than what [`crate::encode::encode`] writes.
pub fn decode(bytes: &[u8]) -> Result<Program, DecodeError> {
    let mut d = Decoder::new(bytes);
    if bytes.len() > MAX_BYTES {
        return d.fail(DecodeReason::TooMany { limit: MAX_BYTES });
    }
    let sections = d.container(8..=9, "elc", "ELC", ELC_VERSION)?;
    d.section("keys")?;
    let key_lists = d.list(|d| d.list(|d| d.number()))?;
    d.section("kind")?;
    let word = d.text()?;
    let Some(kind) = ProgramKind::ALL.into_iter().find(|k| kind_name(*k) == word) else {
        return d.fail(DecodeReason::Word(word));
    };
    let expected = if kind == ProgramKind::Policy { 9 } else { 8 };
    if sections != expected {
        return d.fail(DecodeReason::Count { expected, found: sections });
    }
    d.section("libs")?;
    let libs = d.list(Decoder::text)?;
    d.section("consts")?;
    let consts = d.list(constant)?;
    let policy = if kind == ProgramKind::Policy { Some(policy(&mut d)?) } else { None };
    d.section("protos")?;
    let protos = d.list(proto)?;
    d.section("globals")?;
    let globals = d.list(Decoder::text)?;
    d.section("modules")?;
    let modules = d.list(|d| {
        d.map(2)?;
        d.field("name")?;
        let name = d.text()?;
        d.field("proto")?;
        Ok(ModuleEntry { name, proto: d.number()? })
    })?;
    d.finish()?;
    Ok(Program { kind, consts, libs, globals, key_lists, protos, modules, policy })
}

/// The policy section. Its own keys are sections of the place too: `policy.rules[3].name`.
fn policy(d: &mut Decoder<'_>) -> Result<Policy, DecodeError> {
    d.section("policy")?;
    d.map(7)?;
    let mut p = Policy::default();
    d.part("envs", "policy.envs")?;
    p.envs = d.number()?;
    d.part("memos", "policy.memos")?;
    p.memos = d.number()?;
    d.part("query", "policy.query")?;
    p.query = d.number_or_null()?;
    d.part("rules", "policy.rules")?;
    p.rules = d.list(|d| {
        d.map(2)?;
        d.field("name")?;
        let name = d.text()?;
        d.field("document")?;
        Ok(Rule { name, document: d.number()? })
    })?;
    d.part("indexes", "policy.indexes")?;
    p.indexes = d.list(|d| {
        d.map(3)?;
        d.field("kind")?;
        let kind = if d.peek() == Some(Kind::Array) {
            IndexKind::Glob(d.inner_list(Decoder::text)?)
        } else {
            d.word(&INDEX_KINDS)?
        };
        d.field("field")?;
        let field = d.inner_list(Decoder::text)?;
        d.field("collection")?;
        Ok(Index { collection: d.inner_list(Decoder::text)?, field, kind })
    })?;
    d.part("documents", "policy.documents")?;
    p.documents = d.list(|d| {
        d.map(5)?;
        d.field("kind")?;
        let kind =
            if d.peek() == Some(Kind::Int) { DocumentKind::Function(d.number()?) } else { d.word(&DOCUMENT_KINDS)? };
        d.field("memo")?;
        let memo = d.number_or_null()?;
        d.field("path")?;
        let path = d.inner_list(Decoder::text)?;
        d.field("proto")?;
        let proto = d.number()?;
        d.field("reads_input")?;
        Ok(Document { path, kind, proto, memo, reads_input: d.read(Reader::bool)? })
    })?;
    d.part("input_reads", "policy.input_reads")?;
    p.input_reads = d.list(|d| d.inner_list(Decoder::text))?;
    Ok(p)
}

fn constant(d: &mut Decoder<'_>) -> Result<Const, DecodeError> {
    Ok(match d.item()? {
        Item::Null => Const::Nil,
        Item::Bool(b) => Const::Bool(b),
        Item::Int(i) => Const::Int(i),
        Item::Bytes(b) => Const::Str(b.to_vec()),
        Item::Map(1) => {
            d.key("q")?;
            Const::Fixed(d.read(Reader::int)?)
        }
        _ => return d.fail(DecodeReason::Constant),
    })
}

fn proto(d: &mut Decoder<'_>) -> Result<Proto, DecodeError> {
    d.map(6)?;
    d.field("code")?;
    let bytes = d.read(Reader::bytes)?;
    let code = ops(d, bytes)?;
    d.field("regs")?;
    let regs = d.number()?;
    d.field("cells")?;
    let cells = d.number()?;
    d.field("params")?;
    let params = d.number()?;
    d.field("vararg")?;
    let vararg = d.read(Reader::bool)?;
    d.field("captures")?;
    let captures = d.inner_list(|d| {
        d.array(2)?;
        let (kind, index) = (d.number::<u8>()?, d.number::<u8>()?);
        Ok(match (kind, index) {
            (0, r) => Capture::Reg(r),
            (1, c) => Capture::Cell(c),
            (2, u) => Capture::Up(u),
            (3, 0) => Capture::SelfFn,
            (0..=3, n) => return d.fail(DecodeReason::Range(n.into())),
            (n, _) => return d.fail(DecodeReason::Range(n.into())),
        })
    })?;
    Ok(Proto { params, vararg, regs, cells, captures, code })
}

fn ops(d: &Decoder<'_>, bytes: &[u8]) -> Result<Vec<Op>, DecodeError> {
    let start = d.reader.offset() - bytes.len();
    let (mut code, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let offset = start + at;
        let fail = |reason| Err(DecodeError { place: d.place, offset, reason });
        if code.len() == MAX_OPS {
            return fail(DecodeReason::TooMany { limit: MAX_OPS });
        }
        match Op::decode(bytes, &mut at) {
            Ok(op) => code.push(op),
            Err(error) => return fail(DecodeReason::Code { op: code.len(), error }),
        }
    }
    Ok(code)
}

/// A strict reader that knows what it is reading.
pub(crate) struct Decoder<'a> {
    reader: Reader<'a>,
    place: Place,
    /// Where the last item began: errors about its meaning point there.
    last: usize,
}

impl<'a> Decoder<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Decoder<'a> {
        Decoder { reader: Reader::new(bytes), place: Place::default(), last: 0 }
    }

    pub(crate) fn fail<T>(&self, reason: DecodeReason) -> Result<T, DecodeError> {
        Err(DecodeError { place: self.place, offset: self.last, reason })
    }

    pub(crate) fn read<T>(
        &mut self,
        f: impl FnOnce(&mut Reader<'a>) -> Result<T, CborError>,
    ) -> Result<T, DecodeError> {
        self.last = self.reader.offset();
        f(&mut self.reader).map_err(|e| DecodeError {
            place: self.place,
            offset: e.offset,
            reason: DecodeReason::Cbor(e.reason),
        })
    }

    fn item(&mut self) -> Result<Item<'a>, DecodeError> {
        self.read(|r| r.next())
    }

    pub(crate) fn text(&mut self) -> Result<String, DecodeError> {
        self.read(Reader::text).map(ToOwned::to_owned)
    }

    pub(crate) fn number<T: TryFrom<i64>>(&mut self) -> Result<T, DecodeError> {
        let n = self.read(Reader::int)?;
        T::try_from(n).or_else(|_| self.fail(DecodeReason::Range(n)))
    }

    /// The header of a map that must have this many entries.
    pub(crate) fn map(&mut self, expected: usize) -> Result<(), DecodeError> {
        self.map_of(expected..=expected).map(|_| ())
    }

    /// The header of a map with so many entries; gives how many.
    pub(crate) fn map_of(&mut self, expected: core::ops::RangeInclusive<usize>) -> Result<usize, DecodeError> {
        let found = self.read(Reader::map)?;
        if expected.contains(&found) {
            Ok(found)
        } else {
            self.fail(DecodeReason::Count { expected: *expected.start(), found })
        }
    }

    /// The header of an array that must have this many entries.
    pub(crate) fn array(&mut self, expected: usize) -> Result<(), DecodeError> {
        let found = self.read(Reader::array)?;
        if found == expected { Ok(()) } else { self.fail(DecodeReason::Count { expected, found }) }
    }

    pub(crate) fn text_or_null(&mut self) -> Result<Option<String>, DecodeError> {
        if self.peek() == Some(Kind::Null) { self.item().map(|_| None) } else { self.text().map(Some) }
    }

    /// The key that must come next; as maps are canonical, it can only come here.
    fn key(&mut self, expected: &'static str) -> Result<(), DecodeError> {
        let found = self.read(Reader::text)?;
        if found == expected { Ok(()) } else { self.fail(DecodeReason::Key { expected, found: found.to_owned() }) }
    }

    /// The next key of the outermost map.
    pub(crate) fn section(&mut self, name: &'static str) -> Result<(), DecodeError> {
        self.place = Place::default();
        self.key(name)?;
        self.place.section = name;
        Ok(())
    }

    /// The next key of a map that is itself a section; `place` is what messages call it.
    fn part(&mut self, name: &'static str, place: &'static str) -> Result<(), DecodeError> {
        (self.place.index, self.place.field) = (None, "");
        self.key(name)?;
        self.place.section = place;
        Ok(())
    }

    /// What comes next, when it can be told.
    pub(crate) fn peek(&self) -> Option<Kind> {
        self.reader.peek().ok()
    }

    /// One of a few words.
    fn word<T: Clone>(&mut self, words: &[(&str, T)]) -> Result<T, DecodeError> {
        let word = self.text()?;
        match words.iter().find(|(w, _)| *w == word) {
            Some((_, t)) => Ok(t.clone()),
            None => self.fail(DecodeReason::Word(word)),
        }
    }

    fn number_or_null(&mut self) -> Result<Option<u32>, DecodeError> {
        if self.peek() == Some(Kind::Null) { self.item().map(|_| None) } else { self.number().map(Some) }
    }

    /// The next key of a map inside a list.
    pub(crate) fn field(&mut self, name: &'static str) -> Result<(), DecodeError> {
        self.place.field = "";
        self.key(name)?;
        self.place.field = name;
        Ok(())
    }

    /// The head of a container: how many keys it has, and under the first one its version,
    /// which is looked at before the count, as other versions may have other keys. Gives the
    /// count.
    pub(crate) fn container(
        &mut self,
        expected: core::ops::RangeInclusive<usize>,
        key: &'static str,
        what: &'static str,
        reads: &'static str,
    ) -> Result<usize, DecodeError> {
        self.container_of(expected, key, what, &[reads]).map(|(keys, _)| keys)
    }

    /// As [`Decoder::container`], for several versions, the newest first; gives the one found too.
    pub(crate) fn container_of(
        &mut self,
        expected: core::ops::RangeInclusive<usize>,
        key: &'static str,
        what: &'static str,
        reads: &[&'static str],
    ) -> Result<(usize, &'static str), DecodeError> {
        // People hand over source text, archives and empty files; say that, not what byte 0 is.
        if self.reader.peek() != Ok(Kind::Map) {
            return self.fail(DecodeReason::NotA(what));
        }
        let keys = self.read(Reader::map)?;
        let start = self.last;
        self.section(key)?;
        let found = self.text()?;
        let Some(version) = reads.iter().find(|version| found == **version) else {
            let reads = reads.first().copied().unwrap_or_default();
            return self.fail(DecodeReason::Version { what, found, reads });
        };
        if !expected.contains(&keys) {
            (self.place, self.last) = (Place::default(), start);
            return self.fail(DecodeReason::Count { expected: *expected.start(), found: keys });
        }
        Ok((keys, version))
    }

    /// A list of a section; its entries' numbers appear in places.
    pub(crate) fn list<T>(
        &mut self,
        mut entry: impl FnMut(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<Vec<T>, DecodeError> {
        if self.place.index.is_some() {
            return self.inner_list(entry);
        }
        let mut index = 0;
        let out = self.inner_list(|d| {
            (d.place.index, d.place.field) = (Some(index), "");
            index += 1;
            entry(d)
        });
        if out.is_ok() {
            (self.place.index, self.place.field) = (None, "");
        }
        out
    }

    pub(crate) fn inner_list<T>(
        &mut self,
        mut entry: impl FnMut(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<Vec<T>, DecodeError> {
        let count = self.read(Reader::array)?;
        if count > MAX_ITEMS {
            return self.fail(DecodeReason::TooMany { limit: MAX_ITEMS });
        }
        // A header may promise more than follows: memory grows with what is really there.
        let mut out = Vec::with_capacity(count.min(256));
        for _ in 0..count {
            out.push(entry(self)?);
        }
        Ok(out)
    }

    pub(crate) fn finish(&mut self) -> Result<(), DecodeError> {
        self.place = Place::default();
        self.read(|r| r.finish())
    }
}
