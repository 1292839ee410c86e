//! Answers to an editor's questions about folds and policies, as plain data.
//!
//! [`host`] keeps the files and hands out snapshots; each question below is answered for one file
//! of one snapshot, by the part that knows its language; [`live`] answers what needs the repository:
//! previews, budgets, the root at `HEAD`. Nothing here knows the protocol, and nothing panics over
//! text that does not parse.
#![forbid(unsafe_code)]

pub mod answer;
pub mod command;
pub mod fix;
pub mod host;
pub mod live;
pub(crate) mod lua;
pub(crate) mod rgs;
pub mod world;

pub use answer::*;
pub use host::{Cancel, File, FileId, Host, Language, Pin, Root, Snapshot};

use gatos_fmt::Style;
use gatos_syntax::span::Span;
use std::sync::Arc;

/// Messages about a file, in order of place.
pub fn diagnostics(snapshot: &Snapshot, file: &Arc<File>) -> Vec<Diagnostic> {
    match file.language {
        Language::EchoLua => lua::diagnostics(snapshot, file),
        Language::Rgs => rgs::diagnostics(snapshot, file),
    }
}

/// What is shown when the pointer rests at a byte.
pub fn hover(snapshot: &Snapshot, file: &Arc<File>, at: u32) -> Option<Hover> {
    match file.language {
        Language::EchoLua => lua::hover(snapshot, file, at),
        Language::Rgs => rgs::hover(snapshot, file, at),
    }
}

/// What could be typed at a byte; `trigger` is the character that brought the question.
pub fn completions(snapshot: &Snapshot, file: &Arc<File>, at: u32, trigger: Option<char>) -> Completions {
    match file.language {
        Language::EchoLua => lua::completions(snapshot, file, at, trigger),
        Language::Rgs => rgs::completions(snapshot, file, at, trigger),
    }
}

/// The documentation (Markdown) of a completion, by its [`Completion::resolve`].
pub fn resolve_completion(snapshot: &Snapshot, file: &Arc<File>, data: &str) -> Option<String> {
    match file.language {
        Language::EchoLua => lua::resolve_completion(snapshot, file, data),
        Language::Rgs => rgs::resolve_completion(snapshot, file, data),
    }
}

/// Help with the call around a byte.
pub fn signature_help(snapshot: &Snapshot, file: &Arc<File>, at: u32) -> Option<SignatureHelp> {
    match file.language {
        Language::EchoLua => lua::signature_help(snapshot, file, at),
        Language::Rgs => rgs::signature_help(snapshot, file, at),
    }
}

/// Where a name leads.
pub fn goto(snapshot: &Snapshot, file: &Arc<File>, at: u32, way: Goto) -> Vec<Target> {
    match file.language {
        Language::EchoLua => lua::goto(snapshot, file, at, way),
        Language::Rgs => rgs::goto(snapshot, file, at, way),
    }
}

/// Where else a name stands, in all files; with its declaration or without.
pub fn references(snapshot: &Snapshot, file: &Arc<File>, at: u32, with_declaration: bool) -> Vec<FileSpan> {
    match file.language {
        Language::EchoLua => lua::references(snapshot, file, at, with_declaration),
        Language::Rgs => rgs::references(snapshot, file, at, with_declaration),
    }
}

/// The name at a byte, when it can be renamed; else why not.
pub fn prepare_rename(snapshot: &Snapshot, file: &Arc<File>, at: u32) -> Result<Span, String> {
    match file.language {
        Language::EchoLua => lua::prepare_rename(snapshot, file, at),
        Language::Rgs => rgs::prepare_rename(snapshot, file, at),
    }
}

/// The edits that rename it everywhere; else why not.
pub fn rename(snapshot: &Snapshot, file: &Arc<File>, at: u32, name: &str) -> Result<WorkspaceEdit, String> {
    match file.language {
        Language::EchoLua => lua::rename(snapshot, file, at, name),
        Language::Rgs => rgs::rename(snapshot, file, at, name),
    }
}

/// Where else the name stands in this file.
pub fn highlights(snapshot: &Snapshot, file: &Arc<File>, at: u32) -> Vec<(Span, Access)> {
    match file.language {
        Language::EchoLua => lua::highlights(snapshot, file, at),
        Language::Rgs => rgs::highlights(snapshot, file, at),
    }
}

/// The outline.
pub fn symbols(snapshot: &Snapshot, file: &Arc<File>) -> Vec<Symbol> {
    match file.language {
        Language::EchoLua => lua::symbols(snapshot, file),
        Language::Rgs => rgs::symbols(snapshot, file),
    }
}

/// Symbols of this file that others may look for, kept when the file is forgotten.
pub fn exported(snapshot: &Snapshot, file: &Arc<File>) -> Arc<[WorkspaceSymbol]> {
    match file.language {
        Language::EchoLua => lua::exported(snapshot, file),
        Language::Rgs => rgs::exported(snapshot, file),
    }
}

/// What each word is, for colours; only in a range when one is given.
pub fn tokens(snapshot: &Snapshot, file: &Arc<File>, range: Option<Span>) -> Vec<Token> {
    match file.language {
        Language::EchoLua => lua::tokens(snapshot, file, range),
        Language::Rgs => rgs::tokens(snapshot, file, range),
    }
}

