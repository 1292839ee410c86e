//! Answers as the protocol says them.

use std::collections::HashMap;
use std::sync::Arc;

use gatos_ide as ide;
use gatos_ide::File;
use serde_json::{Value, json};
use tower_lsp::ls_types::*;

use crate::capabilities::FIX_ALL;
use crate::position::Lines;
use crate::uri;
use crate::view::View;
use crate::wants::without_stops;

pub fn severity(of: ide::Severity) -> DiagnosticSeverity {
    match of {
        ide::Severity::Error => DiagnosticSeverity::ERROR,
        ide::Severity::Warning => DiagnosticSeverity::WARNING,
        ide::Severity::Information => DiagnosticSeverity::INFORMATION,
        ide::Severity::Hint => DiagnosticSeverity::HINT,
    }
}

/// A diagnostic; `page` gives the document that explains a code.
pub fn diagnostic(view: &View, file: &File, from: &ide::Diagnostic, page: &dyn Fn(&str) -> Option<Uri>) -> Diagnostic {
    let related = from.related.iter().filter_map(|related| {
        let location = view.location(related.at)?;
        Some(DiagnosticRelatedInformation { location, message: related.message.clone() })
    });
    let tags = from.tags.iter().map(|tag| match tag {
        ide::Tag::Unnecessary => DiagnosticTag::UNNECESSARY,
        ide::Tag::Deprecated => DiagnosticTag::DEPRECATED,
    });
    let wants = &view.wants;
    let href = if wants.code_links { page(from.code) } else { None };
    let mut message = from.message.clone();
    if !wants.related && !from.related.is_empty() {
        // A client without related information still tells the path.
        for (location, text) in from.related.iter().filter_map(|r| Some((view.location(r.at)?, &r.message))) {
            let name = location.uri.as_str().rsplit('/').next().unwrap_or_default().to_owned();
            message.push_str(&format!("\n{name}:{}: {text}", location.range.start.line + 1));
        }
    }
    Diagnostic {
        range: view.range(file, from.span),
        severity: Some(severity(from.severity)),
        code: Some(NumberOrString::String(from.code.to_owned())).filter(|_| !from.code.is_empty()),
        code_description: href.map(|href| CodeDescription { href }),
        source: Some("gatos".to_owned()),
        message,
        related_information: wants.related.then(|| related.collect::<Vec<_>>()).filter(|all| !all.is_empty()),
        tags: wants.tags.then(|| tags.collect::<Vec<_>>()).filter(|all| !all.is_empty()),
        data: None,
    }
}

pub fn hover(view: &View, file: &File, from: &ide::Hover) -> Hover {
    Hover {
        contents: HoverContents::Markup(view.markup(&from.markdown, view.wants.hover_markdown)),
        range: Some(view.range(file, from.span)),
    }
}

fn completion_kind(kind: ide::CompletionKind) -> CompletionItemKind {
    match kind {
        ide::CompletionKind::Function => CompletionItemKind::FUNCTION,
        ide::CompletionKind::Method => CompletionItemKind::METHOD,
        ide::CompletionKind::Field => CompletionItemKind::FIELD,
        ide::CompletionKind::Variable => CompletionItemKind::VARIABLE,
        ide::CompletionKind::Constant => CompletionItemKind::CONSTANT,
        ide::CompletionKind::Module => CompletionItemKind::MODULE,
        ide::CompletionKind::Keyword => CompletionItemKind::KEYWORD,
        ide::CompletionKind::Snippet => CompletionItemKind::SNIPPET,
        ide::CompletionKind::Value => CompletionItemKind::VALUE,
        // No kind of the protocol is a rule; what computes a value is nearest.
        ide::CompletionKind::Rule => CompletionItemKind::METHOD,
        ide::CompletionKind::File => CompletionItemKind::FILE,
    }
}

