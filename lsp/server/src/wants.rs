//! What a client can show and do, and what it asked for. What it does not say it cannot.

use serde_json::Value;
use tower_lsp::ls_types::{ClientCapabilities, PositionEncodingKind};

use crate::position::Encoding;

/// How diagnostics reach the client.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Delivery {
    /// The server sends them.
    Push,
    /// The client asks for them.
    Pull,
}

/// What the client asks to be asked again for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[allow(missing_docs, reason = "the names of the protocol")]
pub struct Refresh {
    pub tokens: bool,
    pub lenses: bool,
    pub hints: bool,
    pub diagnostics: bool,
}

/// The client's abilities, and its wishes from `initializationOptions`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wants {
    /// What columns count.
    pub encoding: Encoding,
    /// Markdown in hovers.
    pub hover_markdown: bool,
    /// Markdown in the documentation of completions.
    pub completion_markdown: bool,
    /// Markdown in help with calls.
    pub signature_markdown: bool,
    /// `$1` and `$0` in completions.
    pub snippets: bool,
    /// One completion may be marked as the best.
    pub preselect: bool,
    /// Outlines with symbols inside symbols.
    pub nested_symbols: bool,
    /// Parameters in a signature by place.
    pub label_offsets: bool,
    /// Push or pull.
    pub delivery: Delivery,
    /// Other places of a diagnostic.
    pub related: bool,
    /// Faded and struck through.
    pub tags: bool,
    /// A link at the code of a diagnostic.
    pub code_links: bool,
    /// Edits with the version they are made for.
    pub versioned_edits: bool,
    /// Edits that make files.
    pub creates_files: bool,
    /// Applies edits that we send.
    pub applies_edits: bool,
    /// Shows how far work is.
    pub progress: bool,
    /// Opens documents that we name.
    pub shows_documents: bool,
    /// Asks again on demand.
    pub refresh: Refresh,
    /// Watches files for us.
    pub watches: bool,
    /// Code actions that are more than commands.
    pub actions: bool,
    /// Asks for the edit of an action when it is taken.
    pub late_edits: bool,
    /// Asks for the tooltip of a hint when it is looked at.
    pub late_tooltips: bool,
    /// Links with origin and focus for definition, declaration, type definition, implementation.
    pub links: [bool; 4],
    /// Folds whole lines only.
    pub line_folds: bool,
    /// So many foldings at most.
    pub most_foldings: Option<usize>,
    /// Shows results of our commands itself.
    pub shows_results: bool,
    /// Diagnostics of files that no editor has open.
    pub all_files: bool,
    /// Diagnostics and lenses that need the repository.
    pub live: bool,
}

