//! The part of YAML that METADATA is written in: maps, lists, scalars, quotes, flow forms and block
//! text. Anchors, tags and documents are refused.

use crate::span::Span;

use super::ast::MetaValue;

/// One line of the block, and where it begins in the source.
#[derive(Clone, Copy, Debug)]
pub struct Row<'t> {
    /// Its text.
    pub text: &'t str,
    /// The offset of its first byte.
    pub at: usize,
}

/// The place, what is wrong, and a word on the place.
pub type Problem = (Span, String, &'static str);

type Result<T> = core::result::Result<T, Problem>;

/// The most maps and lists in one another.
const MAX_DEPTH: usize = 64;

/// Reads a block.
pub fn parse(rows: &[Row<'_>]) -> Result<MetaValue> {
    let mut lines = Vec::with_capacity(rows.len());
    for row in rows {
        let body = row.text.trim_start_matches(' ');
        let indent = row.text.len() - body.len();
        if body.starts_with('\t') {
            let at = row.at + indent;
            return Err((Span::new(at, at + 1), "a tab cannot indent".to_string(), "use spaces"));
        }
        lines.push(Line { indent, text: body, at: row.at + indent });
    }
    let mut reader = Reader { lines, pos: 0 };
    reader.skip_blank();
    let Some(line) = reader.peek() else { return Ok(MetaValue::Null) };
    let value = reader.node(line.indent, 0)?;
    reader.skip_blank();
    match reader.peek() {
        None => Ok(value),
        Some(line) => Err(line.problem("this line belongs to nothing", "check its indentation")),
    }
}

#[derive(Clone, Copy, Debug)]
struct Line<'t> {
    indent: usize,
    text: &'t str,
    at: usize,
}

impl Line<'_> {
    fn span(&self) -> Span {
        Span::new(self.at, self.at + self.text.len())
    }

    fn problem(&self, message: &str, label: &'static str) -> Problem {
        (self.span(), message.to_string(), label)
    }

    fn blank(&self) -> bool {
        self.text.trim().is_empty() || self.text.starts_with('#')
    }

    fn is_item(&self) -> bool {
        self.text == "-" || self.text.starts_with("- ")
    }
}

struct Reader<'t> {
    lines: Vec<Line<'t>>,
    pos: usize,
}

