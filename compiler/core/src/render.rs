//! Diagnostics as people and tools read them: drawn under the source, one line each, or JSON.

use crate::pipeline::{Compiled, FileDiagnostic, SourceFile};
use crate::text::LineIndex;
use std::borrow::Cow;

use ariadne::{Color, Config, IndexType, Label, Report, ReportKind};
use gatos_canon::json::write_string;
use gatos_syntax::diagnostic::{Diagnostic, Fix, Severity};
use gatos_syntax::span::Span;

/// The forms that a list of diagnostics can take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// Drawn under the source.
    Human {
        /// With colours for a terminal.
        color: bool,
    },
    /// `file:line:col: error[E0107]: …`, one line each.
    Short,
    /// A JSON array.
    Json,
}

/// Text as a terminal may have it: control characters other than line ends and tabs are spelt
/// `\\u{1b}`, so that no text can move the cursor, change colours or name the window.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_control) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    text.chars().for_each(|c| push_printable(&mut out, c));
    Cow::Owned(out)
}

fn is_control(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\t')
}

fn push_printable(out: &mut String, c: char) {
    match is_control(c) {
        true => out.extend(c.escape_unicode()),
        false => out.push(c),
    }
}

/// All messages of a compilation.
pub fn render(compiled: &Compiled, form: Form) -> String {
    render_list(&compiled.files, &compiled.diagnostics, form)
}

/// How many messages are drawn for people; the other forms hold all of them.
pub const MOST_DRAWN: usize = 100;

/// Messages about some files. The drawn form stops at [`MOST_DRAWN`] and counts the rest.
pub fn render_list(files: &[SourceFile], diags: &[FileDiagnostic], form: Form) -> String {
    let one = |d: &FileDiagnostic| match form {
        Form::Human { color } => human(files, d, color),
        Form::Short => short(files, d) + "\n",
        Form::Json => json(files, d),
    };
    // Each drawing looks through the source; a broken file of megabytes has a mistake in every word.
    let shown = if matches!(form, Form::Human { .. }) { diags.len().min(MOST_DRAWN) } else { diags.len() };
    let all: Vec<String> = diags[..shown].iter().map(one).collect();
    match form {
        Form::Human { .. } if shown < diags.len() => {
            all.join("\n") + &format!("\n… and {} more messages\n", diags.len() - shown)
        }
        Form::Human { .. } => all.join("\n"),
        Form::Short => all.concat(),
        Form::Json => format!("[{}]\n", all.join(",\n")),
    }
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn file<'a>(files: &'a [SourceFile], d: &FileDiagnostic) -> (&'a str, &'a str) {
    files.get(d.file as usize).map_or(("?", ""), |f| (f.name.as_str(), f.text.as_str()))
}

/// One line: place, severity, code, message.
pub fn short(files: &[SourceFile], d: &FileDiagnostic) -> String {
    let (name, text) = file(files, d);
    let (line, col) = LineIndex::new(text).line_col(d.diagnostic.span.start);
    let Diagnostic { code, severity, message, .. } = &d.diagnostic;
    printable(&format!("{name}:{line}:{col}: {}[{code}]: {message}", word(*severity))).into_owned()
}

/// A drawing of the source with the message, its label, help and fix.
pub fn human(files: &[SourceFile], d: &FileDiagnostic, color: bool) -> String {
    let (name, text) = file(files, d);
    let diag = &d.diagnostic;
    let (kind, paint) = match diag.severity {
        Severity::Error => (ReportKind::Error, Color::Red),
        Severity::Warning => (ReportKind::Warning, Color::Yellow),
    };
    let name = &*printable(name);
    let spans = || std::iter::once(diag.span).chain(diag.related.iter().map(|r| r.span));
    let drawn = Drawn::new(text, spans().map(|span| visible(text, span)).collect());
    let at = |span: Span| {
        let range = visible(text, span);
        (name, drawn.place(range.start)..drawn.place(range.end))
    };
    let mut report = Report::build(kind, at(diag.span))
        .with_config(Config::default().with_color(color).with_index_type(IndexType::Byte))
        .with_code(diag.code)
        .with_message(printable(&diag.message));
    let mut main = Label::new(at(diag.span)).with_color(paint);
    if !diag.label.is_empty() {
        main = main.with_message(printable(&diag.label));
    }
    report = report.with_label(main);
    for r in &diag.related {
        report = report
            .with_label(Label::new(at(r.span)).with_message(printable(&r.text)).with_color(Color::Cyan).with_order(1));
    }
    for help in &diag.help {
        report = report.with_help(printable(help));
    }
    for fix in &diag.fixes {
        if let Some(note) = suggestion(text, fix) {
            report = report.with_note(cut(&printable(&note)));
        }
    }
    let mut out = Vec::new();
    match report.finish().write((name, ariadne::Source::from(drawn.text.as_str())), &mut out) {
        // A drawing goes into memory, so this does not fail; the short form would do if it did.
        Err(_) => short(files, d) + "\n",
        Ok(()) => {
            let text: String = String::from_utf8_lossy(&out).lines().map(|l| l.trim_end().to_string() + "\n").collect();
            drawn.true_place(text, name, diag.span)
        }
    }
}

