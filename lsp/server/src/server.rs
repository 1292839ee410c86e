//! The methods of the protocol: each asks `gatos-ide` on its lane and says the answer as the protocol has it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use gatos_ide::{self as ide, Goto};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::request::{
    GotoDeclarationParams, GotoDeclarationResponse, GotoImplementationParams, GotoImplementationResponse,
    GotoTypeDefinitionParams, GotoTypeDefinitionResponse,
};
use tower_lsp::ls_types::*;
use tower_lsp::{Client, LanguageServer};

use crate::judge::Judged;
use crate::lanes::Lane;
use crate::progress::key;
use crate::shared::{CLIENT_PATIENCE, Services, Shared, ask_again, failed, invalid, lock};
use crate::uri::{path_of, uri_of};
use crate::{capabilities, convert, tokens};

/// The most symbols of a workspace that are told at once.
const MOST_SYMBOLS: usize = 512;

/// The server, as the protocol sees it.
pub struct Server {
    shared: Arc<Shared>,
    /// Taken when the client is ready to be told things.
    outgoing: std::sync::Mutex<Option<mpsc::UnboundedReceiver<Judged>>>,
}

/// A file of ours that a request carries around.
fn data_str<'d>(data: &'d Option<Value>, field: &str) -> Option<&'d str> {
    data.as_ref()?.get(field)?.as_str()
}

/// Whether the letters of `query` come in `name` in that order, and how far apart they are; case does not matter.
fn matched(name: &str, query: &str) -> Option<usize> {
    let mut letters = name.chars().flat_map(char::to_lowercase).enumerate();
    let mut first = None;
    let mut last = 0;
    for wanted in query.chars().flat_map(char::to_lowercase) {
        let (at, _) = letters.by_ref().find(|(_, c)| *c == wanted)?;
        first.get_or_insert(at);
        last = at;
    }
    // Names that begin with it come first, then those that hold it in one piece.
    Some(first.unwrap_or(0) + (last - first.unwrap_or(0)))
}

impl Server {
    /// A server for a client.
    pub fn new(client: Client, services: Services) -> Server {
        let (outbox, outgoing) = mpsc::unbounded_channel();
        Server {
            shared: Arc::new(Shared::new(client, services, outbox)),
            outgoing: std::sync::Mutex::new(Some(outgoing)),
        }
    }

    /// What its answers share.
    pub fn shared(&self) -> Arc<Shared> {
        self.shared.clone()
    }

    async fn goto(
        &self,
        method: &'static str,
        params: TextDocumentPositionParams,
        way: Goto,
    ) -> Result<Option<GotoDefinitionResponse>> {
        let at = params.position;
        let found = self.shared.ask(method, Lane::Reading, &params.text_document.uri, move |view, file| {
            let targets = ide::goto(&view.snapshot, file, view.offset(file, at), way);
            let slot = match way {
                Goto::Definition => 0,
                Goto::Declaration => 1,
                Goto::TypeDefinition => 2,
                Goto::Implementation => 3,
            };
            let links = view.wants.links.get(slot).copied().unwrap_or(false);
            (!targets.is_empty()).then(|| convert::targets(view, file, &targets, links))
        });
        Ok(found.await?.flatten())
    }

    async fn tokens(
        &self,
        method: &'static str,
        uri: &Uri,
        range: Option<Range>,
    ) -> Result<Option<Vec<SemanticToken>>> {
        let packed = self.shared.ask(method, Lane::Reading, uri, move |view, file| {
            let range = range.map(|range| view.span(file, range));
            tokens::pack(view, file, &ide::tokens(&view.snapshot, file, range))
        });
        packed.await
    }

