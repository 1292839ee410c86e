//! Expressions over a stopped decision. What they name of the policy's rules is worked out beside the
//! run, for the same input and data: rules are functions of those, so it is what the run finds as well.

use super::eval::{self, Given};
use super::{Debuggee, Decision};
use gatos_canon::{Map, Value as Plain};
use gatos_elc::program::DocumentKind;
use gatos_vm::{DecideError, Input, Question, Silent, Vm};

/// The value of an expression in a call of a rule: `function` is what the map calls it.
///
/// # Errors
/// A sentence about what is wrong with it.
pub(crate) fn evaluate(
    debuggee: &Debuggee,
    decision: &Decision,
    function: &str,
    mut vars: Vec<(String, Plain)>,
    text: &str,
) -> Result<Given, String> {
    eval::check(text, true)?;
    let paths = paths(text);
    let policy = debuggee.program.program().policy.as_ref();
    let documents = policy.map_or(&[][..], |policy| &policy.documents);
    let mut asked = Asked { debuggee, decision, vm: None };
    let mut data = None;
    for (id, document) in (0u32..).zip(documents) {
        let path = &document.path;
        let Some((last, package)) = path.split_last() else { continue };
        let is_function = matches!(document.kind, DocumentKind::Function(_));
        let is_below = paths.iter().any(|named| named.iter().zip(path).all(|(a, b)| a == b));
        // In its own package a rule is called by its name alone, unless a variable hides it.
        let own = function.strip_prefix(&package.join(".")).is_some_and(|rest| rest.starts_with('.'));
        let is_named = own && eval::names(text, last) && !vars.iter().any(|(name, _)| name == last);
        if !is_below && !is_named {
            continue;
        }
        if is_function {
            if is_named || paths.iter().any(|named| named == path) {
                return Err(format!("functions of the policy are not called in expressions: {}", path.join(".")));
            }
            continue;
        }
        let Some(value) = asked.value(id)? else {
            if is_named {
                return Ok(Given::Other("undefined".to_owned(), "undefined"));
            }
            continue;
        };
        if is_named {
            vars.push((last.clone(), value.clone()));
        }
        if is_below {
            let base = data.take().or_else(|| Plain::from_json_bytes(&decision.data).ok());
            data = Some(put(base.unwrap_or(Plain::Null), path, value));
        }
    }
    let merged = data.map(|data| data.to_json_string().into_bytes());
    eval::evaluate_policy(&vars, decision.input.as_deref(), merged.as_deref().unwrap_or(&decision.data), text)
}

/// The policy, asked beside the run when it is needed.
struct Asked<'a> {
    debuggee: &'a Debuggee,
    decision: &'a Decision,
    vm: Option<Vm>,
}

impl Asked<'_> {
    /// The value of a document, unless it is undefined.
    fn value(&mut self, document: u32) -> Result<Option<Plain>, String> {
        let told = |e: DecideError| format!("a rule that this names: {e}");
        let mut vm = match self.vm.take() {
            Some(vm) => vm,
            None => {
                let program = &self.debuggee.program;
                let library = gatos_stdlib::rgs::library();
                let mut vm =
                    Vm::new(program, &library, self.debuggee.limits, Box::new(Silent)).map_err(|e| e.to_string())?;
                vm.set_strict(self.decision.is_strict);
                vm.load_data(&self.decision.data).map_err(told)?;
                vm
            }
        };
        let input = self.decision.input.as_deref().map_or(Input::None, Input::Json);
        let value = vm.decide(Question::Document(document), input).map_err(told)?;
        let mut json = Vec::new();
        let plain = if value.is_nil() {
            None
        } else {
            vm.doc_json(value, &mut json).map_err(|e| e.reason.text().to_owned())?;
            Some(Plain::from_json_bytes(&json).map_err(|e| e.to_string())?)
        };
        self.vm = Some(vm);
        Ok(plain)
    }
}

/// A document with a value at a path; what is in the way there gives way.
fn put(into: Plain, path: &[String], value: Plain) -> Plain {
    let Some((first, rest)) = path.split_first() else { return value };
    let mut map = match into {
        Plain::Map(map) => map,
        _ => Map::default(),
    };
    let inner = map.remove(first).unwrap_or(Plain::Null);
    map.insert(first.as_str(), put(inner, rest, value));
    Plain::Map(map)
}

/// The paths below `data` that a text names, as far as they are written out: `data.a["b"].c`. What stands in strings
/// may be among them, which does no harm.
fn paths(text: &str) -> Vec<Vec<String>> {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let mut out = Vec::new();
    for (at, _) in text.match_indices("data") {
        let (before, mut rest) = (text.get(..at).unwrap_or_default(), text.get(at + 4..).unwrap_or_default());
        if before.ends_with(word) || before.ends_with('.') || rest.starts_with(word) {
            continue;
        }
        let mut path = Vec::new();
        loop {
            if let Some(after) = rest.strip_prefix('.') {
                let end = after.find(|c| !word(c)).unwrap_or(after.len());
                let (name, more) = after.split_at(end);
                if name.is_empty() {
                    break;
                }
                path.push(name.to_owned());
                rest = more;
            } else if let Some((name, more)) = rest.strip_prefix("[\"").and_then(|after| after.split_once("\"]")) {
                path.push(name.to_owned());
                rest = more;
            } else {
                break;
            }
        }
        out.push(path);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_found_in_expressions() {
        let found = paths(r#"count(data.a.b) > data["x.y"].z[i] + metadata.no + x.data.no"#);
        assert_eq!(found, [vec!["a", "b"], vec!["x.y", "z"]]);
        assert_eq!(paths("data"), [Vec::<String>::new()]);
    }

    #[test]
    fn values_are_put_in_place() {
        let base = Plain::from_json_bytes(br#"{"a":{"x":1},"b":2}"#).unwrap();
        let path = ["a".to_owned(), "deny".to_owned()];
        assert_eq!(put(base, &path, Plain::Bool(true)).to_json_string(), r#"{"a":{"deny":true,"x":1},"b":2}"#);
    }
}
