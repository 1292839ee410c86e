//! Diagnostics as other tools read them: SARIF 2.1.0, and the commands of GitHub's workflow logs.

use gatos_compiler::text::LineIndex;
use gatos_compiler::{FileDiagnostic, SourceFile};
use gatos_syntax::codes;
use gatos_syntax::diagnostic::{Fix, Severity};
use gatos_syntax::span::Span;
use serde_json::{Value, json};

/// The version of SARIF.
const SARIF: &str = "2.1.0";

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// A path as a relative or `file:` reference: what is no plain character is percent-encoded.
fn uri(path: &str) -> String {
    let mut out = String::new();
    if path.starts_with('/') {
        out.push_str("file://");
    }
    for byte in path.strip_prefix("./").unwrap_or(path).bytes() {
        match byte {
            b'\\' => out.push('/'),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

struct Places<'a> {
    files: &'a [SourceFile],
    indexes: Vec<LineIndex<'a>>,
}

impl<'a> Places<'a> {
    fn new(files: &'a [SourceFile]) -> Places<'a> {
        Places { files, indexes: files.iter().map(|f| LineIndex::new(&f.text)).collect() }
    }

    /// Columns are counted in UTF-16 units, SARIF's usual.
    fn region(&self, file: u32, span: Span) -> Value {
        let Some((source, index)) = self.files.get(file as usize).zip(self.indexes.get(file as usize)) else {
            return json!({});
        };
        let place = |offset: u32| {
            let (line, _) = index.line_col(offset);
            let start = index.range(line as usize).start;
            let before = source.text.get(start..offset as usize).unwrap_or_default();
            (line, before.encode_utf16().count() + 1)
        };
        let ((line, column), (end_line, end_column)) = (place(span.start), place(span.end));
        json!({ "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column })
    }

    fn location(&self, file: u32, span: Span) -> Value {
        let name = self.files.get(file as usize).map_or("", |f| f.name.as_str());
        json!({ "artifactLocation": { "uri": uri(name) }, "region": self.region(file, span) })
    }
}

/// A SARIF log of one run.
pub fn sarif(files: &[SourceFile], found: &[FileDiagnostic]) -> String {
    let places = Places::new(files);
    let mut used: Vec<&str> = found.iter().map(|d| d.diagnostic.code).collect();
    used.sort_unstable();
    used.dedup();
    let rules: Vec<Value> = used
        .iter()
        .map(|code| {
            let page = codes::explain(code);
            let title = page.map_or("", |page| page.title);
            let text = page.map_or("", |page| page.explain.trim());
            let severity = page.map_or(Severity::Error, |page| page.severity);
            json!({
                "id": code,
                "shortDescription": { "text": title },
                "fullDescription": { "text": title },
                "help": { "text": text, "markdown": text },
                "defaultConfiguration": { "level": level(severity) },
            })
        })
        .collect();
    let results: Vec<Value> = found.iter().map(|d| result(&places, d, &used)).collect();
    let artifacts: Vec<Value> = files.iter().map(|f| json!({ "location": { "uri": uri(&f.name) } })).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": SARIF,
        "runs": [{
            "tool": { "driver": {
                "name": "gatos",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "utf16CodeUnits",
            "artifacts": artifacts,
            "results": results,
        }],
    })
    .to_string()
}

fn result(places: &Places<'_>, found: &FileDiagnostic, rules: &[&str]) -> Value {
    let d = &found.diagnostic;
    let mut text = d.message.clone();
    if !d.label.is_empty() {
        text.push_str(&format!(" ({})", d.label));
    }
    for help in &d.help {
        text.push_str(&format!("\n{help}"));
    }
    let related: Vec<Value> = d
        .related
        .iter()
        .map(|label| {
            json!({ "physicalLocation": places.location(found.file, label.span), "message": { "text": label.text } })
        })
        .collect();
    let mut out = json!({
        "ruleId": d.code,
        "ruleIndex": rules.iter().position(|code| *code == d.code),
        "level": level(d.severity),
        "message": { "text": text },
        "locations": [{ "physicalLocation": places.location(found.file, d.span) }],
    });
    if !related.is_empty() {
        out["relatedLocations"] = Value::Array(related);
    }
    if !d.fixes.is_empty() {
        out["fixes"] = d.fixes.iter().map(|fix| mend(places, found.file, fix)).collect();
    }
    out
}

fn mend(places: &Places<'_>, file: u32, fix: &Fix) -> Value {
    let replacements: Vec<Value> = fix
        .edits
        .iter()
        .map(|edit| {
            json!({
                "deletedRegion": places.region(file, edit.span),
                "insertedContent": { "text": edit.text },
            })
        })
        .collect();
    let name = places.files.get(file as usize).map_or("", |f| f.name.as_str());
    json!({
        "description": { "text": fix.title },
        "artifactChanges": [{ "artifactLocation": { "uri": uri(name) }, "replacements": replacements }],
    })
}

/// One workflow command a message: GitHub shows them beside the lines of a change.
pub fn github(files: &[SourceFile], found: &[FileDiagnostic]) -> String {
    let places = Places::new(files);
    let mut out = String::new();
    for one in found {
        let d = &one.diagnostic;
        let index = places.indexes.get(one.file as usize);
        let place = |offset: u32| index.map_or((1, 1), |index| index.line_col(offset));
        let ((line, column), (end_line, end_column)) = (place(d.span.start), place(d.span.end));
        let name = files.get(one.file as usize).map_or("", |f| f.name.as_str());
        let mut text = d.message.clone();
        for help in &d.help {
            text.push_str(&format!("\n{help}"));
        }
        out.push_str(&format!(
            "::{} file={},line={line},col={column},endLine={end_line},endColumn={end_column},title={}::{}\n",
            level(d.severity),
            property(name.strip_prefix("./").unwrap_or(name)),
            property(d.code),
            data(&text)
        ));
    }
    out
}

/// Text behind the second `::`.
fn data(text: &str) -> String {
    let plain = |c: char| !c.is_control() || matches!(c, '\r' | '\n' | '\t');
    let text: String = text.chars().filter(|c| plain(*c)).collect();
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatos_syntax::diagnostic::Diagnostic;

    fn example() -> (Vec<SourceFile>, Vec<FileDiagnostic>) {
        let text = "local s = 'ä😀' x()\n".to_owned();
        let at = text.find("x()").unwrap_or(0);
        let diagnostic = Diagnostic::error("E0107", Span::new(at, at + 3), "a 100% refusal:\nof two lines, or so")
            .related(Span::new(0, 5), "from here")
            .fix("call y", Span::new(at, at + 1), "y");
        let files = vec![SourceFile { name: "./folds/a b:c,1.lua".to_owned(), text }];
        (files, vec![FileDiagnostic { file: 0, diagnostic }])
    }

    #[test]
    fn sarif_has_what_its_readers_need() {
        let (files, found) = example();
        let log: Value = serde_json::from_str(&sarif(&files, &found)).unwrap_or_default();
        assert_eq!(log["version"], "2.1.0");
        let run = &log["runs"][0];
        assert_eq!(run["tool"]["driver"]["rules"][0]["id"], "E0107");
        let result = &run["results"][0];
        assert_eq!((&result["ruleIndex"], &result["level"]), (&json!(0), &json!("error")));
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "folds/a%20b%3Ac%2C1.lua");
        // Two UTF-16 units for the emoji, one for the umlaut.
        assert_eq!(place["region"], json!({ "startLine": 1, "startColumn": 17, "endLine": 1, "endColumn": 20 }));
        let change = &result["fixes"][0]["artifactChanges"][0]["replacements"][0];
        assert_eq!(change["insertedContent"]["text"], "y");
        assert_eq!(result["relatedLocations"][0]["message"]["text"], "from here");
    }

    #[test]
    fn workflow_commands_are_one_line_each() {
        let (files, found) = example();
        let text = github(&files, &found);
        assert_eq!(
            text,
            "::error file=folds/a b%3Ac%2C1.lua,line=1,col=16,endLine=1,endColumn=19,title=E0107::a 100%25 refusal:%0Aof two lines, or so\n"
        );
    }
}
