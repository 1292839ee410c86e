//! Every place where a name stands, and what it means there: locals, globals, labels, modules,
//! library names and fields. One walk over the resolved file; the rest is looking up.

use crate::answer::Access;
use gatos_compiler::fold::Entries;
use gatos_compiler::hir::{
    Block, Expr, ExprKind, FuncId, GlobalSlot, Hir, ImportId, Item, LabelId, LocalId, LocalKind, Stmt, StmtKind,
    TargetKind,
};
use gatos_syntax::span::Span;
use std::collections::{BTreeMap, BTreeSet};

/// A field of something that the file can tell apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct FieldId(pub(crate) u32);

/// A library name, by its index in [`gatos_sigs::SIGS`]; `require` is none of them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct LibId(pub(crate) u32);

/// What a name means.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Sym {
    Local(LocalId),
    Global(GlobalSlot),
    Label(LabelId),
    Module(ImportId),
    Lib(LibId),
    Require,
    Field(FieldId),
}

/// What a field is a field of. Values that are the same table have the same owner; `Other` is any value
/// that the file cannot tell apart from others.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Owner {
    /// What the file returns.
    Exports,
    /// What a module returns.
    Import(ImportId),
    /// The state of a fold.
    State,
    /// The event of a fold.
    Event,
    /// What a local holds.
    Local(LocalId),
    /// What a global holds.
    Global(GlobalSlot),
    /// What a field holds; elements of a table are its field `[]`.
    Field(FieldId),
    /// A table constructor without a name, by its place.
    Table(u32),
    /// Anything else.
    Other,
}

/// A field.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    /// Of what.
    pub(crate) owner: Owner,
    /// Its name; `[]` stands for the elements.
    pub(crate) name: String,
}

/// A name at a place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Occurrence {
    /// Where; a field in brackets has its quotes.
    pub(crate) span: Span,
    /// What it means.
    pub(crate) sym: Sym,
    /// How it is used.
    pub(crate) access: Access,
    /// Whether it is declared here; for fields, whether it is given a value here.
    pub(crate) is_decl: bool,
    /// The function that it stands in.
    pub(crate) func: FuncId,
}

/// A function and where its name stands.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    /// What names it, when something does.
    pub(crate) sym: Option<Sym>,
    /// Its name, or the word `function`.
    pub(crate) name_span: Span,
    /// The whole statement, or the function.
    pub(crate) full: Span,
    /// Whether `self` comes before its parameters.
    pub(crate) is_method: bool,
}

/// A call.
#[derive(Clone, Debug)]
pub(crate) struct CallSite {
    /// The whole call.
    pub(crate) span: Span,
    /// The callee's last name, or all of it.
    pub(crate) name_span: Span,
    /// What is called.
    pub(crate) callee: Callee,
    /// The arguments.
    pub(crate) args: Vec<Span>,
    /// Whether a colon passes the receiver first.
    pub(crate) is_method: bool,
    /// The function that calls.
    pub(crate) func: FuncId,
}

/// What is called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Callee {
    /// Something with a name.
    Sym(Sym),
    /// A function written in place.
    Func(FuncId),
    /// A value that is computed.
    Unknown,
}

/// The names of a file.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// In order of place; none overlap.
    pub(crate) all: Vec<Occurrence>,
    /// The fields.
    pub(crate) fields: Vec<Field>,
    by_key: BTreeMap<(Owner, String), FieldId>,
    /// Indexes into `all`, by meaning and place.
    by_sym: Vec<u32>,
    /// Uses of a table other than by a field that is named: where it could be given away.
    pub(crate) escapes: Vec<(Owner, Span)>,
    /// What holds values that did not begin as a table constructor here.
    pub(crate) opaque: BTreeSet<Owner>,
    /// What locals that never change stand for.
    aliases: BTreeMap<LocalId, Owner>,
    /// Where each function has its name; by [`FuncId`].
    pub(crate) funcs: Vec<Named>,
    /// The function that a name stands for, where reading tells.
    pub(crate) func_of: BTreeMap<Sym, FuncId>,
    /// Calls, in order of their start; inner ones after outer ones.
    pub(crate) calls: Vec<CallSite>,
    /// The table constructor or expression that gives an owner its first value.
    pub(crate) origins: BTreeMap<Owner, Span>,
}

