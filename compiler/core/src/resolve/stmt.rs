//! Statements: declarations, targets, loops.

use super::{FileRole, Meaning, Resolver, library, profile, suggest};
use crate::hir::{Expr, ExprKind, FuncId, LocalId, LocalKind, StmtKind, Target, TargetKind};
use gatos_syntax::diagnostic::Diagnostic;
use gatos_syntax::echolua::ast::{self, Ident};
use gatos_syntax::span::Span;

impl Resolver {
    pub(super) fn stmt(&mut self, stmt: &ast::Stmt, void_after: bool) -> StmtKind {
        self.deeper(stmt.span, |r| r.stmt_inner(stmt, void_after)).unwrap_or(StmtKind::Empty)
    }

    fn stmt_inner(&mut self, stmt: &ast::Stmt, void_after: bool) -> StmtKind {
        match &stmt.kind {
            ast::StmtKind::Local { names, values } => self.local(names, values),
            ast::StmtKind::LocalFunction { name, func } => {
                let local = self.declare(name, LocalKind::Function);
                let id = self.new_function(name.name.clone(), func.span);
                self.hir.locals[local.0 as usize].names_func = Some(id);
                self.function_body(id, func, false);
                StmtKind::LocalFunction { local, func: id, span: func.span }
            }
            ast::StmtKind::Function { name, fields, method, func } => self.function_stmt(name, fields, method, func),
            ast::StmtKind::Assign { targets, values } => {
                let targets: Vec<Target> = targets.iter().map(|t| self.target(t)).collect();
                let mut out = Vec::with_capacity(values.len());
                for (i, value) in values.iter().enumerate() {
                    let name = match (&value.kind, targets.get(i)) {
                        (ast::ExprKind::Function(_), Some(t)) => self.target_name(t),
                        _ => String::new(),
                    };
                    out.push(self.expr_named(value, name));
                }
                StmtKind::Assign { targets, values: out }
            }
            ast::StmtKind::Call(e) => StmtKind::Call(self.expr(e)),
            ast::StmtKind::Do(b) => StmtKind::Do(self.block(b, false, |_| ())),
            ast::StmtKind::While { cond, body } => {
                let cond = self.expr(cond);
                StmtKind::While(cond, self.loop_body(body, |_| ()))
            }
            ast::StmtKind::Repeat { body, cond } => {
                self.scope().loops += 1;
                let (body, cond) = self.block_with(
                    body,
                    true,
                    |_| (),
                    |r| {
                        r.scope().loops -= 1;
                        r.expr(cond)
                    },
                );
                StmtKind::Repeat(body, cond)
            }
            ast::StmtKind::If { arms, otherwise } => {
                let arms = arms.iter().map(|(c, b)| (self.expr(c), self.block(b, false, |_| ()))).collect();
                let otherwise = otherwise.as_ref().map(|b| self.block(b, false, |_| ()));
                StmtKind::If(arms, otherwise)
            }
            ast::StmtKind::NumericFor { var, start, limit, step, body } => {
                let (start, limit) = (self.expr(start), self.expr(limit));
                let step = step.as_ref().map(|s| self.expr(s));
                let mut id = LocalId(0);
                let body = self.loop_body(body, |r| id = r.declare(var, LocalKind::LoopVar));
                StmtKind::NumericFor { var: id, start, limit, step, body }
            }
            ast::StmtKind::GenericFor { vars, exprs, body } => {
                let exprs = exprs.iter().map(|e| self.expr(e)).collect();
                let mut ids = Vec::new();
                let body = self.loop_body(body, |r| {
                    ids = vars.iter().map(|v| r.declare(v, LocalKind::LoopVar)).collect();
                });
                StmtKind::GenericFor { vars: ids, exprs, body }
            }
            ast::StmtKind::Goto(name) => self.goto(name),
            ast::StmtKind::Label(name) => self.label(name, void_after),
            ast::StmtKind::Break => {
                if self.scope().loops == 0 {
                    self.diags.push(
                        Diagnostic::error("E0209", stmt.span, "`break` stands outside any loop")
                            .label("nothing to leave here"),
                    );
                    return StmtKind::Empty;
                }
                StmtKind::Break
            }
            ast::StmtKind::Return(values) => StmtKind::Return(values.iter().map(|e| self.expr(e)).collect()),
            ast::StmtKind::Empty | ast::StmtKind::Error => StmtKind::Empty,
        }
    }

