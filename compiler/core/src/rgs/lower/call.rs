//! Calls, and the values of places above documents.

use super::expr::Collect;
use super::fx::Fx;
use super::scan;
use crate::rgs::hir::{DocumentId, DocumentKind, EnvId, Expr, ExprKind, FnValue, Scalar};
use gatos_elc::ops::{Choice, Count, Env, Flag, Imm, N, Op, ProtoId, Reg};
use gatos_elc::program::Const;

/// What is called.
#[derive(Clone, Copy)]
enum Callee<'e> {
    Document(DocumentId),
    Builtin(&'e str),
}

impl Fx<'_, '_> {
    /// Calls a function of the bundle; nil when it is undefined.
    pub(super) fn call_document(&mut self, function: DocumentId, args: &[Expr], dst: Option<u8>) -> u8 {
        let replaced = self.cx.bundle.documents[function.0 as usize].replaced_by;
        self.call(Callee::Document(function), replaced, args, dst)
    }

    /// Calls a library function; says whether the result is certain not to be nil.
    pub(super) fn call_builtin(
        &mut self,
        name: &str,
        replaced: Option<EnvId>,
        args: &[Expr],
        dst: Option<u8>,
    ) -> (u8, bool) {
        if name == "print" && replaced.is_none() {
            // Printing is the tools' business, and always succeeds.
            let at = self.place(dst);
            self.scalar(&Scalar::Bool(true), at);
            return (at, true);
        }
        if name == "glob.match"
            && replaced.is_none()
            && let Some(reg) = self.constant_glob(args, dst)
        {
            return (reg, false);
        }
        (self.call(Callee::Builtin(name), replaced, args, dst), false)
    }

    /// A glob that is known while compiling: a comparison of beginnings does for most.
    fn constant_glob(&mut self, args: &[Expr], dst: Option<u8>) -> Option<u8> {
        let [pattern, delimiters, text] = args else { return None };
        let constant = scan::as_text(pattern)?;
        let list = super::index::delimiters(delimiters)?;
        let at = constant.find(['*', '?', '[', '{', '\\']).unwrap_or(constant.len());
        let (beginning, rest) = constant.split_at(at);
        let (function, third) = match rest {
            "" => ("internal.glob.exact", None),
            "**" => ("internal.glob.beginning", None),
            "*" => ("internal.glob.segment", Some(list.concat())),
            _ => ("internal.glob.rest", None),
        };
        if !self.cx.optimise || (function == "internal.glob.rest" && beginning.is_empty()) {
            return None;
        }
        let scalar = |text: &str| Expr { kind: ExprKind::Scalar(Scalar::Text(text.to_string())), span: pattern.span };
        let (beginning, third) = (scalar(beginning), third.map(|t| scalar(&t)));
        let row: Vec<&Expr> = match &third {
            Some(third) => vec![text, &beginning, third],
            None if function == "internal.glob.rest" => vec![text, &beginning, pattern, delimiters],
            None => vec![text, &beginning],
        };
        let mark = self.mark();
        let base = self.row(row.iter().copied(), 1);
        self.call_lib(base, function, row.len() as u8);
        Some(match dst {
            Some(dst) => {
                self.move_to(dst, base);
                self.release(mark);
                dst
            }
            None => {
                self.release(u32::from(base) + 1);
                base
            }
        })
    }

    fn call(&mut self, callee: Callee<'_>, replaced: Option<EnvId>, args: &[Expr], dst: Option<u8>) -> u8 {
        let mark = self.mark();
        let n = args.len() as u8;
        let base = self.row(args.iter(), 1);
        match replaced {
            None => self.call_one(callee, base, n),
            Some(slot) => self.call_replaced(callee, slot, base, n),
        }
        match dst {
            Some(dst) => {
                self.move_to(dst, base);
                self.release(mark);
                dst
            }
            None => {
                self.release(u32::from(base) + 1);
                base
            }
        }
    }

    fn call_one(&mut self, callee: Callee<'_>, base: u8, n: u8) {
        match callee {
            Callee::Document(d) => {
                let proto = ProtoId(self.cx.proto(d));
                self.emit(Op::CallRule { base: Reg(base), proto, n: Count(n.into()) });
            }
            Callee::Builtin(name) => self.call_lib(base, name, n),
        }
    }

    /// Calls what a slot says: a function by its number, a plain value in an array of one, or the
    /// function itself when the slot is empty.
    fn call_replaced(&mut self, callee: Callee<'_>, slot: EnvId, base: u8, n: u8) {
        let after = self.label();
        let own = self.label();
        let functions = self.label();
        let mark = self.mark();
        let what = Reg(self.alloc());
        self.emit(Op::EnvGet { dst: what, env: Env(slot.0) });
        self.if_nil(what.0, true, own);
        self.emit(Op::JDocKind { a: what, kind: Choice(0), n: N::Fixed(1), to: functions.to() });
        self.unwrap(base, what.0);
        self.jump(after);
        self.bind(functions);
        for (value, i) in self.cx.fn_values[slot.0 as usize].clone().iter().zip(0i64..) {
            let other = self.label();
            let k = self.k(Const::Int(i));
            self.emit(Op::JEqK { a: what, k, sense: Flag(false), to: other.to() });
            // What is called in place of a function may call that function itself.
            self.emit(Op::WithBegin {});
            let nothing = Reg(self.alloc());
            self.nil(nothing.0);
            for slot in self.cx.function_slots() {
                self.emit(Op::EnvSet { env: Env(slot.0), a: nothing });
            }
            match value {
                FnValue::Document(d) => self.call_one(Callee::Document(*d), base, n),
                FnValue::Builtin(name) => self.call_one(Callee::Builtin(name), base, n),
            }
            self.emit(Op::WithEnd {});
            self.jump(after);
            self.bind(other);
        }
        self.bind(own);
        self.call_one(callee, base, n);
        self.bind(after);
        self.release(mark);
    }