/// The longest line of source that is drawn whole, in bytes.
const LONGEST: usize = 400;
/// What is drawn of a longer line before and after each place of interest.
const AROUND: usize = 120;
const ELLIPSIS: &str = "…";

/// A source as it is drawn: control characters spelt out, long lines cut around what is marked.
struct Drawn<'a> {
    source: &'a str,
    text: String,
    /// Where stretches of the source begin that are drawn as they are: in the source and here.
    /// Between them lies what was replaced.
    marks: Vec<(usize, usize)>,
}

impl<'a> Drawn<'a> {
    fn new(source: &'a str, spans: Vec<std::ops::Range<usize>>) -> Drawn<'a> {
        let mut drawn = Drawn { source, text: String::new(), marks: vec![(0, 0)] };
        let mut start = 0;
        for line in source.split_inclusive('\n') {
            let end = start + line.len();
            let body = start..end - usize::from(line.ends_with('\n'));
            match body.len() > LONGEST {
                false => drawn.copy(start..end),
                true => {
                    // Windows around both ends of each mark, and the line's beginning when it has none.
                    let ends = spans.iter().flat_map(|s| [s.start, s.end]);
                    let mut windows: Vec<_> = ends
                        .filter(|at| (body.start..=body.end).contains(at))
                        .map(|at| near(source, at.saturating_sub(AROUND).max(body.start), (at + AROUND).min(body.end)))
                        .collect();
                    if windows.is_empty() {
                        windows.push(near(source, body.start, body.start + AROUND));
                    }
                    windows.sort_by_key(|w| w.start);
                    let mut at = body.start;
                    for window in windows {
                        drawn.skip(at..window.start);
                        drawn.copy(window.start.max(at)..window.end.max(at));
                        at = at.max(window.end);
                    }
                    drawn.skip(at..body.end);
                    drawn.copy(body.end..end);
                }
            }
            start = end;
        }
        drawn.mark(source.len());
        drawn
    }

    fn mark(&mut self, at: usize) {
        self.marks.push((at, self.text.len()));
    }

    fn skip(&mut self, range: std::ops::Range<usize>) {
        if range.start < range.end {
            self.mark(range.start);
            self.text.push_str(ELLIPSIS);
            self.mark(range.end);
        }
    }

    fn copy(&mut self, range: std::ops::Range<usize>) {
        let text = self.source.get(range.clone()).unwrap_or_default();
        // Line ends of the other kind stay what they are: the drawing knows them.
        if !text.chars().any(|c| is_control(c) && c != '\r') {
            self.text.push_str(text);
            return;
        }
        for (at, c) in text.char_indices() {
            if is_control(c) && !(c == '\r' && text[at + 1..].starts_with('\n')) {
                self.mark(range.start + at);
                push_printable(&mut self.text, c);
                self.mark(range.start + at + c.len_utf8());
            } else {
                self.text.push(c);
            }
        }
    }

    /// Where a place of the source is here.
    fn place(&self, at: usize) -> usize {
        let next = self.marks.partition_point(|(source, _)| *source <= at);
        let (source, here) = self.marks[next.saturating_sub(1)];
        let most = self.marks.get(next).map_or(self.text.len(), |(_, here)| *here);
        let mut place = (here + at.saturating_sub(source)).min(most);
        while !self.text.is_char_boundary(place) {
            place -= 1;
        }
        place
    }

    /// The drawing names a place: that in the source, not that in what was drawn of it.
    fn true_place(&self, drawing: String, name: &str, span: Span) -> String {
        if self.text == self.source {
            return drawing;
        }
        let start = visible(self.source, span).start;
        let column = |text: &str, at: usize| LineIndex::new(text).line_col(u32::try_from(at).unwrap_or(u32::MAX));
        let ((line, here), (_, there)) = (column(&self.text, self.place(start)), column(self.source, start));
        drawing.replacen(&format!("{name}:{line}:{here}"), &format!("{name}:{line}:{there}"), 1)
    }
}

/// A range with its ends moved outwards to character bounds.
fn near(text: &str, mut start: usize, mut end: usize) -> std::ops::Range<usize> {
    end = end.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    while !text.is_char_boundary(end) {
        end += 1;
    }
    start..end
}

/// A text none of whose lines is too long.
fn cut(text: &str) -> String {
    let line = |line: &str| match line.len() > LONGEST {
        true => format!("{}{ELLIPSIS}", &line[near(line, 0, LONGEST)]),
        false => line.to_owned(),
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// A range that can be drawn: inside the text, on character bounds, not empty when possible.
fn visible(text: &str, span: Span) -> std::ops::Range<usize> {
    let mut start = (span.start as usize).min(text.len());
    let mut end = (span.end as usize).clamp(start, text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    while !text.is_char_boundary(end) {
        end += 1;
    }
    start..end
}

/// The fixed line, when the fix stays on one.
fn suggestion(text: &str, fix: &Fix) -> Option<String> {
    let lines = LineIndex::new(text);
    let first = fix.edits.iter().map(|e| e.span.start).min()?;
    let line = lines.line(first);
    let range = lines.range(line);
    let mut edits: Vec<_> = fix.edits.iter().collect();
    edits.sort_by_key(|e| e.span);
    let mut out = String::new();
    let mut at = range.start;
    for e in edits {
        if e.span.range().end > range.end || e.span.range().start < at {
            return Some(fix.title.clone());
        }
        out.push_str(text.get(at..e.span.start as usize)?);
        out.push_str(&e.text);
        at = e.span.end as usize;
    }
    out.push_str(text.get(at..range.end)?);
    let shown = out.trim();
    Some(if shown.is_empty() { fix.title.clone() } else { format!("{}:\n{line:>4} | {shown}", fix.title) })
}

/// One message as a JSON object. Offsets are bytes; lines and columns count from 1, columns
/// in characters.
pub fn json(files: &[SourceFile], d: &FileDiagnostic) -> String {
    let (name, text) = file(files, d);
    let lines = LineIndex::new(text);
    let diag = &d.diagnostic;
    let mut o = Json::new(&lines);
    o.open('{').str("code", diag.code).str("severity", word(diag.severity)).str("file", name).span(diag.span);
    o.str("message", &diag.message).str("label", &diag.label).key("help").open('[');
    diag.help.iter().for_each(|h| o.item(h));
    o.close(']').key("related").open('[');
    for r in &diag.related {
        o.open('{').span(r.span).str("message", &r.text).close('}');
    }
    o.close(']').key("fixes").open('[');
    for fix in &diag.fixes {
        o.open('{').str("title", &fix.title).key("edits").open('[');
        for e in &fix.edits {
            o.open('{').span(e.span).str("text", &e.text).close('}');
        }
        o.close(']').close('}');
    }
    o.close(']').close('}');
    String::from_utf8_lossy(&o.out).into_owned()
}

struct Json<'a> {
    out: Vec<u8>,
    lines: &'a LineIndex<'a>,
    /// Whether a comma is due before the next member.
    comma: bool,
}

impl<'a> Json<'a> {
    fn new(lines: &'a LineIndex<'a>) -> Json<'a> {
        Json { out: Vec::new(), lines, comma: false }
    }

    fn next(&mut self) {
        if self.comma {
            self.out.push(b',');
        }
        self.comma = true;
    }

    fn open(&mut self, bracket: char) -> &mut Self {
        self.next();
        self.out.push(bracket as u8);
        self.comma = false;
        self
    }

    fn close(&mut self, bracket: char) -> &mut Self {
        self.out.push(bracket as u8);
        self.comma = true;
        self
    }

    fn key(&mut self, key: &str) -> &mut Self {
        self.next();
        write_string(key, &mut self.out);
        self.out.push(b':');
        self.comma = false;
        self
    }

    fn item(&mut self, value: &str) {
        self.next();
        write_string(value, &mut self.out);
    }

    fn str(&mut self, key: &str, value: &str) -> &mut Self {
        self.key(key).item(value);
        self
    }

    fn number(&mut self, key: &str, value: u32) {
        self.key(key);
        self.out.extend(value.to_string().bytes());
        self.comma = true;
    }

    fn span(&mut self, span: Span) -> &mut Self {
        let (line, col) = self.lines.line_col(span.start);
        let (end_line, end_col) = self.lines.line_col(span.end);
        self.number("line", line);
        self.number("col", col);
        self.number("end_line", end_line);
        self.number("end_col", end_col);
        self.number("start", span.start);
        self.number("end", span.end);
        self
    }
}
