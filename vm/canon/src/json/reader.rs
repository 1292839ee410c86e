//! The strict pull reader: one event a call; strings without escapes are borrowed.

use super::{JsonError, JsonReason, error_at, special_at};
use crate::MAX_DEPTH;
use alloc::borrow::Cow;
use alloc::string::String;

/// What the reader found next.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event<'a> {
    /// null
    Null,
    /// false or true
    Bool(bool),
    /// a number's text, following the grammar; what it means is the caller's choice
    Number(&'a str),
    /// a string value
    Text(Cow<'a, str>),
    /// `[`
    ArrayStart,
    /// `]`
    ArrayEnd,
    /// `{`
    ObjectStart,
    /// an object's key; its value's events follow
    Key(Cow<'a, str>),
    /// `}`
    ObjectEnd,
}

/// What may come at the present position.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Expect {
    Value,
    ValueOrEnd,
    KeyOrEnd,
    /// after a complete value: a comma, the end of the level, or the end of the text
    After,
}

/// A position in a JSON text.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// where the last event began
    start: usize,
    expect: Expect,
    depth: usize,
    /// one bit a level, the innermost lowest: 1 for objects
    objects: u128,
}

// The levels' bits must all have room.
const _: () = assert!(MAX_DEPTH <= 128);

impl<'a> Reader<'a> {
    /// Starts on bytes, which must be UTF-8 throughout.
    pub fn new(bytes: &'a [u8]) -> Result<Reader<'a>, JsonError> {
        match core::str::from_utf8(bytes) {
            Ok(text) => Ok(Reader::from_text(text)),
            Err(error) => Err(error_at(bytes, error.valid_up_to(), JsonReason::NotUtf8)),
        }
    }

    /// Starts on a text.
    pub const fn from_text(text: &'a str) -> Reader<'a> {
        Reader { text, at: 0, start: 0, expect: Expect::Value, depth: 0, objects: 0 }
    }

    /// Where the last event began.
    pub const fn offset(&self) -> usize {
        self.start
    }

    /// How many arrays and objects are open.
    pub const fn depth(&self) -> usize {
        self.depth
    }

    /// An error at the last event, for what only the caller can check.
    #[cold]
    pub fn error(&self, reason: JsonReason) -> JsonError {
        error_at(self.text.as_bytes(), self.start, reason)
    }

    /// An error anywhere in the text.
    #[cold]
    pub fn error_at(&self, offset: usize, reason: JsonReason) -> JsonError {
        error_at(self.text.as_bytes(), offset, reason)
    }

    #[cold]
    fn here(&self, reason: JsonReason) -> JsonError {
        error_at(self.text.as_bytes(), self.at, reason)
    }

    #[inline]
    fn peek_byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    #[inline]
    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek_byte() {
            self.at += 1;
        }
    }

    #[inline]
    fn in_object(&self) -> bool {
        self.objects & 1 == 1
    }

    /// The next event; `None` once the value is complete and nothing follows it.
    #[inline]
    #[allow(clippy::should_implement_trait)] // an iterator would hide the error in its items
    pub fn next(&mut self) -> Result<Option<Event<'a>>, JsonError> {
        self.skip_space();
        let mut after_comma = false;
        if self.expect == Expect::After {
            if self.depth == 0 {
                return if self.at == self.text.len() { Ok(None) } else { Err(self.here(JsonReason::Trailing)) };
            }
            match (self.peek_byte(), self.in_object()) {
                (Some(b','), object) => {
                    self.at += 1;
                    self.skip_space();
                    after_comma = true;
                    self.expect = if object { Expect::KeyOrEnd } else { Expect::ValueOrEnd };
                }
                (Some(b']'), false) => return Ok(Some(self.close(Event::ArrayEnd))),
                (Some(b'}'), true) => return Ok(Some(self.close(Event::ObjectEnd))),
                (None, _) => return Err(self.here(JsonReason::Truncated)),
                (_, false) => return Err(self.here(JsonReason::ExpectedCommaOrBracket)),
                (_, true) => return Err(self.here(JsonReason::ExpectedCommaOrBrace)),
            }
        }
        let Some(byte) = self.peek_byte() else { return Err(self.here(JsonReason::Truncated)) };
        let end = match (self.expect, byte) {
            (Expect::KeyOrEnd, b'}') => Some(Event::ObjectEnd),
            (Expect::ValueOrEnd, b']') => Some(Event::ArrayEnd),
            _ => None,
        };
        if let Some(end) = end {
            return if after_comma { Err(self.here(JsonReason::TrailingComma)) } else { Ok(Some(self.close(end))) };
        }
        self.start = self.at;
        if self.expect == Expect::KeyOrEnd {
            return self.key(byte).map(Some);
        }
        let event = self.value(byte)?;
        self.expect = match event {
            Event::ArrayStart => Expect::ValueOrEnd,
            Event::ObjectStart => Expect::KeyOrEnd,
            _ => Expect::After,
        };
        Ok(Some(event))
    }

    #[inline]
    fn close(&mut self, event: Event<'a>) -> Event<'a> {
        self.start = self.at;
        self.at += 1;
        self.depth -= 1;
        self.objects >>= 1;
        self.expect = Expect::After;
        event
    }

    #[inline]
    fn key(&mut self, byte: u8) -> Result<Event<'a>, JsonError> {
        if byte != b'"' {
            return Err(self.here(JsonReason::ExpectedKey));
        }
        let key = self.string()?;
        self.skip_space();
        match self.peek_byte() {
            Some(b':') => self.at += 1,
            Some(_) => return Err(self.here(JsonReason::ExpectedColon)),
            None => return Err(self.here(JsonReason::Truncated)),
        }
        self.expect = Expect::Value;
        Ok(Event::Key(key))
    }