impl Names {
    /// Reads a file.
    pub(crate) fn of(text: &str, hir: &Hir, entries: Entries) -> Names {
        let mut walk = Walk { text, hir, out: Names::default(), func: FuncId(0), entries, tables: 0 };
        walk.run();
        let mut out = walk.out;
        out.all.sort_by_key(|o| (o.span, !o.is_decl));
        out.all.dedup_by_key(|o| o.span);
        out.calls.sort_by_key(|c| (c.span.start, std::cmp::Reverse(c.span.end)));
        let mut order: Vec<u32> = (0..out.all.len() as u32).collect();
        order.sort_by_key(|i| (out.all[*i as usize].sym, *i));
        out.by_sym = order;
        out
    }

    /// The name at a byte, or that ends there.
    pub(crate) fn at(&self, at: u32) -> Option<&Occurrence> {
        let after = self.all.partition_point(|o| o.span.start <= at);
        let found = self.all[..after].iter().rev().take(2).find(|o| at < o.span.end);
        found.or_else(|| self.all[..after].iter().rev().take(2).find(|o| at == o.span.end))
    }

    /// The name that stands exactly there.
    pub(crate) fn exactly(&self, span: Span) -> Option<&Occurrence> {
        self.all.binary_search_by_key(&span, |o| o.span).ok().map(|i| &self.all[i])
    }

    /// All places of a name, in order.
    pub(crate) fn of_sym(&self, sym: Sym) -> impl Iterator<Item = &Occurrence> {
        let from = self.by_sym.partition_point(|i| self.all[*i as usize].sym < sym);
        self.by_sym[from..].iter().map(|i| &self.all[*i as usize]).take_while(move |o| o.sym == sym)
    }

    /// A field, when it is mentioned anywhere.
    pub(crate) fn field(&self, owner: Owner, name: &str) -> Option<FieldId> {
        self.by_key.get(&(owner, name.to_owned())).copied()
    }

    /// The fields of an owner, by name.
    pub(crate) fn fields_of(&self, owner: Owner) -> impl Iterator<Item = (&str, FieldId)> {
        self.by_key
            .range((owner, String::new())..)
            .take_while(move |((o, _), _)| *o == owner)
            .map(|((_, name), id)| (name.as_str(), *id))
    }

    /// What a local's value is known as.
    pub(crate) fn owner_of_local(&self, id: LocalId) -> Owner {
        self.aliases.get(&id).copied().unwrap_or(Owner::Local(id))
    }

    /// The outermost owner of a field, and the names on the way to it.
    pub(crate) fn path(&self, field: FieldId) -> (Owner, Vec<&str>) {
        let mut names = Vec::new();
        let mut at = field;
        loop {
            let f = &self.fields[at.0 as usize];
            names.push(f.name.as_str());
            match f.owner {
                Owner::Field(next) => at = next,
                owner => {
                    names.reverse();
                    return (owner, names);
                }
            }
        }
    }
}

struct Walk<'a> {
    text: &'a str,
    hir: &'a Hir,
    out: Names,
    func: FuncId,
    entries: Entries,
    tables: u32,
}

/// Whether the value of an expression goes on, or only a part of it is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    /// Its value goes somewhere.
    Value,
    /// A named field of it is used, or it gets a name that stands for it.
    Part,
}

