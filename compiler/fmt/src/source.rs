//! The words of a text in order, with its comments: whoever lays out a tree takes the words one by
//! one, and the comments come along by themselves, each exactly once.

use std::borrow::Cow;

use gatos_syntax::span::Span;

use crate::doc::Doc;

/// What the layout has to know of a language's tokens.
pub(crate) trait Word: Copy + PartialEq {
    /// It stands close to what is before it: a comma, what ends a block.
    fn closes(self) -> bool;
    /// It is a closing bracket.
    fn closes_bracket(self) -> bool;
}

/// A token with its surroundings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tok<K> {
    pub(crate) kind: K,
    pub(crate) span: Span,
    /// Line breaks since the token or comment before it; two stand for more.
    breaks: u32,
    line: u32,
    last_line: u32,
}

/// A comment with its surroundings.
#[derive(Clone, Copy, Debug)]
struct Note {
    span: Span,
    breaks: u32,
    /// It does not end with its line.
    block: bool,
    /// The token that it stands before.
    before: usize,
}

/// A text being read, and the layout that grows from it.
pub(crate) struct Source<'t, K> {
    pub(crate) text: &'t str,
    pub(crate) doc: Doc<'t>,
    toks: Vec<Tok<K>>,
    notes: Vec<Note>,
    at: usize,
    note: usize,
    /// Lines whose words stay together, for the sake of a comment that speaks for its line; in order.
    pinned: Vec<u32>,
    /// A free line stood before a word that was left out.
    blank: bool,
    /// Tokens left out, in order.
    pub(crate) dropped: Vec<usize>,
    /// A comment had to move, so the text wants a second look.
    pub(crate) odd: bool,
}

/// How many line breaks there are; `\r\n` is one.
fn breaks(gap: &str) -> u32 {
    let bytes = gap.as_bytes();
    let mut count = 0;
    for (at, byte) in bytes.iter().enumerate() {
        count += u32::from(*byte == b'\n' || (*byte == b'\r' && bytes.get(at + 1) != Some(&b'\n')));
    }
    count
}

/// A comment as it is put out: no white space at the end of lines of its own, line breaks plain.
fn tidy(comment: &str, block: bool) -> Cow<'_, str> {
    if block && comment.contains('\r') {
        return Cow::Owned(comment.replace("\r\n", "\n").replace('\r', "\n"));
    }
    if block { Cow::Borrowed(comment) } else { Cow::Borrowed(comment.trim_end()) }
}

/// Whether a comment speaks for the line that it stands on or before.
fn speaks_for_line(comment: &str) -> bool {
    let inside = comment.strip_prefix("--").map(|rest| rest.trim_start_matches(['[', '=']).trim_start());
    inside.and_then(|inside| inside.strip_prefix("gatos:")).is_some_and(|rest| rest.trim_start().starts_with("allow"))
}

/// Tokens and comments on their way into one order.
struct Merge<'t, K> {
    text: &'t str,
    end: usize,
    line: u32,
    toks: Vec<Tok<K>>,
    notes: Vec<Note>,
    pinned: Vec<u32>,
    pin_next: bool,
}

impl<K: Word> Merge<'_, K> {
    /// Goes on to a span: the breaks before it, its first and its last line.
    fn step(&mut self, span: Span) -> (u32, u32) {
        let count = breaks(self.text.get(self.end..span.start as usize).unwrap_or_default());
        let first = self.line + count;
        self.line = first + breaks(self.text.get(span.range()).unwrap_or_default());
        self.end = span.end as usize;
        (count, first)
    }

    fn token(&mut self, kind: K, span: Span) {
        let (breaks, line) = self.step(span);
        self.toks.push(Tok { kind, span, breaks, line, last_line: self.line });
        if std::mem::take(&mut self.pin_next) {
            self.pinned.push(line);
        }
    }

    fn comment(&mut self, span: Span, block: bool) {
        let (breaks, line) = self.step(span);
        self.notes.push(Note { span, breaks, block, before: self.toks.len() });
        if speaks_for_line(self.text.get(span.range()).unwrap_or_default()) {
            match self.toks.last().filter(|last| last.last_line == line) {
                Some(_) => self.pinned.push(line),
                None => self.pin_next = true,
            }
        }
    }
}