    async fn calls<T: Send + 'static>(
        &self,
        method: &'static str,
        item: &CallHierarchyItem,
        f: impl FnOnce(&crate::view::View, &Arc<ide::File>, &str) -> Vec<T> + Send + 'static,
    ) -> Result<Option<Vec<T>>> {
        let Some(data) = data_str(&item.data, "item").map(str::to_owned) else {
            return Err(invalid("the item is not one that this server gave"));
        };
        self.shared.ask(method, Lane::Reading, &item.uri, move |view, file| f(view, file, &data)).await
    }

    /// `gatos/previewFold`.
    pub async fn preview_fold(&self, params: Value) -> Result<Value> {
        let Some(uri) = params.get("uri").cloned() else { return Err(invalid("`uri` names the fold")) };
        let namespace = params.get("namespace").cloned().unwrap_or(Value::Null);
        let events = params.get("events").cloned().unwrap_or(Value::Null);
        let token = params.get("workDoneToken").and_then(|token| serde_json::from_value(token.clone()).ok());
        let name = ide::command::PREVIEW_FOLD.to_owned();
        self.shared.execute(name, &[uri, namespace, events], token).await
    }

    /// `gatos/command`.
    pub async fn command(&self, params: Value) -> Result<Value> {
        let Some(name) = params.get("command").and_then(Value::as_str) else {
            return Err(invalid("`command` names what to do"));
        };
        let arguments = params.get("arguments").and_then(Value::as_array).cloned().unwrap_or_default();
        let token = params.get("workDoneToken").and_then(|token| serde_json::from_value(token.clone()).ok());
        self.shared.execute(name.to_owned(), &arguments, token).await
    }

    /// `gatos/status`.
    pub async fn status(&self) -> Result<Value> {
        let (snapshot, open) = self.shared.core().snapshot(ide::Cancel::new());
        let roots: Vec<&str> = snapshot.roots().iter().map(|root| &*root.path).collect();
        Ok(json!({
            "files": snapshot.files().count(),
            "isReady": self.shared.is_ready.load(Ordering::Relaxed),
            "open": open.len(),
            "roots": roots,
            "version": self.shared.services.version,
        }))
    }

    /// `window/workDoneProgress/cancel`.
    pub async fn cancel_progress(&self, params: WorkDoneProgressCancelParams) {
        if let Some(cancel) = lock(&self.shared.cancels).get(&key(&params.token)) {
            cancel.cancel();
        }
    }

    /// Has the client watch files, where it can.
    fn watch(&self) {
        let shared = self.shared.clone();
        if !shared.wants().watches {
            tokio::spawn(shared.poll_disk());
            return;
        }
        let globs = [
            "**/*.{lua,rgs}",
            "**/gatos/{policies,schemas}/**/*.json",
            "**/gatos/config/*.{toml,yaml,yml}",
            "**/.git/{HEAD,logs/HEAD}",
        ];
        let watchers: Vec<Value> = globs.iter().map(|glob| json!({ "globPattern": glob })).collect();
        let registration = Registration {
            id: "gatos/watch".to_owned(),
            method: "workspace/didChangeWatchedFiles".to_owned(),
            register_options: Some(json!({ "watchers": watchers })),
        };
        tokio::spawn(async move {
            let asked = shared.client.register_capability(vec![registration]);
            if !matches!(tokio::time::timeout(CLIENT_PATIENCE, asked).await, Ok(Ok(()))) {
                // It said that it could, and does not: the disk is looked at instead.
                shared.poll_disk().await;
            }
        });
    }

    fn changed_files(&self, uris: impl Iterator<Item = String>) {
        let parsed = uris.filter_map(|uri| uri.parse::<Uri>().ok());
        let paths: Vec<String> = parsed.map(|uri| path_of(&uri)).collect();
        if !paths.is_empty() {
            self.shared.disk_changed(paths);
        }
    }

    fn report(&self, previous: Option<&str>, judged: Judged) -> DocumentDiagnosticReport {
        let id = print_of(&judged.items);
        if previous == Some(id.as_str()) {
            let unchanged_document_diagnostic_report = UnchangedDocumentDiagnosticReport { result_id: id };
            return RelatedUnchangedDocumentDiagnosticReport {
                related_documents: None,
                unchanged_document_diagnostic_report,
            }
            .into();
        }
        let full_document_diagnostic_report = FullDocumentDiagnosticReport { result_id: Some(id), items: judged.items };
        RelatedFullDocumentDiagnosticReport { related_documents: None, full_document_diagnostic_report }.into()
    }
}

pub fn print_of(items: &[Diagnostic]) -> String {
    let bytes = serde_json::to_vec(items).unwrap_or_default();
    format!("{:016x}", crate::report::hash(&bytes))
}

