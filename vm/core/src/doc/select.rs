//! Decoding only what a policy reads of its input.
//!
//! The paths that a policy reads form a small tree. Along it objects are taken apart and
//! their other fields stepped over; below its leaves everything is decoded. What is stepped
//! over is still checked to be JSON, but its numbers may be out of range and its objects may
//! repeat keys. Where the tree expects an object and something else stands, a scalar is
//! decoded and an array is taken as null: no field of either is there.
//!
//! Objects along the tree get their fields in the tree's order, whatever the order in the
//! text, so that field caches hold for every input.

use super::json::{Lasting, malformed, number};
use crate::data::DecodeError;
use crate::heap::{KEY_BYTES, STRING_BYTES, TABLE_BYTES};
use crate::shape::Shape;
use crate::string::StrObj;
use crate::trap::Trap;
use crate::value::Value;
use crate::vm::Vm;
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use gatos_canon::MAX_DEPTH;
use gatos_canon::json::{Event, Reader};

/// The tree of what is read.
#[derive(Default)]
pub(crate) struct Selection {
    nodes: Vec<Node>,
    /// Values of the containers that are open; kept so that nothing is allocated per input.
    values: Vec<Value>,
}

#[derive(Default)]
struct Node {
    /// Everything below is read.
    all: bool,
    /// Fields that are read, in byte order.
    fields: Vec<Field>,
    /// Shapes for the sets of fields that inputs had, by a bit each.
    shapes: Vec<(u64, *mut Shape)>,
}

struct Field {
    name: String,
    key: *const StrObj,
    node: u32,
}

/// More fields of one node than this and the object is decoded whole.
const MAX_FIELDS: usize = 64;
/// More sets of fields than this are not remembered.
const MAX_SETS: usize = 64;

/// The node of values that are kept whole.
const ALL: u32 = u32::MAX;

/// Why decoding stopped. What is wrong with a text is found out by reading it again.
enum Stop {
    NotJson,
    Says(DecodeError),
}

impl From<Trap> for Stop {
    fn from(t: Trap) -> Stop {
        Stop::Says(DecodeError::Trap(t))
    }
}

impl Vm {
    /// The tree of a policy's paths; empty when it reads nothing.
    pub(crate) fn make_selection(&mut self, paths: &[Vec<String>]) -> Selection {
        let mut nodes: Vec<Node> = alloc::vec![Node::default()];
        for path in paths {
            let mut at = 0usize;
            for part in path {
                at = match nodes[at].fields.iter().position(|f| f.name == *part) {
                    Some(i) => nodes[at].fields[i].node as usize,
                    None => {
                        // SAFETY: interning only needs the heap.
                        let key = unsafe { self.heap.intern(part.as_bytes()) };
                        nodes.push(Node::default());
                        let node = nodes.len() as u32 - 1;
                        nodes[at].fields.push(Field { name: part.clone(), key, node });
                        node as usize
                    }
                };
            }
            nodes[at].all = true;
        }
        for n in &mut nodes {
            n.fields.sort_by(|a, b| a.name.cmp(&b.name));
            n.all |= n.fields.len() > MAX_FIELDS;
        }
        Selection { nodes, values: Vec::new() }
    }

    /// An input from JSON text, as far as the policy reads it.
    pub(crate) fn decode_selected(&mut self, text: &[u8], lasting: Lasting) -> Result<Value, DecodeError> {
        let mut selection = core::mem::take(&mut self.selection);
        selection.values.clear();
        let r = match core::str::from_utf8(text) {
            Ok(t) => self.select_from(t, &mut selection, lasting),
            Err(_) => Err(Stop::NotJson),
        };
        self.selection = selection;
        r.map_err(|stop| match stop {
            Stop::Says(e) => e,
            Stop::NotJson => what_is_wrong(text),
        })
    }

    fn select_from(&mut self, text: &str, s: &mut Selection, lasting: Lasting) -> Result<Value, Stop> {
        let mut c = Cursor { text, bytes: text.as_bytes(), at: 0 };
        let root = match s.nodes.first() {
            Some(n) if !n.all => 0,
            _ => ALL,
        };
        c.space();
        let v = self.select_value(&mut c, s, root, lasting, 0)?;
        c.space();
        if c.at == c.bytes.len() { Ok(v) } else { Err(Stop::NotJson) }
    }

