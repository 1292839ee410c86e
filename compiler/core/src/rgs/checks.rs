//! What can be known to be wrong without running: types of arguments, the decision contract,
//! rules that contradict each other, imports that nobody uses.

use super::context::Context;
use super::hir::{ArithOp, Bundle, Document, DocumentKind, Expr, ExprKind, Scalar};
use super::names::Lowering;
use super::tree::path_text;
use crate::resolve::suggest::closest;
use gatos_sigs::rgs::{self as sigs, Types};
use gatos_syntax::diagnostic::Severity;
use gatos_syntax::rgs::ast::{Comment, HeadValue, MetaValue, Metadata, Module};
use gatos_syntax::span::Span;

impl Lowering<'_, '_> {
    /// Arguments whose kind is known and never taken.
    pub fn argument_types(&mut self, b: &'static sigs::Builtin, args: &[Expr]) {
        for (i, (arg, param)) in args.iter().zip(b.params).enumerate() {
            let Some(is) = kinds(arg) else { continue };
            if param.ty.meets(is) {
                continue;
            }
            let wants: Vec<&str> = param.ty.names().collect();
            let has: Vec<&str> = is.names().collect();
            let says = format!("argument {} of `{}` cannot be {}", i + 1, b.name, has.join(" or "));
            self.error("E1114", arg.span, says)
                .label(format!("`{}` is {}", param.name, wants.join(" or ")))
                .help("the call would always be undefined");
        }
    }
}

impl Lowering<'_, '_> {
    /// Operands whose kind is known and that the operator never takes.
    pub fn operand_types(&mut self, op: ArithOp, operands: [&Expr; 2]) {
        let (sign, takes) = match op {
            ArithOp::Add => ("+", Types::NUMBER),
            ArithOp::Sub => ("-", Types::NUMBER.or(Types::SET)),
            ArithOp::Mul => ("*", Types::NUMBER),
            ArithOp::Div => ("/", Types::NUMBER),
            ArithOp::Rem => ("%", Types::NUMBER),
            ArithOp::And => ("&", Types::SET),
            ArithOp::Or => ("|", Types::SET),
        };
        for operand in operands {
            let Some(is) = kinds(operand).filter(|is| !takes.meets(*is)) else { continue };
            let has: Vec<&str> = is.names().collect();
            let wants: Vec<&str> = takes.names().collect();
            let says = format!("`{sign}` cannot take {}", has.join(" or "));
            let text = op == ArithOp::Add && Types::STRING.meets(is);
            let said = self
                .error("E1114", operand.span, says)
                .label(format!("`{sign}` takes {}", wants.join(" or ")))
                .help("the expression would always be undefined");
            if text {
                said.help("strings are joined by `concat(\"\", [a, b])`, or in a template: `$\"{a}{b}\"`");
            }
            return;
        }
    }
}

/// The kinds that a value can have, where its text says so.
fn kinds(e: &Expr) -> Option<Types> {
    Some(match &e.kind {
        ExprKind::Scalar(Scalar::Null) => Types::NULL,
        ExprKind::Scalar(Scalar::Bool(_)) => Types::BOOLEAN,
        ExprKind::Scalar(Scalar::Int(_) | Scalar::Fixed(_)) => Types::NUMBER,
        ExprKind::Scalar(Scalar::Text(_)) | ExprKind::Template(_) => Types::STRING,
        ExprKind::Array(_) | ExprKind::ArrayComp(..) => Types::ARRAY,
        ExprKind::Object(_) | ExprKind::ObjectComp(..) => Types::OBJECT,
        ExprKind::Set(_) | ExprKind::SetComp(..) => Types::SET,
        ExprKind::Compare(..) | ExprKind::In(..) => Types::BOOLEAN,
        ExprKind::Arith(op, ..) => match op {
            ArithOp::And | ArithOp::Or => Types::SET,
            ArithOp::Sub => Types::NUMBER.or(Types::SET),
            ArithOp::Add | ArithOp::Mul | ArithOp::Div | ArithOp::Rem => Types::NUMBER,
        },
        ExprKind::CallBuiltin { name, .. } => sigs::find(name)?.result,
        _ => return None,
    })
}

