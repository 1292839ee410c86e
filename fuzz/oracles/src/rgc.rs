//! Laws of policies as programs: what verifies decides within its limits, twice alike, and the
//! same when somebody watches; however far it is from anything a compiler writes.

use crate::choices::Choices;
use crate::mutate::mutant;
use gatos_compiler::Source;
use gatos_compiler::rgs::{PolicyOptions, compile};
use gatos_elc::program::{DocumentKind, Program};
use gatos_elc::verify::Verified;
use gatos_elc::{decode, encode};
use gatos_vm::{DecideError, Failure, Input, Limits, Question, Silent, Tracer, Usage, Value, View, Vm};
use std::sync::OnceLock;

/// Policies that mutants begin from. Together they use every op of documents.
const SOURCES: &[&str] = &[
    r#"package app
default allow := false
allow if { some b in data.bindings; b.subject == input.user; input.cap in b.caps; not denied }
denied if { some p in input.list; glob.match(data.globs[_].path, ["/"], p); count(p) > data.limit }
deny contains msg if { some i, x in input.list; x != data.names[i]; msg := sprintf("%v at %v", [x, i]) }
"#,
    r#"package sets
import data.bindings
s := {x.subject | some x in bindings} | {1, "z"}
o := {k: v | some k, v in data.names}
a := [y | some x in input.nums; x >= 2; y := x + 1]
m := {[k]: [v | some v in data.roles[k]] | some k; data.roles[k]}
d := s - {"ann"}
both := s & {"ann", 7}
f(x) := x * 2 if x < 10
f(x) := 20 if x >= 10
twice := [f(n) | some n in input.nums]
deep.er[k] contains v if { some k, v in o; k != "b" }
"#,
    r#"package swap
limit := data.limit + input.n
with_input := y if { y := limit with input as {"n": 5} }
with_data := [limit, x] if { x := limit with data.limit as 40 with input.n as 1 }
every_n if every n in input.nums { n < data.limit * 10 }
found contains b.n if { some b in data.bindings; b.role == input.role }
found_with contains n if { some n in found with data.bindings as [{"role": "ops", "n": 9}] }
pick := "one" if input.n == 1 else := "two" if input.n == 2 else := "many"
clash := 1 if input.n
clash := 2 if input.nums
"#,
];

const DATA: &str = r#"{
    "bindings": [
        {"subject": "ann", "role": "dev", "caps": ["run", "read"], "n": 1},
        {"subject": "bob", "role": "ops", "caps": ["read", ["x"]], "n": 2.5},
        {"subject": 7, "role": null, "caps": []}, "ann", {"subject": ["ann"]}
    ],
    "globs": [{"path": "repo/a/**"}, {"path": "repo/*"}, {"path": "["}, {"path": 5}],
    "roles": {"dev": ["a", "b"], "ops": [], "x": {"y": 1}},
    "names": {"a": "ann", "b": "bob", "c": {"subject": "bob"}},
    "limit": 2
}"#;

const INPUTS: [&str; 4] = [
    r#"{"user": "ann", "role": "ops", "cap": "run", "n": 2, "nums": [1, 2, 2.5, 40], "list": ["ann", "repo/x", 1]}"#,
    r#"{"user": 7, "role": null, "n": 1.0, "nums": {"k": 3}, "list": {"a": "run", "l": "repo/a/c"}}"#,
    r#"[{"user": "ann"}]"#,
    r#"{"nums": "ann", "list": [[[{"x": [null, true]}]]]}"#,
];

const SMALL: Limits = Limits { fuel: 20_000, depth: 50, memory: 1 << 20 };

/// The compiled [`SOURCES`], with what the compiler does for speed and without.
fn programs() -> &'static [Program] {
    static ALL: OnceLock<Vec<Program>> = OnceLock::new();
    ALL.get_or_init(|| {
        let one = |(text, optimise): (&&str, bool)| {
            let options = PolicyOptions { optimise, ..PolicyOptions::default() };
            let c = compile(&[Source { name: "seed.rgs", text }], None, &options);
            match c.program {
                Some(p) => p.program.into_program(),
                None => panic!("{:?}\n{text}", c.diagnostics),
            }
        };
        SOURCES.iter().flat_map(|s| [(s, true), (s, false)]).map(one).collect()
    })
}

/// What one question showed.
#[derive(PartialEq, Debug)]
struct Step {
    outcome: Result<String, Option<Failure>>,
    usage: Usage,
    fired: Vec<u32>,
}