/// What can be folded away.
pub fn foldings(snapshot: &Snapshot, file: &Arc<File>) -> Vec<Folding> {
    match file.language {
        Language::EchoLua => lua::foldings(snapshot, file),
        Language::Rgs => rgs::foldings(snapshot, file),
    }
}

/// Ever larger pieces around a byte, smallest first.
pub fn selections(snapshot: &Snapshot, file: &Arc<File>, at: u32) -> Vec<Span> {
    match file.language {
        Language::EchoLua => lua::selections(snapshot, file, at),
        Language::Rgs => rgs::selections(snapshot, file, at),
    }
}

/// Types, names of parameters and costs within a range.
pub fn inlay_hints(snapshot: &Snapshot, file: &Arc<File>, range: Span) -> Vec<InlayHint> {
    match file.language {
        Language::EchoLua => lua::inlay_hints(snapshot, file, range),
        Language::Rgs => rgs::inlay_hints(snapshot, file, range),
    }
}

/// What can be done about a range.
pub fn code_actions(snapshot: &Snapshot, file: &Arc<File>, range: Span) -> Vec<CodeAction> {
    match file.language {
        Language::EchoLua => lua::code_actions(snapshot, file, range),
        Language::Rgs => rgs::code_actions(snapshot, file, range),
    }
}

/// The function or rule at a byte.
pub fn call_items(snapshot: &Snapshot, file: &Arc<File>, at: u32) -> Vec<CallItem> {
    match file.language {
        Language::EchoLua => lua::call_items(snapshot, file, at),
        Language::Rgs => rgs::call_items(snapshot, file, at),
    }
}

/// Who calls it.
pub fn incoming_calls(snapshot: &Snapshot, file: &Arc<File>, data: &str) -> Vec<Call> {
    match file.language {
        Language::EchoLua => lua::incoming_calls(snapshot, file, data),
        Language::Rgs => rgs::incoming_calls(snapshot, file, data),
    }
}

/// Whom it calls.
pub fn outgoing_calls(snapshot: &Snapshot, file: &Arc<File>, data: &str) -> Vec<Call> {
    match file.language {
        Language::EchoLua => lua::outgoing_calls(snapshot, file, data),
        Language::Rgs => rgs::outgoing_calls(snapshot, file, data),
    }
}

/// Links in the text.
pub fn links(snapshot: &Snapshot, file: &Arc<File>) -> Vec<Link> {
    match file.language {
        Language::EchoLua => lua::links(snapshot, file),
        Language::Rgs => rgs::links(snapshot, file),
    }
}

/// Lenses over lines. Those that need the repository are of [`live`].
pub fn lenses(snapshot: &Snapshot, file: &Arc<File>) -> Vec<Lens> {
    match file.language {
        Language::EchoLua => lua::lenses(snapshot, file),
        Language::Rgs => rgs::lenses(snapshot, file),
    }
}

/// Paths of EchoLua modules that a file requires and that are not known: whoever reads files may give them.
pub fn missing_modules(snapshot: &Snapshot, file: &Arc<File>) -> Vec<String> {
    match file.language {
        Language::EchoLua => lua::missing(snapshot, file),
        Language::Rgs => Vec::new(),
    }
}

/// The edits that format a file, or those lines of it that a range touches.
///
/// # Errors
/// When the file does not parse, with the place of the first mistake.
pub fn format(snapshot: &Snapshot, file: &Arc<File>, range: Option<Span>) -> Result<Vec<TextEdit>, String> {
    let style = snapshot.root_of(&file.path).map_or_else(Style::default, |root| Style { width: root.width });
    let formatted = match file.language {
        Language::EchoLua => gatos_fmt::echolua(&file.text, &style),
        Language::Rgs => gatos_fmt::rgs(&file.text, &style),
    };
    match formatted {
        Ok(text) => {
            let text = gatos_fmt::with_line_ends_of(&file.text, text);
            let edits = gatos_fmt::edits(&file.text, &text, range);
            Ok(edits.into_iter().map(|e| TextEdit { span: e.span, text: e.text }).collect())
        }
        Err(gatos_fmt::FormatError::Syntax(found)) => Err(match found.first() {
            Some(first) => format!("the file does not parse: {}", first.message),
            None => "the file does not parse".to_owned(),
        }),
        Err(gatos_fmt::FormatError::Unsure(_)) => {
            Err("the formatter is not sure to keep this program as it is, and leaves it alone".to_owned())
        }
    }
}

/// The edits after a character was typed, its end being at a byte: after what closes something, all of
/// that is formatted; after a line break the line before, and the new line gets its indentation.
pub fn format_on_type(snapshot: &Snapshot, file: &Arc<File>, at: u32, typed: char) -> Vec<TextEdit> {
    let style = snapshot.root_of(&file.path).map_or_else(Style::default, |root| Style { width: root.width });
    let edits = match file.language {
        Language::EchoLua => gatos_fmt::echolua_on_type(&file.text, &style, at as usize, typed),
        Language::Rgs => gatos_fmt::rgs_on_type(&file.text, &style, at as usize, typed),
    };
    edits.into_iter().map(|e| TextEdit { span: e.span, text: e.text }).collect()
}
