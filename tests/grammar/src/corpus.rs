//! The corpora of the grammars: texts with the trees that they give, in the form that the
//! generator's own `tree-sitter test` reads.

use crate::Language;
use crate::texts::{below, root, shown};
use std::fs;

/// A text of a corpus.
#[derive(Clone, Debug)]
pub struct Case {
    /// File and title.
    pub name: String,
    /// In which language.
    pub language: Language,
    /// It is there for its mistake.
    pub is_wrong: bool,
    /// The text.
    pub text: String,
    /// The tree, with single spaces.
    pub tree: String,
}

/// The cases of both grammars.
///
/// # Errors
/// A sentence about a file that has another form.
pub fn all() -> Result<Vec<Case>, String> {
    let mut found = Vec::new();
    for language in Language::ALL {
        let folder = root().join("editors").join(format!("tree-sitter-{}", language.name())).join("test/corpus");
        for path in below(&folder, "txt") {
            let page = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", shown(&path)))?;
            found.extend(read(&shown(&path), language, &page)?);
        }
    }
    Ok(found)
}

fn read(file: &str, language: Language, page: &str) -> Result<Vec<Case>, String> {
    let rule = |line: &str, sign: char| line.len() >= 3 && line.chars().all(|c| c == sign);
    let mut found = Vec::new();
    let mut lines = page.lines().peekable();
    while let Some(line) = lines.next() {
        if line.is_empty() {
            continue;
        }
        if !rule(line, '=') {
            return Err(format!("{file}: a line of `=` is missing before `{line}`"));
        }
        let head: Vec<&str> = lines.by_ref().take_while(|line| !rule(line, '=')).collect();
        let [title, marks @ ..] = head.as_slice() else { return Err(format!("{file}: a case without a title")) };
        let text: Vec<&str> = lines.by_ref().take_while(|line| !rule(line, '-')).collect();
        let mut tree = String::new();
        while let Some(line) = lines.next_if(|line| !rule(line, '=')) {
            tree.push_str(line);
            tree.push(' ');
        }
        // A blank line stands before and after the text for the eye.
        let text = text.join("\n");
        let text = text.strip_prefix('\n').unwrap_or(&text);
        let text = text.strip_suffix('\n').unwrap_or(text);
        found.push(Case {
            name: format!("{file}: {title}"),
            language,
            is_wrong: marks.contains(&":error"),
            text: format!("{text}\n"),
            tree: spaced(&tree),
        });
    }
    Ok(found)
}

/// With single spaces, and none inside of parentheses.
pub fn spaced(tree: &str) -> String {
    tree.split_whitespace().collect::<Vec<_>>().join(" ").replace(" )", ")").replace("( ", "(")
}