    /// Recursion is as deep as the text nests, which has a limit.
    fn select_value(
        &mut self,
        c: &mut Cursor<'_>,
        s: &mut Selection,
        node: u32,
        lasting: Lasting,
        depth: usize,
    ) -> Result<Value, Stop> {
        match c.peek() {
            b'{' | b'[' if depth == MAX_DEPTH => Err(Stop::NotJson),
            b'{' => {
                c.at += 1;
                let from = s.values.len();
                let v = if node == ALL {
                    self.whole_object(c, s, lasting, depth)
                } else {
                    self.picked_object(c, s, node, lasting, depth)
                };
                s.values.truncate(from);
                v
            }
            b'[' if node != ALL => {
                c.skip(depth)?;
                Ok(Value::NULL)
            }
            b'[' => {
                c.at += 1;
                let from = s.values.len();
                c.space();
                if c.peek() == b']' {
                    c.at += 1;
                } else {
                    loop {
                        let v = self.select_value(c, s, ALL, lasting, depth + 1)?;
                        s.values.push(v);
                        c.space();
                        match c.take() {
                            b',' => c.space(),
                            b']' => break,
                            _ => return Err(Stop::NotJson),
                        }
                    }
                }
                let v = self.decoded_array(&s.values[from..])?;
                s.values.truncate(from);
                Ok(v)
            }
            b'"' => {
                let text = c.string()?;
                Ok(self.lasting_string(text.as_bytes(), lasting)?)
            }
            b't' => c.word("true", Value::TRUE),
            b'f' => c.word("false", Value::FALSE),
            b'n' => c.word("null", Value::NULL),
            _ => {
                let start = c.at;
                c.skip_number()?;
                let n = &c.text[start..c.at];
                number(n).map_err(|e| Stop::Says(malformed(alloc::format!("number {n} at byte {start}: {e}"))))
            }
        }
    }

    /// An object of which everything is kept; its brace was read.
    fn whole_object(
        &mut self,
        c: &mut Cursor<'_>,
        s: &mut Selection,
        lasting: Lasting,
        depth: usize,
    ) -> Result<Value, Stop> {
        let from = s.values.len();
        let mut shape = self.heap.shapes.empty;
        let mut more = c.first_key()?;
        while more {
            let key = c.string()?;
            c.colon()?;
            // The usual case: the same record as before, key by key, without hashing.
            // SAFETY: shapes and their keys live as long as the machine.
            let known = unsafe { if shape.is_null() { None } else { Shape::next_key_by_bytes(shape, key.as_bytes()) } };
            let k = match known {
                Some((k, next)) => {
                    shape = next;
                    self.charge_memory(STRING_BYTES as u64 + key.len() as u64)?;
                    Value::from_str(k)
                }
                None => {
                    shape = core::ptr::null_mut();
                    self.document_key(key.as_bytes(), lasting)?
                }
            };
            s.values.push(k);
            let v = self.select_value(c, s, ALL, lasting, depth + 1)?;
            s.values.push(v);
            more = c.next_key()?;
        }
        self.decoded_object(&mut s.values[from..], lasting, c.at.saturating_sub(1)).map_err(Stop::Says)
    }

    /// An object of which a node's fields are kept; its brace was read.
    fn picked_object(
        &mut self,
        c: &mut Cursor<'_>,
        s: &mut Selection,
        node: u32,
        lasting: Lasting,
        depth: usize,
    ) -> Result<Value, Stop> {
        let from = s.values.len();
        let count = s.nodes[node as usize].fields.len();
        s.values.resize(from + count, Value::NIL);
        let (mut seen, mut next) = (0u64, 0usize);
        let mut more = c.first_key()?;
        while more {
            let start = c.at;
            let key = c.string()?;
            c.colon()?;
            let fields = &s.nodes[node as usize].fields;
            // Writers keep an order: the field after the last one is looked at first.
            let found = match fields.get(next) {
                Some(f) if f.name == *key => Some(next),
                _ => fields.iter().position(|f| f.name == *key),
            };
            match found {
                Some(i) => {
                    if seen >> i & 1 == 1 {
                        return Err(Stop::Says(malformed(alloc::format!(
                            "key {key:?} at byte {start} is there twice"
                        ))));
                    }
                    seen |= 1 << i;
                    next = i + 1;
                    let below = fields[i].node;
                    let below = if s.nodes[below as usize].all { ALL } else { below };
                    self.charge_memory((STRING_BYTES + KEY_BYTES) as u64 + key.len() as u64)?;
                    s.values[from + i] = self.select_value(c, s, below, lasting, depth + 1)?;
                }
                None => c.skip(depth + 1)?,
            }
            more = c.next_key()?;
        }
        self.charge_memory(TABLE_BYTES as u64)?;
        let Selection { nodes, values } = s;
        let node = &mut nodes[node as usize];
        let present = || values[from..].iter().copied().filter(|v| !v.is_nil());
        let mut deepest = 0;
        present().for_each(|v| deepest = deepest.max(super::depth(v)));
        // SAFETY: keys are permanent; the shape has a slot for each value that is there.
        unsafe {
            let shape = match node.shapes.iter().find(|(set, _)| *set == seen) {
                Some((_, shape)) => Some(*shape),
                None => {
                    let mut shape = Some(self.heap.shapes.empty);
                    for (i, f) in node.fields.iter().enumerate() {
                        if seen >> i & 1 == 1 {
                            shape = shape.and_then(|s| self.heap.shapes.extend(s, f.key));
                        }
                    }
                    if let Some(shape) = shape
                        && node.shapes.len() < MAX_SETS
                    {
                        node.shapes.push((seen, shape));
                    }
                    shape
                }
            };
            if let Some(shape) = shape {
                return Ok(self.shaped(shape, deepest + 1, Counted(present(), seen.count_ones() as usize)));
            }
        }
        let pairs: Vec<[Value; 2]> = node
            .fields
            .iter()
            .zip(&values[from..])
            .filter(|(_, v)| !v.is_nil())
            .map(|(f, v)| [Value::from_str(f.key), *v])
            .collect();
        Ok(self.listed_object(&pairs, false)?)
    }
}

