//! Asking a policy for documents: by their path below `data`, or by a query that was compiled along.

use gatos_stdlib::rgs;
use gatos_vm::{DecideError, DocKind, Input, Limits, Question, Tracer, Vm};

use super::build::Policy;
use crate::failure::{Failure, Result};
use crate::toolchain::{Loaded, Logger};

/// A policy with data in a machine.
pub struct Asker<'p> {
    vm: Vm,
    loaded: &'p Loaded,
}

/// Reads a path such as `data.gatos.exec.deny` or `data.a["b c"]`; gives its parts below `data`.
///
/// # Errors
/// A sentence about what is wrong.
pub fn parse_path(text: &str) -> std::result::Result<Vec<String>, String> {
    let wrong = || format!("{text:?} is not a path below data, such as data.gatos.exec.deny or data.a[\"b c\"]");
    let mut rest = text.trim().strip_prefix("data").ok_or_else(wrong)?;
    let mut parts = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            let (name, more) = after.split_at(end);
            let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
                && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
            if !plain {
                return Err(wrong());
            }
            parts.push(name.to_owned());
            rest = more;
        } else if let Some(after) = rest.strip_prefix("[\"") {
            let end = after.find("\"]").ok_or_else(wrong)?;
            let (name, more) = after.split_at(end);
            let quoted = format!("\"{name}\"");
            match gatos_canon::Value::from_json(&quoted) {
                Ok(gatos_canon::Value::Text(name)) => parts.push(name),
                _ => return Err(wrong()),
            }
            rest = more.get(2..).unwrap_or_default();
        } else {
            return Err(wrong());
        }
    }
    Ok(parts)
}

impl<'p> Asker<'p> {
    /// Puts a policy with data into a machine.
    ///
    /// # Errors
    /// When this engine lacks a function it uses, or the data are not what they should be.
    pub fn new(policy: &'p Policy, data: &[u8], limits: Limits, strict: bool) -> Result<Asker<'p>> {
        let loaded = &policy.loaded;
        let vm = Vm::new(&loaded.program, &rgs::library(), limits, Box::new(Logger));
        let vm = vm.map_err(|e| {
            Failure::input(format!("the policy cannot run here: {e}"))
                .help("it was compiled for another engine: compile it again with `gatos policyc`")
        })?;
        let mut asker = Asker { vm, loaded };
        asker.vm.set_strict(strict);
        asker.vm.load_data(data).map_err(|e| asker.failure(e, "data"))?;
        Ok(asker)
    }

    /// Whether errors of library functions end what is asked from now on.
    pub fn set_strict(&mut self, strict: bool) {
        self.vm.set_strict(strict);
    }

    /// The machine.
    pub fn vm(&self) -> &Vm {
        &self.vm
    }

    /// What is remembered of a failure, in terms of the sources.
    fn failure(&self, e: DecideError, doing: &str) -> Failure {
        match e {
            DecideError::Input(why) => Failure::input(format!("the {doing} cannot be read: {why}"))
                .help("numbers are 64-bit integers, or decimals up to 2147483647.9999999998"),
            DecideError::Failed(f) => self.loaded.trap(&f.message, f.limit.is_some(), &f.trace),
            DecideError::NoSuchDocument => Failure::input("the policy has no such document"),
        }
    }

    /// Begins to answer for an input; without one `input` is undefined.
    ///
    /// # Errors
    /// When the input cannot be read.
    pub fn begin(&mut self, input: Option<&[u8]>) -> Result<()> {
        let input = input.map_or(Input::None, Input::Json);
        self.vm.begin_decision(input).map_err(|e| self.failure(e, "input"))
    }

    /// The place of a document by its path.
    pub fn find(&self, path: &[String]) -> Option<u32> {
        self.vm.find_document(path)
    }

    /// One document as canonical JSON, watched where somebody watches; `None` when it is undefined.
    ///
    /// # Errors
    /// The failure of a rule, or a limit.
    pub fn document(&mut self, document: u32, tracer: Option<&mut dyn Tracer>) -> Result<Option<Vec<u8>>> {
        let asked = match tracer {
            Some(tracer) => self.vm.ask_traced(Question::Document(document), tracer),
            None => self.vm.ask(document),
        };
        let value = asked.map_err(|e| self.failure(e, "input"))?;
        self.json(value)
    }

    /// What a query that was compiled along gives: an array of its answers.
    ///
    /// # Errors
    /// As [`Asker::document`].
    pub fn query(&mut self) -> Result<Vec<u8>> {
        let value = self.vm.ask_query().map_err(|e| self.failure(e, "input"))?;
        Ok(self.json(value)?.unwrap_or_else(|| b"[]".to_vec()))
    }

    fn json(&self, value: gatos_vm::Value) -> Result<Option<Vec<u8>>> {
        if self.vm.doc_kind(value) == DocKind::Undefined {
            return Ok(None);
        }
        let mut out = Vec::new();
        self.vm
            .doc_json(value, &mut out)
            .map_err(|e| Failure::no(format!("the document cannot be written as JSON: {e:?}")))?;
        Ok(Some(out))
    }

    /// What is at a path below `data`: a document or a part of one, the documents of a package, or data.
    ///
    /// # Errors
    /// As [`Asker::document`], and when a function is at the path.
    pub fn at(&mut self, path: &[String]) -> Result<Option<Vec<u8>>> {
        let documents = self.vm.policy().map(|policy| policy.documents.clone()).unwrap_or_default();
        let function = |at: &[String]| {
            Failure::input(format!("data.{} is a function, and only calls of it have values", at.join(".")))
                .help("ask for a rule that calls it")
        };
        use gatos_elc::program::DocumentKind;
        // No document's path is the beginning of another's.
        if let Some((place, document)) = documents.iter().enumerate().find(|(_, d)| path.starts_with(&d.path)) {
            if matches!(document.kind, DocumentKind::Function(_)) {
                return Err(function(&document.path));
            }
            let asked = self.vm.ask(u32::try_from(place).unwrap_or(u32::MAX));
            let mut value = asked.map_err(|e| self.failure(e, "input"))?;
            for key in path.iter().skip(document.path.len()) {
                value = self.step(value, key)?;
            }
            return self.json(value);
        }
        let mut base = self.vm.data();
        for key in path {
            base = self.step(base, key)?;
        }
        let base = self.json(base)?;
        let below = documents.iter().enumerate().filter(|(_, d)| d.path.starts_with(path));
        let below: Vec<(usize, Vec<String>)> = below
            .filter(|(_, d)| !matches!(d.kind, DocumentKind::Function(_)))
            .map(|(at, d)| (at, d.path.iter().skip(path.len()).cloned().collect()))
            .collect();
        if below.is_empty() {
            return Ok(base);
        }
        let mut tree = Tree::of(base.as_deref());
        for (place, rest) in below {
            if let Some(json) = self.document(u32::try_from(place).unwrap_or(u32::MAX), None)? {
                tree.put(&rest, json);
            }
        }
        Ok(Some(tree.into_json()))
    }

    /// One step into a value: a key of an object, a member of a set, an index of an array.
    fn step(&mut self, value: gatos_vm::Value, key: &str) -> Result<gatos_vm::Value> {
        let text = self.vm.doc_get_str(value, key);
        if self.vm.doc_kind(text) != DocKind::Undefined {
            return Ok(text);
        }
        let Ok(index) = key.parse::<i64>() else { return Ok(text) };
        let key = self.vm.doc_number(gatos_num::Num::Int(index));
        self.vm.doc_get(value, key).map_err(|_| Failure::no("a limit was reached on the way to the value"))
    }
}

/// Canonical JSON put together from parts that are canonical already.
enum Tree {
    Leaf(Vec<u8>),
    Node(std::collections::BTreeMap<String, Tree>),
}

impl Tree {
    fn of(json: Option<&[u8]>) -> Tree {
        let value = json.and_then(|json| gatos_canon::Value::from_json_bytes(json).ok());
        Tree::from_value(value.unwrap_or_else(|| gatos_canon::Value::Map(gatos_canon::Map::new())))
    }

