//! `with`: what is replaced while a literal is evaluated, and by what.

use super::call::{Function, function_path};
use super::hir::{DocumentKind, EnvId, FnValue, Replaced, Target, With, WithValue};
use super::names::{Base, Lowering};
use super::tree::{Found, arguments, path_text};
use crate::resolve::suggest::closest;
use gatos_syntax::rgs::ast;
use gatos_syntax::span::Span;

/// Documents that all `with` of a bundle replace, each counted as often as it is replaced.
const MAX_REPLACEMENTS: usize = 200_000;

impl Lowering<'_, '_> {
    /// The modifiers of a literal, in order.
    pub fn with(&mut self, list: &[ast::With]) -> Vec<With> {
        list.iter().filter_map(|w| self.one_with(w)).collect()
    }

    fn one_with(&mut self, w: &ast::With) -> Option<With> {
        let Some((path, at)) = function_path(&w.target) else {
            self.error("E1119", w.target.span, "`with` cannot replace this")
                .label("not `input`, `data`, a rule or a function")
                .help("the path is written out: `with input.user as ...`, `with data.roles as ...`");
            return None;
        };
        let base = self.known_base(&path[0], at);
        let rest: Vec<String> = path[1..].to_vec();
        match base {
            Some(Base::Input(mut below)) => {
                below.extend(rest);
                let value = self.replacement(&w.value, None);
                Some(With { target: Target::Input(below), value, span: w.span })
            }
            Some(Base::Var(_)) if path.len() == 1 => {
                self.error("E1119", at, format!("`with` cannot replace the variable `{}`", path[0]))
                    .help("it replaces `input`, `data`, rules and functions");
                None
            }
            Some(Base::Data(mut below)) => {
                below.extend(rest);
                self.data_with(w, &path, below, at)
            }
            _ => self.function_with(w, &path, at),
        }
    }

    fn data_with(&mut self, w: &ast::With, written: &[String], path: Vec<String>, at: Span) -> Option<With> {
        let found = self.cx.tree.find(&path);
        if let Found::Document(id, used) = found
            && let DocumentKind::Function(n) = self.cx.tree.doc(id).kind
        {
            if used == path.len() {
                return self.replace_function(w, Function::Document(id, n));
            }
            self.error("E1119", at, format!("there is nothing inside the function `{}`", path_text(&path[..used])));
            return None;
        }
        // A library function whose name begins like a rule of the package.
        if found == Found::Base
            && let Ok(function @ Function::Builtin(_)) = self.known_function(written, at)
        {
            return self.replace_function(w, function);
        }
        let value = self.replacement(&w.value, None);
        let mut documents: Vec<(EnvId, Vec<String>)> = Vec::new();
        let mut inside = None;
        match found {
            Found::Document(id, used) if used < path.len() => {
                let slot = self.cx.slot(Replaced::Document(id));
                inside = Some((slot, id, path[used..].to_vec()));
            }
            _ => {
                let below: Vec<_> = self.cx.tree.below(&path).collect();
                self.cx.replacements += below.len();
                if self.cx.replacements > MAX_REPLACEMENTS {
                    self.error("E1127", w.span, "`with` replaces too many rules in this bundle")
                        .label(format!("more than {MAX_REPLACEMENTS} together"))
                        .help("replace longer paths, with fewer rules below them");
                    return None;
                }
                for id in below {
                    let doc = self.cx.tree.doc(id);
                    if matches!(doc.kind, DocumentKind::Function(_)) {
                        continue;
                    }
                    let rest = doc.path[path.len()..].to_vec();
                    documents.push((self.cx.slot(Replaced::Document(id)), rest));
                }
            }
        }
        Some(With { target: Target::Data { path, documents, inside }, value, span: w.span })
    }

    fn function_with(&mut self, w: &ast::With, path: &[String], at: Span) -> Option<With> {
        if self.known_function(path, at).is_err()
            && let Some(near) = closest(&path[0], ["input", "data"].into_iter())
        {
            let rest: String = path[1..].iter().map(|p| format!(".{p}")).collect();
            self.error("E1119", at, format!("there is nothing called `{}` that `with` could replace", path[0]))
                .label(format!("did you mean `{near}`?"))
                .fix(format!("write `{near}`"), at, format!("{near}{rest}"));
            return None;
        }
        let function = self.function(path, at, at, &[])?;
        self.replace_function(w, function)
    }

    fn replace_function(&mut self, w: &ast::With, function: Function) -> Option<With> {
        let (slot, arity) = match function {
            Function::Document(id, n) => (self.cx.slot(Replaced::Document(id)), usize::from(n)),
            Function::Builtin(b) => (self.cx.slot(Replaced::Builtin(b.name.to_string())), b.params.len()),
        };
        let value = self.replacement(&w.value, Some(arity));
        Some(With { target: Target::Function(slot), value, span: w.span })
    }

    /// What is put in place; for a function of so many arguments, another may stand.
    fn replacement(&mut self, value: &ast::Expr, arity: Option<usize>) -> WithValue {
        if let Some(arity) = arity
            && let Some((path, at)) = function_path(value)
            && let Ok(function) = self.known_function(&path, at)
        {
            let (takes, put) = match function {
                Function::Document(id, n) => (usize::from(n), FnValue::Document(id)),
                Function::Builtin(b) => (b.params.len(), FnValue::Builtin(b.name.to_string())),
            };
            if takes != arity {
                let n = |n: usize| arguments(u8::try_from(n).unwrap_or(u8::MAX));
                self.error(
                    "E1120",
                    at,
                    format!("`{}` takes {}, what it replaces takes {}", path.join("."), n(takes), n(arity)),
                )
                .help("a function is replaced by one of as many arguments, or by a plain value");
            }
            return WithValue::Function(put);
        }
        WithValue::Value(self.expr(value))
    }
}