    fn loop_body(&mut self, body: &ast::Block, first: impl FnOnce(&mut Self)) -> crate::hir::Block {
        self.scope().loops += 1;
        let out = self.block_with(body, false, first, |_| ()).0;
        self.scope().loops -= 1;
        out
    }

    fn local(&mut self, names: &[ast::AttribName], values: &[ast::Expr]) -> StmtKind {
        let mut out = Vec::with_capacity(values.len());
        for (i, value) in values.iter().enumerate() {
            let name = names.get(i).map_or(String::new(), |n| n.name.name.clone());
            out.push(self.expr_named(value, name));
        }
        let ids: Vec<LocalId> = names.iter().map(|n| self.new_local(&n.name, LocalKind::Var)).collect();
        for (id, name) in ids.iter().zip(names) {
            self.show_local(*id);
            if let Some(attrib) = &name.attrib {
                self.attrib(*id, attrib);
            }
        }
        StmtKind::Local { locals: ids, values: out }
    }

    fn attrib(&mut self, id: LocalId, attrib: &Ident) {
        match attrib.name.as_str() {
            "const" => self.hir.locals[id.0 as usize].is_const = true,
            "close" => self.diags.push(
                Diagnostic::error("E0101", attrib.span, "`<close>` is not part of EchoLua")
                    .label("a variable that runs code when it goes out of scope")
                    .help("call the function that closes it where the scope ends; nothing here holds files or locks")
                    .fix("replace by `const`", attrib.span, "const"),
            ),
            other => {
                let mut diag = Diagnostic::error("E0211", attrib.span, format!("`<{other}>` is not an attribute"))
                    .label("unknown");
                diag = match suggest::closest(other, ["const"].into_iter()) {
                    Some(best) => diag.help("did you mean `<const>`?").fix("replace by `const`", attrib.span, best),
                    None => diag.help("the only attribute is `<const>`"),
                };
                self.diags.push(diag);
            }
        }
    }

    fn function_stmt(
        &mut self,
        name: &Ident,
        fields: &[Ident],
        method: &Option<Ident>,
        func: &ast::Function,
    ) -> StmtKind {
        let mut full = name.name.clone();
        for f in fields {
            full.push('.');
            full.push_str(&f.name);
        }
        if let Some(m) = method {
            full.push(':');
            full.push_str(&m.name);
        }
        let last = method.as_ref().or(fields.last());
        let target = match last {
            None => self.name_target(name, name.span),
            Some(last) => {
                let span = name.span.to(last.span);
                if self.library_target(&name.name, Some(last), span) {
                    Target { kind: TargetKind::Error, span }
                } else {
                    self.metafield(&last.name, last.span);
                    let mut object = Expr { kind: self.name(&name.name, name.span), span: name.span };
                    let middle = if method.is_some() { fields } else { &fields[..fields.len() - 1] };
                    for f in middle {
                        let span = name.span.to(f.span);
                        object = Expr { kind: ExprKind::Index(Box::new(object), Box::new(key(f))), span };
                    }
                    Target { kind: TargetKind::Index(Box::new(object), Box::new(key(last))), span }
                }
            }
        };
        let id = self.new_function(full, func.span);
        self.function_body(id, func, method.is_some());
        let value = Expr { kind: ExprKind::Function(id), span: func.span };
        StmtKind::Assign { targets: vec![target], values: vec![value] }
    }

    /// A readable name for the function assigned to a target.
    fn target_name(&self, target: &Target) -> String {
        fn path(r: &Resolver, e: &Expr) -> Option<String> {
            match &e.kind {
                ExprKind::Local(id) => Some(r.hir.local(*id).name.clone()),
                ExprKind::Global(slot) => Some(r.hir.globals[slot.0 as usize].name.clone()),
                ExprKind::Index(object, key) => {
                    let key = std::str::from_utf8(key.as_str()?).ok()?;
                    // Only short paths: a name for people, and no deep recursion.
                    let object = match &object.kind {
                        ExprKind::Index(..) => "…".to_string(),
                        _ => path(r, object)?,
                    };
                    Some(format!("{object}.{key}"))
                }
                _ => None,
            }
        }
        match &target.kind {
            TargetKind::Local(id) => self.hir.local(*id).name.clone(),
            TargetKind::Global(slot) => self.hir.globals[slot.0 as usize].name.clone(),
            TargetKind::Index(object, key) => {
                let key = key.as_str().and_then(|k| std::str::from_utf8(k).ok());
                match (path(self, object), key) {
                    (Some(o), Some(k)) => format!("{o}.{k}"),
                    (None, Some(k)) => k.to_string(),
                    _ => String::new(),
                }
            }
            TargetKind::Error => String::new(),
        }
    }