pub fn completions(view: &View, file: &File, from: ide::Completions) -> CompletionResponse {
    let lines = view.lines(file);
    let encoding = view.wants.encoding;
    let items = from.items.into_iter().map(|item| {
        let as_snippet = item.is_snippet && view.wants.snippets;
        let insert = match (item.is_snippet, as_snippet) {
            (true, false) => without_stops(&item.insert),
            _ => item.insert,
        };
        let extra: Vec<TextEdit> = item.extra.iter().map(|e| text_edit(&lines, file, e, view)).collect();
        // Editors filter by what stands before the cursor, which for `input.payload.` is the whole of the path.
        let replaced = file.text.get(item.replace.range()).unwrap_or_default();
        let filter = (!item.label.starts_with(replaced) && insert.starts_with(replaced)).then(|| insert.clone());
        CompletionItem {
            kind: Some(completion_kind(item.kind)),
            detail: Some(item.detail).filter(|d| !d.is_empty()),
            preselect: (item.preselect && view.wants.preselect).then_some(true),
            sort_text: Some(item.sort).filter(|s| !s.is_empty()),
            filter_text: filter,
            insert_text_format: as_snippet.then_some(InsertTextFormat::SNIPPET),
            text_edit: Some(CompletionTextEdit::Edit(TextEdit {
                range: lines.range(&file.text, item.replace, encoding),
                new_text: insert,
            })),
            additional_text_edits: Some(extra).filter(|e| !e.is_empty()),
            data: (!item.resolve.is_empty()).then(|| json!({ "file": &*file.path, "item": item.resolve })),
            label: item.label,
            ..CompletionItem::default()
        }
    });
    CompletionResponse::List(CompletionList { is_incomplete: from.is_incomplete, items: items.collect() })
}

pub fn signature(view: &View, from: &ide::SignatureHelp) -> SignatureHelp {
    let can = view.wants.signature_markdown;
    let document = |text: &str| (!text.is_empty()).then(|| Documentation::MarkupContent(view.markup(text, can)));
    let label = Lines::new(&from.label);
    // Label offsets are UTF-16 units, whatever positions are counted in.
    let unit = |at: u32| label.position(&from.label, at, crate::position::Encoding::Utf16).character;
    let parameters = from.parameters.iter().map(|p| ParameterInformation {
        label: match view.wants.label_offsets {
            true => ParameterLabel::LabelOffsets([unit(p.label.start), unit(p.label.end)]),
            false => ParameterLabel::Simple(from.label.get(p.label.range()).unwrap_or_default().to_owned()),
        },
        documentation: document(&p.markdown),
    });
    let active = from.active.and_then(|n| u32::try_from(n).ok());
    SignatureHelp {
        signatures: vec![SignatureInformation {
            label: from.label.clone(),
            documentation: document(&from.markdown),
            parameters: Some(parameters.collect()),
            active_parameter: active,
        }],
        active_signature: Some(0),
        active_parameter: active,
    }
}

/// Targets, with their origin where the client shows it.
pub fn targets(view: &View, file: &File, from: &[ide::Target], links: bool) -> GotoDefinitionResponse {
    if links {
        let links = from.iter().filter_map(|target| {
            let there = view.snapshot.file(target.full.file)?;
            Some(LocationLink {
                origin_selection_range: Some(view.range(file, target.origin)),
                target_uri: view.uri(&there.path)?,
                target_range: view.range(there, target.full.span),
                target_selection_range: view.range(there, target.focus),
            })
        });
        return GotoDefinitionResponse::Link(links.collect());
    }
    let places = from.iter().filter_map(|t| view.location(ide::FileSpan { file: t.full.file, span: t.focus }));
    GotoDefinitionResponse::Array(places.collect())
}

pub fn highlights(
    view: &View,
    file: &File,
    from: &[(gatos_syntax::span::Span, ide::Access)],
) -> Vec<DocumentHighlight> {
    let one = |(span, access): &(gatos_syntax::span::Span, ide::Access)| DocumentHighlight {
        range: view.range(file, *span),
        kind: Some(match access {
            ide::Access::Read => DocumentHighlightKind::READ,
            ide::Access::Write => DocumentHighlightKind::WRITE,
            ide::Access::Text => DocumentHighlightKind::TEXT,
        }),
    };
    from.iter().map(one).collect()
}