/// Checks of the whole bundle.
pub(super) fn bundle(cx: &mut Context<'_>, bundle: &Bundle) {
    for doc in &bundle.documents {
        contract(cx, doc);
        constants(cx, doc);
    }
    packages(cx);
    unused_imports(cx);
    for (file, module) in cx.modules.clone().into_iter().enumerate() {
        for block in &module.metadata {
            metadata(cx, file as u32, module, block);
        }
    }
}

/// A package below `gatos` that is itself called `allow` or `deny`: what it says is nobody's `allow` or `deny`, so
/// that `package gatos.exec.deny` with `reasons contains ...` would never refuse anything.
fn packages(cx: &mut Context<'_>) {
    for (file, module) in cx.modules.clone().into_iter().enumerate() {
        let mut path = module.package.iter().flat_map(|package| &package.path);
        if path.next().is_none_or(|first| first.text != "gatos") {
            continue;
        }
        let Some(word) = path.find(|name| matches!(name.text.as_str(), "allow" | "deny")) else { continue };
        let example = if word.text == "allow" { "allow if { ... }" } else { "deny contains \"the reason\" if { ... }" };
        cx.log
            .error(file as u32, "E1126", word.span, format!("a package under `gatos` cannot be called `{}`", word.text))
            .label(format!("a gate reads `{}` as a rule of a package", word.text))
            .help(format!("leave it out of the package's name, and write `{example}` in the package"));
    }
}

/// `allow` and `deny` of packages under `gatos` are what a gate reads.
fn contract(cx: &mut Context<'_>, doc: &Document) {
    if doc.path.first().is_none_or(|first| first != "gatos") {
        return;
    }
    let package = |n: &usize| cx.tree.packages.binary_search_by(|p| p.as_slice().cmp(&doc.path[..*n])).is_ok();
    let Some(last) = (1..doc.path.len()).rev().find(package).map(|n| &doc.path[n..]) else { return };
    let Some(rule) = doc.rules.first().or(doc.default.as_ref()) else { return };
    let (file, span) = (rule.file, rule.head_span);
    let name = path_text(&doc.path);
    let Some(word) = last.iter().position(|part| matches!(part.as_str(), "allow" | "deny")) else { return };
    let parts = word + 1 < last.len();
    match (last[word].as_str(), doc.kind) {
        ("allow", DocumentKind::Complete) if !parts => {
            let wrong = doc.rules.iter().chain(&doc.default).flat_map(|r| r.branches.iter().map(move |b| (r.file, b)));
            for (file, branch) in wrong {
                let Some(is) = kinds(&branch.value).filter(|k| !k.meets(Types::BOOLEAN)) else { continue };
                let is: Vec<&str> = is.names().collect();
                cx.log
                    .error(
                        file,
                        "E1126",
                        branch.value.span,
                        format!("`{name}` is true or false, not {}", is.join(" or ")),
                    )
                    .label("a gate reads `allow` as a boolean")
                    .help("`allow if { ... }` is true when its conditions hold");
            }
        }
        ("allow", _) => {
            cx.log
                .error(file, "E1126", span, format!("`{name}` is one value: true or false"))
                .label("a gate reads `allow` as a boolean")
                .help("write `allow if { ... }`");
        }
        ("deny", DocumentKind::Set) if !parts => {}
        ("deny", _) => {
            let head = rule_head(&cx.modules, file, span);
            let said = cx
                .log
                .error(file, "E1126", span, format!("`{name}` is a set of reasons"))
                .label("a gate reads `deny` as a set")
                .help("write `deny contains \"the reason\" if { ... }`");
            if let Some(HeadValue::True) = head
                && !parts
            {
                let end = Span { start: span.end, end: span.end };
                said.fix("give a reason", end, " contains \"refused\"");
            }
        }
        _ => {}
    }
}

fn rule_head<'a>(modules: &[&'a gatos_syntax::rgs::ast::Module], file: u32, head: Span) -> Option<&'a HeadValue> {
    let module = modules.get(file as usize)?;
    module.rules.iter().find(|r| r.head.span == head).map(|r| &r.head.value)
}

