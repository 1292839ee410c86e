//! One layout for both languages: text in, text out, and never another program.
//!
//! What is formatted compiles to the same bytes as before, keeps every comment, and formatting
//! it again changes nothing.
#![forbid(unsafe_code)]

mod check;
mod doc;
mod edits;
mod lua;
mod on_type;
mod rgs;
mod source;

pub use edits::edits;
pub use on_type::{echolua_on_type, rgs_on_type};

use gatos_syntax::diagnostic::Diagnostic;
use gatos_syntax::span::Span;

/// The only thing that can be set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Style {
    /// Columns that a line should keep within, where it can.
    pub width: usize,
}

impl Default for Style {
    fn default() -> Style {
        Style { width: 100 }
    }
}

/// Why a text was left as it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FormatError {
    /// It does not parse; the messages say where.
    Syntax(Vec<Diagnostic>),
    /// The layout would not have been the same program, which is a mistake of the formatter; near here.
    Unsure(Span),
}

/// How often a text is looked at again because a comment had to move.
const LOOKS: usize = 6;

/// A layout, and whether a comment had to move for it.
type Looked = Result<(String, bool), FormatError>;

fn settle(text: &str, style: &Style, once: fn(&str, &Style) -> Looked) -> Result<String, FormatError> {
    let (mut out, mut odd) = once(text, style)?;
    for _ in 0..LOOKS {
        if !odd {
            break;
        }
        let (next, _) = once(&out, style)?;
        odd = next != out;
        out = next;
    }
    Ok(out)
}

/// Formats an EchoLua file.
///
/// # Errors
/// When it does not parse.
pub fn echolua(text: &str, style: &Style) -> Result<String, FormatError> {
    // A comment over several lines inside of an expression finds its place in the second look.
    settle(text, style, |text, style| {
        lua::format(text, style).map(|(out, odd)| {
            let long = text.contains("--[");
            (out, odd || long)
        })
    })
}

/// Formats a policy file.
///
/// # Errors
/// When it does not parse.
pub fn rgs(text: &str, style: &Style) -> Result<String, FormatError> {
    settle(text, style, rgs::format)
}

/// A layout with the line ends of the text it was made from: for editors, which keep those of a
/// document, while files are written with plain ones. Where ends are mixed, plain ones stay.
pub fn with_line_ends_of(old: &str, new: String) -> String {
    let ends = |text: &str| text.matches('\n').count();
    let broad = old.matches("\r\n").count();
    if broad == 0 || broad != ends(old) {
        return new;
    }
    let mut out = String::with_capacity(new.len() + ends(&new));
    for line in new.split_inclusive('\n') {
        match line.strip_suffix('\n') {
            // Inside of a raw string they were kept.
            Some(rest) if !rest.ends_with('\r') => out.extend([rest, "\r\n"]),
            _ => out.push_str(line),
        }
    }
    out
}

/// A replacement of part of a text.
pub type Edit = gatos_syntax::diagnostic::Edit;