impl<'t, K: Word> Source<'t, K> {
    /// Puts tokens and comments, both in order, together. A comment comes with whether it is a block;
    /// what stands before `start` is no business of theirs.
    pub(crate) fn new(
        text: &'t str,
        start: usize,
        tokens: impl Iterator<Item = (K, Span)>,
        comments: impl Iterator<Item = (Span, bool)>,
        doc: Doc<'t>,
    ) -> Source<'t, K> {
        let (toks, notes, pinned) = (Vec::new(), Vec::new(), Vec::new());
        let mut merge = Merge { text, end: start, line: 0, toks, notes, pinned, pin_next: false };
        let mut comments = comments.peekable();
        for (kind, span) in tokens {
            while let Some((span, block)) = comments.next_if(|(note, _)| note.start < span.start) {
                merge.comment(span, block);
            }
            merge.token(kind, span);
        }
        for (span, block) in comments {
            merge.comment(span, block);
        }
        let Merge { toks, notes, pinned, .. } = merge;
        Source { text, doc, toks, notes, at: 0, note: 0, pinned, blank: false, dropped: Vec::new(), odd: false }
    }

    // Looking ahead.

    /// The kind of the next word.
    pub(crate) fn peek(&self) -> Option<K> {
        self.peek_at(0)
    }

    /// The kind of the word after `skip` more.
    pub(crate) fn peek_at(&self, skip: usize) -> Option<K> {
        self.toks.get(self.at + skip).map(|tok| tok.kind)
    }

    /// Whether the next word is of this kind.
    pub(crate) fn is(&self, kind: K) -> bool {
        self.peek() == Some(kind)
    }

    /// Where the next word begins; the end of the text if there is none.
    pub(crate) fn place(&self) -> usize {
        self.toks.get(self.at).map_or(self.text.len(), |tok| tok.span.start as usize)
    }

    /// What the next word is spelled like.
    pub(crate) fn spelling(&self) -> &'t str {
        self.toks.get(self.at).and_then(|tok| self.text.get(tok.span.range())).unwrap_or_default()
    }

    fn next_note(&self) -> Option<Note> {
        self.notes.get(self.note).copied().filter(|note| note.before <= self.at)
    }

    /// The line breaks before whatever comes next, a comment or a word.
    fn next_breaks(&self) -> u32 {
        match self.next_note() {
            Some(note) => note.breaks,
            None => self.toks.get(self.at).map_or(0, |tok| tok.breaks),
        }
    }

    /// Whether a comment stands before the next word.
    pub(crate) fn has_notes(&self) -> bool {
        self.next_note().is_some()
    }

    /// Whether a comment stands before the next word on a line of its own.
    pub(crate) fn has_notes_above(&self) -> bool {
        self.next_note().is_some_and(|note| note.breaks > 0)
    }

    /// Whether a closing bracket comes next.
    fn is_closed(&self) -> bool {
        self.peek().is_some_and(Word::closes_bracket)
    }

    /// Whether the author broke the line before the next word.
    pub(crate) fn breaks_here(&self) -> bool {
        match (self.at.checked_sub(1).and_then(|at| self.toks.get(at)), self.toks.get(self.at)) {
            (Some(before), Some(next)) => next.line > before.last_line,
            _ => false,
        }
    }

    /// Whether the author left a line free before what comes next.
    pub(crate) fn blank_here(&mut self) -> bool {
        std::mem::take(&mut self.blank) || self.next_breaks() > 1
    }

    /// Whether the words of a span, of at most `limit` bytes, are on one line.
    pub(crate) fn one_line(&self, span: Span, limit: usize) -> bool {
        let len = span.end.saturating_sub(span.start) as usize;
        len <= limit && self.text.get(span.range()).is_some_and(|text| !text.contains(['\n', '\r']))
    }

    /// What a comment that speaks for a line asks of the gap before the next word: `Some(true)` to
    /// stay on the line, `Some(false)` to begin one.
    fn pin(&self) -> Option<bool> {
        if self.pinned.is_empty() {
            return None;
        }
        let before = self.at.checked_sub(1).and_then(|at| self.toks.get(at))?.last_line;
        let next = self.toks.get(self.at)?.line;
        let pinned = |line: u32| self.pinned.binary_search(&line).is_ok();
        match before == next {
            true => pinned(before).then_some(true),
            false => (pinned(before) || pinned(next)).then_some(false),
        }
    }

    // Breaks.

    /// A place where the line may end, unless a comment that speaks for its line decides.
    pub(crate) fn line(&mut self, space: bool, blank: bool) {
        match self.pin() {
            Some(true) if space => self.doc.text(" "),
            Some(true) => {}
            Some(false) => self.doc.hard(blank),
            None => self.doc.line(space, blank),
        }
    }

    /// A space, or a break where what follows does not fit.
    pub(crate) fn fill(&mut self) {
        match self.pin() {
            None => self.doc.fill(),
            _ => self.line(true, false),
        }
    }

    /// The end of a line; `between` stands there instead where words have to stay together.
    pub(crate) fn hard(&mut self, blank: bool, between: &'static str) {
        match self.pin() {
            Some(true) if !self.has_notes() => self.doc.text(between),
            _ => self.doc.hard(blank),
        }
    }

    /// A comma after the last item of a list, for when it is broken.
    pub(crate) fn last_comma(&mut self) {
        if self.pin() != Some(true) {
            self.doc.if_broken(",");
        }
    }

    // Words.

    /// Puts out the next word.
    pub(crate) fn word(&mut self) {
        let text = self.spelling();
        self.word_as(text);
    }

    /// Puts out the next word in another spelling.
    pub(crate) fn word_as(&mut self, text: impl Into<Cow<'t, str>>) {
        if self.at >= self.toks.len() {
            return;
        }
        self.notes_inside();
        self.doc.text(text);
        self.at += 1;
        self.blank = false;
        self.trail();
    }

    /// Leaves the next word out; its comments stay.
    pub(crate) fn skip(&mut self) {
        if self.at >= self.toks.len() {
            return;
        }
        self.blank |= self.next_breaks() > 1;
        self.notes_inside();
        self.dropped.push(self.at);
        self.at += 1;
        self.trail();
    }

    /// Puts out the text up to a place as it is, comments and all.
    pub(crate) fn verbatim(&mut self, end: usize) {
        self.notes_inside();
        self.doc.text(self.text.get(self.place()..end).unwrap_or_default());
        while self.toks.get(self.at).is_some_and(|tok| (tok.span.start as usize) < end) {
            self.at += 1;
        }
        while self.notes.get(self.note).is_some_and(|note| (note.span.start as usize) < end) {
            self.note += 1;
        }
        self.trail();
    }

    // Comments.

    fn note_text(&self, note: Note) -> Cow<'t, str> {
        tidy(self.text.get(note.span.range()).unwrap_or_default(), note.block)
    }

    /// Comments that follow the word just put out on its line.
    fn trail(&mut self) {
        while let Some(note) = self.next_note().filter(|note| note.breaks == 0) {
            let text = self.note_text(note);
            if note.block {
                let near = self.is_near();
                // It belongs to the word after it.
                if near {
                    return;
                }
                self.note += 1;
                self.doc.text(" ");
                self.doc.text(text);
            } else {
                self.note += 1;
                self.doc.suffix(text);
            }
        }
    }

    /// Whether the next comment, a block, has code after it on its line that it stands close to.
    fn is_near(&self) -> bool {
        let more = self.notes.get(self.note + 1..).unwrap_or_default();
        for note in more.iter().take_while(|note| note.before <= self.at) {
            if note.breaks > 0 || !note.block {
                return false;
            }
        }
        self.toks.get(self.at).is_some_and(|next| next.breaks == 0 && !next.kind.closes())
    }

    /// Comments before the next word, wherever that is.
    fn notes_inside(&mut self) {
        while let Some(note) = self.next_note() {
            self.note += 1;
            let text = self.note_text(note);
            if note.block && self.next_breaks() == 0 {
                // A minus before it would make it a comment of one line.
                if self.doc.ends_with(b'-') {
                    self.doc.text(" ");
                }
                self.doc.text(text);
                self.doc.text(" ");
            } else if self.doc.is_fresh() {
                self.doc.harden();
                self.doc.text(text);
                self.doc.hard(false);
            } else {
                self.odd = true;
                self.doc.suffix(text);
            }
        }
    }

    /// Comments before the next word, each on a line of its own, where a line has just begun. Gives
    /// whether there were any.
    pub(crate) fn notes_before(&mut self) -> bool {
        let mut any = false;
        // A METADATA block stands right above what it speaks for.
        let mut block = false;
        while let Some(note) = self.next_note() {
            let after = self.notes.get(self.note + 1).filter(|next| next.before <= self.at);
            let breaks = after.map(|next| next.breaks).or(self.toks.get(self.at).map(|tok| tok.breaks));
            if note.block && breaks == Some(0) {
                return any;
            }
            self.note += 1;
            any = true;
            let text = self.note_text(note);
            let blank = self.next_breaks() > 1;
            block |= text.strip_prefix('#').is_some_and(|text| text.trim() == "METADATA");
            self.doc.harden();
            self.doc.text(text);
            self.doc.hard(blank && (!block || self.has_notes()));
            block &= !blank;
        }
        any
    }

    /// Comments before a closing word, each on a line of its own after what is there, if there is anything.
    pub(crate) fn notes_at_end(&mut self, first: bool) {
        self.notes_inner(first, false);
    }

    /// The same, but those at the indentation of the next word are left to it: they speak of what
    /// it begins, as a comment right above an `else` does.
    pub(crate) fn notes_in_block(&mut self, first: bool) {
        self.notes_inner(first, true);
    }

    fn notes_inner(&mut self, mut first: bool, leave: bool) {
        while let Some(note) = self.next_note() {
            if leave && self.is_outer(note) {
                return;
            }
            let blank = self.blank_here() && !first;
            first = false;
            self.note += 1;
            self.doc.hard(blank);
            let text = self.note_text(note);
            self.doc.text(text);
        }
    }

    /// Whether a comment stands no deeper than the next word, both being first on their lines.
    fn is_outer(&self, note: Note) -> bool {
        let column = |at: u32| {
            let before = &self.text.as_bytes()[..at as usize];
            before.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
        };
        self.toks.get(self.at).is_some_and(|next| {
            next.breaks > 0 && note.breaks > 0 && column(note.span.start) <= column(next.span.start)
        })
    }
}