    /// Takes the only member of an array.
    pub(super) fn unwrap(&mut self, dst: u8, list: u8) {
        let key = Reg(self.alloc());
        self.emit(Op::LoadInt { dst: key, value: Imm(0) });
        self.emit(Op::DocGet { dst: Reg(dst), doc: Reg(list), key });
    }

    /// An array of strings.
    pub(super) fn path(&mut self, path: &[String], dst: u8) {
        let mark = self.mark();
        let first = self.alloc_run(path.len() as u32);
        for (key, i) in path.iter().zip(0u32..) {
            let k = self.text(key);
            self.emit(Op::LoadK { dst: Reg((u32::from(first) + i).min(249) as u8), k });
        }
        self.emit(Op::DocArray { dst: Reg(dst), first: Reg(first), n: Count(path.len() as u32) });
        self.release(mark);
    }

    /// Base data at a path with the documents below put into it.
    pub(super) fn tree(&mut self, path: &[String], dst: Option<u8>) -> u8 {
        let at = self.place(dst);
        let mark = self.mark();
        // internal.merge(base or null, entries); an entry is a path and, unless it only says that
        // there is a package, a value.
        let base = self.alloc_run(3);
        let (data, list) = (base + 1, base + 2);
        self.emit(Op::EnvGet { dst: Reg(data), env: Env(1) });
        for key in path {
            let key = self.text(key);
            self.emit(Op::DocField { dst: Reg(data), doc: Reg(data), key });
        }
        let bundle = self.cx.bundle;
        let packages: Vec<&Vec<String>> = bundle.packages.iter().filter(|p| p.starts_with(path)).collect();
        let has_documents = !packages.is_empty() || bundle.documents.iter().any(|d| d.path.starts_with(path));
        if !has_documents {
            let fail = self.fail;
            self.if_nil(data, true, fail);
            self.move_to(at, data);
            self.release(mark);
            return at;
        }
        let some = self.label();
        self.if_nil(data, false, some);
        self.scalar(&Scalar::Null, data);
        self.bind(some);
        self.begin(Collect::Array, list);
        let entry = self.alloc_run(2);
        for (d, i) in bundle.documents.iter().zip(0u32..) {
            let Some(rest) = d.path.strip_prefix(path) else { continue };
            let next = self.label();
            let none = self.label();
            let is_function = matches!(d.kind, DocumentKind::Function(_));
            if let (Some(slot), false) = (d.replaced_by, is_function) {
                // A replaced document that is undefined leaves nothing, not even its package.
                let mark = self.mark();
                let what = self.alloc();
                let as_usual = self.label();
                self.emit(Op::EnvGet { dst: Reg(what), env: Env(slot.0) });
                self.if_nil(what, true, as_usual);
                self.emit(Op::JDocKind { a: Reg(what), kind: Choice(0), n: N::Fixed(1), to: next.to() });
                self.bind(as_usual);
                self.release(mark);
            }
            let (path, value) = (entry, entry + 1);
            if !is_function {
                self.document(DocumentId(i), Some(value));
                self.if_nil(value, true, none);
                self.path(rest, path);
                self.emit(Op::DocArray { dst: Reg(path), first: Reg(path), n: Count(2) });
                self.emit(Op::DocPush { acc: Reg(list), a: Reg(path) });
                self.jump(next);
            }
            self.bind(none);
            let package = rest.len().saturating_sub(1);
            self.path(&rest[..package], path);
            self.emit(Op::DocArray { dst: Reg(path), first: Reg(path), n: Count(1) });
            self.emit(Op::DocPush { acc: Reg(list), a: Reg(path) });
            self.bind(next);
        }
        // Packages whose documents were all written about above, or that have none.
        for package in packages {
            if !bundle.documents.iter().any(|d| d.path.starts_with(package)) {
                self.path(&package[path.len()..], entry);
                self.emit(Op::DocArray { dst: Reg(entry), first: Reg(entry), n: Count(1) });
                self.emit(Op::DocPush { acc: Reg(list), a: Reg(entry) });
            }
        }
        self.emit(Op::DocSeal { acc: Reg(list) });
        self.call_lib(base, "internal.merge", 2);
        self.move_to(at, base);
        self.release(mark);
        at
    }

    /// Whether a call's value can be left out of consideration: it is never false.
    pub(super) fn is_certain(&self, e: &Expr) -> bool {
        scan::is_never_false(e) || matches!(&e.kind, ExprKind::CallBuiltin { name, .. } if name == "print")
    }
}