impl<'t> Reader<'t> {
    fn peek(&self) -> Option<Line<'t>> {
        self.lines.get(self.pos).copied()
    }

    fn skip_blank(&mut self) {
        while self.peek().is_some_and(|line| line.blank()) {
            self.pos += 1;
        }
    }

    /// The node that begins on the line at hand, which is indented by `indent`.
    fn node(&mut self, indent: usize, depth: usize) -> Result<MetaValue> {
        let Some(line) = self.peek() else { return Ok(MetaValue::Null) };
        if depth > MAX_DEPTH {
            return Err(line.problem("nested too deep", "one level too many"));
        }
        if line.is_item() {
            self.list(indent, depth)
        } else if key(&line)?.is_some() {
            self.map(indent, depth)
        } else {
            self.pos += 1;
            // What goes on is indented, but for a text that is all of the block.
            self.scalar(line, line.text, indent.checked_sub(1), depth)
        }
    }

    fn list(&mut self, indent: usize, depth: usize) -> Result<MetaValue> {
        let mut items = Vec::new();
        loop {
            self.skip_blank();
            let Some(line) = self.peek().filter(|line| line.indent == indent && line.is_item()) else { break };
            let rest = line.text[1..].trim_start();
            if rest.is_empty() || rest.starts_with('#') {
                self.pos += 1;
                items.push(self.below(indent + 1, depth)?);
                continue;
            }
            // What follows the dash is a node of its own, indented by where it stands.
            let skip = line.text.len() - rest.len();
            self.lines[self.pos] = Line { indent: indent + skip, text: rest, at: line.at + skip };
            let inner = self.lines[self.pos];
            if inner.is_item() || key(&inner)?.is_some() {
                items.push(self.node(inner.indent, depth + 1)?);
            } else {
                self.pos += 1;
                items.push(self.scalar(inner, rest, Some(indent), depth)?);
            }
        }
        Ok(MetaValue::List(items))
    }

    fn map(&mut self, indent: usize, depth: usize) -> Result<MetaValue> {
        let mut fields: Vec<(String, MetaValue)> = Vec::new();
        loop {
            self.skip_blank();
            let Some(line) = self.peek().filter(|line| line.indent == indent) else { break };
            let Some((name, rest)) = key(&line)? else {
                return Err(line.problem("a name and a colon are expected", "not `name: value`"));
            };
            if fields.iter().any(|(known, _)| *known == name) {
                return Err(line.problem(&format!("`{name}` is there twice"), "given before"));
            }
            self.pos += 1;
            let value = if rest.is_empty() || rest.starts_with('#') {
                self.skip_blank();
                // The items of a list may stand as far left as their name.
                let items = self.peek().is_some_and(|next| next.indent == indent && next.is_item());
                if items { self.list(indent, depth + 1)? } else { self.below(indent + 1, depth)? }
            } else {
                self.scalar(line, rest, Some(indent), depth)?
            };
            fields.push((name, value));
        }
        Ok(MetaValue::Map(fields))
    }

    /// The node on the lines below, if they are indented enough.
    fn below(&mut self, least: usize, depth: usize) -> Result<MetaValue> {
        self.skip_blank();
        match self.peek() {
            Some(line) if line.indent >= least => self.node(line.indent, depth + 1),
            _ => Ok(MetaValue::Null),
        }
    }

    /// A value that begins on `line` with `text`; it goes on over lines indented more than `outer`.
    fn scalar(&mut self, line: Line<'t>, text: &'t str, outer: Option<usize>, depth: usize) -> Result<MetaValue> {
        let deeper = |next: &Line<'_>| outer.is_none_or(|outer| next.indent > outer);
        let first = text.as_bytes().first().copied().unwrap_or(b' ');
        match first {
            b'|' | b'>' => return self.block_text(line, text, outer),
            b'&' | b'*' | b'!' => return Err(line.problem("anchors and tags are not used here", "not supported")),
            b'@' | b'`' | b'%' => return Err(line.problem("a value cannot begin with this sign", "put it in quotes")),
            _ => {}
        }
        let mut all = text.to_string();
        if matches!(first, b'[' | b'{' | b'"' | b'\'') {
            loop {
                match Flow::new(&all, line, depth).whole() {
                    Ok(Some(value)) => return Ok(value),
                    Ok(None) => {}
                    Err(problem) => return Err(problem),
                }
                let Some(next) = self.peek().filter(deeper) else {
                    return Err(line.problem("this is never closed", "opened here"));
                };
                self.pos += 1;
                all.push(' ');
                all.push_str(next.text.trim());
                if all.len() > 100_000 {
                    return Err(line.problem("this is never closed", "opened here"));
                }
            }
        }
        let mut all = uncommented(text).to_string();
        if all.contains(": ") || all.ends_with(':') {
            return Err(line.problem("a value has a colon inside", "put the value in quotes"));
        }
        while let Some(next) = self.peek()
            && !next.text.is_empty()
            && deeper(&next)
            && !next.text.starts_with('#')
        {
            if key(&next)?.is_some() {
                return Err(next.problem("a name stands where a text goes on", "check its indentation"));
            }
            self.pos += 1;
            all.push(' ');
            all.push_str(uncommented(next.text));
        }
        Ok(plain(&all))
    }

    /// `|` keeps line breaks, `>` folds them.
    fn block_text(&mut self, line: Line<'t>, text: &str, outer: Option<usize>) -> Result<MetaValue> {
        let folded = text.starts_with('>');
        let mark = uncommented(&text[1..]);
        if !matches!(mark, "" | "-" | "+") {
            return Err(line.problem("this is not the mark of a text of several lines", "`|`, `|-`, `>` or `>-`"));
        }
        let mut rows: Vec<String> = Vec::new();
        let mut least = None;
        while let Some(next) = self.peek() {
            if next.text.is_empty() {
                rows.push(String::new());
                self.pos += 1;
                continue;
            }
            if outer.is_some_and(|outer| next.indent <= outer) || least.is_some_and(|least| next.indent < least) {
                break;
            }
            let base = *least.get_or_insert(next.indent);
            rows.push(format!("{}{}", " ".repeat(next.indent - base), next.text));
            self.pos += 1;
        }
        let kept = rows.iter().rposition(|row| !row.is_empty()).map_or(0, |last| last + 1);
        let blank = rows.len() - kept;
        rows.truncate(kept);
        let mut out = String::new();
        for (index, row) in rows.iter().enumerate() {
            if index > 0 {
                let plain = |row: &String| !row.is_empty() && !row.starts_with(' ');
                let joined = folded && plain(row) && plain(&rows[index - 1]);
                // Of the breaks around a blank line, folding takes one.
                let swallowed = folded && row.is_empty() && plain(&rows[index - 1]);
                if joined {
                    out.push(' ');
                } else if !swallowed {
                    out.push('\n');
                }
            }
            out.push_str(row);
        }
        if mark != "-" && !rows.is_empty() {
            out.push('\n');
        }
        if mark == "+" {
            out.push_str(&"\n".repeat(blank));
        }
        Ok(MetaValue::Text(out))
    }
}

