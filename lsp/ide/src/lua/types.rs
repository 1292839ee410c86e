//! What inference says about names and functions, in words.

use super::analysis::Analysis;
use super::names::{Occurrence, Sym};
use crate::answer::{FileSpan, Target};
use crate::host::Snapshot;
use gatos_analysis::{Bound, FuncRef, FunctionCost, LoopCost, Place, Signature, Type};
use gatos_compiler::hir::FuncId;
use gatos_syntax::span::Span;

/// A place in the file itself.
pub(crate) fn here(span: Span) -> Place {
    Place { unit: 0, span }
}

/// A function of the file itself.
pub(crate) fn own(func: FuncId) -> FuncRef {
    FuncRef { unit: 0, func }
}

/// The type of a name at a place, when something is known.
pub(crate) fn of_name(its: &Analysis, found: &Occurrence) -> Option<Type> {
    let facts = its.facts();
    let there = match found.sym {
        Sym::Field(_) => facts.type_of_expr(here(field_expr(its, found))),
        _ => facts.type_of_expr(here(found.span)),
    };
    let known = |t: &Type| !matches!(t, Type::Any | Type::Never);
    there.filter(known).or_else(|| match found.sym {
        Sym::Local(id) => Some(facts.type_of_local(0, id)).filter(known),
        _ => None,
    })
}

/// What is known of a field by that of which it is one, as completion tells it: its type when it is there, and
/// whether it may be missing.
pub(crate) fn of_field(its: &Analysis, found: &Occurrence) -> Option<gatos_analysis::Field> {
    let object = super::complete::object_before(its, field_expr(its, found), found.span)?;
    let name = its.slice(found.span);
    its.facts().fields_at(here(object)).into_iter().find(|f| f.name == name)
}

/// The expression that ends with a field's name: from the first name of its chain.
pub(crate) fn field_expr(its: &Analysis, found: &Occurrence) -> Span {
    let mut finder = Finder { end: found.span, out: None };
    finder.block(&its.unit().hir, found.func);
    finder.out.unwrap_or(found.span)
}

/// Looks for the index expression whose key stands at a place.
struct Finder {
    end: Span,
    out: Option<Span>,
}

impl Finder {
    fn block(&mut self, hir: &gatos_compiler::hir::Hir, func: FuncId) {
        use gatos_compiler::hir::{ExprKind, StmtKind, TargetKind};
        use gatos_compiler::lint::visit;
        let Some(f) = hir.funcs.get(func.0 as usize) else { return };
        let end = self.end;
        let mut found = None;
        visit::statements(&f.body, &mut |s| {
            if found.is_some() || end.start < s.span.start || s.span.end < end.end {
                return;
            }
            if let StmtKind::Assign { targets, .. } = &s.kind {
                for t in targets {
                    if let TargetKind::Index(_, key) = &t.kind
                        && key.span == end
                    {
                        found = Some(t.span);
                    }
                }
            }
            visit::own_expressions(s, &mut |e| match &e.kind {
                ExprKind::Index(_, key) if key.span == end => found = Some(e.span),
                ExprKind::Method { name_span, object, .. } if *name_span == end => {
                    found = Some(object.span.to(*name_span));
                }
                ExprKind::Table(items) => {
                    for item in items {
                        if let gatos_compiler::hir::Item::Named(_, span, value) = item
                            && *span == end
                        {
                            found = Some(value.span);
                        }
                    }
                }
                _ => {}
            });
        });
        self.out = found;
    }
}

/// Where the shape of a name's value comes from.
pub(crate) fn origin_of(snapshot: &Snapshot, its: &Analysis, found: &Occurrence) -> Option<Target> {
    let span = match found.sym {
        Sym::Field(_) => field_expr(its, found),
        _ => found.span,
    };
    let place = *its.facts().origins(here(span)).first()?;
    let file = file_of(its, place.unit)?;
    snapshot.file(file)?;
    Some(Target { origin: found.span, full: FileSpan { file, span: place.span }, focus: place.span })
}

/// The file of a unit of the program.
pub(crate) fn file_of(its: &Analysis, unit: u32) -> Option<crate::host::FileId> {
    match unit {
        0 => Some(its.file),
        unit => its.modules.get(unit as usize - 1).copied().flatten(),
    }
}

/// A program in which a file is read: alone, or as one of its modules.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    /// The analysis of the program's main file.
    pub(crate) program: &'a Analysis,
    /// The file's unit in it.
    pub(crate) unit: u32,
}

