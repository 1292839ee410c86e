//! The extension for VS Code, without Node: what it contributes is there, and whatever the language server may ask
//! for by a lens or an action, the extension does.

use gatos_harness::root;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

fn folder() -> PathBuf {
    root().join("editors/vscode")
}

fn read(path: &str) -> String {
    let path = folder().join(path);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn json(path: &str) -> Value {
    serde_json::from_str(&read(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// All texts under a key, anywhere in a value.
fn under<'v>(value: &'v Value, key: &str, found: &mut Vec<&'v str>) {
    match value {
        Value::Object(map) => {
            for (name, inner) in map {
                if let (true, Some(text)) = (name == key, inner.as_str()) {
                    found.push(text);
                }
                under(inner, key, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| under(item, key, found)),
        _ => {}
    }
}

/// The text of all of the extension's sources.
fn sources() -> String {
    let mut files: Vec<PathBuf> = fs::read_dir(folder().join("src")).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    files.iter().map(|path| fs::read_to_string(path).unwrap()).collect()
}

/// The commands that the extension does: keys of the table in `commands.ts`, and what is registered by name.
fn done() -> BTreeSet<String> {
    let text = sources();
    let quoted = |part: &str| part.split_once('"').map(|(name, _)| name.to_owned());
    let registered = text.split("registerCommand(\"").skip(1).filter_map(quoted);
    let table = text.lines().filter_map(|line| {
        let (name, rest) = line.trim().strip_prefix('"')?.split_once('"')?;
        (name.starts_with("gatos.") && rest.starts_with(": ")).then(|| name.to_owned())
    });
    registered.chain(table).collect()
}

#[test]
fn every_command_that_is_offered_is_done() {
    let package = json("package.json");
    let done = done();
    let mut named = Vec::new();
    under(&package["contributes"], "command", &mut named);
    let offered: BTreeSet<&str> = named.into_iter().filter(|name| name.starts_with("gatos.")).collect();
    assert!(offered.len() >= 15, "{offered:?}");
    let undone: Vec<_> = offered.iter().filter(|name| !done.contains(**name)).collect();
    assert!(undone.is_empty(), "offered, and nothing does them: {undone:?}");
}

#[test]
fn every_command_of_the_language_server_is_done() {
    let text = fs::read_to_string(root().join("lsp/ide/src/command.rs")).unwrap();
    let names: Vec<&str> =
        text.lines().filter_map(|line| line.split_once(": &str = \"")?.1.strip_suffix("\";")).collect();
    assert!(names.len() >= 9 && names.contains(&"gatos.previewFold"), "{names:?}");
    let done = done();
    let undone: Vec<_> = names.iter().filter(|name| !done.contains(**name)).collect();
    assert!(undone.is_empty(), "a lens with one of these would do nothing: {undone:?}");
}

#[test]
fn menus_and_keys_name_commands_that_are_contributed() {
    let package = json("package.json");
    let contributes = &package["contributes"];
    let mut contributed = Vec::new();
    under(&contributes["commands"], "command", &mut contributed);
    for part in ["menus", "keybindings"] {
        let mut named = Vec::new();
        under(&contributes[part], "command", &mut named);
        assert!(!named.is_empty());
        for name in named {
            assert!(contributed.contains(&name), "{part}: {name} has no title");
        }
    }
}

#[test]
fn every_file_that_is_named_is_there_and_can_be_read() {
    let package = json("package.json");
    let mut paths = Vec::new();
    for key in ["path", "configuration", "icon", "markdown"] {
        under(&package["contributes"], key, &mut paths);
    }
    paths.extend(package["icon"].as_str());
    let paths: Vec<&str> = paths.into_iter().filter(|path| path.contains('/') && !path.contains('*')).collect();
    assert!(paths.len() >= 10, "{paths:?}");
    for path in paths {
        assert!(folder().join(path).is_file(), "{path} is not there");
        if path.ends_with(".json") {
            assert!(json(path).is_object(), "{path}");
        }
    }
}

#[test]
fn a_grammar_includes_only_what_it_has() {
    for name in ["echolua", "rgs", "elc", "markdown"] {
        let path = format!("syntaxes/{name}.tmLanguage.json");
        let grammar = json(&path);
        let mut included = Vec::new();
        under(&grammar, "include", &mut included);
        for part in included.iter().filter_map(|name| name.strip_prefix('#')) {
            assert!(grammar["repository"][part].is_object(), "{path}: there is no #{part}");
        }
    }
}

#[test]
fn snippets_have_what_the_editor_needs() {
    for language in ["echolua", "rgs"] {
        let path = format!("snippets/{language}.json");
        for (name, snippet) in json(&path).as_object().unwrap() {
            let has = |key: &str| snippet[key].as_str().is_some_and(|text| !text.is_empty());
            assert!(has("prefix") && has("description"), "{path}: {name}");
            let body = match &snippet["body"] {
                Value::Array(lines) => lines.iter().map(|line| line.as_str().unwrap()).collect::<Vec<_>>().join("\n"),
                body => body.as_str().unwrap().to_owned(),
            };
            let opens = body.matches("${").count();
            assert!(body.contains('$') && body.matches('}').count() >= opens, "{path}: {name}");
        }
    }
}

#[test]
fn the_lock_file_names_no_host() {
    let lock = read("package-lock.json");
    assert!(!lock.contains("\"resolved\""), "packages are found by the reader's own registry");
    assert!(lock.contains("\"integrity\""));
}