impl Wants {
    /// From what the client says of itself.
    pub fn new(capabilities: &ClientCapabilities, options: Option<&Value>) -> Wants {
        let all = serde_json::to_value(capabilities).unwrap_or(Value::Null);
        let yes = |path: &str| all.pointer(path).and_then(Value::as_bool).unwrap_or(false);
        let holds = |path: &str, wanted: &str| {
            all.pointer(path).and_then(Value::as_array).is_some_and(|items| items.iter().any(|item| item == wanted))
        };
        let offered: Option<Vec<PositionEncodingKind>> =
            all.pointer("/general/positionEncodings").and_then(|kinds| serde_json::from_value(kinds.clone()).ok());
        let option = |path: &str| options.and_then(|o| o.pointer(path));
        let pulls = all.pointer("/textDocument/diagnostic").is_some_and(Value::is_object);
        let delivery = match option("/diagnostics/delivery").and_then(Value::as_str) {
            Some("push") => Delivery::Push,
            Some("pull") => Delivery::Pull,
            _ if pulls => Delivery::Pull,
            _ => Delivery::Push,
        };
        let of_diagnostics = match delivery {
            Delivery::Pull => "/textDocument/diagnostic",
            Delivery::Push => "/textDocument/publishDiagnostics",
        };
        // Clients that pull and say nothing there have usually said it where they were pushed to.
        let diagnostic = |name: &str| {
            let there = all.pointer(&format!("{of_diagnostics}/{name}"));
            there.or_else(|| all.pointer(&format!("/textDocument/publishDiagnostics/{name}"))).cloned()
        };
        let truth = |value: Option<Value>| value.and_then(|v| v.as_bool()).unwrap_or(false);
        Wants {
            encoding: Encoding::choose(offered.as_deref()),
            hover_markdown: holds("/textDocument/hover/contentFormat", "markdown"),
            completion_markdown: holds("/textDocument/completion/completionItem/documentationFormat", "markdown"),
            signature_markdown: holds(
                "/textDocument/signatureHelp/signatureInformation/documentationFormat",
                "markdown",
            ),
            snippets: yes("/textDocument/completion/completionItem/snippetSupport"),
            preselect: yes("/textDocument/completion/completionItem/preselectSupport"),
            nested_symbols: yes("/textDocument/documentSymbol/hierarchicalDocumentSymbolSupport"),
            label_offsets: yes(
                "/textDocument/signatureHelp/signatureInformation/parameterInformation/labelOffsetSupport",
            ),
            delivery,
            related: truth(diagnostic("relatedInformation")),
            tags: diagnostic("tagSupport").is_some_and(|tags| tags.is_object()),
            code_links: truth(diagnostic("codeDescriptionSupport")),
            versioned_edits: yes("/workspace/workspaceEdit/documentChanges"),
            creates_files: holds("/workspace/workspaceEdit/resourceOperations", "create"),
            applies_edits: yes("/workspace/applyEdit"),
            progress: yes("/window/workDoneProgress"),
            shows_documents: yes("/window/showDocument/support"),
            refresh: Refresh {
                tokens: yes("/workspace/semanticTokens/refreshSupport"),
                lenses: yes("/workspace/codeLens/refreshSupport"),
                hints: yes("/workspace/inlayHint/refreshSupport"),
                diagnostics: yes("/workspace/diagnostics/refreshSupport"),
            },
            watches: yes("/workspace/didChangeWatchedFiles/dynamicRegistration"),
            actions: all
                .pointer("/textDocument/codeAction/codeActionLiteralSupport")
                .is_some_and(|support| !support.is_null()),
            late_edits: yes("/textDocument/codeAction/dataSupport")
                && holds("/textDocument/codeAction/resolveSupport/properties", "edit"),
            late_tooltips: holds("/textDocument/inlayHint/resolveSupport/properties", "tooltip"),
            links: ["definition", "declaration", "typeDefinition", "implementation"]
                .map(|way| yes(&format!("/textDocument/{way}/linkSupport"))),
            line_folds: yes("/textDocument/foldingRange/lineFoldingOnly"),
            most_foldings: all
                .pointer("/textDocument/foldingRange/rangeLimit")
                .and_then(Value::as_u64)
                .and_then(|n| usize::try_from(n).ok()),
            shows_results: option("/commands/show").and_then(Value::as_str) == Some("client"),
            all_files: option("/diagnostics/files").and_then(Value::as_str) != Some("open"),
            live: option("/repository").and_then(Value::as_bool).unwrap_or(true),
        }
    }
}

/// The parts of a client's capabilities that can be understood: one that says something new in one place is still
/// understood in all others.
pub fn understood(capabilities: &mut Value) {
    if serde_json::from_value::<ClientCapabilities>(capabilities.clone()).is_ok() {
        return;
    }
    let Some(all) = capabilities.as_object_mut() else {
        *capabilities = Value::Object(serde_json::Map::new());
        return;
    };
    for (section, value) in all.iter_mut() {
        let alone = |inner: Value| {
            let mut outer = serde_json::Map::new();
            outer.insert(section.clone(), inner);
            serde_json::from_value::<ClientCapabilities>(Value::Object(outer)).is_ok()
        };
        if alone(value.clone()) {
            continue;
        }
        let Some(parts) = value.as_object_mut() else {
            *value = Value::Null;
            continue;
        };
        parts.retain(|name, part| {
            let mut one = serde_json::Map::new();
            one.insert(name.clone(), part.clone());
            alone(Value::Object(one))
        });
        if !alone(value.clone()) {
            *value = Value::Null;
        }
    }
}

/// What was wished for at the start, with what later settings say over it. What they do not say, or say is null,
/// stays as it was at the start: editors send settings of others, and empty ones, by their own habits.
pub fn over(start: &Value, later: &Value) -> Value {
    match (start, later) {
        (Value::Object(start), Value::Object(later)) => {
            let mut out = start.clone();
            for (key, value) in later {
                let new = over(out.get(key).unwrap_or(&Value::Null), value);
                out.insert(key.clone(), new);
            }
            Value::Object(out)
        }
        (start, Value::Null) => start.clone(),
        (_, later) => later.clone(),
    }
}

/// Markdown as plain text, for clients that show only that: fences, emphasis and link targets go, words stay.
pub fn plain(markdown: &str) -> String {
    let mut out = String::new();
    let mut in_code = false;
    for line in markdown.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
            continue;
        }
        if in_code {
            out.push_str(line);
        } else if line.trim() == "---" {
            // A rule between parts is an empty line.
        } else {
            plain_line(line.trim_start_matches('#').trim_start(), &mut out);
        }
        out.push('\n');
    }
    out.trim_end().to_owned()
}

