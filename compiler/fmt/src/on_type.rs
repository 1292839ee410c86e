//! Formatting while typing: after what closes something, all of that; after a line break, the line
//! before and the indentation of the new one, even in a file that does not parse yet.

use gatos_syntax::echolua::lexer as lua;
use gatos_syntax::echolua::token::Kind as LuaKind;
use gatos_syntax::rgs::lexer as rgs;
use gatos_syntax::rgs::token::Kind as RgsKind;
use gatos_syntax::span::Span;

use crate::{Edit, FormatError, Style, edits, with_line_ends_of};

/// What a token does to the level of indentation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Role {
    Opens,
    Closes,
    /// `else`: closes one block and opens the next.
    Both,
    /// `elseif`: closes a block; its `then` opens the next.
    Reopens,
    Nothing,
}

/// A token as far as this goes.
#[derive(Clone, Copy, Debug)]
struct Mark {
    role: Role,
    span: Span,
}

/// Edits after a character was typed in an EchoLua file, `at` being the byte after it. There are none
/// where there is nothing to do, or where the file does not parse and it was no line break.
pub fn echolua_on_type(text: &str, style: &Style, at: usize, typed: char) -> Vec<Edit> {
    let lexed = lua::lex(text);
    let marks = lexed.tokens.iter().map(|token| Mark {
        span: token.span,
        role: match token.kind {
            LuaKind::Then | LuaKind::Do | LuaKind::Function | LuaKind::Repeat => Role::Opens,
            LuaKind::LParen | LuaKind::LBrace | LuaKind::LBracket => Role::Opens,
            LuaKind::End | LuaKind::Until => Role::Closes,
            LuaKind::RParen | LuaKind::RBrace | LuaKind::RBracket => Role::Closes,
            LuaKind::Else => Role::Both,
            LuaKind::ElseIf => Role::Reopens,
            _ => Role::Nothing,
        },
    });
    let inside = lexed.comments.iter().map(|note| note.span);
    on_type(text, style, at, typed, &marks.collect::<Vec<_>>(), inside, "  ", crate::echolua)
}

/// The same in a policy file.
pub fn rgs_on_type(text: &str, style: &Style, at: usize, typed: char) -> Vec<Edit> {
    let lexed = rgs::lex(text);
    let marks = lexed.tokens.iter().map(|token| Mark {
        span: token.span,
        role: match token.kind {
            RgsKind::TemplateHead | RgsKind::TemplateMiddle | RgsKind::TemplateTail => Role::Nothing,
            kind if kind.opens() => Role::Opens,
            kind if kind.closes() => Role::Closes,
            _ => Role::Nothing,
        },
    });
    on_type(text, style, at, typed, &marks.collect::<Vec<_>>(), std::iter::empty(), "\t", crate::rgs)
}

#[allow(clippy::too_many_arguments, reason = "what differs between the languages")]
fn on_type(
    text: &str,
    style: &Style,
    at: usize,
    typed: char,
    marks: &[Mark],
    mut comments: impl Iterator<Item = Span>,
    unit: &str,
    format: fn(&str, &Style) -> Result<String, FormatError>,
) -> Vec<Edit> {
    if text.get(..at).is_none() {
        return Vec::new();
    }
    if typed == '\n' {
        let start = text[..at].rfind('\n').map_or(0, |at| at + 1);
        // Inside of a string or comment of several lines, white space is text.
        let within = |span: Span| (span.start as usize) < start && start < span.end as usize;
        if marks.iter().any(|mark| within(mark.span)) || comments.any(within) {
            return Vec::new();
        }
        let mut out: Vec<Edit> = Vec::new();
        if start > 1
            && let Ok(new) = format(text, style).map(|new| with_line_ends_of(text, new))
        {
            let line = text[..start - 1].rfind('\n').map_or(0, |at| at + 1);
            out = edits(text, &new, Some(Span::new(line, start - 1)));
            if out.iter().any(|edit| edit.span.end as usize >= start - 1) {
                out.clear();
            }
        }
        out.extend(indentation(text, start, marks, unit));
        return out;
    }
    let Some(open) = closed_at(text, at, marks) else { return Vec::new() };
    match format(text, style) {
        Ok(new) => edits(text, &with_line_ends_of(text, new), Some(Span::new(open, at))),
        Err(_) => Vec::new(),
    }
}

