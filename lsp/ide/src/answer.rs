//! What the editor is told, as plain data. Places are byte offsets into the text of the snapshot
//! that was asked; the server turns them into lines and columns.

use crate::host::FileId;
use gatos_syntax::span::Span;

/// A place in some file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct FileSpan {
    /// The file.
    pub file: FileId,
    /// Where in it.
    pub span: Span,
}

/// How bad it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[allow(missing_docs, reason = "the names of the protocol")]
pub enum Severity {
    Error,
    Warning,
    Information,
    Hint,
}

/// How a marked place is drawn besides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tag {
    /// Faded: it does nothing.
    Unnecessary,
    /// Struck through.
    Deprecated,
}

/// Another place that belongs to a message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Related {
    /// Where.
    pub at: FileSpan,
    /// What is there.
    pub message: String,
}

/// A message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// Its code: `E0107`. Its page is `explain`'s.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Where.
    pub span: Span,
    /// What is wrong; help lines follow the first, each on a line of its own.
    pub message: String,
    /// Other places.
    pub related: Vec<Related>,
    /// How it is drawn besides.
    pub tags: Vec<Tag>,
}

/// What hovering shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hover {
    /// What it is about.
    pub span: Span,
    /// Markdown.
    pub markdown: String,
}

/// The kinds of thing that completion offers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the names of the protocol")]
pub enum CompletionKind {
    Function,
    Method,
    Field,
    Variable,
    Constant,
    Module,
    Keyword,
    Snippet,
    Value,
    Rule,
    File,
}

/// One thing that completion offers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Completion {
    /// What the list shows.
    pub label: String,
    /// What it is.
    pub kind: CompletionKind,
    /// A short type or signature behind the label.
    pub detail: String,
    /// What is put in.
    pub insert: String,
    /// Whether `insert` is a snippet with `$1`, `${2:name}`, `$0`.
    pub is_snippet: bool,
    /// What it replaces.
    pub replace: Span,
    /// The order in the list, by bytes; empty: by label.
    pub sort: String,
    /// Edits elsewhere, such as an import.
    pub extra: Vec<TextEdit>,
    /// What [`crate::resolve_completion`] needs to give documentation; empty: there is none.
    pub resolve: String,
    /// Whether typing goes on best with this one.
    pub preselect: bool,
}

/// What completion offers.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Completions {
    /// The list.
    pub items: Vec<Completion>,
    /// Whether typing on may bring others.
    pub is_incomplete: bool,
}

/// Help while arguments are typed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignatureHelp {
    /// The call form, such as `string.sub(s, i [, j])`.
    pub label: String,
    /// Byte ranges of the parameters in `label`.
    pub parameters: Vec<Parameter>,
    /// The parameter being typed.
    pub active: Option<usize>,
    /// Markdown.
    pub markdown: String,
}

/// A parameter in a call form.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Parameter {
    /// Where it stands in the label.
    pub label: Span,
    /// Markdown; may be empty.
    pub markdown: String,
}

/// Where a name leads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Target {
    /// The name asked about.
    pub origin: Span,
    /// All of what it leads to.
    pub full: FileSpan,
    /// The name there.
    pub focus: Span,
}

/// Which way to go from a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the names of the protocol")]
pub enum Goto {
    Definition,
    Declaration,
    TypeDefinition,
    Implementation,
}

/// How a name is used at a place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the names of the protocol")]
pub enum Access {
    Read,
    Write,
    Text,
}

/// A text edit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TextEdit {
    /// What is replaced.
    pub span: Span,
    /// By what.
    pub text: String,
}

/// Edits of files.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct WorkspaceEdit {
    /// Edits by file; those of one file do not overlap and are in order.
    pub edits: Vec<(FileId, Vec<TextEdit>)>,
    /// New files: path and text.
    pub create: Vec<(String, String)>,
}

/// The kinds of symbol.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the names of the protocol")]
pub enum SymbolKind {
    File,
    Module,
    Package,
    Function,
    Method,
    Variable,
    Constant,
    Field,
    Rule,
    Test,
}

/// A symbol of a file, with those inside it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Symbol {
    /// Its name.
    pub name: String,
    /// A few words behind it.
    pub detail: String,
    /// What it is.
    pub kind: SymbolKind,
    /// All of it.
    pub span: Span,
    /// Its name.
    pub name_span: Span,
    /// Those inside, in order.
    pub children: Vec<Symbol>,
}

/// A symbol of the workspace.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WorkspaceSymbol {
    /// Its name.
    pub name: String,
    /// What it is in.
    pub container: String,
    /// What it is.
    pub kind: SymbolKind,
    /// Its name's place.
    pub at: FileSpan,
}

