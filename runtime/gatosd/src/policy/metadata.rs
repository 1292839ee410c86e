//! What `# METADATA` says about a rule: a title, a description, and where to read more.
//! It is read from the sources that a bundle carries, when a decision is explained.

use gatos_compiler::text::LineIndex;
use gatos_syntax::rgs::ast::{MetaValue, Metadata, Module, Rule, Scope, Step};

/// What is said about a rule.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct About {
    /// What it is called.
    pub title: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Where to read more: a link or a path, and perhaps what is there.
    pub related: Vec<(String, Option<String>)>,
    /// Fields under `custom`, texts and numbers alone, in order.
    pub custom: Vec<(String, String)>,
}

impl About {
    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == About::default()
    }

    /// Takes what is missing from a wider block. What describes a package does not describe each of its rules.
    fn fill(&mut self, wider: About, is_own: bool) {
        self.title = self.title.take().or(wider.title);
        self.description = self.description.take().or(wider.description.filter(|_| is_own));
        for link in wider.related {
            if !self.related.iter().any(|(to, _)| *to == link.0) {
                self.related.push(link);
            }
        }
        for (name, value) in wider.custom {
            if !self.custom.iter().any(|(there, _)| *there == name) {
                self.custom.push((name, value));
            }
        }
    }

    /// Lines for people.
    pub fn lines(&self) -> Vec<String> {
        let mut out = Vec::new();
        out.extend(self.title.clone());
        if let Some(text) = &self.description {
            out.extend(text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()));
        }
        for (to, what) in &self.related {
            out.push(match what {
                Some(what) => format!("see {to} ({what})"),
                None => format!("see {to}"),
            });
        }
        out
    }
}

/// A source file with its syntax tree.
pub struct Annotated {
    name: String,
    module: Module,
    /// The first line of each rule.
    lines: Vec<u32>,
}

impl Annotated {
    /// Reads a source; what is wrong with it has been told when it was compiled.
    pub fn new(name: &str, text: &str) -> Annotated {
        let module = gatos_syntax::rgs::parse(text).module;
        let index = LineIndex::new(text);
        let lines = module.rules.iter().map(|rule| index.line_col(rule.head.span.start).0).collect();
        Annotated { name: name.to_owned(), module, lines }
    }

    fn about(&self, line: u32) -> Option<About> {
        // The last rule that begins at or before the line: an `else` is further down.
        let at = self.lines.iter().rposition(|start| *start <= line)?;
        let rule = self.module.rules.get(at)?;
        let name = name_of(rule);
        let blocks = &self.module.metadata;
        let mut about = About::default();
        for scope in [Scope::Rule, Scope::Document, Scope::Package, Scope::Subpackages] {
            let meant = |block: &&Metadata| {
                block.scope == scope
                    && match (scope, block.rule) {
                        (Scope::Rule, Some(of)) => of == at,
                        (Scope::Document, Some(of)) => self.module.rules.get(of).is_some_and(|r| name_of(r) == name),
                        (Scope::Rule | Scope::Document, None) => false,
                        (Scope::Package | Scope::Subpackages, _) => true,
                    }
            };
            let is_own = matches!(scope, Scope::Rule | Scope::Document);
            blocks.iter().filter(meant).for_each(|block| about.fill(of_block(block), is_own));
        }
        Some(about)
    }
}

fn name_of(rule: &Rule) -> Vec<&str> {
    let steps = rule.head.path.iter();
    steps.map_while(|step| if let Step::Field(name) = step { Some(name.text.as_str()) } else { None }).collect()
}

/// What METADATA says about the rule at a place such as `policies/exec.rgs:12`.
pub fn about(sources: &[Annotated], place: &str) -> About {
    let mut parts = place.rsplitn(3, ':');
    let (last, before) = (parts.next(), parts.next());
    // `file:line` or `file:line:column`.
    let (file, line) = match (last.and_then(|n| n.parse().ok()), before.and_then(|n| n.parse::<u32>().ok())) {
        (Some(_), Some(line)) => (parts.next(), Some(line)),
        (Some(line), None) => (place.rsplit_once(':').map(|(file, _)| file), Some(line)),
        _ => (None, None),
    };
    let (Some(file), Some(line)) = (file, line) else { return About::default() };
    let source = sources.iter().find(|source| source.name == file);
    source.and_then(|source| source.about(line)).unwrap_or_default()
}

fn of_block(block: &Metadata) -> About {
    let field = |name: &str| block.fields.iter().find(|(n, _)| n == name).map(|(_, value)| value);
    let related = match field("related_resources") {
        Some(MetaValue::List(items)) => items.iter().filter_map(link).collect(),
        _ => Vec::new(),
    };
    let custom = match field("custom") {
        Some(MetaValue::Map(entries)) => {
            entries.iter().filter_map(|(name, value)| Some((name.clone(), text_of(value)?))).collect()
        }
        _ => Vec::new(),
    };
    let text = |name: &str| field(name).and_then(text_of);
    About {
        title: block.title.clone().or_else(|| text("title")),
        description: block.description.clone().or_else(|| text("description")),
        related,
        custom,
    }
}

/// A related resource: a link alone, or `ref` and `description`.
fn link(value: &MetaValue) -> Option<(String, Option<String>)> {
    match value {
        MetaValue::Text(to) => Some((to.clone(), None)),
        MetaValue::Map(entries) => {
            let field = |name: &str| entries.iter().find(|(n, _)| n == name).and_then(|(_, value)| text_of(value));
            Some((field("ref")?, field("description")))
        }
        _ => None,
    }
}

fn text_of(value: &MetaValue) -> Option<String> {
    match value {
        MetaValue::Text(text) | MetaValue::Number(text) => Some(text.clone()),
        MetaValue::Bool(yes) => Some(yes.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = "\
# METADATA
# title: Public API
# description: All that others build on.
# related_resources:
# - https://example.org/api
package gatos.api

import rego.v1

# METADATA
# title: Changes need consent
# description: Whoever changes the API needs the capability.
# related_resources:
# - ref: docs/adr/7.md
#   description: the decision
# custom:
#   adr: ADR-7
deny contains \"no\" if {
\tinput.change
}

allow if input.ok
";

    #[test]
    fn a_rule_is_told_by_its_own_block_and_those_around_it() {
        let sources = [Annotated::new("policies/api.rgs", POLICY)];
        let deny = about(&sources, "policies/api.rgs:18");
        assert_eq!(deny.title.as_deref(), Some("Changes need consent"));
        let links: Vec<&str> = deny.related.iter().map(|(to, _)| to.as_str()).collect();
        assert_eq!(links, ["docs/adr/7.md", "https://example.org/api"]);
        assert_eq!(deny.custom, [("adr".to_owned(), "ADR-7".to_owned())]);
        assert_eq!(about(&sources, "policies/api.rgs:18:3"), deny);
        let allow = about(&sources, "policies/api.rgs:22");
        assert_eq!((allow.title.as_deref(), allow.description), (Some("Public API"), None));
        for nowhere in ["", "x", "policies/api.rgs", "other.rgs:3", "policies/api.rgs:0"] {
            assert!(about(&sources, nowhere).is_empty(), "{nowhere}");
        }
    }
}