impl LanguageServer for Server {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
        let shared = &self.shared;
        shared.set_wants(Some(params.capabilities), params.initialization_options.as_ref());
        let mut folders: Vec<String> =
            params.workspace_folders.iter().flatten().map(|folder| path_of(&folder.uri)).collect();
        #[allow(deprecated, reason = "clients that know no folders say their one root so")]
        if folders.is_empty() && params.workspace_folders.is_none() {
            folders.extend(params.root_uri.as_ref().map(path_of));
            if folders.is_empty() {
                folders.extend(params.root_path.as_deref().map(|path| crate::uri::slashed(path.as_ref())));
            }
        }
        folders.retain(|folder| crate::uri::is_file(folder));
        folders.dedup();
        shared.core().folders = folders;
        Ok(InitializeResult {
            capabilities: capabilities::all(shared.wants().encoding),
            server_info: Some(ServerInfo { name: "gatos".to_owned(), version: Some(shared.services.version.clone()) }),
            offset_encoding: None,
        })
    }

    async fn initialized(&self, _: InitializedParams) {
        let Some(mut outgoing) = lock(&self.outgoing).take() else { return };
        let shared = self.shared.clone();
        tokio::spawn(async move {
            while let Some(judged) = outgoing.recv().await {
                shared.publish(judged).await;
            }
        });
        tokio::spawn(self.shared.clone().judge_waiting());
        self.watch();
        tokio::spawn(self.shared.clone().first_look());
    }

    async fn shutdown(&self) -> Result<()> {
        self.shared.closed.cancel();
        Ok(())
    }

    async fn did_open(&self, params: DidOpenTextDocumentParams) {
        let doc = params.text_document;
        let path = path_of(&doc.uri);
        self.shared.passed(&path);
        let mut affected = self.shared.core().open(&path, doc.uri, &doc.language_id, doc.version, doc.text);
        affected.insert(path.clone());
        self.shared.edited(&path, affected);
        self.shared.surround(&path, true);
    }

    async fn did_change(&self, params: DidChangeTextDocumentParams) {
        let VersionedTextDocumentIdentifier { uri, version } = params.text_document;
        let path = path_of(&uri);
        self.shared.passed(&path);
        let encoding = self.shared.wants().encoding;
        let changed = self.shared.core().change(&path, version, params.content_changes, encoding);
        let Some((odd, affected)) = changed else {
            let message = format!("a change of {}, which is not open, is left out", uri.as_str());
            self.shared.client.log_message(MessageType::WARNING, message).await;
            return;
        };
        self.shared.edited(&path, affected);
        self.shared.surround(&path, false);
        for odd in odd {
            self.shared.client.log_message(MessageType::WARNING, format!("{}: {odd}", uri.as_str())).await;
        }
    }

    async fn did_save(&self, params: DidSaveTextDocumentParams) {
        self.shared.live_soon(&path_of(&params.text_document.uri));
    }

    async fn did_close(&self, params: DidCloseTextDocumentParams) {
        let path = path_of(&params.text_document.uri);
        if !self.shared.core().close(&path) {
            let message = format!("{} is closed and was not open", params.text_document.uri.as_str());
            self.shared.client.log_message(MessageType::WARNING, message).await;
            return;
        }
        self.shared.closed_doc(&path);
        // What is on disk counts again; until it is read the last text stands for it.
        self.shared.reread(path);
    }

    async fn did_change_configuration(&self, params: DidChangeConfigurationParams) {
        let settings = params.settings.get("gatos").unwrap_or(&params.settings);
        self.shared.set_wants(None, Some(settings).filter(|settings| settings.is_object()));
        let shared = self.shared.clone();
        tokio::spawn(async move { shared.configure().await });
    }

    async fn did_change_workspace_folders(&self, params: DidChangeWorkspaceFoldersParams) {
        let paths = |folders: &[WorkspaceFolder]| -> Vec<String> {
            folders.iter().map(|folder| path_of(&folder.uri)).filter(|path| crate::uri::is_file(path)).collect()
        };
        self.shared.folders_changed(paths(&params.event.added), &paths(&params.event.removed));
    }

    async fn did_change_watched_files(&self, params: DidChangeWatchedFilesParams) {
        self.changed_files(params.changes.into_iter().map(|change| change.uri.as_str().to_owned()));
    }

    async fn did_create_files(&self, params: CreateFilesParams) {
        self.changed_files(params.files.into_iter().map(|file| file.uri));
    }

    async fn did_rename_files(&self, params: RenameFilesParams) {
        self.changed_files(params.files.into_iter().flat_map(|file| [file.old_uri, file.new_uri]));
    }

    async fn did_delete_files(&self, params: DeleteFilesParams) {
        self.changed_files(params.files.into_iter().map(|file| file.uri));
    }

    async fn hover(&self, params: HoverParams) -> Result<Option<Hover>> {
        let TextDocumentPositionParams { text_document, position } = params.text_document_position_params;
        let found = self.shared.ask("textDocument/hover", Lane::Reading, &text_document.uri, move |view, file| {
            let hover = ide::hover(&view.snapshot, file, view.offset(file, position));
            hover.map(|hover| convert::hover(view, file, &hover))
        });
        Ok(found.await?.flatten())
    }

    async fn completion(&self, params: CompletionParams) -> Result<Option<CompletionResponse>> {
        let TextDocumentPositionParams { text_document, position } = params.text_document_position;
        let trigger = params.context.and_then(|context| context.trigger_character?.chars().next());
        let method = "textDocument/completion";
        self.shared
            .ask(method, Lane::Typing, &text_document.uri, move |view, file| {
                let found = ide::completions(&view.snapshot, file, view.offset(file, position), trigger);
                convert::completions(view, file, found)
            })
            .await
    }

    async fn completion_resolve(&self, mut item: CompletionItem) -> Result<CompletionItem> {
        let (path, data) = (data_str(&item.data, "file"), data_str(&item.data, "item"));
        let (Some(uri), Some(data)) = (path.and_then(uri_of), data.map(str::to_owned)) else { return Ok(item) };
        let found = self.shared.ask("completionItem/resolve", Lane::Typing, &uri, move |view, file| {
            let markdown = ide::resolve_completion(&view.snapshot, file, &data)?;
            Some(view.markup(&markdown, view.wants.completion_markdown))
        });
        item.documentation = found.await?.flatten().map(Documentation::MarkupContent);
        Ok(item)
    }

    async fn signature_help(&self, params: SignatureHelpParams) -> Result<Option<SignatureHelp>> {
        let TextDocumentPositionParams { text_document, position } = params.text_document_position_params;
        let method = "textDocument/signatureHelp";
        let found = self.shared.ask(method, Lane::Typing, &text_document.uri, move |view, file| {
            let help = ide::signature_help(&view.snapshot, file, view.offset(file, position));
            help.map(|help| convert::signature(view, &help))
        });
        Ok(found.await?.flatten())
    }

    async fn goto_definition(&self, params: GotoDefinitionParams) -> Result<Option<GotoDefinitionResponse>> {
        self.goto("textDocument/definition", params.text_document_position_params, Goto::Definition).await
    }

    async fn goto_declaration(&self, params: GotoDeclarationParams) -> Result<Option<GotoDeclarationResponse>> {
        self.goto("textDocument/declaration", params.text_document_position_params, Goto::Declaration).await
    }

    async fn goto_type_definition(
        &self,
        params: GotoTypeDefinitionParams,
    ) -> Result<Option<GotoTypeDefinitionResponse>> {
        self.goto("textDocument/typeDefinition", params.text_document_position_params, Goto::TypeDefinition).await
    }

    async fn goto_implementation(
        &self,
        params: GotoImplementationParams,
    ) -> Result<Option<GotoImplementationResponse>> {
        self.goto("textDocument/implementation", params.text_document_position_params, Goto::Implementation).await
    }

    async fn references(&self, params: ReferenceParams) -> Result<Option<Vec<Location>>> {
        let TextDocumentPositionParams { text_document, position } = params.text_document_position;
        let with_declaration = params.context.include_declaration;
        let method = "textDocument/references";
        self.shared
            .ask(method, Lane::Reading, &text_document.uri, move |view, file| {
                let at = view.offset(file, position);
                let found = ide::references(&view.snapshot, file, at, with_declaration);
                found.into_iter().filter_map(|at| view.location(at)).collect()
            })
            .await
    }

    async fn prepare_rename(&self, params: TextDocumentPositionParams) -> Result<Option<PrepareRenameResponse>> {
        let at = params.position;
        let method = "textDocument/prepareRename";
        let found = self.shared.ask(method, Lane::Reading, &params.text_document.uri, move |view, file| {
            let span = ide::prepare_rename(&view.snapshot, file, view.offset(file, at))?;
            let placeholder = file.text.get(span.range()).unwrap_or_default().to_owned();
            Ok(PrepareRenameResponse::RangeWithPlaceholder { range: view.range(file, span), placeholder })
        });
        found.await?.transpose().map_err(|why: String| refused("this cannot be renamed", why))
    }

    async fn rename(&self, params: RenameParams) -> Result<Option<WorkspaceEdit>> {
        let TextDocumentPositionParams { text_document, position } = params.text_document_position;
        let name = params.new_name;
        let found = self.shared.ask("textDocument/rename", Lane::Reading, &text_document.uri, move |view, file| {
            let edit = ide::rename(&view.snapshot, file, view.offset(file, position), &name)?;
            Ok(convert::workspace_edit(view, &edit))
        });
        found.await?.transpose().map_err(|why: String| refused("this cannot be renamed", why))
    }

    async fn document_highlight(&self, params: DocumentHighlightParams) -> Result<Option<Vec<DocumentHighlight>>> {
        let TextDocumentPositionParams { text_document, position } = params.text_document_position_params;
        let method = "textDocument/documentHighlight";
        self.shared
            .ask(method, Lane::Reading, &text_document.uri, move |view, file| {
                convert::highlights(view, file, &ide::highlights(&view.snapshot, file, view.offset(file, position)))
            })
            .await
    }

    async fn document_symbol(&self, params: DocumentSymbolParams) -> Result<Option<DocumentSymbolResponse>> {
        let method = "textDocument/documentSymbol";
        let found = self.shared.ask(method, Lane::Reading, &params.text_document.uri, |view, file| {
            convert::symbols(view, file, &ide::symbols(&view.snapshot, file))
        });
        Ok(found.await?.flatten())
    }

    async fn symbol(&self, params: WorkspaceSymbolParams) -> Result<Option<WorkspaceSymbolResponse>> {
        let shared = self.shared.clone();
        let found = self.shared.ask_all("workspace/symbol", Lane::Wide, move |view| {
            let mut found: Vec<(usize, SymbolInformation)> = Vec::new();
            let paths: Vec<Arc<ide::File>> = view.snapshot.files().cloned().collect();
            for file in paths {
                if view.snapshot.is_cancelled() {
                    break;
                }
                for symbol in ide::exported(&view.snapshot, &file).iter() {
                    let Some(rank) = matched(&symbol.name, &params.query) else { continue };
                    found.extend(convert::workspace_symbol(view, symbol).map(|symbol| (rank, symbol)));
                }
                shared.settle(view, &file.path);
            }
            found.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.name.cmp(&b.1.name)));
            found.into_iter().map(|(_, symbol)| symbol).take(MOST_SYMBOLS).collect::<Vec<_>>()
        });
        Ok(Some(WorkspaceSymbolResponse::Flat(found.await?)))
    }

    async fn semantic_tokens_full(&self, params: SemanticTokensParams) -> Result<Option<SemanticTokensResult>> {
        let uri = params.text_document.uri;
        let packed = self.tokens("textDocument/semanticTokens/full", &uri, None).await?;
        Ok(packed.map(|data| lock(&self.shared.sent).full(&path_of(&uri), data).into()))
    }

    async fn semantic_tokens_full_delta(
        &self,
        params: SemanticTokensDeltaParams,
    ) -> Result<Option<SemanticTokensFullDeltaResult>> {
        let uri = params.text_document.uri;
        let packed = self.tokens("textDocument/semanticTokens/full/delta", &uri, None).await?;
        Ok(packed.map(|data| lock(&self.shared.sent).delta(&path_of(&uri), &params.previous_result_id, data)))
    }

    async fn semantic_tokens_range(
        &self,
        params: SemanticTokensRangeParams,
    ) -> Result<Option<SemanticTokensRangeResult>> {
        let method = "textDocument/semanticTokens/range";
        let packed = self.tokens(method, &params.text_document.uri, Some(params.range)).await?;
        Ok(packed.map(|data| SemanticTokens { result_id: None, data }.into()))
    }

    async fn folding_range(&self, params: FoldingRangeParams) -> Result<Option<Vec<FoldingRange>>> {
        self.shared
            .ask("textDocument/foldingRange", Lane::Reading, &params.text_document.uri, |view, file| {
                convert::foldings(view, file, &ide::foldings(&view.snapshot, file))
            })
            .await
    }

    async fn selection_range(&self, params: SelectionRangeParams) -> Result<Option<Vec<SelectionRange>>> {
        let positions = params.positions;
        self.shared
            .ask("textDocument/selectionRange", Lane::Reading, &params.text_document.uri, move |view, file| {
                let one = |at: &Position| {
                    let spans = ide::selections(&view.snapshot, file, view.offset(file, *at));
                    convert::selection(view, file, *at, &spans)
                };
                positions.iter().map(one).collect()
            })
            .await
    }

    async fn inlay_hint(&self, params: InlayHintParams) -> Result<Option<Vec<InlayHint>>> {
        let range = params.range;
        self.shared
            .ask("textDocument/inlayHint", Lane::Reading, &params.text_document.uri, move |view, file| {
                let hints = ide::inlay_hints(&view.snapshot, file, view.span(file, range));
                hints.iter().filter(|hint| !hint.label.is_empty()).map(|hint| convert::hint(view, file, hint)).collect()
            })
            .await
    }

    async fn inlay_hint_resolve(&self, mut hint: InlayHint) -> Result<InlayHint> {
        let Some(uri) = data_str(&hint.data, "file").and_then(uri_of) else { return Ok(hint) };
        let number = |field: &str| hint.data.as_ref().and_then(|data| data.get(field)?.as_u64());
        let (Some(stamp), Some(at)) = (number("stamp"), number("at").and_then(|at| u32::try_from(at).ok())) else {
            return Ok(hint);
        };
        let InlayHintLabel::String(label) = hint.label.clone() else { return Ok(hint) };
        let found = self.shared.ask("inlayHint/resolve", Lane::Reading, &uri, move |view, file| {
            if file.stamp != stamp {
                return None;
            }
            let here = gatos_syntax::span::Span { start: at, end: at.saturating_add(1) };
            let hints = ide::inlay_hints(&view.snapshot, file, here);
            let same = hints.into_iter().find(|hint| hint.at == at && hint.label == label)?;
            Some(view.markup(&same.tooltip, view.wants.hover_markdown))
        });
        hint.tooltip = found.await?.flatten().map(InlayHintTooltip::MarkupContent);
        Ok(hint)
    }

    async fn code_action(&self, params: CodeActionParams) -> Result<Option<CodeActionResponse>> {
        let (range, context) = (params.range, params.context);
        let uri = params.text_document.uri;
        let found = self.shared.ask("textDocument/codeAction", Lane::Reading, &uri, move |view, file| {
            let actions = ide::code_actions(&view.snapshot, file, view.span(file, range));
            let wanted = |kind: &CodeActionKind| match &context.only {
                None => true,
                Some(only) => only.iter().any(|outer| {
                    let rest = kind.as_str().strip_prefix(outer.as_str());
                    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.') || outer.as_str().is_empty())
                }),
            };
            let mut out: CodeActionResponse = Vec::new();
            for (i, action) in actions.iter().enumerate() {
                let kind = convert::action_kind(action.kind);
                if !wanted(&kind) {
                    continue;
                }
                if !view.wants.actions {
                    // A client that knows commands alone gets those.
                    out.extend(action.command.as_ref().map(|command| convert::command(command).into()));
                    continue;
                }
                let data = json!({ "file": &*file.path, "stamp": file.stamp, "range": range, "item": i, "title": action.title });
                // Fixes are small and wanted at once; what rewrites more is computed when it is taken.
                let is_late = view.wants.late_edits && action.kind != ide::ActionKind::QuickFix;
                let late = is_late.then_some(data);
                out.push(convert::action(view, file, action, &context.diagnostics, late).into());
            }
            out
        });
        found.await
    }

    async fn code_action_resolve(&self, mut action: CodeAction) -> Result<CodeAction> {
        let Some(uri) = data_str(&action.data, "file").and_then(uri_of) else { return Ok(action) };
        let data = action.data.clone().unwrap_or_default();
        let range: Option<Range> = data.get("range").and_then(|range| serde_json::from_value(range.clone()).ok());
        let number = |field: &str| data.get(field).and_then(Value::as_u64);
        let (Some(range), Some(stamp), Some(item)) = (range, number("stamp"), number("item")) else {
            return Err(invalid("the action is not one that this server gave"));
        };
        let title = action.title.clone();
        let found = self.shared.ask("codeAction/resolve", Lane::Reading, &uri, move |view, file| {
            if file.stamp != stamp {
                return None;
            }
            let actions = ide::code_actions(&view.snapshot, file, view.span(file, range));
            let taken = actions.get(usize::try_from(item).ok()?).filter(|action| action.title == title)?;
            Some(convert::workspace_edit(view, &taken.edit))
        });
        let edit = found.await?.flatten();
        if edit.is_none() {
            return Err(tower_lsp::jsonrpc::Error::new(tower_lsp::jsonrpc::ErrorCode::ContentModified));
        }
        action.edit = edit;
        Ok(action)
    }

    async fn formatting(&self, params: DocumentFormattingParams) -> Result<Option<Vec<TextEdit>>> {
        self.format("textDocument/formatting", &params.text_document.uri, None).await
    }

    async fn range_formatting(&self, params: DocumentRangeFormattingParams) -> Result<Option<Vec<TextEdit>>> {
        self.format("textDocument/rangeFormatting", &params.text_document.uri, Some(params.range)).await
    }

    async fn on_type_formatting(&self, params: DocumentOnTypeFormattingParams) -> Result<Option<Vec<TextEdit>>> {
        let TextDocumentPositionParams { text_document, position } = params.text_document_position;
        let typed = params.ch.chars().next().unwrap_or('\n');
        let method = "textDocument/onTypeFormatting";
        self.shared
            .ask(method, Lane::Typing, &text_document.uri, move |view, file| {
                let at = view.offset(file, position);
                if !closes_block(&file.text, at, typed) {
                    return Vec::new();
                }
                convert::text_edits(view, file, &ide::format_on_type(&view.snapshot, file, at, typed))
            })
            .await
    }

    async fn prepare_call_hierarchy(
        &self,
        params: CallHierarchyPrepareParams,
    ) -> Result<Option<Vec<CallHierarchyItem>>> {
        let TextDocumentPositionParams { text_document, position } = params.text_document_position_params;
        let method = "textDocument/prepareCallHierarchy";
        let found = self.shared.ask(method, Lane::Reading, &text_document.uri, move |view, file| {
            let items = ide::call_items(&view.snapshot, file, view.offset(file, position));
            items.iter().filter_map(|item| convert::call_item(view, item)).collect::<Vec<_>>()
        });
        Ok(found.await?.filter(|items| !items.is_empty()))
    }

    async fn incoming_calls(
        &self,
        params: CallHierarchyIncomingCallsParams,
    ) -> Result<Option<Vec<CallHierarchyIncomingCall>>> {
        self.calls("callHierarchy/incomingCalls", &params.item, |view, file, data| {
            let calls = ide::incoming_calls(&view.snapshot, file, data);
            calls.iter().filter_map(|call| convert::incoming(view, call)).collect()
        })
        .await
    }

    async fn outgoing_calls(
        &self,
        params: CallHierarchyOutgoingCallsParams,
    ) -> Result<Option<Vec<CallHierarchyOutgoingCall>>> {
        self.calls("callHierarchy/outgoingCalls", &params.item, |view, file, data| {
            let calls = ide::outgoing_calls(&view.snapshot, file, data);
            calls.iter().filter_map(|call| convert::outgoing(view, file, call)).collect()
        })
        .await
    }

    async fn document_link(&self, params: DocumentLinkParams) -> Result<Option<Vec<DocumentLink>>> {
        self.shared
            .ask("textDocument/documentLink", Lane::Reading, &params.text_document.uri, |view, file| {
                let links = ide::links(&view.snapshot, file);
                links.iter().filter_map(|link| convert::link(view, file, link)).collect()
            })
            .await
    }

    async fn code_lens(&self, params: CodeLensParams) -> Result<Option<Vec<CodeLens>>> {
        let shared = self.shared.clone();
        self.shared
            .ask("textDocument/codeLens", Lane::Live, &params.text_document.uri, move |view, file| {
                shared.lenses(view, file)
            })
            .await
    }

    async fn code_lens_resolve(&self, lens: CodeLens) -> Result<CodeLens> {
        // Lenses come with their commands: there is nothing to add.
        Ok(lens)
    }

    async fn diagnostic(&self, params: DocumentDiagnosticParams) -> Result<DocumentDiagnosticReportResult> {
        let path = path_of(&params.text_document.uri);
        let case = self.shared.case(&path);
        let shared = self.shared.clone();
        let found =
            self.shared.ask("textDocument/diagnostic", Lane::Judging, &params.text_document.uri, move |view, _| {
                shared.decide(view, case)
            });
        let judged = match found.await {
            Ok(Some(judged)) => judged,
            // Not a program, or one that is too large: what is wrong with it as a whole.
            Ok(None) => {
                let view = self.shared.view(&ide::Cancel::new());
                self.shared.decide(&view, self.shared.case(&path))
            }
            Err(e) if e.code == tower_lsp::jsonrpc::ErrorCode::ContentModified => return Err(ask_again()),
            Err(e) => return Err(e),
        };
        Ok(self.report(params.previous_result_id.as_deref(), judged).into())
    }

    async fn workspace_diagnostic(&self, params: WorkspaceDiagnosticParams) -> Result<WorkspaceDiagnosticReportResult> {
        let previous: BTreeMap<String, String> =
            params.previous_result_ids.into_iter().map(|id| (path_of(&id.uri), id.value)).collect();
        let shared = self.shared.clone();
        let token = params.work_done_progress_params.work_done_token;
        let progress =
            token.map(|token| crate::progress::Progress::begin(&self.shared, "Diagnostics", Some(token), None));
        let found = self.shared.ask_all("workspace/diagnostic", Lane::Wide, move |view| shared.survey(view, &previous));
        let items = found.await;
        drop(progress);
        Ok(WorkspaceDiagnosticReport { items: items? }.into())
    }

    async fn execute_command(&self, params: ExecuteCommandParams) -> Result<Option<Value>> {
        let token = params.work_done_progress_params.work_done_token;
        self.shared.execute(params.command, &params.arguments, token).await.map(Some)
    }
}