/// An iterator whose length is known.
struct Counted<I>(I, usize);

impl<I: Iterator<Item = Value>> Iterator for Counted<I> {
    type Item = Value;
    fn next(&mut self) -> Option<Value> {
        self.1 = self.1.saturating_sub(1);
        self.0.next()
    }
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.1, Some(self.1))
    }
}

impl<I: Iterator<Item = Value>> ExactSizeIterator for Counted<I> {}

/// The message for a text that is not JSON.
#[cold]
fn what_is_wrong(text: &[u8]) -> DecodeError {
    let mut r = match Reader::new(text) {
        Ok(r) => r,
        Err(e) => return malformed(e),
    };
    loop {
        match r.next() {
            Ok(Some(_)) => {}
            Ok(None) => return malformed("the text is not JSON as accepted here"),
            Err(e) => return malformed(e),
        }
    }
}

/// A place in a text. Past its end there are zero bytes, which begin nothing.
struct Cursor<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    #[inline(always)]
    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    #[inline(always)]
    fn take(&mut self) -> u8 {
        let b = self.peek();
        self.at += 1;
        b
    }

    #[inline(always)]
    fn space(&mut self) {
        while matches!(self.peek(), b' ' | b'\t' | b'\n' | b'\r') {
            self.at += 1;
        }
    }

    fn word(&mut self, word: &str, v: Value) -> Result<Value, Stop> {
        if self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(word.as_bytes())) {
            self.at += word.len();
            Ok(v)
        } else {
            Err(Stop::NotJson)
        }
    }

    /// After `{`: whether a key comes.
    #[inline]
    fn first_key(&mut self) -> Result<bool, Stop> {
        self.space();
        match self.peek() {
            b'"' => Ok(true),
            b'}' => {
                self.at += 1;
                Ok(false)
            }
            _ => Err(Stop::NotJson),
        }
    }

    /// After a member of an object: whether another key comes.
    #[inline]
    fn next_key(&mut self) -> Result<bool, Stop> {
        self.space();
        match self.take() {
            b',' => {
                self.space();
                if self.peek() == b'"' { Ok(true) } else { Err(Stop::NotJson) }
            }
            b'}' => Ok(false),
            _ => Err(Stop::NotJson),
        }
    }

    /// After a key, and the space before its value.
    #[inline]
    fn colon(&mut self) -> Result<(), Stop> {
        self.space();
        if self.take() != b':' {
            return Err(Stop::NotJson);
        }
        self.space();
        Ok(())
    }

    /// The string at the quote here.
    #[inline]
    fn string(&mut self) -> Result<Cow<'a, str>, Stop> {
        let start = self.at;
        let escaped = self.string_end()?;
        if !escaped {
            return Ok(Cow::Borrowed(&self.text[start + 1..self.at - 1]));
        }
        match Reader::from_text(&self.text[start..self.at]).next() {
            Ok(Some(Event::Text(Cow::Owned(t)))) => Ok(Cow::Owned(t)),
            Ok(Some(Event::Text(Cow::Borrowed(_)))) | Ok(_) | Err(_) => Err(Stop::NotJson),
        }
    }

    /// Passes the string at the quote here; true when it has escapes, which nobody checked.
    #[inline]
    fn string_end(&mut self) -> Result<bool, Stop> {
        self.at += 1;
        let mut escaped = false;
        loop {
            self.at += plain_bytes(self.bytes.get(self.at..).unwrap_or(&[]));
            match self.take() {
                b'"' => return Ok(escaped),
                b'\\' => {
                    escaped = true;
                    // Whatever it is; a quote or backslash must not be taken for more.
                    self.at += 1;
                }
                _ => return Err(Stop::NotJson),
            }
        }
    }

    #[inline]
    fn skip_string(&mut self) -> Result<(), Stop> {
        let start = self.at;
        if self.string_end()? {
            let text = self.text.get(start..self.at).ok_or(Stop::NotJson)?;
            if !matches!(Reader::from_text(text).next(), Ok(Some(Event::Text(_)))) {
                return Err(Stop::NotJson);
            }
        }
        Ok(())
    }

    #[inline]
    fn digits(&mut self) -> bool {
        let start = self.at;
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        self.at > start
    }

    #[inline]
    fn skip_number(&mut self) -> Result<(), Stop> {
        if self.peek() == b'-' {
            self.at += 1;
        }
        let zero = self.peek() == b'0';
        let start = self.at;
        if !self.digits() || zero && self.at > start + 1 {
            return Err(Stop::NotJson);
        }
        if self.peek() == b'.' {
            self.at += 1;
            if !self.digits() {
                return Err(Stop::NotJson);
            }
        }
        if matches!(self.peek(), b'e' | b'E') {
            self.at += 1;
            if matches!(self.peek(), b'+' | b'-') {
                self.at += 1;
            }
            if !self.digits() {
                return Err(Stop::NotJson);
            }
        }
        Ok(())
    }

    /// Passes the value here, which lies inside of `depth` containers.
    fn skip(&mut self, depth: usize) -> Result<(), Stop> {
        // Which of the containers opened here are objects, the innermost in the lowest bit.
        let (mut open, mut objects) = (0usize, 0u128);
        loop {
            match self.peek() {
                b'"' => self.skip_string()?,
                b'{' | b'[' if depth + open >= MAX_DEPTH => return Err(Stop::NotJson),
                b'{' => {
                    self.at += 1;
                    if self.first_key()? {
                        (open, objects) = (open + 1, objects << 1 | 1);
                        self.skip_string()?;
                        self.colon()?;
                        continue;
                    }
                }
                b'[' => {
                    self.at += 1;
                    self.space();
                    if self.peek() != b']' {
                        (open, objects) = (open + 1, objects << 1);
                        continue;
                    }
                    self.at += 1;
                }
                b't' => _ = self.word("true", Value::TRUE)?,
                b'f' => _ = self.word("false", Value::FALSE)?,
                b'n' => _ = self.word("null", Value::NULL)?,
                _ => self.skip_number()?,
            }
            // A value is over: so are the containers that end after it.
            loop {
                if open == 0 {
                    return Ok(());
                }
                self.space();
                let object = objects & 1 == 1;
                match self.take() {
                    b',' => {
                        self.space();
                        if object {
                            if self.peek() != b'"' {
                                return Err(Stop::NotJson);
                            }
                            self.skip_string()?;
                            self.colon()?;
                        }
                        break;
                    }
                    b']' if !object => (open, objects) = (open - 1, objects >> 1),
                    b'}' if object => (open, objects) = (open - 1, objects >> 1),
                    _ => return Err(Stop::NotJson),
                }
            }
        }
    }
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// How many bytes come before the next quote, backslash or control character.
///
/// Eight at a time: a byte below a bound, or equal to one, borrows into its high bit. A
/// borrow can only spoil bytes above a real find, so the lowest find is right.
#[inline]
fn plain_bytes(bytes: &[u8]) -> usize {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut at = 0;
    for word in words {
        let x = u64::from_le_bytes(*word);
        let (quote, slash) = (x ^ (ONES * b'"' as u64), x ^ (ONES * b'\\' as u64));
        let low = |x: u64, by: u64| x.wrapping_sub(by) & !x;
        let found = (low(x, ONES * 0x20) | low(quote, ONES) | low(slash, ONES)) & HIGHS;
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    at + rest.iter().position(|b| matches!(b, b'"' | b'\\' | 0..=0x1f)).unwrap_or(rest.len())
}
