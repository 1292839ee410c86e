//! One question's view of the world: a snapshot, the documents that are open in it, and what the client can show.
//! Here byte offsets become positions, and files become URIs.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use gatos_ide::{File, FileId, FileSpan, Snapshot};
use gatos_syntax::span::Span;
use tower_lsp::ls_types::{Location, MarkupContent, MarkupKind, Position, Range, Uri};

use crate::position::Lines;
use crate::uri;
use crate::wants::{Wants, plain};

/// An open document, as far as answers need it.
#[derive(Clone, PartialEq, Debug)]
pub struct Open {
    /// The URI that the client uses for it.
    pub uri: Uri,
    /// The version of its text.
    pub version: i32,
    /// Its lines.
    pub lines: Arc<Lines>,
}

/// Open documents by path.
pub type OpenDocs = Arc<BTreeMap<String, Open>>;

/// What one question sees.
pub struct View {
    /// The files.
    pub snapshot: Snapshot,
    /// The documents.
    pub open: OpenDocs,
    /// The client.
    pub wants: Arc<Wants>,
    /// Lines of closed files, found once for each question.
    lines: RefCell<BTreeMap<FileId, Arc<Lines>>>,
}

impl View {
    /// A view.
    pub fn new(snapshot: Snapshot, open: OpenDocs, wants: Arc<Wants>) -> View {
        View { snapshot, open, wants, lines: RefCell::default() }
    }

    /// A file's lines.
    pub fn lines(&self, file: &File) -> Arc<Lines> {
        if let Some(open) = self.open.get(&*file.path) {
            return open.lines.clone();
        }
        self.lines.borrow_mut().entry(file.id).or_insert_with(|| Arc::new(Lines::new(&file.text))).clone()
    }

    /// A file's URI: the client's own for a document that it opened.
    pub fn uri(&self, path: &str) -> Option<Uri> {
        self.open.get(path).map(|open| open.uri.clone()).or_else(|| uri::uri_of(path))
    }

    /// The version of an open document.
    pub fn version(&self, path: &str) -> Option<i32> {
        self.open.get(path).map(|open| open.version)
    }

    /// A position as an offset.
    pub fn offset(&self, file: &File, at: Position) -> u32 {
        self.lines(file).offset(&file.text, at, self.wants.encoding)
    }

    /// A range as a span.
    pub fn span(&self, file: &File, range: Range) -> Span {
        self.lines(file).span(&file.text, range, self.wants.encoding)
    }

    /// An offset as a position.
    pub fn position(&self, file: &File, at: u32) -> Position {
        self.lines(file).position(&file.text, at, self.wants.encoding)
    }

    /// A span as a range.
    pub fn range(&self, file: &File, span: Span) -> Range {
        self.lines(file).range(&file.text, span, self.wants.encoding)
    }

    /// A place in some file.
    pub fn location(&self, at: FileSpan) -> Option<Location> {
        let file = self.snapshot.file(at.file)?;
        Some(Location { uri: self.uri(&file.path)?, range: self.range(file, at.span) })
    }

    /// A text for the client: Markdown where it shows that.
    pub fn markup(&self, markdown: &str, can: bool) -> MarkupContent {
        match can {
            true => MarkupContent { kind: MarkupKind::Markdown, value: markdown.to_owned() },
            false => MarkupContent { kind: MarkupKind::PlainText, value: plain(markdown) },
        }
    }
}
