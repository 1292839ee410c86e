//! Text to values.

use super::plain::{Node, resolve};
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// How deep values may nest, as in JSON here.
const DEPTH: usize = 128;

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

type Read<T> = Result<T, String>;

/// Reads one document.
///
/// # Errors
/// What is wrong, and on which line.
pub fn parse(text: &str) -> Result<Node, String> {
    let mut r = Reader { text: text.strip_prefix('\u{feff}').unwrap_or(text), at: 0 };
    r.document().map_err(|why| {
        let line = r.text[..r.at].matches('\n').count() + 1;
        format!("yaml: line {line}: {why}")
    })
}

fn wrong<T>(why: impl ToString) -> Read<T> {
    Err(why.to_string())
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn byte(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    fn line_start(&self) -> usize {
        self.text[..self.at].rfind('\n').map_or(0, |i| i + 1)
    }

    /// Signs before this one on its line.
    fn column(&self) -> i64 {
        self.text[self.line_start()..self.at].chars().count() as i64
    }

    /// Whether only spaces stand before this on its line.
    fn begins_line(&self) -> bool {
        self.text[self.line_start()..self.at].bytes().all(|b| b == b' ')
    }

    fn spaces(&mut self) {
        self.at += self.rest().bytes().take_while(|b| *b == b' ' || *b == b'\t').count();
    }

    fn ends_line(&self) -> bool {
        matches!(self.byte(0), None | Some(b'\n')) || self.rest().starts_with("\r\n")
    }

    /// Whether a sign of structure is one: a space or the line's end follows.
    fn stands_alone(&self, ahead: usize) -> bool {
        matches!(self.byte(ahead), None | Some(b' ' | b'\n' | b'\t' | b'\r'))
    }

    /// Whether a comment begins here.
    fn comment(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|i| self.text.as_bytes().get(i));
        self.byte(0) == Some(b'#') && matches!(before, None | Some(b' ' | b'\n' | b'\t'))
    }

    /// Passes spaces, comments and line ends.
    fn blanks(&mut self) {
        loop {
            self.spaces();
            if self.comment() {
                self.at += self.rest().find('\n').unwrap_or(self.rest().len());
            }
            if self.rest().starts_with("\r\n") {
                self.at += 2;
            } else if self.byte(0) == Some(b'\n') {
                self.at += 1;
            } else {
                return;
            }
        }
    }

    /// Goes on to the next thing, which must not be indented with tabs when it begins a line.
    fn next(&mut self) -> Read<()> {
        self.blanks();
        let indent = &self.text[self.line_start()..self.at];
        if self.at < self.text.len() && indent.bytes().all(|b| b == b' ' || b == b'\t') && indent.contains('\t') {
            return wrong("tabs do not indent; use spaces");
        }
        Ok(())
    }

    /// `---` or `...` at the beginning of a line.
    fn marker(&self, mark: &str) -> bool {
        self.rest().starts_with(mark) && self.line_start() == self.at && self.stands_alone(3)
    }

    fn document(&mut self) -> Read<Node> {
        self.next()?;
        while self.byte(0) == Some(b'%') && self.line_start() == self.at {
            self.at += self.rest().find('\n').unwrap_or(self.rest().len());
            self.next()?;
        }
        if self.marker("---") {
            self.at += 3;
        }
        let node = self.block(-1, 0)?;
        self.next()?;
        if self.marker("...") {
            self.at += 3;
            self.next()?;
        }
        if self.marker("---") {
            return wrong("there is more than one document");
        }
        if self.at < self.text.len() {
            wrong("this belongs to nothing before it; look at the indentation")
        } else {
            Ok(node)
        }
    }

    fn ends_document(&self) -> bool {
        self.at == self.text.len() || self.marker("---") || self.marker("...")
    }

    /// What is indented more than its parent; null when nothing is.
    fn block(&mut self, parent: i64, depth: usize) -> Read<Node> {
        self.next()?;
        let column = self.column();
        if self.ends_document() || column <= parent {
            return Ok(Node::Null);
        }
        if self.byte(0) == Some(b'-') && self.stands_alone(1) {
            return self.list(column, depth);
        }
        if self.byte(0) == Some(b'?') && self.stands_alone(1) {
            return wrong("keys that are no scalars are not supported");
        }
        let start = self.at;
        if self.key()?.is_some() {
            self.at = start;
            return self.map(column, depth);
        }
        self.at = start;
        self.inline(parent, depth)
    }

    fn list(&mut self, column: i64, depth: usize) -> Read<Node> {
        too_deep(depth)?;
        let mut out = Vec::new();
        loop {
            self.at += 1;
            out.push(self.block(column, depth + 1)?);
            self.next()?;
            if self.ends_document() || self.column() < column {
                return Ok(Node::List(out));
            }
            if self.column() > column {
                return wrong("this belongs to nothing before it; look at the indentation");
            }
            if !(self.byte(0) == Some(b'-') && self.stands_alone(1)) {
                // A list may stand at the indentation of the map that it belongs to.
                return Ok(Node::List(out));
            }
        }
    }

    fn map(&mut self, column: i64, depth: usize) -> Read<Node> {
        too_deep(depth)?;
        let mut out: Vec<(String, Node)> = Vec::new();
        let mut names = BTreeSet::new();
        loop {
            let Some(name) = self.key()? else { return wrong("a key with a colon belongs here") };
            if name == "<<" {
                return wrong("merge keys are not supported");
            }
            if !names.insert(name.clone()) {
                return wrong(format!("the key `{name}` stands here twice"));
            }
            // Behind the colon, where the rest of the line is the value.
            let begins = self.at;
            self.spaces();
            let value = if self.ends_line() || self.comment() {
                self.next()?;
                let list = self.byte(0) == Some(b'-') && self.stands_alone(1) && !self.ends_document();
                if list && self.column() == column && self.begins_line() {
                    self.list(column, depth + 1)?
                } else {
                    self.block(column, depth + 1)?
                }
            } else {
                if self.at == begins {
                    return wrong("a space belongs behind the colon");
                }
                if self.byte(0) == Some(b'-') && self.stands_alone(1) {
                    return wrong("a list cannot begin on the line of its key");
                }
                self.inline(column, depth + 1)?
            };
            out.push((name, value));
            self.next()?;
            if self.ends_document() || self.column() < column {
                return Ok(Node::Map(out));
            }
            if self.column() > column {
                return wrong("this belongs to nothing before it; look at the indentation");
            }
        }
    }

    /// A key and its colon on one line, or nothing when there is no colon.
    fn key(&mut self) -> Read<Option<String>> {
        let name = match self.byte(0) {
            Some(b'"' | b'\'') => {
                let start = self.at;
                let text = self.quoted(-1)?;
                if self.text[start..self.at].contains('\n') {
                    return Ok(None);
                }
                text
            }
            Some(b'[' | b'{' | b'|' | b'>') => return Ok(None),
            _ => {
                let text = self.plain_line(false)?;
                if self.byte(0) != Some(b':') {
                    return Ok(None);
                }
                key_name(text)?
            }
        };
        self.spaces();
        if self.byte(0) == Some(b':') && self.stands_alone(1) {
            self.at += 1;
            return Ok(Some(name));
        }
        Ok(None)
    }

    /// A value that begins on this line and is no block map or list.
    fn inline(&mut self, parent: i64, depth: usize) -> Read<Node> {
        let node = match self.byte(0) {
            Some(b'[' | b'{') => {
                let node = self.flow(depth)?;
                self.line_is_over()?;
                node
            }
            Some(b'"' | b'\'') => {
                let text = self.quoted(parent)?;
                self.line_is_over()?;
                Node::Text(text)
            }
            Some(b'|' | b'>') => Node::Text(self.block_scalar(parent)?),
            _ => resolve(&self.plain_lines(parent)?)?,
        };
        Ok(node)
    }

    fn line_is_over(&mut self) -> Read<()> {
        self.spaces();
        if self.ends_line() || self.comment() {
            return Ok(());
        }
        if self.byte(0) == Some(b':') {
            return wrong("mapping values are not allowed here");
        }
        wrong("the value should end here")
    }

    /// A plain scalar's part on this line, trailing spaces cut off; ends before `: `, ` #`, and in flows before
    /// commas and brackets.
    fn plain_line(&mut self, in_flow: bool) -> Read<&'a str> {
        let start = self.at;
        match self.byte(0) {
            Some(b'&') => return wrong("anchors are not supported"),
            Some(b'*') => return wrong("aliases are not supported"),
            Some(b'!') => return wrong("tags are not supported"),
            Some(c @ (b'%' | b'@' | b'`' | b'|' | b'>' | b']' | b'}' | b',' | b'#')) => {
                return wrong(format!("a plain value cannot begin with `{}`", char::from(c)));
            }
            Some(c @ (b'-' | b'?')) if self.stands_alone(1) => {
                return wrong(format!("`{}` has no place here", char::from(c)));
            }
            _ => {}
        }
        while let Some(c) = self.peek() {
            match c {
                '\n' => break,
                '\r' if self.rest().starts_with("\r\n") => break,
                '#' if self.comment() => break,
                ':' if self.stands_alone(1) => break,
                ':' if in_flow && matches!(self.byte(1), Some(b',' | b'[' | b']' | b'{' | b'}')) => break,
                ',' | '[' | ']' | '{' | '}' if in_flow => break,
                c if c.is_control() && c != '\t' => return wrong("a control character stands in the text"),
                c => self.at += c.len_utf8(),
            }
        }
        let text = self.text[start..self.at].trim_end_matches([' ', '\t']);
        Ok(text)
    }

    /// A plain scalar over as many lines as are indented more than its parent.
    fn plain_lines(&mut self, parent: i64) -> Read<String> {
        let mut out = self.plain_line(false)?.to_string();
        loop {
            if self.byte(0) == Some(b':') {
                return wrong("mapping values are not allowed here");
            }
            if self.comment() || self.at == self.text.len() {
                return Ok(out);
            }
            let back = self.at;
            let mut breaks = 0;
            while self.ends_line() && self.at < self.text.len() {
                self.at += if self.rest().starts_with("\r\n") { 2 } else { 1 };
                breaks += 1;
                self.spaces();
            }
            if self.ends_document() || self.column() <= parent || self.comment() {
                self.at = back;
                return Ok(out);
            }
            let line = self.plain_continued(false)?;
            fold(&mut out, breaks);
            out.push_str(line);
        }
    }

    /// As [`Reader::plain_line`], but signs that would begin something else are plain on further lines.
    fn plain_continued(&mut self, in_flow: bool) -> Read<&'a str> {
        match self.byte(0) {
            Some(b'&' | b'*' | b'!' | b'%' | b'@' | b'`' | b'|' | b'>' | b'"' | b'\'' | b'-' | b'?') => {
                let start = self.at;
                self.at += 1;
                if self.ends_line() || self.byte(0) == Some(b' ') {
                    self.spaces();
                }
                if !self.ends_line() && !self.comment() && !matches!(self.byte(0), Some(b',' | b']' | b'}')) {
                    self.plain_line(in_flow)?;
                }
                Ok(self.text[start..self.at].trim_end_matches([' ', '\t']))
            }
            _ => self.plain_line(in_flow),
        }
    }

    /// A quoted scalar, over any number of lines that are indented more than the parent.
    fn quoted(&mut self, parent: i64) -> Read<String> {
        let quote = self.peek().unwrap_or('"');
        self.at += 1;
        let mut out = String::new();
        loop {
            let Some(c) = self.peek() else { return wrong("a quoted text has no end") };
            self.at += c.len_utf8();
            match c {
                '\'' if quote == '\'' => {
                    if self.byte(0) != Some(b'\'') {
                        return Ok(out);
                    }
                    self.at += 1;
                    out.push('\'');
                }
                '"' if quote == '"' => return Ok(out),
                '\\' if quote == '"' => self.escape(&mut out)?,
                '\n' => {
                    let kept = out.trim_end_matches([' ', '\t', '\r']).len();
                    out.truncate(kept);
                    let mut breaks = 1;
                    self.spaces();
                    while self.ends_line() && self.at < self.text.len() {
                        self.at += if self.rest().starts_with("\r\n") { 2 } else { 1 };
                        breaks += 1;
                        self.spaces();
                    }
                    if self.marker("---") || self.marker("...") || self.column() <= parent {
                        return wrong("a quoted text has no end");
                    }
                    fold(&mut out, breaks);
                }
                c if c.is_control() && c != '\t' && c != '\r' => {
                    return wrong("a control character stands in the text");
                }
                c => out.push(c),
            }
        }
    }

    fn escape(&mut self, out: &mut String) -> Read<()> {
        let Some(c) = self.peek() else { return wrong("a quoted text has no end") };
        self.at += c.len_utf8();
        let plain = match c {
            '0' => '\0',
            'a' => '\u{7}',
            'b' => '\u{8}',
            't' | '\t' => '\t',
            'n' => '\n',
            'v' => '\u{b}',
            'f' => '\u{c}',
            'r' => '\r',
            'e' => '\u{1b}',
            ' ' | '"' | '/' | '\\' | '\'' => c,
            'N' => '\u{85}',
            '_' => '\u{a0}',
            'L' => '\u{2028}',
            'P' => '\u{2029}',
            'x' => self.code(2)?,
            'u' => self.code(4)?,
            'U' => self.code(8)?,
            // A line that goes on, its break left out.
            '\n' => {
                self.spaces();
                return Ok(());
            }
            c => return wrong(format!("`\\{c}` is no escape")),
        };
        out.push(plain);
        Ok(())
    }

    fn hex(&mut self, digits: usize) -> Read<u32> {
        let code = self.rest().get(..digits).filter(|h| h.bytes().all(|b| b.is_ascii_hexdigit()));
        let Some(code) = code.and_then(|h| u32::from_str_radix(h, 16).ok()) else {
            return wrong("an escape lacks hexadecimal digits");
        };
        self.at += digits;
        Ok(code)
    }

    fn code(&mut self, digits: usize) -> Read<char> {
        let mut code = self.hex(digits)?;
        // JSON writes what lies past the first plane in two halves.
        if (0xd800..0xdc00).contains(&code) && self.rest().starts_with("\\u") {
            self.at += 2;
            let low = self.hex(4)?;
            if !(0xdc00..0xe000).contains(&low) {
                return wrong("an escape names no character");
            }
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        }
        char::from_u32(code).map_or_else(|| wrong("an escape names no character"), Ok)
    }

    /// `|` keeps lines, `>` folds them; `-` and `+` say what becomes of line ends at the end, a digit how far the
    /// text is indented.
    fn block_scalar(&mut self, parent: i64) -> Read<String> {
        let folded = self.byte(0) == Some(b'>');
        self.at += 1;
        let (mut keep, mut strip, mut indent) = (false, false, None);
        loop {
            match self.byte(0) {
                Some(b'+') if !keep && !strip => keep = true,
                Some(b'-') if !keep && !strip => strip = true,
                Some(d @ b'1'..=b'9') if indent.is_none() => indent = Some(parent.max(0) + i64::from(d - b'0')),
                _ => break,
            }
            self.at += 1;
        }
        self.spaces();
        if !self.ends_line() && !self.comment() {
            return wrong("the text of `|` and `>` begins on the next line");
        }
        self.at += self.rest().find('\n').map_or(self.rest().len(), |i| i + 1);
        // Lines without their indentation.
        let mut lines: Vec<&str> = Vec::new();
        while self.at < self.text.len() {
            let end = self.rest().find('\n').unwrap_or(self.rest().len());
            let line = &self.rest()[..end];
            let line = line.strip_suffix('\r').unwrap_or(line);
            let spaces = line.bytes().take_while(|b| *b == b' ').count();
            let blank = spaces == line.len();
            if !blank {
                if (spaces as i64) <= parent || self.marker("---") || self.marker("...") {
                    break;
                }
                let needed = *indent.get_or_insert(spaces as i64);
                if (spaces as i64) < needed {
                    if line[spaces..].starts_with('#') {
                        break;
                    }
                    return wrong("a line of the text is indented less than its first");
                }
            }
            let cut = indent.map_or(spaces, |n| usize::try_from(n).unwrap_or(0).min(spaces));
            lines.push(&line[cut..]);
            self.at += (end + 1).min(self.rest().len());
        }
        let body = lines.iter().rposition(|l| !l.is_empty()).map_or(0, |i| i + 1);
        let trailing = lines.len() - body;
        let mut out = String::new();
        let indented = |line: &str| line.starts_with([' ', '\t']);
        let (mut before, mut blank): (Option<&str>, usize) = (None, 0);
        for line in lines[..body].iter().copied() {
            if line.is_empty() {
                blank += 1;
                continue;
            }
            // Between two lines of running text one break is a space, and of several the first does not count.
            let breaks = match before {
                None => blank,
                Some(b) if folded && !indented(b) && !indented(line) => {
                    if blank == 0 {
                        out.push(' ');
                    }
                    blank
                }
                Some(_) => blank + 1,
            };
            out.extend(core::iter::repeat_n('\n', breaks));
            out.push_str(line);
            (before, blank) = (Some(line), 0);
        }
        if keep {
            let breaks = trailing + usize::from(body > 0);
            out.extend(core::iter::repeat_n('\n', breaks));
        } else if !strip && body > 0 {
            out.push('\n');
        }
        Ok(out)
    }

    /// A list or map in brackets.
    fn flow(&mut self, depth: usize) -> Read<Node> {
        too_deep(depth)?;
        let is_list = self.byte(0) == Some(b'[');
        let close = if is_list { b']' } else { b'}' };
        self.at += 1;
        let (mut items, mut pairs, mut names) = (Vec::new(), Vec::new(), BTreeSet::new());
        loop {
            self.blanks();
            if self.byte(0) == Some(close) {
                self.at += 1;
                break;
            }
            if self.at == self.text.len() {
                return wrong(format!("`{}` is missing", char::from(close)));
            }
            if self.byte(0) == Some(b',') {
                return wrong("a value is missing before the comma");
            }
            let quoted = matches!(self.byte(0), Some(b'"' | b'\''));
            let nested = matches!(self.byte(0), Some(b'[' | b'{'));
            let (text, node) = self.flow_value(depth)?;
            self.blanks();
            // In a flow a quoted key may have its value right behind the colon.
            let colon = self.byte(0) == Some(b':')
                && (quoted || self.stands_alone(1) || matches!(self.byte(1), Some(b',' | b']' | b'}' | b'[' | b'{')));
            if colon {
                if nested {
                    return wrong("keys that are no scalars are not supported");
                }
                self.at += 1;
                self.blanks();
                let name = if quoted { text } else { key_name(&text)? };
                if name == "<<" {
                    return wrong("merge keys are not supported");
                }
                let value = match self.byte(0) {
                    Some(b',' | b']' | b'}') | None => Node::Null,
                    _ => self.flow_value(depth + usize::from(is_list))?.1,
                };
                if is_list {
                    too_deep(depth + 1)?;
                    items.push(Node::Map([(name, value)].into()));
                } else if names.insert(name.clone()) {
                    pairs.push((name, value));
                } else {
                    return wrong(format!("the key `{name}` stands here twice"));
                }
            } else if is_list {
                items.push(node);
            } else if nested {
                return wrong("keys that are no scalars are not supported");
            } else {
                let name = if quoted { text } else { key_name(&text)? };
                if !names.insert(name.clone()) {
                    return wrong(format!("the key `{name}` stands here twice"));
                }
                pairs.push((name, Node::Null));
            }
            self.blanks();
            match self.byte(0) {
                Some(b',') => self.at += 1,
                Some(b) if b == close => {}
                _ => return wrong(format!("`,` or `{}` belongs here", char::from(close))),
            }
        }
        Ok(if is_list { Node::List(items) } else { Node::Map(pairs) })
    }

    /// A value in brackets, and its text where it is a scalar.
    fn flow_value(&mut self, depth: usize) -> Read<(String, Node)> {
        match self.byte(0) {
            Some(b'[' | b'{') => Ok((String::new(), self.flow(depth + 1)?)),
            Some(b'"' | b'\'') => {
                let text = self.quoted(-1)?;
                Ok((text.clone(), Node::Text(text)))
            }
            _ => {
                let mut out = self.plain_line(true)?.to_string();
                // It may go on on further lines.
                while self.ends_line() && self.at < self.text.len() {
                    let back = self.at;
                    let mut breaks = 0;
                    while self.ends_line() && self.at < self.text.len() {
                        self.at += if self.rest().starts_with("\r\n") { 2 } else { 1 };
                        breaks += 1;
                        self.spaces();
                    }
                    let over = matches!(self.byte(0), None | Some(b',' | b'[' | b']' | b'{' | b'}' | b'#' | b':'));
                    if over {
                        self.at = back;
                        break;
                    }
                    let line = self.plain_continued(true)?;
                    fold(&mut out, breaks);
                    out.push_str(line);
                }
                let node = resolve(&out)?;
                Ok((out, node))
            }
        }
    }
}