/// Rules of one value that always hold and say different things.
fn constants(cx: &mut Context<'_>, doc: &Document) {
    if doc.kind != DocumentKind::Complete {
        return;
    }
    let always = |r: &&super::hir::Rule| r.branches.first().is_some_and(|b| b.body.literals.is_empty());
    let mut rules = doc.rules.iter().filter(always);
    let Some(first) = rules.next() else { return };
    let scalar = |r: &super::hir::Rule| match &r.branches[0].value.kind {
        ExprKind::Scalar(s) => Some(s.clone()),
        _ => None,
    };
    let Some(says) = scalar(first) else { return };
    for other in rules {
        if scalar(other).is_some_and(|s| s != says) {
            let name = path_text(&doc.path);
            cx.log
                .warning(other.file, "W1155", other.head_span, format!("`{name}` has two values at once"))
                .label("always holds")
                .also(first.file, first.head_span, "always holds too")
                .help("asking for it ends in a conflict; give one a condition, or use `else` or `default`");
            return;
        }
    }
}

/// What METADATA may say, and as what.
const FIELDS: &[(&str, &str)] = &[
    ("scope", "text"),
    ("title", "text"),
    ("description", "text"),
    ("entrypoint", "true or false"),
    ("authors", "a list"),
    ("organizations", "a list"),
    ("related_resources", "a list"),
    ("schemas", "a list"),
    ("custom", "a map"),
];

/// Names in METADATA that nobody reads, and values that nobody can.
fn metadata(cx: &mut Context<'_>, file: u32, module: &Module, block: &Metadata) {
    for (key, value) in &block.fields {
        let at = key_place(module, block, key);
        let span = at.unwrap_or(block.span);
        let Some((_, wants)) = FIELDS.iter().find(|(name, _)| name == key) else {
            let near = closest(key, FIELDS.iter().map(|(name, _)| *name));
            let said =
                cx.log.warning(file, "W1157", span, format!("METADATA has no field `{key}`")).label("nobody reads it");
            match (near, at) {
                (Some(near), Some(at)) => said.fix(format!("write `{near}`"), at, near),
                _ => said.help("what is your own stands under `custom`"),
            };
            continue;
        };
        let is = match value {
            MetaValue::Null => continue,
            MetaValue::Bool(_) => "true or false",
            MetaValue::Number(_) => "a number",
            MetaValue::Text(_) => "text",
            MetaValue::List(_) => "a list",
            MetaValue::Map(_) => "a map",
        };
        if is != *wants {
            let said = cx
                .log
                .warning(file, "W1157", span, format!("`{key}` in METADATA is {wants}, not {is}"))
                .label("left out of explanations");
            if *wants == "text" && matches!(value, MetaValue::Number(_) | MetaValue::Bool(_)) {
                said.help("put quotes around it");
            }
        }
    }
}

/// Where a block names a field: at the beginning of the line with the least indentation.
fn key_place(module: &Module, block: &Metadata, key: &str) -> Option<Span> {
    let inside = |c: &&Comment| block.span.start <= c.span.start && c.span.end <= block.span.end;
    let rows = module.comments.iter().filter(inside).filter_map(|c| {
        let name = c.text.trim_start();
        let indent = c.text.len() - name.len();
        name.strip_prefix(key)?.trim_start().starts_with(':').then_some((indent, c.span.start + 1 + indent as u32))
    });
    let (_, start) = rows.min()?;
    Some(Span { start, end: start + key.len() as u32 })
}

fn unused_imports(cx: &mut Context<'_>) {
    for (file, imports) in cx.imports.iter().enumerate() {
        let file = file as u32;
        let broken = cx.log.diagnostics.iter().any(|d| d.file == file && d.diagnostic.severity == Severity::Error);
        if broken {
            continue;
        }
        for (name, import) in imports.iter().filter(|(_, i)| !i.used.get()) {
            cx.log
                .warning(file, "W1152", import.span, format!("the import `{name}` is never used"))
                .help("leave it out")
                .fix("leave it out", import.span, "");
        }
    }
}