pub fn symbol_kind(kind: ide::SymbolKind) -> SymbolKind {
    match kind {
        ide::SymbolKind::File => SymbolKind::FILE,
        ide::SymbolKind::Module => SymbolKind::MODULE,
        ide::SymbolKind::Package => SymbolKind::PACKAGE,
        ide::SymbolKind::Function => SymbolKind::FUNCTION,
        ide::SymbolKind::Method => SymbolKind::METHOD,
        ide::SymbolKind::Variable => SymbolKind::VARIABLE,
        ide::SymbolKind::Constant => SymbolKind::CONSTANT,
        ide::SymbolKind::Field => SymbolKind::FIELD,
        ide::SymbolKind::Rule => SymbolKind::PROPERTY,
        ide::SymbolKind::Test => SymbolKind::EVENT,
    }
}

/// The protocol wants the name inside of the whole, and names that are not empty.
fn name_of(name: &str) -> String {
    if name.trim().is_empty() { "?".to_owned() } else { name.to_owned() }
}

#[allow(deprecated, reason = "the protocol's types have the field")]
fn nested(view: &View, file: &File, from: &[ide::Symbol]) -> Vec<DocumentSymbol> {
    let one = |symbol: &ide::Symbol| {
        let children = nested(view, file, &symbol.children);
        DocumentSymbol {
            name: name_of(&symbol.name),
            detail: Some(symbol.detail.clone()).filter(|d| !d.is_empty()),
            kind: symbol_kind(symbol.kind),
            tags: None,
            deprecated: None,
            range: view.range(file, symbol.span.to(symbol.name_span)),
            selection_range: view.range(file, symbol.name_span),
            children: Some(children).filter(|c| !c.is_empty()),
        }
    };
    from.iter().map(one).collect()
}

#[allow(deprecated, reason = "the protocol's types have the field")]
fn flat(
    view: &View,
    file: &File,
    from: &[ide::Symbol],
    inside: Option<&str>,
    uri: &Uri,
    out: &mut Vec<SymbolInformation>,
) {
    for symbol in from {
        out.push(SymbolInformation {
            name: name_of(&symbol.name),
            kind: symbol_kind(symbol.kind),
            tags: None,
            deprecated: None,
            location: Location { uri: uri.clone(), range: view.range(file, symbol.span) },
            container_name: inside.map(str::to_owned),
        });
        flat(view, file, &symbol.children, Some(&symbol.name), uri, out);
    }
}

pub fn symbols(view: &View, file: &File, from: &[ide::Symbol]) -> Option<DocumentSymbolResponse> {
    if view.wants.nested_symbols {
        return Some(DocumentSymbolResponse::Nested(nested(view, file, from)));
    }
    let mut out = Vec::new();
    flat(view, file, from, None, &view.uri(&file.path)?, &mut out);
    Some(DocumentSymbolResponse::Flat(out))
}

#[allow(deprecated, reason = "the protocol's types have the field")]
pub fn workspace_symbol(view: &View, from: &ide::WorkspaceSymbol) -> Option<SymbolInformation> {
    Some(SymbolInformation {
        name: name_of(&from.name),
        kind: symbol_kind(from.kind),
        tags: None,
        deprecated: None,
        location: view.location(from.at)?,
        container_name: Some(from.container.clone()).filter(|c| !c.is_empty()),
    })
}

pub fn foldings(view: &View, file: &File, from: &[ide::Folding]) -> Vec<FoldingRange> {
    let one = |folding: &ide::Folding| {
        let range = view.range(file, folding.span);
        (range.start.line < range.end.line).then(|| FoldingRange {
            start_line: range.start.line,
            start_character: (!view.wants.line_folds).then_some(range.start.character),
            end_line: range.end.line,
            end_character: (!view.wants.line_folds).then_some(range.end.character),
            kind: match folding.kind {
                ide::FoldingKind::Code => None,
                ide::FoldingKind::Comment => Some(FoldingRangeKind::Comment),
                ide::FoldingKind::Imports => Some(FoldingRangeKind::Imports),
            },
            collapsed_text: None,
        })
    };
    from.iter().filter_map(one).take(view.wants.most_foldings.unwrap_or(usize::MAX)).collect()
}