    fn target(&mut self, target: &ast::Expr) -> Target {
        let span = target.span;
        let kind = match &target.kind {
            ast::ExprKind::Name(name) => {
                return self.name_target(&Ident { name: name.clone(), span }, span);
            }
            ast::ExprKind::Field { object, name } => {
                if let ast::ExprKind::Name(root) = &object.kind
                    && self.library_target(root, Some(name), span)
                {
                    return Target { kind: TargetKind::Error, span };
                }
                self.metafield(&name.name, name.span);
                let object = self.expr(object);
                TargetKind::Index(Box::new(object), Box::new(key(name)))
            }
            ast::ExprKind::Index { object, key } => {
                if let ast::ExprKind::Name(root) = &object.kind
                    && self.library_target(root, None, span)
                {
                    return Target { kind: TargetKind::Error, span };
                }
                let (object, key) = (self.expr(object), self.expr(key));
                if let Some(s) = key.as_str() {
                    let text = String::from_utf8_lossy(s).into_owned();
                    self.metafield(&text, key.span);
                }
                TargetKind::Index(Box::new(object), Box::new(key))
            }
            _ => {
                self.expr(target);
                TargetKind::Error
            }
        };
        Target { kind, span }
    }

    /// Reports an assignment into a library table.
    fn library_target(&mut self, root: &str, member: Option<&Ident>, span: Span) -> bool {
        if !matches!(self.meaning(root), Meaning::Lib) {
            return false;
        }
        let what = member.map_or(format!("`{root}`"), |m| format!("`{root}.{}`", m.name));
        self.diags.push(
            Diagnostic::error("E0205", span, format!("{what} belongs to the library, which cannot be changed"))
                .label("every program shares it")
                .help("make a local function instead, and call that"),
        );
        true
    }

    fn name_target(&mut self, name: &Ident, span: Span) -> Target {
        let kind = match self.meaning(&name.name) {
            Meaning::Local(id) => {
                if self.hir.local(id).is_const {
                    let at = self.hir.local(id).span;
                    self.diags.push(
                        Diagnostic::error("E0203", span, format!("`{}` is a constant", name.name))
                            .label("assigned here")
                            .related(at, "declared `<const>` here")
                            .help("leave out `<const>`, or assign another variable"),
                    );
                    return Target { kind: TargetKind::Error, span };
                }
                self.write_local(id, span);
                TargetKind::Local(id)
            }
            Meaning::Lib => {
                self.diags.push(
                    Diagnostic::error("E0205", span, format!("`{}` is a name of the library", name.name))
                        .label("assigned here")
                        .help(format!("`local {0}` may hide it, or choose another name", name.name)),
                );
                TargetKind::Error
            }
            Meaning::Other if name.name == "_ENV" || name.name == "_G" => {
                if let Some(r) = profile::refused(&name.name) {
                    self.diags.push(r.diagnostic(&name.name, span));
                }
                TargetKind::Error
            }
            Meaning::Other if !self.at_top() => {
                self.assigned_inside.insert(name.name.clone());
                let slot = self.global(&name.name, span);
                let mut diag = Diagnostic::error(
                    "E0202",
                    span,
                    format!("the global `{}` is assigned inside a function", name.name),
                )
                .label("globals are assigned at the top level of the file only")
                .help(format!("for a variable of this function write `local {}`", name.name));
                if self.declared[slot.0 as usize] {
                    diag = diag.related(self.hir.globals[slot.0 as usize].span, "declared here");
                }
                self.diags.push(diag);
                TargetKind::Error
            }
            Meaning::Other => {
                let slot = self.global(&name.name, span);
                if !self.declared[slot.0 as usize] {
                    self.declared[slot.0 as usize] = true;
                    self.hir.globals[slot.0 as usize].span = span;
                }
                match self.hir.globals[slot.0 as usize].local {
                    Some(id) => {
                        self.write_local(id, span);
                        TargetKind::Local(id)
                    }
                    None => TargetKind::Global(slot),
                }
            }
        };
        Target { kind, span }
    }