fn plain_line(line: &str, out: &mut String) {
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..).unwrap_or_default();
        match c {
            '\\' => {
                let escaped = after.chars().next().filter(char::is_ascii_punctuation);
                out.push(escaped.unwrap_or('\\'));
                rest = after.get(escaped.map_or(0, char::len_utf8)..).unwrap_or_default();
                continue;
            }
            '`' => {
                // Within backquotes nothing is a mark.
                let end = after.find('`').unwrap_or(after.len());
                out.push_str(after.get(..end).unwrap_or_default());
                rest = after.get(end + 1..).unwrap_or_default();
                continue;
            }
            '*' if after.starts_with('*') => {
                rest = after.get(1..).unwrap_or_default();
                continue;
            }
            '[' => {
                let link = after.find("](").and_then(|mid| {
                    let end = after.get(mid..)?.find(')')? + mid;
                    Some((after.get(..mid)?, after.get(end + 1..)?))
                });
                if let Some((words, next)) = link {
                    out.push_str(words);
                    rest = next;
                    continue;
                }
                out.push(c);
            }
            _ => out.push(c),
        }
        rest = after;
    }
}

/// A snippet as plain text: `${1:name}` is `name`, `$1` and `$0` are nothing.
pub fn without_stops(snippet: &str) -> String {
    let mut out = String::new();
    let mut chars = snippet.chars().peekable();
    let mut open = 0u32;
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.extend(chars.next()),
            '$' => match chars.peek() {
                Some('{') => {
                    chars.next();
                    while chars.next_if(char::is_ascii_digit).is_some() {}
                    match chars.peek() {
                        Some(':') => {
                            chars.next();
                            open += 1;
                        }
                        Some('}') => _ = chars.next(),
                        _ => {}
                    }
                }
                Some(d) if d.is_ascii_digit() => while chars.next_if(char::is_ascii_digit).is_some() {},
                _ => out.push('$'),
            },
            '}' if open > 0 => open -= 1,
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn wants(capabilities: Value, options: Value) -> Wants {
        let capabilities = serde_json::from_value(capabilities).unwrap_or_else(|e| panic!("{e}"));
        Wants::new(&capabilities, Some(&options))
    }

    #[test]
    fn a_client_that_says_nothing_gets_the_least() {
        let it = wants(json!({}), Value::Null);
        assert_eq!((it.encoding, it.delivery), (Encoding::Utf16, Delivery::Push));
        assert!(!it.hover_markdown && !it.snippets && !it.nested_symbols && !it.progress && !it.watches);
        assert!(it.all_files && it.live && !it.shows_results);
    }

    #[test]
    fn a_client_that_pulls_is_not_pushed_to_unless_it_says_so() {
        let pulls = json!({"textDocument": {"diagnostic": {}, "publishDiagnostics": {"relatedInformation": true}}});
        assert_eq!(wants(pulls.clone(), Value::Null).delivery, Delivery::Pull);
        assert!(wants(pulls.clone(), Value::Null).related);
        assert_eq!(wants(pulls, json!({"diagnostics": {"delivery": "push"}})).delivery, Delivery::Push);
    }

    #[test]
    fn later_settings_go_over_those_of_the_start() {
        let start = json!({"commands": {"show": "client"}, "diagnostics": {"files": "open"}});
        for nothing in [json!({}), Value::Null, json!({"commands": null}), json!({"commands": {"show": null}})] {
            let it = wants(json!({}), over(&start, &nothing));
            assert!(it.shows_results && !it.all_files, "{nothing}");
        }
        let it = wants(json!({}), over(&start, &json!({"diagnostics": {"files": "all"}, "repository": false})));
        assert!(it.shows_results && it.all_files && !it.live);
        assert_eq!(over(&Value::Null, &json!({"repository": true})), json!({"repository": true}));
    }

    #[test]
    fn something_new_in_one_place_costs_that_place() {
        let mut capabilities = json!({
            "textDocument": {"hover": {"contentFormat": ["markdown"]}, "foldingRange": {"rangeLimit": "many"}},
            "window": {"workDoneProgress": true},
            "general": 7,
        });
        understood(&mut capabilities);
        let it = wants(capabilities, Value::Null);
        assert!(it.hover_markdown && it.progress);
        assert_eq!(it.most_foldings, None);
        let mut nonsense = json!([1]);
        understood(&mut nonsense);
        assert_eq!(nonsense, json!({}));
    }

    #[test]
    fn markdown_becomes_words() {
        let text = "# Title\n```lua\na * b\n```\n---\n**Bold** `c*d` [words](file:///x) a\\*b _x_";
        assert_eq!(plain(text), "Title\na * b\n\nBold c*d words a*b _x_");
        assert_eq!(plain("[open `"), "[open");
    }

    #[test]
    fn snippets_become_text() {
        assert_eq!(without_stops("for ${1:k}, ${2:v} in dpairs($3) do\n  $0\nend"), "for k, v in dpairs() do\n  \nend");
        assert_eq!(without_stops("\\$1 ${1} {x} $"), "$1  {x} $");
    }
}
