//! The documentation of an item, by what was put into it.

use crate::host::{File, Snapshot};
use crate::lua::analysis::{Analysis, analysis};
use crate::lua::hover;
use crate::lua::names::Sym;
use gatos_compiler::hir::{FuncId, LocalId};
use std::sync::Arc;

/// The documentation of a completion.
pub(crate) fn resolve(snapshot: &Snapshot, file: &Arc<File>, data: &str) -> Option<String> {
    let (kind, rest) = data.split_once(':')?;
    match kind {
        "lib" => gatos_sigs::find(rest).map(hover::library),
        "doc" => Some(rest.to_owned()),
        "text" => Some(format!("```lua\n{}\n```", plain(rest))),
        "code" => gatos_syntax::codes::explain(rest).map(|c| c.title.to_owned()),
        "func" => {
            let (id, path) = rest.split_once(':')?;
            let home = if path.is_empty() { file } else { snapshot.at(path)? };
            let its = analysis(snapshot, home);
            let func = FuncId(id.parse().ok()?);
            its.unit().hir.funcs.get(func.0 as usize)?;
            Some(hover::function(&its, func, None))
        }
        "local" => {
            let (id, name) = rest.split_once(':')?;
            local(&analysis(snapshot, file), LocalId(id.parse().ok()?), name)
        }
        "module" => {
            let module = snapshot.at(rest)?;
            let its = analysis(snapshot, module);
            let about = its.unit().comments.first().filter(|c| c.span.start < 4).map(|c| c.text.trim().to_owned());
            Some(format!("`{}`\n\n{}", module.path, about.unwrap_or_default()))
        }
        _ => None,
    }
}

fn local(its: &Analysis, id: LocalId, name: &str) -> Option<String> {
    // The text may have changed since the list was made.
    let local = its.unit().hir.locals.get(id.0 as usize).filter(|l| l.name == name)?;
    if let Some(func) = its.names().func_of.get(&Sym::Local(id)) {
        return Some(hover::function(its, *func, None));
    }
    let ty = its.facts().type_of_local(0, id);
    let mut out = format!("```lua\nlocal {name}: {ty}\n```");
    if let Some(doc) = hover::comment_before(its, local.span) {
        out.push_str(&format!("\n\n{doc}"));
    }
    Some(out)
}

/// A snippet without its places: `${1:name}` is `name`.
fn plain(snippet: &str) -> String {
    let mut out = String::with_capacity(snippet.len());
    let mut rest = snippet;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(inner) = rest.strip_prefix('{') {
            let Some((body, after)) = inner.split_once('}') else { break };
            out.push_str(body.split_once(':').map_or("", |(_, text)| text));
            rest = after;
        } else {
            rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        }
    }
    out.push_str(rest);
    out
}
