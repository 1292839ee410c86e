//! Machines with one function each, and a reader of ground terms.

use gatos_elc::ops::{Count, LibId, N, Op, Reg};
use gatos_elc::program::{Program, ProgramKind, Proto};
use gatos_elc::verify::verify;
use gatos_vm::{Limits, Silent, Usage, Value, Vm};
use std::collections::BTreeMap;

/// Calls functions; keeps a machine for each.
#[derive(Default)]
pub struct Lab {
    pub machines: BTreeMap<String, (Vm, Value)>,
    pub strict: bool,
    pub limits: Option<Limits>,
    pub usage: Option<Usage>,
}

fn machine(name: &str, limits: Limits) -> (Vm, Value) {
    let code = vec![
        Op::Block { cost: Count(2) },
        Op::Lib { dst: Reg(0), lib: LibId(0) },
        Op::Return { first: Reg(0), n: N::Fixed(1) },
    ];
    let main = Proto { params: 0, vararg: true, regs: 1, cells: 0, captures: vec![], code };
    let program = Program {
        kind: ProgramKind::Script,
        consts: vec![],
        libs: vec![name.into()],
        globals: vec![],
        key_lists: vec![],
        protos: vec![main],
        modules: vec![],
        policy: None,
    };
    let program = verify(program).unwrap_or_else(|e| panic!("{name}: {e}"));
    let mut vm = Vm::new(&program, &gatos_stdlib::rgs::library(), limits, Box::new(Silent)).unwrap();
    let main = vm.main();
    let results = vm.call_outer(main, &[]).unwrap();
    let f = results[0];
    (vm, f)
}

impl Lab {
    /// What an expression gives: canonical JSON, `undefined`, or an error's text.
    pub fn show(&mut self, expression: &str) -> String {
        let (name, _) = expression.split_once('(').unwrap_or_else(|| panic!("{expression}"));
        let limits = self.limits.unwrap_or_default();
        let (vm, f) = self.machines.entry(name.into()).or_insert_with(|| machine(name, limits));
        vm.set_strict(self.strict);
        vm.open();
        let mut r = Reader { vm, rest: &expression[name.len() + 1..], whole: expression };
        let args = r.list(')');
        assert!(r.rest.is_empty(), "{expression}: more after the call");
        let text = match vm.call_continued(*f, &args) {
            Ok(results) => vm.doc_text(results[0]),
            Err(e) => e.limit.map_or(e.message, |l| format!("limit {}", l.name())),
        };
        self.usage = Some(vm.usage());
        text
    }

    /// A term's canonical JSON.
    pub fn canonical(&mut self, term: &str) -> String {
        if term == "undefined" {
            return term.into();
        }
        let (vm, _) = self.machines.entry("count".into()).or_insert_with(|| machine("count", Limits::default()));
        vm.open();
        let mut r = Reader { vm, rest: term, whole: term };
        let v = r.term();
        assert!(r.rest.is_empty(), "{term}");
        vm.doc_text(v)
    }
}

struct Reader<'a> {
    vm: &'a mut Vm,
    rest: &'a str,
    whole: &'a str,
}

impl Reader<'_> {
    fn eat(&mut self, text: &str) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn list(&mut self, end: char) -> Vec<Value> {
        let end = String::from(end);
        let mut out = Vec::new();
        while !self.eat(&end) {
            out.push(self.term());
            if !self.eat(",") {
                assert!(self.eat(&end), "{}: at {}", self.whole, self.rest);
                break;
            }
        }
        out
    }

    fn term(&mut self) -> Value {
        if self.eat("set()") {
            return self.vm.doc_set(vec![]).unwrap();
        }
        if self.eat("[") {
            let items = self.list(']');
            return self.vm.doc_array(&items).unwrap();
        }
        if self.eat("{") {
            if self.eat("}") {
                return self.vm.doc_object(vec![]).unwrap();
            }
            let first = self.term();
            if !self.eat(":") {
                let mut items = vec![first];
                if self.eat(",") {
                    items.extend(self.list('}'));
                } else {
                    assert!(self.eat("}"), "{}", self.whole);
                }
                return self.vm.doc_set(items).unwrap();
            }
            let mut entries = vec![(first, self.term())];
            while self.eat(",") {
                let key = self.term();
                assert!(self.eat(":"), "{}", self.whole);
                entries.push((key, self.term()));
            }
            assert!(self.eat("}"), "{}", self.whole);
            return self.vm.doc_object(entries).unwrap();
        }
        self.rest = self.rest.trim_start();
        let len = if let Some(inside) = self.rest.strip_prefix('"') {
            let mut escaped = false;
            let end = inside.char_indices().find(|(_, c)| {
                let close = *c == '"' && !escaped;
                escaped = *c == '\\' && !escaped;
                close
            });
            end.unwrap_or_else(|| panic!("{}: at {}", self.whole, self.rest)).0 + 2
        } else {
            self.rest.find([',', ')', ']', '}', ':', ' ']).unwrap_or(self.rest.len())
        };
        let (text, rest) = self.rest.split_at(len);
        self.rest = rest;
        self.vm.doc_decode_json(text.as_bytes()).unwrap_or_else(|e| panic!("{}: {text}: {e:?}", self.whole))
    }
}