/// The name that a line of a map begins with, and what follows its colon.
fn key<'t>(line: &Line<'t>) -> Result<Option<(String, &'t str)>> {
    let text = line.text;
    if text.starts_with(['[', '{', '-']) && !text.starts_with("--") && !text.contains(": ") {
        return Ok(None);
    }
    if text.starts_with(['"', '\'']) {
        let mut flow = Flow::new(text, *line, 0);
        let Some(name) = flow.quoted()? else { return Ok(None) };
        let rest = text[flow.at..].trim_start();
        return Ok(rest
            .strip_prefix(':')
            .filter(|rest| rest.is_empty() || rest.starts_with(' '))
            .map(|rest| (name, rest.trim())));
    }
    if text.starts_with(['[', '{', '#', '&', '*', '!', '|', '>', '?']) {
        return Ok(None);
    }
    let end =
        text.match_indices(':').map(|(at, _)| at).find(|at| matches!(text.as_bytes().get(at + 1), None | Some(b' ')));
    let Some(end) = end else { return Ok(None) };
    if text[..end].contains(" #") {
        return Ok(None);
    }
    Ok(Some((text[..end].trim_end().to_string(), text[end + 1..].trim())))
}

/// Without a comment at its end.
fn uncommented(text: &str) -> &str {
    match text.find(" #") {
        Some(at) => text[..at].trim(),
        None if text.starts_with('#') => "",
        None => text.trim(),
    }
}

/// What an unquoted text stands for.
fn plain(text: &str) -> MetaValue {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return MetaValue::Null,
        "true" | "True" | "TRUE" => return MetaValue::Bool(true),
        "false" | "False" | "FALSE" => return MetaValue::Bool(false),
        _ => {}
    }
    let number = text.strip_prefix('-').unwrap_or(text);
    if number.starts_with(|c: char| c.is_ascii_digit()) && super::token::is_numeral(number) {
        return MetaValue::Number(text.to_string());
    }
    MetaValue::Text(text.to_string())
}

/// Values in brackets, braces and quotes.
struct Flow<'a, 't> {
    text: &'a str,
    line: Line<'t>,
    at: usize,
    depth: usize,
}

