//! The files of editors that cannot be run here are what those editors read: tables that parse, with
//! the names that belong together, and queries that are there.

use gatos_grammar::texts::root;
use std::fs;
use toml::{Table, Value};

fn table(path: &str) -> Table {
    let text = fs::read_to_string(root().join("editors").join(path)).unwrap_or_else(|e| panic!("{path}: {e}"));
    text.parse().unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// The texts at a key of each of some tables.
fn all<'t>(list: &'t Value, key: &str) -> Vec<&'t str> {
    list.as_array().into_iter().flatten().filter_map(|item| item.get(key)?.as_str()).collect()
}

#[test]
fn helix_knows_both_languages_their_grammars_and_the_server() {
    let config = table("helix/languages.toml");
    assert_eq!(all(&config["language"], "name"), ["echolua", "rgs"]);
    assert_eq!(all(&config["grammar"], "name"), ["echolua", "rgs"]);
    let server = &config["language-server"]["gatos"];
    assert_eq!(server["command"].as_str(), Some("gatos"));
    assert_eq!(server["args"].as_array().and_then(|args| args[0].as_str()), Some("lsp"));
    for language in config["language"].as_array().into_iter().flatten() {
        let servers = language["language-servers"].as_array();
        assert!(servers.is_some_and(|list| list.iter().any(|name| name.as_str() == Some("gatos"))), "{language:?}");
        let name = language["name"].as_str().unwrap_or_default();
        for query in ["highlights", "indents", "textobjects", "locals"] {
            let path = format!("editors/helix/queries/{name}/{query}.scm");
            assert!(root().join(&path).is_file(), "{path}");
        }
    }
    for grammar in config["grammar"].as_array().into_iter().flatten() {
        let path = grammar["source"]["path"].as_str().unwrap_or_default();
        let inside = path.strip_prefix("/path/to/gatos/").unwrap_or_else(|| panic!("{path}"));
        assert!(root().join(inside).join("src/parser.c").is_file(), "{inside}");
    }
}

#[test]
fn zed_knows_both_languages_their_grammars_and_the_server() {
    let extension = table("zed/extension.toml");
    let server = &extension["language_servers"]["gatos"];
    let languages: Vec<&str> = server["languages"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (folder, id) in [("echolua", "echolua"), ("rgs", "rgs")] {
        let config = table(&format!("zed/languages/{folder}/config.toml"));
        let name = config["name"].as_str().unwrap_or_default();
        assert!(languages.contains(&name), "{name} is not in {languages:?}");
        assert_eq!(extension["language_servers"]["gatos"]["language_ids"][name].as_str(), Some(id));
        let grammar = config["grammar"].as_str().unwrap_or_default();
        let path = extension["grammars"][grammar]["path"].as_str().unwrap_or_default();
        assert!(root().join(path).join("src/parser.c").is_file(), "{path}");
        for query in ["highlights", "brackets", "indents", "outline"] {
            let path = format!("editors/zed/languages/{folder}/{query}.scm");
            assert!(root().join(&path).is_file(), "{path}");
        }
    }
    assert_eq!(extension["id"].as_str(), Some("gatos"));
}

#[test]
fn the_generator_is_told_where_the_queries_are() {
    for name in ["echolua", "rgs"] {
        let folder = root().join("editors").join(format!("tree-sitter-{name}"));
        let text = fs::read_to_string(folder.join("tree-sitter.json")).expect("a description");
        for query in ["highlights", "locals", "injections", "tags"] {
            assert!(text.contains(&format!("\"queries/{query}.scm\"")), "{name}: {query}");
            assert!(folder.join(format!("queries/{query}.scm")).is_file(), "{name}: {query}");
        }
    }
}
