//! Whole statements with places to fill in.

use super::Cursor;
use crate::answer::{Completion, CompletionKind};

fn snippet(cursor: &Cursor<'_>, label: &str, detail: &str, text: &str) -> Completion {
    let mut item = cursor.item(label, CompletionKind::Snippet);
    item.detail = detail.to_owned();
    item.insert = text.to_owned();
    item.is_snippet = true;
    item.sort = format!("5{label}");
    item.resolve = format!("text:{text}");
    item
}

/// Statements.
pub(super) fn statements(cursor: &Cursor<'_>) -> Vec<Completion> {
    [
        ("if … then", "a condition", "if ${1:condition} then\n  $0\nend"),
        ("if … else", "a condition with two ways", "if ${1:condition} then\n  $2\nelse\n  $0\nend"),
        ("for i = …", "a loop over numbers", "for ${1:i} = ${2:1}, ${3:n} do\n  $0\nend"),
        (
            "for … in dpairs",
            "a loop over a table, keys sorted",
            "for ${1:key}, ${2:value} in dpairs(${3:t}) do\n  $0\nend",
        ),
        ("for … in ipairs", "a loop over an array", "for ${1:i}, ${2:value} in ipairs(${3:t}) do\n  $0\nend"),
        ("while … do", "a loop with a condition", "while ${1:condition} do\n  $0\nend"),
        ("repeat … until", "a loop that runs once at least", "repeat\n  $0\nuntil ${1:condition}"),
        ("local function …", "a function of this block", "local function ${1:name}(${2})\n  $0\nend"),
        ("local … = require", "a module", "local ${1:name} = require \"${2:$1}\"$0"),
    ]
    .into_iter()
    .map(|(label, detail, text)| snippet(cursor, label, detail, text))
    .collect()
}

const FOLD: &str = "local M = {}\n\nfunction M.init()\n  return { ${1:count = 0} }\nend\n\n\
function M.fold(state, event)\n  if event.type == \"${2:type}\" then\n    $0\n  end\n  return state\nend\n\nreturn M\n";

const TEST: &str = "local M = {}\n\nfunction M.test_${1:name}()\n  $0\nend\n\nreturn M\n";

/// What stands at the top of a file.
pub(super) fn top(cursor: &Cursor<'_>) -> Vec<Completion> {
    let is_test = cursor.file.path.ends_with("_test.lua");
    let is_empty = cursor.its.unit().ast.stmts.len() <= 1;
    match (is_test, cursor.its.front.entries.has_fold) {
        (true, _) if is_empty => vec![snippet(cursor, "test file", "a table of tests", TEST)],
        (false, false) if is_empty => vec![snippet(cursor, "fold", "a fold: init, fold and the table of both", FOLD)],
        _ => Vec::new(),
    }
}

/// The functions of a fold that the file does not offer yet.
pub(super) fn entries(cursor: &Cursor<'_>) -> Vec<Completion> {
    let table = super::super::symbols::exports_name(&cursor.its);
    let Some(table) = table else { return Vec::new() };
    let entries = cursor.its.front.entries;
    let mut out = Vec::new();
    let rows = [
        (entries.init.is_none(), "init", "()\n  return { $0 }\nend"),
        (!entries.has_fold, "fold", "(state, event)\n  $0\n  return state\nend"),
        (entries.emit.is_none(), "emit", "(state, event)\n  $0\nend"),
    ];
    for (is_missing, name, rest) in rows {
        if is_missing {
            let label = format!("{table}.{name}");
            let mut item = snippet(cursor, &label, "a function of the fold", &format!("{label}{rest}"));
            item.kind = CompletionKind::Function;
            out.push(item);
        }
    }
    out
}
