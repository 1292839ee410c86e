//! The way from policy texts to an answer. The only place in the tests that knows how policies
//! are compiled and asked.

use gatos_compiler::render::{self, Form};
use gatos_compiler::rgs::{CompiledBundle, PolicyOptions, compile};
use gatos_compiler::{Source, rgs};
use gatos_vm::policy::{DecideError, Input, Question};
use gatos_vm::{Limits, Silent, Vm};

/// A query over modules, data and input.
pub struct Run<'a> {
    /// Names and texts.
    pub modules: &'a [(String, String)],
    /// What is asked.
    pub query: &'a str,
    /// Base data as JSON.
    pub data: &'a str,
    /// The input as JSON.
    pub input: Option<String>,
    /// Whether builtin errors end the query.
    pub strict: bool,
    /// Whether the compiler may be clever.
    pub optimise: bool,
}

/// Why there is no answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Failure {
    /// The texts were refused; messages, one a line.
    Compile(String),
    /// The query failed; the message begins with its code.
    Run(String),
    /// Data, input or the machine.
    Other(String),
}

/// Compiles modules with a query.
pub fn compiled(modules: &[(String, String)], query: Option<&str>, optimise: bool) -> CompiledBundle {
    let sources: Vec<Source<'_>> = modules.iter().map(|(name, text)| Source { name, text }).collect();
    let options = PolicyOptions { analyse: rgs::AnalyseOptions { quiet: true }, optimise };
    compile(&sources, query, &options)
}

/// The messages of a bundle, one a line.
pub fn messages(bundle: &CompiledBundle) -> String {
    render::render_list(&bundle.files, &bundle.diagnostics, Form::Short)
}

/// What the query gives: canonical JSON.
pub fn run(run: &Run<'_>) -> Result<String, Failure> {
    let bundle = compiled(run.modules, Some(run.query), run.optimise);
    let Some(policy) = &bundle.program else { return Err(Failure::Compile(messages(&bundle))) };
    let library = gatos_stdlib::rgs::library();
    let limits = Limits { fuel: 500_000_000, ..Limits::default() };
    let machine = Vm::new(&policy.program, &library, limits, Box::new(Silent));
    let mut vm = machine.map_err(|e| Failure::Other(format!("{e:?}")))?;
    vm.set_strict(run.strict);
    vm.load_data(run.data.as_bytes()).map_err(|e| Failure::Other(format!("data: {e}")))?;
    let input = match &run.input {
        Some(text) => Input::Json(text.as_bytes()),
        None => Input::None,
    };
    match vm.decide(Question::Query, input) {
        Ok(value) if value.is_nil() => Ok("undefined".to_string()),
        Ok(value) => Ok(vm.doc_text(value)),
        Err(DecideError::Failed(failure)) => Err(Failure::Run(failure.message.clone())),
        Err(other) => Err(Failure::Other(other.to_string())),
    }
}