/// A container may begin at this depth, or not.
fn too_deep(depth: usize) -> Read<()> {
    if depth >= DEPTH { wrong("values nest deeper than 128") } else { Ok(()) }
}

/// One line break is a space, more are one fewer.
fn fold(out: &mut String, breaks: usize) {
    if breaks == 1 {
        out.push(' ');
    } else {
        out.extend(core::iter::repeat_n('\n', breaks - 1));
    }
}

/// A plain key as text: numbers and booleans as JSON writes them.
fn key_name(text: &str) -> Read<String> {
    if text == "<<" {
        return Ok(text.to_string());
    }
    Ok(match resolve(text)? {
        Node::Null => return wrong("null cannot be a key"),
        Node::Bool(b) => b.to_string(),
        Node::Num(n) => {
            let mut out = Vec::new();
            gatos_canon::json::write_num(n, &mut out);
            String::from_utf8_lossy(&out).into_owned()
        }
        _ => text.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatos_num::Num;

    /// A value as JSON.
    fn json(node: &Node) -> String {
        match node {
            Node::Null => "null".into(),
            Node::Bool(b) => b.to_string(),
            Node::Num(Num::Int(n)) => n.to_string(),
            Node::Num(Num::Fixed(n)) => {
                let mut out = String::new();
                gatos_num::write_fixed(*n, &mut out);
                out
            }
            Node::Text(s) => format!("{s:?}"),
            Node::List(items) => format!("[{}]", items.iter().map(json).collect::<Vec<_>>().join(",")),
            Node::Map(pairs) => {
                let pairs: Vec<String> = pairs.iter().map(|(k, v)| format!("{k:?}:{}", json(v))).collect();
                format!("{{{}}}", pairs.join(","))
            }
        }
    }

    fn check(yaml: &str, want: &str) {
        match parse(yaml) {
            Ok(node) => assert_eq!(json(&node), want, "{yaml}"),
            Err(why) => panic!("{yaml}: {why}"),
        }
    }

    #[test]
    fn blocks() {
        check("", "null");
        check("# only a comment\n", "null");
        check("---\n...\n", "null");
        check("a: 1\nb: two\n", r#"{"a":1,"b":"two"}"#);
        check("a:\n  b:\n    c: 1\n  d: 2\ne:\n", r#"{"a":{"b":{"c":1},"d":2},"e":null}"#);
        check("- 1\n- - 2\n  - 3\n-\n  - 4\n- a: 5\n  b: 6\n-\n", r#"[1,[2,3],[4],{"a":5,"b":6},null]"#);
        check("a:\n- 1\n- 2\nb:\n  - 3\n", r#"{"a":[1,2],"b":[3]}"#);
        check("- a:\n  - 1\n  b: 2\n", r#"[{"a":[1],"b":2}]"#);
        check("--- # head\na: 1 # tail\n# between\nb: x#y\n...\n", r##"{"a":1,"b":"x#y"}"##);
        check("a: b:c\nurl: http://x/y?z\n-1: x\n-a: y\n", r#"{"a":"b:c","url":"http://x/y?z","-1":"x","-a":"y"}"#);
        check("a : 1\n'b' : 2\n\"c d\": 3\n1.50: x\ntrue: y", r#"{"a":1,"b":2,"c d":3,"1.5":"x","true":"y"}"#);
        check("%YAML 1.2\n---\n- x\n", r#"["x"]"#);
        check("a:   \n\n  # c\n  x\n", r#"{"a":"x"}"#);
        check("a: 1\r\nb:\r\n  - x\r\n", r#"{"a":1,"b":["x"]}"#);
    }

    #[test]
    fn scalars_over_lines() {
        check("a: one\n  two\n\n  three\nb: 1", r#"{"a":"one two\nthree","b":1}"#);
        check("plain\ntext - here\n", r#""plain text - here""#);
        check("'it''s\n  two'", r#""it's two""#);
        check(
            r#""a\tb\u00e9\U0001f600\x41\ud83d\ude00\
              c\n
              d""#,
            "\"a\\tbé😀A😀c\\n d\"",
        );
        check("a: |\n  x\n   y\n\n  z\n\nb: 1", r#"{"a":"x\n y\n\nz\n","b":1}"#);
        check("a: |-\n  x\n\n", r#"{"a":"x"}"#);
        check("a: |+\n  x\n\nb: 1", r#"{"a":"x\n\n","b":1}"#);
        check("a: >\n  x\n  y\n\n  z\n   w\n  v\n", r#"{"a":"x y\nz\n w\nv\n"}"#);
        check("a: |2\n    x\n", r#"{"a":"  x\n"}"#);
        check("a: >\n\n  x\n\n\n  y\n\n   z\n", r#"{"a":"\nx\n\ny\n\n z\n"}"#);
        check("- |\n x\n- >-\n y\n z\n", r#"["x\n","y z"]"#);
        check("a: |\n  # not a comment\n  x: y\n", r##"{"a":"# not a comment\nx: y\n"}"##);
    }

    #[test]
    fn flows() {
        check("[]", "[]");
        check("{ }", "{}");
        check("[1, 'a', \"b\", [c, d e], {x: 1, \"y\":2, z}, ]", r#"[1,"a","b",["c","d e"],{"x":1,"y":2,"z":null}]"#);
        check("{a: [\n  1, # one\n  2\n], b: }", r#"{"a":[1,2],"b":null}"#);
        check("[a: 1, b]", r#"[{"a":1},"b"]"#);
        check("{\"a\":{\"b\":[true,null,-1.5e1,\"\\u0041\"]}}", r#"{"a":{"b":[true,null,-15.0,"A"]}}"#);
        check("k: [a\n  b, c]", r#"{"k":["a b","c"]}"#);
        check("{a: http://x, b}", r#"{"a":"http://x","b":null}"#);
    }

    #[test]
    fn refusals() {
        for yaml in [
            "a: b: c",
            "a: 1\n  b: 2",
            "a: [1",
            "a: {b",
            "[1] 2",
            "a: &x 1",
            "a: *x",
            "a: !!str 1",
            "<<: {a: 1}",
            "? a\n: b",
            "a: 1\na: 2",
            "{a: 1, a: 2}",
            "a: 1\n---\nb: 2",
            "- 1\n2",
            "a:\n\t- 1",
            "'x",
            "\"\\q\"",
            "\"\\ud800\"",
            "a: |\n    x\n  y\n",
            "a: @x",
            "a: - 1",
            "- a\n b: 1",
            "[,]",
            "{[a]: 1}",
            "a: .inf",
            "~: 1",
            "a: \u{7}",
            "a: 'x' y",
            "key\nb: 1",
        ] {
            assert!(parse(yaml).is_err(), "{yaml:?} {:?}", parse(yaml));
        }
        assert_eq!(parse("a: 1\nb: &x 2").unwrap_err(), "yaml: line 2: anchors are not supported");
    }

    #[test]
    fn deep_nesting_is_refused_without_deep_recursion() {
        for yaml in ["[".repeat(100_000), "{a: ".repeat(100_000), "- ".repeat(100_000)] {
            let _ = parse(&yaml);
        }
        assert!(parse(&"- ".repeat(129)).is_err());
        assert!(parse(&"- ".repeat(128)).is_ok());
        assert!(parse(&format!("{}{}", "[".repeat(128), "]".repeat(128))).is_ok());
        assert!(parse(&format!("{}{}", "[".repeat(129), "]".repeat(129))).is_err());
    }

    #[test]
    fn pieces_of_good_text_never_panic() {
        let text = "a: [1, {b: 'c''d'}, \"e\\u00e9\"]\nf: |2-\n    g\n\nh: >+\n  i\n  j\n- k: l # m\n\u{e9}: ?\n";
        for start in 0..text.len() {
            for end in start..text.len() {
                if let Some(piece) = text.get(start..end) {
                    let _ = parse(piece);
                }
            }
        }
    }
}