/// Looks at everything there is to see.
#[derive(Default)]
struct Watcher {
    seen: usize,
    depth: usize,
}

impl Tracer for Watcher {
    fn op(&mut self, view: View<'_>) {
        for i in 0..=255u8 {
            if let Some(v) = view.register(i) {
                self.seen += view.vm().doc_len(v) + usize::from(v.is_nil());
            }
        }
        assert!(view.depth() > 0);
    }
    fn enter(&mut self, view: View<'_>) {
        self.depth = self.depth.max(view.depth());
        self.seen += view.register(0).map_or(0, |v| view.vm().doc_text(v).len());
    }
    fn leave(&mut self, vm: &Vm, _proto: u32, result: Value) {
        self.seen += vm.doc_text(result).len();
    }
}

/// Every document for every input, then the documents of one decision one after the other.
fn run(program: &Verified<Program>, strict: bool, watched: bool) -> Option<Vec<Step>> {
    let mut vm = Vm::new(program, &gatos_stdlib::rgs::library(), SMALL, Box::new(Silent)).ok()?;
    vm.set_strict(strict);
    vm.load_data(DATA.as_bytes()).expect("good data");
    let documents = vm.policy().map(|p| p.documents.clone()).unwrap_or_default();
    let questions: Vec<Question> = (0u32..)
        .zip(&documents)
        .filter(|(_, d)| !matches!(d.kind, DocumentKind::Function(_)))
        .map(|(i, _)| Question::Document(i))
        .chain(vm.policy().and_then(|p| p.query).map(|_| Question::Query))
        .collect();
    let mut steps = Vec::new();
    for (text, alone) in INPUTS.iter().flat_map(|t| [(t, true), (t, false)]) {
        let prepared = vm.prepare_input(text.as_bytes()).expect("good input");
        let mut begun = false;
        for q in questions.iter().take(8) {
            if alone || !begun {
                let input = if alone { Input::Prepared(prepared) } else { Input::Json(text.as_bytes()) };
                // What is decoded for one decision counts, so memory may run out.
                if vm.begin_decision(input).is_err() {
                    continue;
                }
                begun = true;
            }
            let r = match q {
                _ if watched => vm.ask_traced(*q, &mut Watcher::default()),
                Question::Document(d) => vm.ask(*d),
                Question::Query => vm.ask_query(),
            };
            let outcome = match r {
                Ok(v) => Ok(vm.doc_text(v)),
                Err(DecideError::Failed(f)) => Err(Some(f)),
                Err(_) => Err(None),
            };
            steps.push(Step { outcome, usage: vm.usage(), fired: vm.fired().to_vec() });
        }
    }
    assert!(vm.peak_bytes() < 64 << 20, "{} bytes", vm.peak_bytes());
    Some(steps)
}

/// Mutants of policies decide, the same way twice, and watched as well.
pub fn oracle_rgc_run(data: &[u8]) {
    let mut c = Choices::new(data);
    let strict = c.one_in(4);
    let all = programs();
    let base = &all[c.below(all.len())];
    let Some(m) = mutant(base, &mut c) else { panic!("a policy of the seeds does not verify") };
    let bytes = encode(m.program());
    assert_eq!(decode(&bytes).as_ref(), Ok(m.program()));
    if std::env::var_os("ORACLE_SHOW").is_some() {
        eprintln!("{}", gatos_elc::disasm(m.program(), None));
    }
    let first = run(&m, strict, false);
    assert_eq!(first, run(&m, strict, false), "two runs of one policy differ");
    assert_eq!(first, run(&m, strict, true), "a watched run differs");
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatos_elc::ops::OPS;
    use std::collections::BTreeSet;

    #[test]
    fn the_seeds_use_every_op_of_documents() {
        let used: BTreeSet<u8> =
            programs().iter().flat_map(|p| &p.protos).flat_map(|p| &p.code).map(|op| op.info().code).collect();
        let unused: Vec<&str> =
            OPS.iter().filter(|o| o.code >= 0x60 && !used.contains(&o.code)).map(|o| o.name).collect();
        assert!(unused.len() <= 2, "{unused:?}");
    }

    #[test]
    fn the_seeds_decide() {
        for p in programs() {
            let verified = gatos_elc::verify(p.clone()).unwrap_or_else(|e| panic!("{e}"));
            let steps = run(&verified, false, false).expect("loads");
            let answered = steps.iter().filter(|s| s.outcome.as_ref().is_ok_and(|t| t != "undefined")).count();
            assert!(answered * 3 > steps.len(), "{answered} of {}", steps.len());
        }
    }
}