/// Pieces as a chain, smallest outermost; each is truly larger than the one before.
pub fn selection(view: &View, file: &File, at: Position, from: &[gatos_syntax::span::Span]) -> SelectionRange {
    let mut ranges: Vec<Range> = Vec::new();
    for span in from {
        let range = view.range(file, *span);
        if ranges.last() != Some(&range) {
            ranges.push(range);
        }
    }
    let mut chain: Option<Box<SelectionRange>> = None;
    for range in ranges.into_iter().rev() {
        chain = Some(Box::new(SelectionRange { range, parent: chain }));
    }
    match chain {
        Some(smallest) => *smallest,
        None => SelectionRange { range: Range { start: at, end: at }, parent: None },
    }
}

pub fn hint(view: &View, file: &File, from: &ide::InlayHint) -> InlayHint {
    let tooltip = InlayHintTooltip::MarkupContent(view.markup(&from.tooltip, view.wants.hover_markdown));
    let late = view.wants.late_tooltips && !from.tooltip.is_empty();
    InlayHint {
        position: view.position(file, from.at),
        label: InlayHintLabel::String(from.label.clone()),
        kind: Some(if from.is_parameter { InlayHintKind::PARAMETER } else { InlayHintKind::TYPE }),
        text_edits: None,
        tooltip: (!late && !from.tooltip.is_empty()).then_some(tooltip),
        padding_left: from.pad_left.then_some(true),
        padding_right: from.pad_right.then_some(true),
        data: late.then(|| json!({ "file": &*file.path, "stamp": file.stamp, "at": from.at })),
    }
}

pub fn text_edit(lines: &Lines, file: &File, from: &ide::TextEdit, view: &View) -> TextEdit {
    TextEdit { range: lines.range(&file.text, from.span, view.wants.encoding), new_text: from.text.clone() }
}

pub fn text_edits(view: &View, file: &File, from: &[ide::TextEdit]) -> Vec<TextEdit> {
    let lines = view.lines(file);
    from.iter().map(|edit| text_edit(&lines, file, edit, view)).collect()
}

/// Edits of files, in the richest form that the client takes.
pub fn workspace_edit(view: &View, from: &ide::WorkspaceEdit) -> WorkspaceEdit {
    let edited = from.edits.iter().filter_map(|(id, edits)| {
        let file = view.snapshot.file(*id)?;
        Some((view.uri(&file.path)?, view.version(&file.path), text_edits(view, file, edits)))
    });
    let start = Range::default();
    let created = from.create.iter().filter_map(|(path, text)| {
        let edit = TextEdit { range: start, new_text: text.clone() };
        Some((uri::uri_of(path)?, edit))
    });
    if !view.wants.versioned_edits {
        let mut changes: HashMap<Uri, Vec<TextEdit>> = edited.map(|(uri, _, edits)| (uri, edits)).collect();
        changes.extend(created.map(|(uri, edit)| (uri, vec![edit])));
        return WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() };
    }
    let mut all: Vec<DocumentChangeOperation> = Vec::new();
    let edit = |uri: Uri, version: Option<i32>, edits: Vec<TextEdit>| {
        DocumentChangeOperation::Edit(TextDocumentEdit {
            text_document: OptionalVersionedTextDocumentIdentifier { uri, version },
            edits: edits.into_iter().map(OneOf::Left).collect(),
        })
    };
    all.extend(edited.map(|(uri, version, edits)| edit(uri, version, edits)));
    for (uri, text) in created {
        if view.wants.creates_files {
            let options = CreateFileOptions { overwrite: None, ignore_if_exists: Some(true) };
            all.push(DocumentChangeOperation::Op(ResourceOp::Create(CreateFile {
                uri: uri.clone(),
                options: Some(options),
                annotation_id: None,
            })));
        }
        all.push(edit(uri, None, vec![text]));
    }
    let operations = DocumentChanges::Operations(all);
    WorkspaceEdit { document_changes: Some(operations), ..WorkspaceEdit::default() }
}

