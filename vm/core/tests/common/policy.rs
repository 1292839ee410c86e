//! Policies from ops, for tests of the machine alone.
#![allow(dead_code, reason = "each test file uses its part")]

use gatos_elc::ops::*;
use gatos_elc::program::*;
use gatos_elc::verify::{Verified, verify};
use gatos_vm::{DecideError, Input, Library, Limits, Question, Silent, Value, Vm};

pub const BLOCK: Op = Op::Block { cost: Count(0) };

pub fn r(n: u8) -> Reg {
    Reg(n)
}

pub fn ret(a: u8) -> Op {
    Op::Return { first: r(a), n: N::Fixed(1) }
}

/// Fills in what blocks cost.
pub fn priced(mut code: Vec<Op>) -> Vec<Op> {
    let mut cost = 0;
    for op in code.iter_mut().rev() {
        cost += op.info().fuel;
        if let Op::Block { cost: c } = op {
            c.0 = cost;
            cost = 0;
        }
    }
    code
}

/// A policy under way.
#[derive(Default)]
pub struct Builder {
    consts: Vec<Const>,
    libs: Vec<String>,
    key_lists: Vec<Vec<u32>>,
    protos: Vec<Proto>,
    pub policy: Policy,
}

pub fn path(text: &str) -> Vec<String> {
    text.split('.').filter(|p| !p.is_empty()).map(str::to_owned).collect()
}

impl Builder {
    pub fn new() -> Builder {
        let mut b = Builder::default();
        b.protos.push(Proto {
            params: 0,
            vararg: true,
            regs: 1,
            cells: 0,
            captures: vec![],
            code: priced(vec![BLOCK, Op::Return { first: r(0), n: N::Fixed(0) }]),
        });
        (b.policy.envs, b.policy.input_reads) = (3, vec![vec![]]);
        b
    }

    pub fn k(&mut self, c: Const) -> K {
        if let Some(i) = self.consts.iter().position(|x| *x == c) {
            return K(i as u32);
        }
        self.consts.push(c);
        K(self.consts.len() as u32 - 1)
    }

    pub fn text(&mut self, s: &str) -> K {
        self.k(Const::Str(s.into()))
    }

    pub fn lib(&mut self, name: &str) -> LibId {
        self.libs.push(name.into());
        LibId(self.libs.len() as u32 - 1)
    }

    pub fn keys(&mut self, names: &[&str]) -> KeysId {
        let list = names.iter().map(|n| self.text(n).0).collect();
        self.key_lists.push(list);
        KeysId(self.key_lists.len() as u32 - 1)
    }

    pub fn function(&mut self, params: u8, code: Vec<Op>) -> u32 {
        let mut all = vec![BLOCK];
        all.extend(code);
        self.protos.push(Proto { params, vararg: false, regs: 20, cells: 0, captures: vec![], code: priced(all) });
        self.protos.len() as u32 - 1
    }

    /// A complete document with a memo slot.
    pub fn document(&mut self, name: &str, reads_input: bool, code: Vec<Op>) -> u32 {
        let proto = self.function(0, code);
        let memo = self.policy.memos;
        self.policy.memos += 1;
        self.policy.documents.push(Document {
            path: path(name),
            kind: DocumentKind::Complete,
            proto,
            memo: Some(memo),
            reads_input,
        });
        proto
    }

    pub fn index(&mut self, collection: &str, field: &str, kind: IndexKind) -> IndexId {
        self.policy.indexes.push(Index { collection: path(collection), field: path(field), kind });
        IndexId(self.policy.indexes.len() as u32 - 1)
    }

    pub fn protos_len(&self) -> u32 {
        self.protos.len() as u32
    }

    pub fn program(mut self) -> Program {
        self.policy.documents.sort_by(|a, b| a.path.cmp(&b.path));
        Program {
            kind: ProgramKind::Policy,
            consts: self.consts,
            libs: self.libs,
            globals: vec![],
            key_lists: self.key_lists,
            protos: self.protos,
            modules: vec![],
            policy: Some(self.policy),
        }
    }

    pub fn verified(self) -> Verified<Program> {
        verify(self.program()).unwrap_or_else(|e| panic!("{e}"))
    }

    /// A machine, with base data when there are any.
    pub fn vm(self, data: Option<&str>) -> Vm {
        machine(&self.verified(), data)
    }
}

/// A few library functions, to call from ops.
pub fn library() -> Library {
    let mut l = Library::new();
    l.add("count", |vm, args| {
        let n = vm.doc_len(vm.arg(args, 0));
        vm.ret1(args, Value::int(n as i64))
    });
    l.add("fails", |vm, args| vm.builtin_error(args, gatos_vm::BuiltinError::Type, "operand 1 must be a number"));
    l
}

pub fn machine(program: &Verified<Program>, data: Option<&str>) -> Vm {
    let mut vm = Vm::new(program, &library(), Limits::DEFAULT, Box::new(Silent)).unwrap_or_else(|e| panic!("{e}"));
    if let Some(data) = data {
        vm.load_data(data.as_bytes()).unwrap_or_else(|e| panic!("{e}"));
    }
    vm
}

/// The text of a document's value for an input.
pub fn decide(vm: &mut Vm, document: &str, input: &str) -> String {
    let d = vm.find_document(&path(document)).expect("the document is there");
    let input = if input.is_empty() { Input::None } else { Input::Json(input.as_bytes()) };
    show(vm.decide(Question::Document(d), input), vm)
}

pub fn show(r: Result<Value, DecideError>, vm: &Vm) -> String {
    match r {
        Ok(v) => vm.doc_text(v),
        Err(e) => format!("error: {e}"),
    }
}