impl<'a, 't> Flow<'a, 't> {
    fn new(text: &'a str, line: Line<'t>, depth: usize) -> Flow<'a, 't> {
        Flow { text, line, at: 0, depth }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn eat(&mut self, c: char) -> bool {
        self.skip();
        let found = self.rest().starts_with(c);
        self.at += if found { c.len_utf8() } else { 0 };
        found
    }

    /// The value, if it ends; nothing must follow it.
    fn whole(&mut self) -> Result<Option<MetaValue>> {
        let Some(value) = self.value(self.depth)? else { return Ok(None) };
        let rest = self.rest().trim();
        if rest.is_empty() || rest.starts_with('#') {
            return Ok(Some(value));
        }
        Err(self.line.problem("something follows the value", "one value expected"))
    }

    fn value(&mut self, depth: usize) -> Result<Option<MetaValue>> {
        if depth > MAX_DEPTH {
            return Err(self.line.problem("nested too deep", "one level too many"));
        }
        self.skip();
        if self.rest().starts_with(['"', '\'']) {
            return Ok(self.quoted()?.map(MetaValue::Text));
        }
        if self.eat('[') {
            let mut items = Vec::new();
            while !self.eat(']') {
                let Some(item) = self.value(depth + 1)? else { return Ok(None) };
                items.push(item);
                if !self.eat(',') && !self.rest().starts_with(']') {
                    return self.open_or("a comma is missing in a list");
                }
            }
            return Ok(Some(MetaValue::List(items)));
        }
        if self.eat('{') {
            let mut fields: Vec<(String, MetaValue)> = Vec::new();
            while !self.eat('}') {
                self.skip();
                let name = if self.rest().starts_with(['"', '\'']) { self.quoted()? } else { self.word() };
                let Some(name) = name else { return Ok(None) };
                let value = if self.eat(':') { self.value(depth + 1)? } else { Some(MetaValue::Null) };
                let Some(value) = value else { return Ok(None) };
                if fields.iter().any(|(known, _)| *known == name) {
                    return Err(self.line.problem(&format!("`{name}` is there twice"), "given before"));
                }
                fields.push((name, value));
                if !self.eat(',') && !self.rest().starts_with('}') {
                    return self.open_or("a comma is missing in a map");
                }
            }
            return Ok(Some(MetaValue::Map(fields)));
        }
        Ok(self.word().map(|word| plain(&word)))
    }

    fn open_or<T>(&self, message: &str) -> Result<Option<T>> {
        if self.rest().is_empty() { Ok(None) } else { Err(self.line.problem(message, "in this value")) }
    }

    /// Unquoted text up to a sign of the form around it; nothing at the end of the text.
    fn word(&mut self) -> Option<String> {
        let rest = self.rest();
        let bytes = rest.as_bytes();
        let ends = |at: usize| match bytes[at] {
            b',' | b']' | b'}' | b'[' | b'{' => true,
            b':' => matches!(bytes.get(at + 1), None | Some(b' ' | b',' | b']' | b'}')),
            _ => false,
        };
        let end = (0..bytes.len()).find(|at| ends(*at))?;
        self.at += end;
        Some(rest[..end].trim().to_string())
    }

    /// A quoted text; nothing if its quote does not close.
    fn quoted(&mut self) -> Result<Option<String>> {
        let rest = self.rest();
        let quote = if rest.starts_with('"') { '"' } else { '\'' };
        let mut out = String::new();
        let mut chars = rest.char_indices().skip(1).peekable();
        while let Some((at, c)) = chars.next() {
            if c == quote && quote == '\'' && chars.peek().is_some_and(|(_, next)| *next == '\'') {
                chars.next();
                out.push('\'');
            } else if c == quote {
                self.at += at + 1;
                return Ok(Some(out));
            } else if c == '\\' && quote == '"' {
                let Some((_, letter)) = chars.next() else { return Ok(None) };
                let plain = match letter {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    '0' => '\0',
                    '"' | '\\' | '/' | ' ' => letter,
                    'x' | 'u' => {
                        let count = if letter == 'x' { 2 } else { 4 };
                        let digits: String = chars.by_ref().take(count).map(|(_, c)| c).collect();
                        let code = u32::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == count);
                        match code.and_then(char::from_u32) {
                            Some(c) => c,
                            None => return Err(self.line.problem("an escape needs its digits", "in this text")),
                        }
                    }
                    _ => return Err(self.line.problem("an escape that does not exist", "in this text")),
                };
                out.push(plain);
            } else {
                out.push(c);
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> core::result::Result<MetaValue, String> {
        let mut at = 0;
        let mut rows = Vec::new();
        for line in text.split('\n') {
            rows.push(Row { text: line, at });
            at += line.len() + 1;
        }
        parse(&rows).map_err(|(span, message, _)| format!("{}..{} {message}", span.start, span.end))
    }

    fn text(text: &str) -> MetaValue {
        MetaValue::Text(text.to_string())
    }

    fn map(fields: &[(&str, MetaValue)]) -> MetaValue {
        MetaValue::Map(fields.iter().map(|(key, value)| (key.to_string(), value.clone())).collect())
    }

    #[test]
    fn reads_maps_and_lists() {
        let got = read(" title: A: b\n").unwrap_err();
        assert!(got.contains("colon"), "{got}");
        let got = read(
            " title: Who may pay # really\n authors:\n - Ann <ann@x>\n -   name: Bob\n     email: b@x\n custom:\n   level: 3\n   tags: [a, 'b c', {x: 1.5}]\n   none:\n",
        );
        let expected = map(&[
            ("title", text("Who may pay")),
            (
                "authors",
                MetaValue::List(vec![text("Ann <ann@x>"), map(&[("name", text("Bob")), ("email", text("b@x"))])]),
            ),
            (
                "custom",
                map(&[
                    ("level", MetaValue::Number("3".to_string())),
                    (
                        "tags",
                        MetaValue::List(vec![
                            text("a"),
                            text("b c"),
                            map(&[("x", MetaValue::Number("1.5".to_string()))]),
                        ]),
                    ),
                    ("none", MetaValue::Null),
                ]),
            ),
        ]);
        assert_eq!(got, Ok(expected));
    }

    #[test]
    fn reads_texts_of_several_lines() {
        let got =
            read("a: |\n  one\n   two\n\n  three\nb: >-\n  one\n  two\n\n  three\nc: one\n  two\nd: \"x\n  y\\n\"\n");
        let expected = map(&[
            ("a", text("one\n two\n\nthree\n")),
            ("b", text("one two\nthree")),
            ("c", text("one two")),
            ("d", text("x y\n")),
        ]);
        assert_eq!(got, Ok(expected));
    }

    #[test]
    fn refuses_what_is_not_yaml() {
        for (source, message) in [
            ("a: 1\na: 2", "twice"),
            ("a: [1, 2", "never closed"),
            ("a: 1\n  b: 2", "goes on"),
            ("a: &x 1", "anchors"),
            ("a: 1\nword", "colon"),
            ("a:\n  - x\n y: 1", "belongs to nothing"),
            ("\ta: 1", "tab"),
        ] {
            let got = read(source).unwrap_err();
            assert!(got.contains(message), "{source}: {got}");
        }
        let deep = format!("a: {}{}", "[".repeat(1000), "]".repeat(1000));
        assert!(read(&deep).unwrap_err().contains("deep"));
    }
}