    fn from_value(value: gatos_canon::Value) -> Tree {
        match value {
            gatos_canon::Value::Map(map) => {
                Tree::Node(map.into_pairs().into_iter().map(|(key, value)| (key, Tree::from_value(value))).collect())
            }
            other => Tree::Leaf(other.to_json_string().into_bytes()),
        }
    }

    fn put(&mut self, path: &[String], json: Vec<u8>) {
        match (self, path.split_first()) {
            (tree, None) => *tree = Tree::Leaf(json),
            (Tree::Node(children), Some((first, rest))) => {
                let child = children.entry(first.clone()).or_insert_with(|| Tree::Node(Default::default()));
                child.put(rest, json);
            }
            (tree @ Tree::Leaf(_), Some(_)) => {
                *tree = Tree::Node(Default::default());
                tree.put(path, json);
            }
        }
    }

    fn write(self, out: &mut Vec<u8>) {
        match self {
            Tree::Leaf(json) => out.extend(json),
            Tree::Node(children) => {
                let mut children: Vec<(String, Tree)> = children.into_iter().collect();
                children.sort_by(|a, b| gatos_canon::json::cmp_utf16(&a.0, &b.0));
                out.push(b'{');
                for (at, (key, child)) in children.into_iter().enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    gatos_canon::json::write_string(&key, out);
                    out.push(b':');
                    child.write(out);
                }
                out.push(b'}');
            }
        }
    }

    fn into_json(self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read() {
        assert_eq!(parse_path("data"), Ok(vec![]));
        assert_eq!(parse_path("data.gatos.exec"), Ok(vec!["gatos".to_owned(), "exec".to_owned()]));
        assert_eq!(parse_path(r#"data.a["b c"].d"#), Ok(vec!["a".to_owned(), "b c".to_owned(), "d".to_owned()]));
        for bad in ["", "input.x", "data.", "data..a", "data.a[", "data.a[0]", "data x", "data.a-b", "data.a[\"x]"] {
            assert!(parse_path(bad).is_err(), "{bad}");
        }
    }
}