/// A refusal with its reason.
fn refused(what: &str, why: String) -> tower_lsp::jsonrpc::Error {
    failed(if why.is_empty() { what.to_owned() } else { why })
}

/// Whether what was typed ends a line or a block: words that merely end in the letter do not move the text.
fn closes_block(text: &str, at: u32, typed: char) -> bool {
    let before = text.get(..at as usize).unwrap_or_default();
    match typed {
        'd' => before.strip_suffix("end").is_some_and(|b| !b.ends_with(|c: char| c.is_alphanumeric() || c == '_')),
        _ => true,
    }
}

impl Server {
    async fn format(&self, method: &'static str, uri: &Uri, range: Option<Range>) -> Result<Option<Vec<TextEdit>>> {
        let found = self.shared.ask(method, Lane::Typing, uri, move |view, file| {
            let range = range.map(|range| view.span(file, range));
            let edits = ide::format(&view.snapshot, file, range)?;
            Ok(convert::text_edits(view, file, &edits))
        });
        match found.await? {
            None => Ok(None),
            Some(Ok(edits)) => Ok(Some(edits)),
            Some(Err(why)) => {
                // The diagnostics say where; a box at each save would be in the way.
                let why: String = why;
                self.shared.client.log_message(MessageType::INFO, format!("not formatted: {why}")).await;
                Ok(None)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_by_their_letters_in_order() {
        assert!(matched("add_line", "adl").is_some());
        assert!(matched("add_line", "ADD").is_some());
        assert_eq!(matched("add_line", "lad"), None);
        assert!(matched("apply", "app") < matched("re_apply", "app"));
        assert!(matched("fold", "") == Some(0));
    }

    #[test]
    fn only_what_closes_a_block_moves_the_text() {
        assert!(closes_block("if x then\n  end", 15, 'd'));
        assert!(closes_block("if x then y() end", 17, 'd'));
        assert!(!closes_block("local read", 10, 'd'));
        assert!(!closes_block("send", 4, 'd'));
        assert!(closes_block("a {\n}", 5, '}'));
        assert!(closes_block("x\n", 2, '\n'));
        assert!(closes_block("x", 999, '\n'));
    }
}