impl<'a> Reader<'a> {
    /// The program that reads a file as its module, when it does.
    pub(crate) fn of(program: &'a Analysis, module: &Analysis) -> Option<Reader<'a>> {
        let unit = program.modules.iter().position(|m| *m == Some(module.file))? as u32 + 1;
        Some(Reader { program, unit })
    }

    fn func(&self, func: FuncId) -> FuncRef {
        FuncRef { unit: self.unit, func }
    }
}

/// `function M.add(state: {…}, n: integer): integer`
pub(crate) fn signature_line(its: &Analysis, func: FuncId, by: Option<Reader<'_>>) -> String {
    let known = by.map_or_else(|| signature_of(its, func), |by| signature_by(its, func, by));
    format!("function {}{}", super::symbols::display_name(its, func), shortened(known))
}

/// What a function takes and gives, by inference; the names alone where nothing is known.
pub(crate) fn signature_of(its: &Analysis, func: FuncId) -> Signature {
    signature_by(its, func, Reader { program: its, unit: 0 })
}

/// The same, as a program uses the file.
fn signature_by(its: &Analysis, func: FuncId, by: Reader<'_>) -> Signature {
    let known = by.program.facts().signature(by.func(func));
    let names = super::symbols::parameter_names(its, func);
    let is_vararg = names.last().is_some_and(|n| n == "...");
    let own_names: Vec<String> = names.into_iter().filter(|n| n != "...").collect();
    let mut params: Vec<(String, Type)> = known.params.into_iter().filter(|(name, _)| name != "self").collect();
    if params.len() != own_names.len() {
        params = own_names.into_iter().map(|n| (n, Type::Any)).collect();
    }
    Signature { params, is_vararg, ..known }
}

fn shortened(mut known: Signature) -> String {
    for (_, ty) in &mut known.params {
        if let Type::Table(_) | Type::Union(_) = ty
            && ty.to_string().chars().count() > 60
        {
            *ty = cut(ty);
        }
    }
    for ty in &mut known.results {
        if ty.to_string().chars().count() > 100 {
            *ty = cut(ty);
        }
    }
    known.to_string()
}

/// A table without its insides.
fn cut(ty: &Type) -> Type {
    match ty {
        Type::Table(_) => {
            Type::Table(Box::new(gatos_analysis::TableType { is_cut: true, ..gatos_analysis::TableType::default() }))
        }
        Type::Union(all) => Type::Union(all.iter().map(cut).collect()),
        other => other.clone(),
    }
}

/// The cost of a function of the file, when the program compiles.
pub(crate) fn cost(its: &Analysis, func: FuncId) -> Option<&FunctionCost> {
    its.costs()?.function(own(func))
}

/// The cost of a function as a program uses it, when there is a bound.
pub(crate) fn cost_by(by: Reader<'_>, func: FuncId) -> Option<&FunctionCost> {
    by.program.costs()?.function(by.func(func)).filter(|c| c.most.is_known())
}

/// The cost of the loop that is written at a place.
pub(crate) fn loop_cost(its: &Analysis, span: Span) -> Option<&LoopCost> {
    its.costs()?.loops.iter().find(|l| l.at == here(span))
}

/// A bound in a few words, for a hint: `fuel ≤ 120 + 35·n`, `fuel 12 or more`.
pub(crate) fn short_cost(cost: &FunctionCost) -> String {
    if cost.most.is_known() {
        format!("fuel ≤ {}", cost.most.written().0)
    } else {
        format!("fuel ≥ {}", cost.least)
    }
}

/// A bound in Markdown, with what its letters stand for.
pub(crate) fn long_cost(cost: &FunctionCost) -> String {
    let mut out = String::from("**Fuel**: ");
    match cost.most.why_unbounded() {
        Some(why) => out.push_str(&format!("at least {}, without a bound: {}", cost.least, why.why)),
        None => {
            let (sum, legend) = cost.most.written();
            out.push_str(&format!("at least {}, at most {sum}", cost.least));
            push_legend(&mut out, &legend);
        }
    }
    if cost.most.is_known() && cost.most.grows_with_strings() {
        out.push_str("; long strings cost more");
    }
    if cost.own != cost.most && cost.own.is_known() {
        out.push_str(&format!("  \nwithout what it calls: at most {}", cost.own.written().0));
    }
    out
}

/// A loop's cost in Markdown.
pub(crate) fn long_loop(cost: &LoopCost) -> String {
    let mut out = format!("**Fuel**: {} a round", words(&cost.round));
    if cost.rounds.is_known() {
        out.push_str(&format!(", at most {} rounds, {} in all", cost.rounds.written().0, words(&cost.most)));
    } else if let Some(why) = cost.rounds.why_unbounded() {
        out.push_str(&format!("; {}", why.why));
    }
    let mut legend = cost.most.written().1;
    if legend.is_empty() {
        legend = cost.round.written().1;
    }
    push_legend(&mut out, &legend);
    out
}

fn words(bound: &Bound) -> String {
    if bound.is_known() { bound.written().0 } else { "unbounded".to_owned() }
}

fn push_legend(out: &mut String, legend: &[String]) {
    if !legend.is_empty() {
        out.push_str(&format!(", where {}", legend.join(", ")));
    }
}
