//! Golden cases of policies: a module, what is asked of it, and the answers.
//!
//! `#@ query: data.a.b` in the first lines asks; `name.data.json` and `name.input.json` lie beside
//! the source. Each query is answered twice, by code with and without the compiler's shortcuts:
//! the two must say the same.

use crate::policy::{self, Failure, Run};
use std::fs;
use std::path::Path;

/// The answers of a policy, one a line.
///
/// # Errors
/// Wrong directives, and answers that differ.
pub fn answers(source: &Path, text: &str) -> Result<String, String> {
    let name = source.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let modules = [(name, text.to_owned())];
    let beside = |ending: &str| fs::read_to_string(source.with_extension(ending)).ok();
    let data = beside("data.json").unwrap_or_else(|| "{}".to_owned());
    let input = beside("input.json");
    let (queries, strict) = directives(text)?;
    let mut out = String::new();
    for query in queries {
        let asked = format!("{query} = answer");
        let ask = |optimise: bool| {
            let run = Run { modules: &modules, query: &asked, data: &data, input: input.clone(), strict, optimise };
            shown(policy::run(&run))
        };
        let (clever, plain) = (ask(true), ask(false));
        if clever != plain {
            return Err(format!("{query}: {clever}\nbut without shortcuts: {plain}"));
        }
        out.push_str(&format!("{query} => {clever}\n"));
    }
    Ok(out)
}

fn directives(text: &str) -> Result<(Vec<String>, bool), String> {
    let (mut queries, mut strict) = (Vec::new(), false);
    for (i, line) in text.lines().enumerate() {
        let Some(directive) = line.strip_prefix("#@") else { break };
        match directive.split_once(':').map(|(name, value)| (name.trim(), value.trim())) {
            Some(("query", value)) => queries.push(value.to_owned()),
            Some(("strict", "yes")) => strict = true,
            _ => return Err(format!("line {}: unknown directive `{}`", i + 1, directive.trim())),
        }
    }
    if queries.is_empty() { Err("the policy is asked nothing".to_owned()) } else { Ok((queries, strict)) }
}

fn shown(outcome: Result<String, Failure>) -> String {
    match outcome {
        Ok(text) => {
            // Answers are a list of `{"answer": …}`.
            let inner = text.strip_prefix("[{\"answer\":").and_then(|t| t.strip_suffix("}]"));
            match inner {
                Some(value) => value.to_owned(),
                None if text == "[]" => "undefined".to_owned(),
                None => text,
            }
        }
        Err(Failure::Compile(messages)) => format!("refused\n{messages}"),
        Err(Failure::Run(message) | Failure::Other(message)) => format!("failed {message}"),
    }
}
