//! Where lines break: a flat stream of words, groups and possible breaks becomes text of a given
//! width, in time and memory linear in the stream and without recursion.
//!
//! A group is printed on one line when it fits there and nothing in it must break; otherwise each
//! of its own breaks becomes a line break, and its inner groups are asked one by one. A group may
//! name one of its inner groups its *tail*: then, before all of it is broken, it is tried with only
//! the tail broken, as people write a call whose argument is a function.

use std::borrow::Cow;

/// One element of the stream.
#[derive(Debug)]
enum Item<'t> {
    /// Words on one line.
    Text(Cow<'t, str>),
    /// Text with line breaks of its own, put out as it is.
    Raw(Cow<'t, str>),
    /// A comment that goes to the end of the line, wherever that will be.
    Suffix(Cow<'t, str>),
    /// A possible break; on one line a space or nothing. With `blank`, a free line goes along.
    Line {
        space: bool,
        blank: bool,
    },
    /// A break only if what follows up to the next possible one does not fit, else a space.
    Fill,
    /// A break in any case.
    Hard {
        blank: bool,
    },
    /// A text only where the group is broken.
    IfBroken(&'static str),
    /// A text only where the group is on one line.
    IfFlat(&'static str),
    /// The group around this breaks.
    Force,
    /// `useful`: breaking it is of use only if what it puts on the next line fits there.
    Begin {
        useful: bool,
    },
    End,
    Indent,
    Dedent,
}

/// What is known of a group before printing.
#[derive(Clone, Copy, Default, Debug)]
struct Group {
    /// Its last item.
    end: usize,
    /// The first item of its tail; 0 for none, as no tail is the first item of all.
    tail: usize,
    /// Breaking it is of use only if what it puts on the next line fits there.
    useful: bool,
    /// Something in it must break.
    forced: bool,
    /// Something outside of its tail must break.
    forced_head: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mode {
    Flat,
    Broken,
    /// Flat, but the tail decides for itself.
    Tail,
}

/// Builds a stream and prints it piece by piece.
pub(crate) struct Doc<'t> {
    items: Vec<Item<'t>>,
    /// The tails chosen so far: (group, tail), by the numbers of their first items.
    tails: Vec<(usize, usize)>,
    open: Vec<usize>,
    /// Whether the last thing put in was a break, so that a comment may stand on a line of its own.
    fresh: bool,
    /// The last byte of the last text.
    last: u8,
    printer: Printer,
}

/// The text so far, and where it goes on.
struct Printer {
    out: String,
    width: usize,
    unit: &'static str,
    unit_columns: usize,
    column: usize,
    level: usize,
    pending: Vec<String>,
    /// Nothing has been put on the current line.
    empty: bool,
    /// Several comments waited for the end of one line.
    crowded: bool,
}

impl<'t> Doc<'t> {
    /// A stream for lines of `width` columns, each level indented by `unit`, which counts for `columns`.
    pub(crate) fn new(width: usize, unit: &'static str, columns: usize, capacity: usize) -> Doc<'t> {
        Doc {
            items: Vec::new(),
            tails: Vec::new(),
            open: Vec::new(),
            fresh: true,
            last: 0,
            printer: Printer {
                out: String::with_capacity(capacity),
                width,
                unit,
                unit_columns: columns,
                column: 0,
                level: 0,
                pending: Vec::new(),
                empty: true,
                crowded: false,
            },
        }
    }

    fn put(&mut self, item: Item<'t>) {
        self.items.push(item);
    }

    /// Words without a line break.
    pub(crate) fn text(&mut self, text: impl Into<Cow<'t, str>>) {
        let text = text.into();
        self.fresh = false;
        self.last = text.as_bytes().last().copied().unwrap_or(self.last);
        let item = if text.contains('\n') { Item::Raw(text) } else { Item::Text(text) };
        self.put(item);
    }

    /// A comment that goes to the end of the line.
    pub(crate) fn suffix(&mut self, text: impl Into<Cow<'t, str>>) {
        self.fresh = false;
        self.put(Item::Suffix(text.into()));
    }

    /// A possible break.
    pub(crate) fn line(&mut self, space: bool, blank: bool) {
        self.fresh = true;
        self.put(Item::Line { space, blank });
    }

    /// A space, or a break if what follows does not fit.
    pub(crate) fn fill(&mut self) {
        self.fresh = true;
        self.put(Item::Fill);
    }

    /// A break.
    pub(crate) fn hard(&mut self, blank: bool) {
        self.fresh = true;
        self.put(Item::Hard { blank });
    }

    /// A text for when the group is broken.
    pub(crate) fn if_broken(&mut self, text: &'static str) {
        self.put(Item::IfBroken(text));
    }

    /// A text for when the group is on one line.
    pub(crate) fn if_flat(&mut self, text: &'static str) {
        self.put(Item::IfFlat(text));
    }

    /// Whether a comment to the end of the line was the last thing put in.
    pub(crate) fn after_suffix(&self) -> bool {
        let marks = |item: &&Item<'_>| !matches!(item, Item::Begin { .. } | Item::End | Item::Indent | Item::Dedent);
        matches!(self.items.iter().rev().find(marks), Some(Item::Suffix(_)))
    }

    /// Breaks the group around this.
    pub(crate) fn force(&mut self) {
        self.put(Item::Force);
    }

    /// Opens a group and gives its number.
    pub(crate) fn begin(&mut self) -> usize {
        self.open(false)
    }

    /// Opens a group with one break, which stays a space if the line were too long all the same.
    pub(crate) fn begin_useful(&mut self) -> usize {
        self.open(true)
    }

    fn open(&mut self, useful: bool) -> usize {
        let at = self.items.len();
        self.open.push(at);
        self.put(Item::Begin { useful });
        at
    }

    /// Closes the innermost group, with the tail that may break in its stead.
    pub(crate) fn end(&mut self, tail: Option<usize>) {
        if let (Some(group), Some(tail)) = (self.open.pop(), tail)
            && tail > group
        {
            self.tails.push((group, tail));
        }
        self.put(Item::End);
    }

    pub(crate) fn indent(&mut self) {
        self.put(Item::Indent);
    }

    pub(crate) fn dedent(&mut self) {
        self.put(Item::Dedent);
    }

    /// Makes the possible break that was the last thing put in a certain one.
    pub(crate) fn harden(&mut self) {
        for item in self.items.iter_mut().rev() {
            match item {
                Item::Begin { .. } | Item::End | Item::Indent | Item::Dedent => {}
                Item::Line { blank, .. } => {
                    *item = Item::Hard { blank: *blank };
                    return;
                }
                Item::Fill => {
                    *item = Item::Hard { blank: false };
                    return;
                }
                _ => return,
            }
        }
    }

    /// Whether a break was the last thing put in.
    pub(crate) fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// Whether the last text ended with this character.
    pub(crate) fn ends_with(&self, byte: u8) -> bool {
        !self.fresh && self.last == byte
    }

    /// Prints what was put in so far, which may not be inside of a group.
    pub(crate) fn flush(&mut self) {
        if self.open.is_empty() {
            let items = std::mem::take(&mut self.items);
            let tails = std::mem::take(&mut self.tails);
            let measured = Measured::new(&items, &tails);
            self.printer.print(&items, &measured);
        }
    }

    /// The text, ending with one line break, or empty; and whether comments had to make way for others.
    pub(crate) fn finish(mut self) -> (String, bool) {
        self.open.clear();
        self.flush();
        self.printer.newline(false);
        let mut out = std::mem::take(&mut self.printer.out);
        out.truncate(out.trim_end_matches([' ', '\n']).len());
        if !out.is_empty() {
            out.push('\n');
        }
        (out, self.printer.crowded)
    }
}

/// The columns that a text takes.
fn columns(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().count() }
}

/// Widths and groups of a stream.
struct Measured {
    /// The width of all before an item, printed on one line.
    before: Vec<usize>,
    /// The width from an item up to the next place where a line can end.
    reach: Vec<usize>,
    /// By the item that begins it, the place in `groups`.
    group_at: Vec<u32>,
    groups: Vec<Group>,
}

impl Measured {
    fn new(items: &[Item<'_>], tails: &[(usize, usize)]) -> Measured {
        let (before, reach) = widths(items);
        let mut group_at = vec![u32::MAX; items.len()];
        let mut groups: Vec<Group> = Vec::new();
        let mut stack: Vec<usize> = Vec::new();
        // A comment to the end of the line waits for a break.
        let mut waiting = false;
        for (at, item) in items.iter().enumerate() {
            let force = match item {
                Item::Begin { useful } => {
                    group_at[at] = groups.len() as u32;
                    stack.push(groups.len());
                    groups.push(Group { useful: *useful, ..Group::default() });
                    false
                }
                Item::Suffix(_) => {
                    waiting = true;
                    false
                }
                Item::Line { .. } | Item::Fill => std::mem::take(&mut waiting),
                Item::Hard { .. } => {
                    waiting = false;
                    true
                }
                Item::Force => true,
                Item::End => {
                    if let Some(group) = stack.pop() {
                        groups[group].end = at;
                    }
                    false
                }
                _ => false,
            };
            if force && let Some(group) = stack.last() {
                groups[*group].forced = true;
                groups[*group].forced_head = true;
            }
        }
        for (group, tail) in tails {
            groups[group_at[*group] as usize].tail = *tail;
        }
        // Inner groups have higher numbers than those around them, so each is known before its parent.
        let mut parents: Vec<usize> = vec![usize::MAX; groups.len()];
        let mut stack: Vec<(usize, usize)> = Vec::new();
        for (at, item) in items.iter().enumerate() {
            match item {
                Item::Begin { .. } => {
                    let group = group_at[at] as usize;
                    parents[group] = stack.last().map_or(usize::MAX, |(group, _)| *group);
                    stack.push((group, at));
                }
                Item::End => {
                    if let Some((group, at)) = stack.pop()
                        && groups[group].forced
                        && let Some(parent) = parents.get(group).copied().filter(|parent| *parent != usize::MAX)
                    {
                        groups[parent].forced = true;
                        // Whether the tail lies deeper is found out below.
                        let tail = groups[parent].tail;
                        let inside = tail > 0 && at <= tail && tail < groups[group].end;
                        groups[parent].forced_head |= !inside || (at < tail && groups[group].forced_head);
                    }
                }
                _ => {}
            }
        }
        Measured { before, reach, group_at, groups }
    }

    fn group(&self, at: usize) -> Group {
        self.group_at.get(at).and_then(|group| self.groups.get(*group as usize)).copied().unwrap_or_default()
    }
}

fn widths(items: &[Item<'_>]) -> (Vec<usize>, Vec<usize>) {
    let mut before = Vec::with_capacity(items.len() + 1);
    let mut sum = 0usize;
    for item in items {
        before.push(sum);
        sum += match item {
            Item::Text(text) => columns(text),
            // Its first line counts; after it, the line has ended.
            Item::Raw(text) => columns(text.lines().next().unwrap_or_default()),
            Item::Line { space: true, .. } | Item::Fill => 1,
            Item::IfFlat(text) => columns(text),
            _ => 0,
        };
    }
    before.push(sum);
    let mut reach = vec![0; items.len() + 1];
    for (at, item) in items.iter().enumerate().rev() {
        reach[at] = match item {
            Item::Line { .. } | Item::Fill | Item::Hard { .. } => 0,
            Item::Raw(_) => before[at + 1] - before[at],
            _ => before[at + 1] - before[at] + reach[at + 1],
        };
    }
    (before, reach)
}

impl Printer {
    fn print(&mut self, items: &[Item<'_>], measured: &Measured) {
        let mut modes: Vec<Mode> = Vec::new();
        let mut indents: Vec<usize> = Vec::new();
        // The tail that breaks in the stead of the groups around it.
        let mut must = 0;
        for (at, item) in items.iter().enumerate() {
            let mode = modes.last().copied().unwrap_or(Mode::Broken);
            match item {
                Item::Text(text) => self.text(text),
                Item::Raw(text) => self.raw(text),
                Item::Suffix(text) => self.pending.push(text.to_string()),
                Item::IfBroken(text) => {
                    if mode == Mode::Broken {
                        self.text(text);
                    }
                }
                Item::IfFlat(text) => {
                    if mode != Mode::Broken {
                        self.text(text);
                    }
                }
                Item::Hard { blank } => self.newline(*blank),
                Item::Line { space, blank } => match mode {
                    Mode::Broken => self.newline(*blank),
                    _ if *space => self.text(" "),
                    _ => {}
                },
                Item::Fill => {
                    let fits = self.column + 1 + measured.reach[at + 1] <= self.width;
                    let must = mode == Mode::Broken && (!fits || !self.pending.is_empty());
                    if must { self.newline(false) } else { self.text(" ") }
                }
                Item::Force => {}
                Item::Begin { .. } => {
                    let group = measured.group(at);
                    let may_fit = must == 0 || (at != must && group.tail != must);
                    let mode = if mode == Mode::Flat { mode } else { self.choose(measured, at, group, may_fit) };
                    if mode == Mode::Tail {
                        must = group.tail;
                    }
                    modes.push(mode);
                }
                Item::End => {
                    modes.pop();
                }
                Item::Indent => {
                    let step = usize::from(mode == Mode::Broken);
                    indents.push(step);
                    self.level += step;
                }
                Item::Dedent => self.level -= indents.pop().unwrap_or(0),
            }
        }
    }

    fn choose(&self, measured: &Measured, at: usize, group: Group, may_fit: bool) -> Mode {
        let column = if self.empty { self.level * self.unit_columns } else { self.column };
        let span = |from: usize, to: usize| measured.before[to] - measured.before[from];
        if may_fit && !group.forced && column + span(at, group.end) + measured.reach[group.end] <= self.width {
            return Mode::Flat;
        }
        if group.useful && !group.forced {
            // One space less.
            let next = (self.level + 1) * self.unit_columns + span(at, group.end) + measured.reach[group.end] - 1;
            return if next <= self.width { Mode::Broken } else { Mode::Flat };
        }
        if group.tail > 0 && !group.forced_head {
            let tail = measured.group(group.tail);
            let head = column + span(at, group.tail) + measured.reach[group.tail];
            // What follows the tail stands on the line that closes it.
            let rest = self.level * self.unit_columns + 3 + span(tail.end, group.end) + measured.reach[group.end];
            if head <= self.width && rest <= self.width {
                return Mode::Tail;
            }
        }
        Mode::Broken
    }

    fn text(&mut self, text: &str) {
        if text.is_empty() || (self.empty && text == " ") {
            return;
        }
        if self.empty {
            for _ in 0..self.level {
                self.out.push_str(self.unit);
            }
            self.column = self.level * self.unit_columns;
            self.empty = false;
        }
        self.out.push_str(text);
        self.column += columns(text);
    }

    fn raw(&mut self, text: &str) {
        let (first, last) = match (text.find('\n'), text.rfind('\n')) {
            (Some(first), Some(last)) => (&text[..first], &text[last + 1..]),
            _ => return self.text(text),
        };
        // The first line may be blank or empty: it still begins the line.
        self.text(first);
        self.out.push_str(&text[first.len()..]);
        self.empty = false;
        self.column = columns(last);
    }

    fn trim(&mut self) {
        while self.out.ends_with(' ') {
            self.out.pop();
        }
    }

    fn newline(&mut self, blank: bool) {
        for (index, text) in std::mem::take(&mut self.pending).into_iter().enumerate() {
            if index > 0 {
                self.crowded = true;
                self.out.push('\n');
                self.empty = true;
            } else if !self.empty {
                self.trim();
                self.out.push(' ');
            }
            self.text(&text);
        }
        if !self.empty {
            self.trim();
            self.out.push('\n');
        }
        if blank && !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
        self.empty = true;
        self.column = 0;
    }
}
