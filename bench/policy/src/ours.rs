//! GATOS: compiled once, data loaded once, fuel metered, every input decided anew.

use crate::cases::Case;
use crate::peers::Contender;
use gatos_compiler::pipeline::Source;
use gatos_compiler::rgs::{PolicyOptions, compile};
use gatos_vm::policy::{Input, InputId, Question};
use gatos_vm::{Limits, Silent, Tag, Vm};

fn machine(case: &Case) -> (Vm, Question) {
    let name = format!("{}.rego", case.id);
    let compiled = compile(&[Source { name: &name, text: case.rego }], None, &PolicyOptions::default());
    let program = compiled.program.unwrap_or_else(|| panic!("{name}: {:?}", compiled.diagnostics));
    let library = gatos_stdlib::rgs::library();
    let mut vm = Vm::new(&program.program, &library, Limits::DEFAULT, Box::new(Silent)).expect("loads");
    vm.load_data(case.data.as_bytes()).expect("data");
    let path: Vec<&str> = case.query.split('.').skip(1).collect();
    let document = vm.find_document(&path).expect("the query names a document");
    (vm, Question::Document(document))
}

/// The contender.
pub fn gatos(case: &Case) -> Contender {
    let ((mut one, q1), (mut two, q2)) = (machine(case), machine(case));
    let prepared: Vec<InputId> = case.inputs.iter().map(|t| one.prepare_input(t.as_bytes()).expect("input")).collect();
    let texts = case.inputs.clone();
    Contender {
        name: "GATOS",
        decoded: Box::new(move |i| one.decide(q1, Input::Prepared(prepared[i])).expect("decides").tag() == Tag::True),
        from_text: Box::new(move |i| {
            two.decide(q2, Input::Json(texts[i].as_bytes())).expect("decides").tag() == Tag::True
        }),
    }
}