/// Where what the token that ends at a place closes was opened; the line on which its header begins.
fn closed_at(text: &str, at: usize, marks: &[Mark]) -> Option<usize> {
    let last = marks.partition_point(|mark| (mark.span.start as usize) < at).checked_sub(1)?;
    if marks[last].span.end as usize != at || marks[last].role != Role::Closes {
        return None;
    }
    let mut stack: Vec<usize> = Vec::new();
    let mut open = None;
    for mark in &marks[..=last] {
        let start = mark.span.start as usize;
        match mark.role {
            Role::Opens => stack.push(open.take().unwrap_or(start)),
            Role::Closes => open = stack.pop(),
            // What began with the `if` goes on.
            Role::Both => {}
            Role::Reopens => open = stack.pop(),
            Role::Nothing => {}
        }
        if mark.role == Role::Closes && start != marks[last].span.start as usize {
            open = None;
        }
    }
    let open = open?;
    Some(text[..open].rfind('\n').map_or(0, |at| at + 1))
}

/// The edit that indents the line that begins at `start` as deep as what is open before it.
fn indentation(text: &str, start: usize, marks: &[Mark], unit: &str) -> Option<Edit> {
    let rest = text.get(start..)?;
    let white = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    let first = marks.partition_point(|mark| (mark.span.start as usize) < start);
    // Brackets that one line opens count once, as they are closed on one line.
    let mut lines: Vec<usize> = Vec::new();
    let (mut line, mut end) = (0usize, 0usize);
    for mark in &marks[..first] {
        line += text.get(end..mark.span.start as usize).unwrap_or_default().matches('\n').count();
        end = mark.span.start as usize;
        match mark.role {
            Role::Opens => lines.push(line),
            Role::Closes | Role::Reopens => {
                lines.pop();
            }
            Role::Both => {
                lines.pop();
                lines.push(line);
            }
            Role::Nothing => {}
        }
    }
    let leading = marks[first..].iter().take_while(|mark| {
        let at = mark.span.start as usize;
        mark.role != Role::Opens
            && mark.role != Role::Nothing
            && !text.get(start..at).is_some_and(|text| text.contains('\n'))
    });
    for _ in leading {
        lines.pop();
    }
    lines.dedup();
    let wanted = unit.repeat(lines.len());
    (rest[..white] != wanted).then(|| Edit { span: Span::new(start, start + white), text: wanted })
}

#[cfg(test)]
mod tests {
    use super::*;

    type OnType = fn(&str, &Style, usize, char) -> Vec<Edit>;

    /// `|` marks where something was typed.
    #[track_caller]
    fn check(on_type: OnType, typed: char, before: &str, after: &str) {
        let at = before.find('|').unwrap_or(0);
        let text = before.replacen('|', "", 1);
        let mut out = text.clone();
        for edit in on_type(&text, &Style::default(), at, typed).iter().rev() {
            out.replace_range(edit.span.range(), &edit.text);
        }
        assert_eq!(out, after);
    }

    #[test]
    fn an_end_formats_its_block_and_nothing_else() {
        check(echolua_on_type, 'd', "x=1\nif a==1 then\nb( )\nend|\ny=2\n", "x=1\nif a == 1 then\n  b()\nend\ny=2\n");
        check(
            echolua_on_type,
            'd',
            "if a then\nb( )\nelseif c then\nd( )\nelse\ne( )\nend|\ny=2\n",
            "if a then\n  b()\nelseif c then\n  d()\nelse\n  e()\nend\ny=2\n",
        );
        check(echolua_on_type, 'd', "x=1\nlocal bend|\n", "x=1\nlocal bend\n");
        check(echolua_on_type, '}', "x=1\nt={a=1}|\n", "x=1\nt = { a = 1 }\n");
        check(
            rgs_on_type,
            '}',
            "package a\np:=1\nq if {\ninput.a==1\n}|\n",
            "package a\np:=1\nq if {\n\tinput.a == 1\n}\n",
        );
    }

    #[test]
    fn a_new_line_is_indented_even_where_the_file_is_broken() {
        check(echolua_on_type, '\n', "if a then\n|", "if a then\n  ");
        check(echolua_on_type, '\n', "f({\n|\n})\n", "f({\n  \n})\n");
        check(echolua_on_type, '\n', "if a then\n  b()\n|  else", "if a then\n  b()\nelse");
        check(echolua_on_type, '\n', "x=1\r\n|\r\n", "x = 1\r\n\r\n");
        check(echolua_on_type, '\n', "x = [[\n|", "x = [[\n");
        check(echolua_on_type, '\n', "--[[\n|  a ]]", "--[[\n  a ]]");
        check(rgs_on_type, '\n', "package a\np if {\n|", "package a\np if {\n\t");
        check(echolua_on_type, '\n', "x=1\n|\ny=2\n", "x = 1\n\ny=2\n");
    }
}