    #[inline]
    fn value(&mut self, byte: u8) -> Result<Event<'a>, JsonError> {
        match byte {
            b'"' => self.string().map(Event::Text),
            b'-' | b'0'..=b'9' => self.number().map(Event::Number),
            b'{' => self.open(true).map(|()| Event::ObjectStart),
            b'[' => self.open(false).map(|()| Event::ArrayStart),
            b't' => self.word("true", Event::Bool(true)),
            b'f' => self.word("false", Event::Bool(false)),
            b'n' => self.word("null", Event::Null),
            0xef if self.at == 0 && self.text.starts_with('\u{feff}') => Err(self.here(JsonReason::ByteOrderMark)),
            b'+' | b'.' => Err(self.here(JsonReason::BadNumber)),
            _ => Err(self.here(JsonReason::ExpectedValue)),
        }
    }

    #[inline]
    fn open(&mut self, object: bool) -> Result<(), JsonError> {
        if self.depth == MAX_DEPTH {
            return Err(self.here(JsonReason::TooDeep));
        }
        self.at += 1;
        self.depth += 1;
        self.objects = self.objects << 1 | u128::from(object);
        Ok(())
    }

    #[inline]
    fn word(&mut self, word: &str, event: Event<'a>) -> Result<Event<'a>, JsonError> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or(&[]);
        if rest.starts_with(word.as_bytes()) {
            self.at += word.len();
            Ok(event)
        } else if word.as_bytes().starts_with(rest) {
            self.at = self.text.len();
            Err(self.here(JsonReason::Truncated))
        } else {
            Err(self.here(JsonReason::ExpectedValue))
        }
    }

    #[inline]
    fn digits(&mut self) -> usize {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek_byte() {
            self.at += 1;
        }
        self.at - start
    }

    #[inline]
    fn number(&mut self) -> Result<&'a str, JsonError> {
        if self.peek_byte() == Some(b'-') {
            self.at += 1;
        }
        let first = self.peek_byte();
        let whole = self.digits();
        if whole == 0 || (whole > 1 && first == Some(b'0')) {
            return Err(self.error(JsonReason::BadNumber));
        }
        if self.peek_byte() == Some(b'.') {
            self.at += 1;
            if self.digits() == 0 {
                return Err(self.error(JsonReason::BadNumber));
            }
        }
        if let Some(b'e' | b'E') = self.peek_byte() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek_byte() {
                self.at += 1;
            }
            if self.digits() == 0 {
                return Err(self.error(JsonReason::BadNumber));
            }
        }
        Ok(self.text.get(self.start..self.at).unwrap_or(""))
    }

    /// The string at the present quote.
    #[inline]
    fn string(&mut self) -> Result<Cow<'a, str>, JsonError> {
        self.at += 1;
        let plain = self.plain()?;
        if self.peek_byte() == Some(b'"') {
            self.at += 1;
            return Ok(Cow::Borrowed(plain));
        }
        let mut text = String::from(plain);
        loop {
            // Here is a quote or a backslash: `plain` stops nowhere else.
            let quote = self.peek_byte() == Some(b'"');
            self.at += 1;
            if quote {
                return Ok(Cow::Owned(text));
            }
            text.push(self.escape()?);
            text.push_str(self.plain()?);
        }
    }

    /// The stretch up to the next quote or backslash.
    #[inline]
    fn plain(&mut self) -> Result<&'a str, JsonError> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or(&[]);
        let length = special_at(rest);
        let plain = self.text.get(self.at..self.at + length).unwrap_or("");
        self.at += length;
        match self.peek_byte() {
            Some(b'"' | b'\\') => Ok(plain),
            Some(_) => Err(self.here(JsonReason::ControlCharacter)),
            None => Err(self.here(JsonReason::Truncated)),
        }
    }

    /// The character of the escape behind a backslash.
    fn escape(&mut self) -> Result<char, JsonError> {
        let Some(byte) = self.peek_byte() else { return Err(self.here(JsonReason::Truncated)) };
        let character = match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode_escape(),
            _ => return Err(self.here(JsonReason::BadEscape)),
        };
        self.at += 1;
        Ok(character)
    }

    fn unicode_escape(&mut self) -> Result<char, JsonError> {
        let start = self.at;
        let mut code = self.hex4()?;
        if (0xd800..0xdc00).contains(&code) && self.peek_byte() == Some(b'\\') {
            self.at += 1;
            if self.peek_byte() == Some(b'u') {
                let low = self.hex4()?;
                if (0xdc00..0xe000).contains(&low) {
                    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                }
            }
        }
        char::from_u32(code).ok_or_else(|| error_at(self.text.as_bytes(), start, JsonReason::LoneSurrogate))
    }

    /// Four hex digits behind the present `u`.
    fn hex4(&mut self) -> Result<u32, JsonError> {
        self.at += 1;
        let mut code = 0;
        for _ in 0..4 {
            let Some(byte) = self.peek_byte() else { return Err(self.here(JsonReason::Truncated)) };
            let Some(digit) = char::from(byte).to_digit(16) else { return Err(self.here(JsonReason::BadEscape)) };
            code = code << 4 | digit;
            self.at += 1;
        }
        Ok(code)
    }

    /// Passes the rest of the value whose first event was just read, or nothing for a scalar.
    /// Keys are not compared.
    pub fn skip_rest(&mut self, first: &Event<'_>) -> Result<(), JsonError> {
        let outside = match first {
            Event::ArrayStart | Event::ObjectStart => self.depth - 1,
            _ => return Ok(()),
        };
        while self.depth > outside {
            self.next()?;
        }
        Ok(())
    }
}
