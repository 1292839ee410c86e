//! Commands: what lenses and actions ask for, and what clients ask for of themselves. They run on a lane of their
//! own, tell how far they are, and can be cancelled.

use std::sync::Arc;

use gatos_ide::live::Effect;
use gatos_ide::{Cancel, CommandResult, command};
use serde_json::{Value, json};
use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::{MessageType, ProgressToken, Uri};

use crate::convert;
use crate::lanes::{CancelOnDrop, Lane};
use crate::progress::Progress;
use crate::report::What;
use crate::shared::{Again, CLIENT_PATIENCE, Shared, failed, invalid};
use crate::uri;
use crate::view::View;

/// The longest message that is shown in a box; what is longer is cut there and whole in the log.
const SHOWN: usize = 600;

/// An argument as commands want it: a text; a file by its path, however the client names it.
fn argument(value: &Value) -> String {
    match value {
        Value::String(text) => match text.parse::<Uri>() {
            Ok(parsed) if text.starts_with("file:") => uri::path_of(&parsed),
            _ => text.clone(),
        },
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// A title for the progress of a command.
fn title(name: &str) -> &'static str {
    match name {
        command::RUN_TEST | command::RUN_TESTS => "Running tests",
        command::PREVIEW_FOLD => "Folding events",
        command::PIN_INPUT => "Pinning an input",
        command::COMPARE_ROOT => "Comparing with HEAD",
        command::EXPLAIN_DECISION => "Explaining the decision",
        command::TEST_FROM_DENIAL => "Writing a test",
        _ => "GATOS",
    }
}

impl Shared {
    /// Runs a command.
    ///
    /// # Errors
    /// When there is no such command, or it fails: with words for people.
    pub async fn execute(
        self: &Arc<Self>,
        name: String,
        arguments: &[Value],
        token: Option<ProgressToken>,
    ) -> Result<Value> {
        let Some(name) = command::ALL.into_iter().find(|known| *known == name) else {
            return Err(invalid(format!("there is no command {name}")));
        };
        let mut arguments: Vec<String> = arguments.iter().map(argument).collect();
        // What was left out at the end is not there.
        while arguments.last().is_some_and(String::is_empty) {
            arguments.pop();
        }
        let cancel = Cancel::new();
        let view = self.view(&cancel);
        let _stop = CancelOnDrop(cancel.clone());
        let progress = Progress::begin(self, title(name), token, Some(&cancel));
        let steps = progress.steps();
        let world = self.services.world.clone();
        let path = arguments.first().cloned().unwrap_or_default();
        let run = move || {
            let tell = |done: u64, of: u64, what: &str| _ = steps.send((done, of, what.to_owned()));
            let done = gatos_ide::live::execute(&view.snapshot, &*world, name, &arguments, &tell);
            done.map(|(result, effects)| {
                let edit = result.edit.as_ref().map(|edit| convert::workspace_edit(&view, edit));
                (result, edit, effects)
            })
        };
        let outcome = self.lanes.run(Lane::Command, &cancel, run).await;
        drop(progress);
        let what = What { method: name, path, text: None };
        let (result, edit, effects) = self.outcome(&what, outcome).await?.map_err(failed)?;
        self.take_effects(effects, result.refresh);
        if let Some(edit) = edit.clone() {
            self.apply(edit);
        }
        self.show(&result).await;
        let data: Value = serde_json::from_str(&result.json).unwrap_or(Value::Null);
        // The text too, since a client in JavaScript would round the numbers of a state.
        let mut answer = json!({ "json": data, "text": result.json, "markdown": result.markdown });
        if let (Some(edit), false, Some(fields)) = (edit, self.wants().applies_edits, answer.as_object_mut()) {
            fields.insert("edit".to_owned(), serde_json::to_value(edit).unwrap_or(Value::Null));
        }
        Ok(answer)
    }

    fn take_effects(self: &Arc<Self>, effects: Vec<Effect>, refresh: bool) {
        let mut changed = refresh;
        for effect in effects {
            match effect {
                Effect::Pin(root, pin) => {
                    let affected = self.core().pin(&root, pin);
                    self.later(affected);
                    changed = true;
                }
            }
        }
        if changed {
            self.again(&[Again::Lenses, Again::Hints, Again::Tokens, Again::Diagnostics]);
        }
    }

    /// Has the client apply edits; nothing waits for it.
    fn apply(self: &Arc<Self>, edit: tower_lsp::ls_types::WorkspaceEdit) {
        if !self.wants().applies_edits {
            return;
        }
        let shared = self.clone();
        tokio::spawn(async move {
            let asked = shared.client.apply_edit(edit);
            // An editor may ask its user first, so this may take long.
            let answer = tokio::time::timeout(CLIENT_PATIENCE * 30, asked).await;
            if let Ok(Ok(answer)) = answer
                && !answer.applied
            {
                let why = answer.failure_reason.unwrap_or_else(|| "it gives no reason".to_owned());
                shared
                    .client
                    .log_message(MessageType::WARNING, format!("the editor did not apply the edit: {why}"))
                    .await;
            }
        });
    }

    /// Shows a result where the client does not do it itself.
    async fn show(&self, result: &CommandResult) {
        if self.wants().shows_results || result.markdown.is_empty() {
            return;
        }
        let text = crate::wants::plain(&result.markdown);
        self.client.log_message(MessageType::INFO, &text).await;
        let short: String = text.chars().take(SHOWN).collect();
        let more = if short.len() < text.len() { "… (the rest is in the log)" } else { "" };
        self.client.show_message(MessageType::INFO, format!("{short}{more}")).await;
    }

    /// Lenses of a file: those that its text gives, and those that need the repository.
    pub fn lenses(&self, view: &View, file: &Arc<gatos_ide::File>) -> Vec<tower_lsp::ls_types::CodeLens> {
        let mut all = gatos_ide::lenses(&view.snapshot, file);
        if view.wants.live {
            all.extend(gatos_ide::live::lenses(&view.snapshot, &*self.services.world, file));
        }
        all.sort_by_key(|lens| lens.span.start);
        all.iter().map(|lens| convert::lens(view, file, lens)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn files_may_be_named_by_uri_or_path() {
        assert_eq!(argument(&json!("file:///a/b%20c.lua")), "/a/b c.lua");
        assert_eq!(argument(&json!("/a/b.lua")), "/a/b.lua");
        assert_eq!(argument(&json!("event:01J")), "event:01J");
        assert_eq!(argument(&json!(500)), "500");
        assert_eq!(argument(&json!(null)), "");
    }
}