/// Whoever lays out a language.
pub(crate) trait Layout<'t, K: Word> {
    /// The text at hand.
    fn src(&mut self) -> &mut Source<'t, K>;
}

/// How a list in brackets is laid out.
#[derive(Clone, Copy, Default)]
pub(crate) struct List {
    /// A space inside of the brackets, on one line.
    pub(crate) pad: bool,
    /// A comma after the last item, over several lines.
    pub(crate) comma: bool,
    /// Several items share a line.
    pub(crate) rows: bool,
    /// The item that may be broken while the others stay on the lines of the brackets.
    pub(crate) tail: Option<usize>,
}

/// Lays out a list from its opening bracket to its closing one. `each` lays out an item and gives
/// the group that it ends with. What comes back is the group of the list.
pub(crate) fn list<'t, K: Word, L: Layout<'t, K>, T>(
    l: &mut L,
    items: &[T],
    how: List,
    each: fn(&mut L, &T) -> Option<usize>,
) -> usize {
    let src = l.src();
    let group = src.doc.begin();
    src.word();
    let opened = src.breaks_here();
    src.doc.indent();
    if items.is_empty() {
        let any = src.has_notes();
        src.notes_at_end(true);
        src.doc.dedent();
        if any {
            src.line(false, false);
        }
        src.word();
        src.doc.end(None);
        return group;
    }
    // A bracket that the author opened with a line break stays open.
    if opened {
        src.doc.force();
    }
    src.line(how.pad, false);
    let mut tail = None;
    for (at, item) in items.iter().enumerate() {
        l.src().notes_before();
        let ends = each(l, item);
        if how.tail == Some(at) {
            tail = ends;
        }
        let src = l.src();
        if at + 1 < items.len() {
            src.word_as(",");
            let row = how.rows && !(opened && src.breaks_here());
            let blank = src.blank_here();
            if row { src.fill() } else { src.line(true, blank) }
        } else {
            if !src.is_closed() {
                src.skip();
            }
            if how.comma {
                src.last_comma();
            }
        }
    }
    let src = l.src();
    src.notes_at_end(false);
    src.doc.dedent();
    src.line(how.pad, false);
    src.word();
    src.doc.end(tail);
    group
}