impl Walk<'_> {
    fn run(&mut self) {
        let hir = self.hir;
        self.out.funcs = hir
            .funcs
            .iter()
            .map(|f| {
                let word = Span::new(f.span.start as usize, f.span.start as usize + "function".len());
                Named { sym: None, name_span: word, full: f.span, is_method: false }
            })
            .collect();
        if hir.funcs.is_empty() {
            return;
        }
        self.declare_owners();
        // A module's globals are declared by their first assignment.
        let body = &hir.func(FuncId(0)).body;
        self.block(body);
    }

    /// The table that the file returns, the state and the event have one name wherever they are seen.
    fn declare_owners(&mut self) {
        let hir = self.hir;
        if let Some(StmtKind::Return(values)) = hir.func(FuncId(0)).body.stmts.last().map(|s| &s.kind)
            && let Some(first) = values.first()
            && let ExprKind::Local(id) = first.bare().kind
            && hir.local(id).writes.is_empty()
        {
            self.out.aliases.insert(id, Owner::Exports);
        }
        for func in [self.entries.fold, self.entries.emit].into_iter().flatten() {
            let mut params = hir.func(func).params.iter();
            for owner in [Owner::State, Owner::Event] {
                if let Some(id) = params.next() {
                    self.out.aliases.insert(*id, owner);
                }
            }
        }
    }

    fn add(&mut self, span: Span, sym: Sym, access: Access, is_decl: bool) {
        if span.start < span.end {
            self.out.all.push(Occurrence { span, sym, access, is_decl, func: self.func });
        }
    }

    fn field(&mut self, owner: Owner, name: &str) -> FieldId {
        let key = (owner, name.to_owned());
        if let Some(id) = self.out.by_key.get(&key) {
            return *id;
        }
        let id = FieldId(self.out.fields.len() as u32);
        self.out.fields.push(Field { owner, name: name.to_owned() });
        self.out.by_key.insert(key, id);
        id
    }

    fn block(&mut self, block: &Block) {
        for s in &block.stmts {
            self.stmt(s);
        }
    }

    fn declare(&mut self, ids: &[LocalId]) {
        for id in ids {
            let local = self.hir.local(*id);
            self.add(local.span, Sym::Local(*id), Access::Write, true);
        }
    }

    fn stmt(&mut self, s: &Stmt) {
        match &s.kind {
            StmtKind::Local { locals, values } => {
                for (i, value) in values.iter().enumerate() {
                    match locals.get(i) {
                        Some(id) => self.bind(*id, value, s.span),
                        None => _ = self.expr(value, Use::Value),
                    }
                }
                self.declare(locals);
            }
            StmtKind::LocalFunction { local, func, .. } => {
                let decl = self.hir.local(*local);
                self.declare(&[*local]);
                self.name_func(*func, Sym::Local(*local), decl.span, s.span, decl.writes.is_empty());
                self.function(*func);
            }
            StmtKind::Assign { targets, values } => self.assign(s, targets, values),
            StmtKind::Call(e) => _ = self.expr(e, Use::Value),
            StmtKind::Do(b) => self.block(b),
            StmtKind::While(cond, b) => {
                self.expr(cond, Use::Value);
                self.block(b);
            }
            StmtKind::Repeat(b, cond) => {
                self.block(b);
                self.expr(cond, Use::Value);
            }
            StmtKind::If(arms, otherwise) => {
                for (cond, b) in arms {
                    self.expr(cond, Use::Value);
                    self.block(b);
                }
                if let Some(b) = otherwise {
                    self.block(b);
                }
            }
            StmtKind::NumericFor { var, start, limit, step, body } => {
                for e in [Some(start), Some(limit), step.as_ref()].into_iter().flatten() {
                    self.expr(e, Use::Value);
                }
                self.declare(&[*var]);
                self.block(body);
            }
            StmtKind::GenericFor { vars, exprs, body } => {
                self.iterate(vars, exprs);
                self.declare(vars);
                self.block(body);
            }
            StmtKind::Goto(index) => {
                if let Some(Some(label)) = self.hir.gotos.get(*index as usize) {
                    let len = self.hir.labels[label.0 as usize].name.len();
                    let end = s.span.end as usize;
                    let span = Span::new(end.saturating_sub(len), end);
                    self.add(span, Sym::Label(*label), Access::Read, false);
                }
            }
            StmtKind::Label(id) => {
                self.add(self.hir.labels[id.0 as usize].span, Sym::Label(*id), Access::Write, true);
            }
            StmtKind::Return(values) => self.returns(values),
            StmtKind::Break | StmtKind::Empty => {}
        }
    }

    fn returns(&mut self, values: &[Expr]) {
        for (i, value) in values.iter().enumerate() {
            let owner = match (i, self.func) {
                (0, FuncId(0)) => Some(Owner::Exports),
                (0, f) if self.entries.init == Some(f) => Some(Owner::State),
                _ => None,
            };
            match (owner, &value.bare().kind) {
                (Some(owner), ExprKind::Table(items)) => {
                    self.out.origins.entry(owner).or_insert(value.bare().span);
                    self.items(items, owner);
                }
                // What the file returns is known by that name already.
                (Some(Owner::Exports), ExprKind::Local(id)) if self.out.aliases.get(id) == Some(&Owner::Exports) => {
                    self.expr(value, Use::Part);
                }
                _ => _ = self.expr(value, Use::Value),
            }
        }
    }

    /// `for k, v in dpairs(t)`: `v` is an element of `t`.
    fn iterate(&mut self, vars: &[LocalId], exprs: &[Expr]) {
        if let [e] = exprs
            && let ExprKind::Call(callee, args) = &e.kind
            && let ExprKind::Lib(name) = &callee.kind
            && matches!(name.as_str(), "dpairs" | "ipairs" | "rpairs")
            && let Some((table, rest)) = args.split_first()
        {
            self.expr(callee, Use::Part);
            let what = self.callee(callee);
            let owner = self.expr(table, Use::Value);
            rest.iter().for_each(|a| _ = self.expr(a, Use::Value));
            self.call(e, what, args, false);
            if let Some(value) = vars.get(1)
                && owner != Owner::Other
                && self.hir.local(*value).writes.is_empty()
            {
                let element = self.field(owner, "[]");
                self.out.aliases.insert(*value, Owner::Field(element));
            }
            return;
        }
        exprs.iter().for_each(|e| _ = self.expr(e, Use::Value));
    }

    /// `local x = value`: where `x` never changes, it stands for the value.
    fn bind(&mut self, id: LocalId, value: &Expr, stmt: Span) {
        let local = self.hir.local(id);
        let is_fixed = local.writes.is_empty();
        match &value.bare().kind {
            ExprKind::Table(items) => {
                let owner = self.out.owner_of_local(id);
                self.out.origins.entry(owner).or_insert(value.bare().span);
                self.items(items, owner);
            }
            ExprKind::Function(func) => {
                self.name_func(*func, Sym::Local(id), local.span, stmt, is_fixed);
                self.function(*func);
            }
            _ if is_fixed => {
                let owner = self.expr(value, Use::Part);
                match owner {
                    // A call's result belongs to the local alone.
                    Owner::Other => _ = self.out.opaque.insert(Owner::Local(id)),
                    _ if self.out.aliases.contains_key(&id) => self.out.escapes.push((owner, value.span)),
                    _ => _ = self.out.aliases.insert(id, owner),
                }
            }
            _ => {
                self.out.opaque.insert(Owner::Local(id));
                self.expr(value, Use::Value);
            }
        }
    }

    fn name_func(&mut self, func: FuncId, sym: Sym, name: Span, full: Span, is_fixed: bool) {
        let named = &mut self.out.funcs[func.0 as usize];
        named.sym = Some(sym);
        named.name_span = name;
        named.full = full;
        if is_fixed {
            self.out.func_of.entry(sym).or_insert(func);
        }
    }

    fn function(&mut self, func: FuncId) {
        let outer = std::mem::replace(&mut self.func, func);
        let f = self.hir.func(func);
        self.declare(&f.params);
        self.block(&f.body);
        self.func = outer;
    }

    fn assign(&mut self, s: &Stmt, targets: &[gatos_compiler::hir::Target], values: &[Expr]) {
        let mut owners = Vec::with_capacity(targets.len());
        for t in targets {
            owners.push(match &t.kind {
                TargetKind::Local(id) => {
                    let local = self.hir.local(*id);
                    let is_decl = local.kind == LocalKind::ModuleGlobal && local.span == t.span;
                    self.add(t.span, Sym::Local(*id), Access::Write, is_decl);
                    Some((Sym::Local(*id), t.span, self.out.owner_of_local(*id)))
                }
                TargetKind::Global(slot) => {
                    let is_decl = self.hir.globals[slot.0 as usize].span == t.span;
                    self.add(t.span, Sym::Global(*slot), Access::Write, is_decl);
                    Some((Sym::Global(*slot), t.span, Owner::Global(*slot)))
                }
                TargetKind::Index(object, key) => {
                    let owner = self.expr(object, if key.as_str().is_some() { Use::Part } else { Use::Value });
                    match self.key(owner, key, Access::Write, true) {
                        Some(field) => Some((Sym::Field(field), key.span, Owner::Field(field))),
                        None => {
                            let element = self.field(owner, "[]");
                            Some((Sym::Field(element), t.span, Owner::Field(element)))
                        }
                    }
                }
                TargetKind::Error => None,
            });
        }
        for (i, value) in values.iter().enumerate() {
            match (&value.bare().kind, owners.get(i).copied().flatten()) {
                (ExprKind::Function(func), Some((sym, name, owner))) => {
                    self.name_func(*func, sym, name, s.span, !matches!(sym, Sym::Local(_)));
                    self.method(*func, owner, targets.get(i));
                    self.function(*func);
                }
                (ExprKind::Table(items), Some((_, _, owner))) => {
                    self.out.origins.entry(owner).or_insert(value.bare().span);
                    self.items(items, owner);
                }
                (value_kind, target) => {
                    if let Some((sym, _, owner)) = target {
                        self.out.opaque.insert(owner);
                        self.stands_for(sym, value_kind);
                    }
                    self.expr(value, Use::Value);
                }
            }
        }
    }

    /// `function M:name()`: its `self` is `M`.
    fn method(&mut self, func: FuncId, owner: Owner, target: Option<&gatos_compiler::hir::Target>) {
        let first = self.hir.func(func).params.first().copied();
        if let (Some(id), Owner::Field(field), Some(_)) = (first, owner, target)
            && self.hir.local(id).kind == LocalKind::SelfParam
        {
            self.out.funcs[func.0 as usize].is_method = true;
            let of = self.out.fields[field.0 as usize].owner;
            if of != Owner::Other {
                self.out.aliases.insert(id, of);
            }
        }
    }

    /// A key that is a constant string, as a name.
    fn key(&mut self, owner: Owner, key: &Expr, access: Access, is_decl: bool) -> Option<FieldId> {
        let Some(name) = key.as_str().and_then(|k| std::str::from_utf8(k).ok()) else {
            self.expr(key, Use::Value);
            return None;
        };
        let field = self.field(owner, name);
        self.add(key.span, Sym::Field(field), access, is_decl);
        Some(field)
    }

    fn items(&mut self, items: &[Item], owner: Owner) {
        for item in items {
            match item {
                Item::Positional(e) => {
                    let element = self.field(owner, "[]");
                    self.inner(e, Owner::Field(element));
                }
                Item::Named(name, span, e) => match std::str::from_utf8(name) {
                    Ok(name) => {
                        let field = self.field(owner, name);
                        self.add(*span, Sym::Field(field), Access::Write, true);
                        if let ExprKind::Function(func) = e.bare().kind {
                            self.name_func(func, Sym::Field(field), *span, span.to(e.span), true);
                        }
                        self.stands_for(Sym::Field(field), &e.bare().kind);
                        self.inner(e, Owner::Field(field));
                    }
                    Err(_) => _ = self.expr(e, Use::Value),
                },
                Item::Keyed(k, e) => {
                    self.expr(k, Use::Value);
                    let element = self.field(owner, "[]");
                    self.inner(e, Owner::Field(element));
                }
            }
        }
    }

    /// A field that is given a local function stands for that function.
    fn stands_for(&mut self, sym: Sym, value: &ExprKind) {
        if let (ExprKind::Local(id), Sym::Field(_)) = (value, sym)
            && let Some(func) = self.out.func_of.get(&Sym::Local(*id)).copied()
        {
            self.out.func_of.entry(sym).or_insert(func);
        }
    }

    fn inner(&mut self, e: &Expr, owner: Owner) {
        match &e.bare().kind {
            ExprKind::Table(items) => {
                self.out.origins.entry(owner).or_insert(e.bare().span);
                self.items(items, owner);
            }
            _ => {
                self.out.opaque.insert(owner);
                self.expr(e, Use::Value);
            }
        }
    }

    /// Notes the names in an expression, and gives what its value is known as.
    fn expr(&mut self, e: &Expr, how: Use) -> Owner {
        let owner = match &e.kind {
            ExprKind::Local(id) => {
                self.add(e.span, Sym::Local(*id), Access::Read, false);
                self.out.owner_of_local(*id)
            }
            ExprKind::Global(slot) => {
                self.add(e.span, Sym::Global(*slot), Access::Read, false);
                Owner::Global(*slot)
            }
            ExprKind::Lib(name) => {
                self.library(e.span, name);
                return Owner::Other;
            }
            ExprKind::Import(id) => {
                self.import(e.span, *id);
                Owner::Import(*id)
            }
            ExprKind::Function(func) => {
                self.function(*func);
                return Owner::Other;
            }
            ExprKind::Index(object, key) => {
                let is_named = key.as_str().is_some();
                let of = self.expr(object, if is_named { Use::Part } else { Use::Value });
                match self.key(of, key, Access::Read, false) {
                    Some(field) if of != Owner::Other => Owner::Field(field),
                    Some(_) => Owner::Other,
                    None if of == Owner::Other => Owner::Other,
                    None => Owner::Field(self.field(of, "[]")),
                }
            }
            ExprKind::Call(callee, args) => {
                self.expr(callee, Use::Part);
                let what = self.callee(callee);
                args.iter().for_each(|a| _ = self.expr(a, Use::Value));
                self.call(e, what, args, false);
                return Owner::Other;
            }
            ExprKind::Method { object, name, name_span, args } => {
                let of = self.expr(object, Use::Part);
                if let Ok(name) = std::str::from_utf8(name) {
                    let field = self.field(of, name);
                    self.add(*name_span, Sym::Field(field), Access::Read, false);
                    args.iter().for_each(|a| _ = self.expr(a, Use::Value));
                    self.call(e, (*name_span, Callee::Sym(Sym::Field(field))), args, true);
                    // The receiver goes to a function that knows it as `self`, if it is one of this table.
                    let is_own = self.out.func_of.contains_key(&Sym::Field(field));
                    if !is_own {
                        self.out.escapes.push((of, object.span));
                    }
                }
                return Owner::Other;
            }
            ExprKind::Binary { .. } => {
                self.binary(e);
                return Owner::Other;
            }
            ExprKind::Unary(_, inner) => {
                self.expr(inner, Use::Value);
                return Owner::Other;
            }
            ExprKind::Paren(inner) => return self.expr(inner, how),
            ExprKind::Table(items) => {
                self.tables += 1;
                let owner = Owner::Table(self.tables);
                self.items(items, owner);
                return Owner::Other;
            }
            _ => return Owner::Other,
        };
        if how == Use::Value && owner != Owner::Other {
            self.out.escapes.push((owner, e.span));
        }
        owner
    }

    /// Left-leaning chains in a loop: `a .. b .. c …` costs no stack.
    fn binary(&mut self, e: &Expr) {
        let mut spine = Vec::new();
        let mut at = e;
        while let ExprKind::Binary { left, right, .. } = &at.kind {
            spine.push(&**right);
            at = left;
        }
        self.expr(at, Use::Value);
        while let Some(right) = spine.pop() {
            self.expr(right, Use::Value);
        }
    }

    /// What is called, right after the callee was walked: then its last name is the last one noted.
    fn callee(&self, callee: &Expr) -> (Span, Callee) {
        let span = callee.bare().span;
        match &callee.bare().kind {
            ExprKind::Local(id) => (span, Callee::Sym(Sym::Local(*id))),
            ExprKind::Global(slot) => (span, Callee::Sym(Sym::Global(*slot))),
            ExprKind::Function(func) => (span, Callee::Func(*func)),
            ExprKind::Lib(_) | ExprKind::Index(..) => match self.out.all.last() {
                Some(o) if o.span.end <= span.end && o.span.start >= span.start => (o.span, Callee::Sym(o.sym)),
                _ => (span, Callee::Unknown),
            },
            _ => (span, Callee::Unknown),
        }
    }

    fn call(&mut self, e: &Expr, (name_span, callee): (Span, Callee), args: &[Expr], is_method: bool) {
        let args = args.iter().map(|a| a.span).collect();
        let func = self.func;
        self.out.calls.push(CallSite { span: e.span, name_span, callee, args, is_method, func });
    }

    /// `string.byte` is two names: the table and its member.
    fn library(&mut self, span: Span, name: &str) {
        let Some((table, member)) = name.split_once('.') else {
            match lib(name) {
                Some(id) => self.add(span, Sym::Lib(id), Access::Read, false),
                None if name == "require" => self.add(span, Sym::Require, Access::Read, false),
                None => {}
            }
            return;
        };
        let start = span.start as usize;
        if let Some(id) = lib(table) {
            self.add(Span::new(start, start + table.len()), Sym::Lib(id), Access::Read, false);
        }
        // `string["byte"]` ends in a bracket; what is quoted there is left alone.
        if let Some(id) = lib(name)
            && self.text.get(span.range()).is_some_and(|t| t.ends_with(member))
        {
            let end = span.end as usize;
            self.add(Span::new(end - member.len(), end), Sym::Lib(id), Access::Read, false);
        }
    }

    /// `require "name"`: the word and the name in its quotes.
    fn import(&mut self, span: Span, id: ImportId) {
        let Some(text) = self.text.get(span.range()) else { return };
        let start = span.start as usize;
        let name = &self.hir.imports[id.0 as usize].name;
        self.add(Span::new(start, start + "require".len()), Sym::Require, Access::Read, false);
        if let Some(at) = text.rfind(name.as_str()).filter(|at| *at > "require".len()) {
            self.add(Span::new(start + at, start + at + name.len()), Sym::Module(id), Access::Read, false);
        }
    }
}

/// The library name's number.
pub(crate) fn lib(name: &str) -> Option<LibId> {
    gatos_sigs::SIGS.binary_search_by(|s| s.name.cmp(name)).ok().map(|i| LibId(i as u32))
}

/// The row of a library name.
pub(crate) fn sig(id: LibId) -> &'static gatos_sigs::Sig {
    &gatos_sigs::SIGS[id.0 as usize]
}