pub fn command(from: &ide::Command) -> Command {
    let arguments: Vec<Value> = from.arguments.iter().map(|a| Value::String(a.clone())).collect();
    Command { title: from.title.clone(), command: from.name.to_owned(), arguments: Some(arguments) }
}

pub fn action_kind(kind: ide::ActionKind) -> CodeActionKind {
    match kind {
        ide::ActionKind::QuickFix => CodeActionKind::QUICKFIX,
        ide::ActionKind::FixAll => FIX_ALL,
        ide::ActionKind::Extract => CodeActionKind::REFACTOR_EXTRACT,
        ide::ActionKind::Rewrite => CodeActionKind::REFACTOR_REWRITE,
    }
}

/// A code action; `late` leaves its edit for when it is taken.
pub fn action(
    view: &View,
    file: &File,
    from: &ide::CodeAction,
    known: &[Diagnostic],
    late: Option<Value>,
) -> CodeAction {
    let mended = from.mends.and_then(|(code, span)| {
        let range = view.range(file, span);
        let code = NumberOrString::String(code.to_owned());
        known.iter().find(|d| d.range == range && d.code.as_ref() == Some(&code)).cloned()
    });
    let is_empty = from.edit.edits.is_empty() && from.edit.create.is_empty();
    let edit = (!is_empty && late.is_none()).then(|| workspace_edit(view, &from.edit));
    CodeAction {
        title: from.title.clone(),
        kind: Some(action_kind(from.kind)),
        diagnostics: mended.map(|d| vec![d]),
        edit,
        command: from.command.as_ref().map(command),
        is_preferred: from.is_preferred.then_some(true),
        disabled: None,
        data: late.filter(|_| !is_empty),
    }
}

pub fn lens(view: &View, file: &File, from: &ide::Lens) -> CodeLens {
    CodeLens { range: view.range(file, from.span), command: Some(command(&from.command)), data: None }
}

pub fn link(view: &View, file: &File, from: &ide::Link) -> Option<DocumentLink> {
    let there = from.file.and_then(|id| view.snapshot.file(id)).and_then(|file| view.uri(&file.path));
    let target = there.or_else(|| from.path.as_deref().and_then(|path| view.uri(path)))?;
    Some(DocumentLink {
        range: view.range(file, from.span),
        target: Some(target),
        tooltip: Some(from.tooltip.clone()).filter(|t| !t.is_empty()),
        data: None,
    })
}

pub fn call_item(view: &View, from: &ide::CallItem) -> Option<CallHierarchyItem> {
    let file = view.snapshot.file(from.full.file)?;
    Some(CallHierarchyItem {
        name: name_of(&from.name),
        kind: symbol_kind(from.kind),
        tags: None,
        detail: Some(from.detail.clone()).filter(|d| !d.is_empty()),
        uri: view.uri(&file.path)?,
        range: view.range(file, from.full.span.to(from.focus)),
        selection_range: view.range(file, from.focus),
        data: Some(json!({ "file": &*file.path, "item": from.data })),
    })
}

/// Calls from elsewhere: the places are in the file of the caller.
pub fn incoming(view: &View, from: &ide::Call) -> Option<CallHierarchyIncomingCall> {
    let file = view.snapshot.file(from.item.full.file)?;
    let ranges = from.sites.iter().map(|site| view.range(file, *site)).collect();
    Some(CallHierarchyIncomingCall { from: call_item(view, &from.item)?, from_ranges: ranges })
}

/// Calls to elsewhere: the places are in the file that was asked about.
pub fn outgoing(view: &View, caller: &Arc<File>, from: &ide::Call) -> Option<CallHierarchyOutgoingCall> {
    let ranges = from.sites.iter().map(|site| view.range(caller, *site)).collect();
    Some(CallHierarchyOutgoingCall { to: call_item(view, &from.item)?, from_ranges: ranges })
}