/// The kinds of semantic token, in the order of the legend.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the names of the protocol")]
pub enum TokenKind {
    Namespace,
    Parameter,
    Variable,
    Property,
    Function,
    Method,
    Keyword,
    Comment,
    String,
    Number,
    Operator,
    Label,
    Rule,
}

/// Modifiers of semantic tokens: bits in the order of the legend.
pub mod modifier {
    /// It is declared here.
    pub const DECLARATION: u32 = 1;
    /// It never changes.
    pub const READONLY: u32 = 1 << 1;
    /// It comes with the language.
    pub const DEFAULT_LIBRARY: u32 = 1 << 2;
    /// It is assigned here.
    pub const MODIFICATION: u32 = 1 << 3;
    /// It is a local that functions inside see.
    pub const CAPTURED: u32 = 1 << 4;
    /// It is refused by the profile.
    pub const DEPRECATED: u32 = 1 << 5;
    /// The names of the bits, in order.
    pub const NAMES: [&str; 6] =
        ["declaration", "readonly", "defaultLibrary", "modification", "captured", "deprecated"];
}

/// A semantic token. Tokens are in order, do not overlap, and do not cross lines.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Token {
    /// Where.
    pub span: Span,
    /// What.
    pub kind: TokenKind,
    /// Bits of [`modifier`].
    pub modifiers: u32,
}

/// What can be folded away.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Folding {
    /// From the end of the first line to the end of the last.
    pub span: Span,
    /// What it is.
    pub kind: FoldingKind,
}

/// The kinds of thing to fold away.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the names of the protocol")]
pub enum FoldingKind {
    Code,
    Comment,
    Imports,
}

/// Words shown within a line that are not in the text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InlayHint {
    /// Before which byte.
    pub at: u32,
    /// The words.
    pub label: String,
    /// Whether it names a parameter (else it tells a type or cost).
    pub is_parameter: bool,
    /// Markdown for hovering; may be empty.
    pub tooltip: String,
    /// A space before it.
    pub pad_left: bool,
    /// A space behind it.
    pub pad_right: bool,
}

/// Something the editor asks us to do later, by [`crate::execute`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Command {
    /// One of [`crate::command::ALL`].
    pub name: &'static str,
    /// What a button says.
    pub title: String,
    /// Its arguments; what they are is told where the command's name is defined.
    pub arguments: Vec<String>,
}

/// The kinds of code action.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ActionKind {
    /// Mends a diagnostic.
    QuickFix,
    /// Mends all that can be mended.
    FixAll,
    /// Takes code out into a function.
    Extract,
    /// Writes the same in another way.
    Rewrite,
}

/// A code action.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CodeAction {
    /// What the menu says.
    pub title: String,
    /// What it is.
    pub kind: ActionKind,
    /// What it changes.
    pub edit: WorkspaceEdit,
    /// What is asked of us after the edit.
    pub command: Option<Command>,
    /// The diagnostic it mends: code and place.
    pub mends: Option<(&'static str, Span)>,
    /// Whether it is the one to take.
    pub is_preferred: bool,
}

/// A code lens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lens {
    /// The line it stands over.
    pub span: Span,
    /// What it says and does; a command without a name is words alone.
    pub command: Command,
}

/// A link in a document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link {
    /// The text that is a link.
    pub span: Span,
    /// A file of the workspace.
    pub file: Option<FileId>,
    /// Or a path.
    pub path: Option<String>,
    /// What hovering says.
    pub tooltip: String,
}

/// A function or rule in the call hierarchy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CallItem {
    /// Its name.
    pub name: String,
    /// Its fuel, with that of what it calls.
    pub detail: String,
    /// What it is.
    pub kind: SymbolKind,
    /// All of it.
    pub full: FileSpan,
    /// Its name.
    pub focus: Span,
    /// What finds it again: opaque, stays valid while the file's text is the same.
    pub data: String,
}

/// A call: who, and where in the caller.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Call {
    /// The other side.
    pub item: CallItem,
    /// The calls, in the caller's file.
    pub sites: Vec<Span>,
}

/// What a command gives.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CommandResult {
    /// Canonical JSON for clients that know the command.
    pub json: String,
    /// Markdown for those that can only show it.
    pub markdown: String,
    /// Changes of files, to be applied.
    pub edit: Option<WorkspaceEdit>,
    /// Whether diagnostics, hovers and lenses may now be others, so that the client should ask again.
    pub refresh: bool,
}