    /// Refuses the metamethods that EchoLua has not.
    pub(super) fn metafield(&mut self, name: &str, span: Span) {
        if let Some(why) = profile::refused_metamethod(name) {
            self.diags.push(
                Diagnostic::error("E0110", span, format!("`{name}` has no effect in EchoLua")).label(why.0).help(why.1),
            );
        }
    }

    pub(super) fn new_function(&mut self, name: String, span: Span) -> FuncId {
        let id = FuncId(self.hir.funcs.len() as u32);
        let parent = Some(self.func());
        self.hir.funcs.push(crate::hir::Func {
            name,
            params: Vec::new(),
            vararg: false,
            parent,
            self_local: None,
            body: crate::hir::Block::default(),
            span,
        });
        id
    }

    pub(super) fn function_body(&mut self, id: FuncId, func: &ast::Function, method: bool) {
        self.enter_function(id, func.vararg.is_some());
        let mut params = Vec::new();
        let body = self
            .block_with(
                &func.body,
                false,
                |r| {
                    if method {
                        let at = Span { start: func.span.start, end: func.span.start };
                        params.push(r.declare(&Ident { name: "self".into(), span: at }, LocalKind::SelfParam));
                    }
                    params.extend(func.params.iter().map(|p| r.declare(p, LocalKind::Param)));
                },
                |_| (),
            )
            .0;
        self.leave_function();
        let f = &mut self.hir.funcs[id.0 as usize];
        f.params = params;
        f.vararg = func.vararg.is_some();
        f.body = body;
    }

    /// What a name means as a value.
    pub(super) fn name(&mut self, name: &str, span: Span) -> ExprKind {
        match self.meaning(name) {
            Meaning::Local(id) => {
                self.read_local(id);
                ExprKind::Local(id)
            }
            Meaning::Lib => ExprKind::Lib(name.to_string()),
            Meaning::Other => {
                let diag = match profile::refused(name) {
                    Some(r) => r.diagnostic(name, span),
                    None => self.undeclared(name, span),
                };
                self.read_global(name, span, diag)
            }
        }
    }

    /// `root.member` where `root` is not a local: a library name, or refused.
    pub(super) fn member(&mut self, root: &str, root_span: Span, member: &str, member_span: Span) -> Option<ExprKind> {
        let span = root_span.to(member_span);
        let full = format!("{root}.{member}");
        match self.meaning(root) {
            Meaning::Local(_) => None,
            Meaning::Lib if library::exists(&full) => Some(ExprKind::Lib(full)),
            Meaning::Lib if !library::is_table(root) => None,
            Meaning::Lib => {
                let diag = match profile::refused(&full) {
                    Some(r) => r.diagnostic(&full, span),
                    None => {
                        let mut d = Diagnostic::error("E0204", member_span, format!("the library has no `{full}`"))
                            .label(format!("`{root}` has no such member"));
                        match suggest::closest(member, library::members(root)) {
                            Some(best) => {
                                d = d.help(format!("did you mean `{root}.{best}`?")).fix(
                                    format!("replace by `{best}`"),
                                    member_span,
                                    best,
                                );
                            }
                            None => {
                                let all: Vec<&str> = library::members(root).collect();
                                d = d.help(format!("`{root}` has {}", all.join(", ")));
                            }
                        }
                        d
                    }
                };
                self.diags.push(diag);
                Some(ExprKind::Error)
            }
            Meaning::Other => {
                let refusal = profile::refused(&full).or_else(|| profile::refused(root))?;
                let diag = refusal.diagnostic(&full, span);
                let object = Expr { kind: self.read_global(root, root_span, diag), span: root_span };
                let key = Expr { kind: ExprKind::Str(member.as_bytes().to_vec()), span: member_span };
                Some(ExprKind::Index(Box::new(object), Box::new(key)))
            }
        }
    }

    pub(super) fn is_module(&self) -> bool {
        self.role == FileRole::Module
    }
}

pub(super) fn key(name: &Ident) -> Expr {
    Expr { kind: ExprKind::Str(name.name.clone().into_bytes()), span: name.span }
}
