//! Renaming. What a program means never changes: the renamed files are resolved again and every name must
//! still mean what it meant; where not all uses are known, renaming is refused with the reason.

use super::analysis::{Analysis, analysis};
use super::names::{FieldId, Names, Occurrence, Owner, Sym};
use super::same::{InFile, everywhere, exported_path};
use crate::answer::{TextEdit, WorkspaceEdit};
use crate::host::{File, Snapshot};
use gatos_compiler::hir::LocalKind;
use gatos_syntax::diagnostic::Severity;
use gatos_syntax::echolua::lexer::lex;
use gatos_syntax::echolua::token::Kind;
use gatos_syntax::span::Span;
use std::sync::Arc;

/// The code of a local that hides another one.
const HIDES: &str = "W0505";

/// The names by which a fold's functions are found.
const ENTRIES: [&str; 3] = ["init", "fold", "emit"];

/// The name at a byte, when it can be renamed.
pub(crate) fn prepare(snapshot: &Snapshot, file: &Arc<File>, at: u32) -> Result<Span, String> {
    let its = analysis(snapshot, file);
    let found = renamable(snapshot, file, &its, at)?;
    name_in(its.text(), found.span).ok_or_else(|| "this key is not written as a plain name".to_owned())
}

/// The edits that rename it everywhere.
pub(crate) fn rename(snapshot: &Snapshot, file: &Arc<File>, at: u32, name: &str) -> Result<WorkspaceEdit, String> {
    let its = analysis(snapshot, file);
    let found = renamable(snapshot, file, &its, at)?;
    valid(name)?;
    let old = its.slice(name_in(its.text(), found.span).unwrap_or(found.span)).to_owned();
    if old == name {
        return Ok(WorkspaceEdit::default());
    }
    let groups = everywhere(snapshot, file, &its, found.sym);
    if let Sym::Field(_) = found.sym {
        for group in &groups {
            closed(group, name)?;
        }
    }
    if gatos_sigs::find(name).is_some() || name == "require" {
        // Legal where nothing uses the library's, and never what somebody wants.
        if matches!(found.sym, Sym::Local(_) | Sym::Global(_)) {
            return Err(format!("`{name}` is a name of the library"));
        }
    }
    let mut out = WorkspaceEdit::default();
    for group in &groups {
        let edits = edits_of(group, &old, name)?;
        understood(group, &old, found.sym)?;
        keeps_meaning(snapshot, group, &edits, name)?;
        out.edits.push((group.file.id, edits));
    }
    out.edits.sort_by_key(|(file, _)| *file);
    Ok(out)
}

/// Words that can be names.
pub(crate) fn valid(name: &str) -> Result<(), String> {
    let lexed = lex(name);
    let is_name = matches!(lexed.tokens.as_slice(), [t] if t.kind == Kind::Name && t.span.range() == (0..name.len()));
    if is_name && lexed.diagnostics.is_empty() && lexed.comments.is_empty() {
        return Ok(());
    }
    match lexed.tokens.as_slice() {
        [t] if t.kind.is_keyword() => Err(format!("`{name}` is a reserved word")),
        _ => Err(format!("`{name}` is not a name: names are letters, digits and `_`, and begin with no digit")),
    }
}

/// The name itself, within the quotes of a key in brackets.
fn name_in(text: &str, span: Span) -> Option<Span> {
    let written = text.get(span.range())?;
    let inner = written
        .strip_prefix('"')
        .and_then(|t| t.strip_suffix('"'))
        .or_else(|| written.strip_prefix('\'').and_then(|t| t.strip_suffix('\'')));
    match inner {
        Some(inner) if valid(inner).is_ok() => Some(Span { start: span.start + 1, end: span.end - 1 }),
        Some(_) => None,
        None => valid(written).is_ok().then_some(span),
    }
}

fn renamable(snapshot: &Snapshot, file: &Arc<File>, its: &Arc<Analysis>, at: u32) -> Result<Occurrence, String> {
    let Some(found) = its.names().at(at).copied() else {
        return Err("there is no name here that can be renamed".to_owned());
    };
    let names = its.names();
    let hir = &its.unit().hir;
    match found.sym {
        Sym::Lib(_) | Sym::Require => Err("names of the library cannot be renamed".to_owned()),
        Sym::Module(_) => Err("a module is named by its file: rename the file".to_owned()),
        Sym::Local(id) if hir.local(id).kind == LocalKind::SelfParam => {
            Err("`self` is named by the language".to_owned())
        }
        Sym::Local(_) | Sym::Label(_) => Ok(found),
        Sym::Global(slot) => {
            let global = &hir.globals[slot.0 as usize];
            if !names.of_sym(found.sym).any(|o| o.is_decl) {
                return Err(format!("`{}` is not declared, so there is nothing to rename", global.name));
            }
            if ENTRIES.contains(&global.name.as_str()) && offers(its, &global.name) {
                return Err(entry(&global.name));
            }
            Ok(found)
        }
        Sym::Field(field) => {
            let name = &names.fields[field.0 as usize].name;
            if let Some((home, path)) = exported_path(its, found.sym)
                && let [only] = path.as_slice()
                && ENTRIES.contains(&only.as_str())
                && snapshot.file(home).is_some_and(|f| offers(&analysis(snapshot, f), only))
            {
                return Err(entry(name));
            }
            for group in everywhere(snapshot, file, its, found.sym) {
                closed(&group, "")?;
            }
            Ok(found)
        }
    }
}

fn entry(name: &str) -> String {
    format!("`{name}` is the name by which the fold's function is found")
}

/// Whether a file is a fold that offers that entry.
fn offers(its: &Analysis, name: &str) -> bool {
    let entries = its.front.entries;
    match name {
        "init" => entries.init.is_some() && entries.has_fold,
        "fold" => entries.has_fold,
        _ => entries.emit.is_some() && entries.has_fold,
    }
}

/// Whether all uses of a field are known in a file: the table, and what it is in, begins as a constructor
/// and is never handed on as a whole. `name` must be free there, unless it is empty.
fn closed(group: &InFile, name: &str) -> Result<(), String> {
    let names = group.analysis.names();
    for sym in &group.syms {
        let Sym::Field(field) = *sym else { continue };
        let owner = names.fields[field.0 as usize].owner;
        if let Some(taken) = names.field(owner, name) {
            let at = names.of_sym(Sym::Field(taken)).next().map_or(Span::default(), |o| o.span);
            return Err(format!("there is a field `{name}` already ({})", place(group, at)));
        }
        owner_is_closed(group, names, field)?;
    }
    Ok(())
}

fn owner_is_closed(group: &InFile, names: &Names, field: FieldId) -> Result<(), String> {
    let hir = &group.analysis.unit().hir;
    let mut at = names.fields[field.0 as usize].owner;
    loop {
        if let Some((_, span)) = names.escapes.iter().find(|(owner, _)| *owner == at) {
            let what = group.analysis.slice(*span);
            return Err(format!(
                "not all uses of this field are known: `{}` is used as a whole ({})",
                first_line(what),
                place(group, *span)
            ));
        }
        if names.opaque.contains(&at) {
            return Err("not all uses of this field are known: its table is not made in this file".to_owned());
        }
        match at {
            Owner::Field(outer) => at = names.fields[outer.0 as usize].owner,
            Owner::Exports | Owner::Import(_) => return Ok(()),
            Owner::Local(id) if names.origins.contains_key(&at) && hir.local(id).writes.is_empty() => return Ok(()),
            Owner::State | Owner::Event => {
                return Err("this is a field of data: other events, states and programs have it too".to_owned());
            }
            _ => return Err("not all uses of this field are known: its table is not made in this file".to_owned()),
        }
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or("")
}

fn place(group: &InFile, at: Span) -> String {
    let name = group.file.path.rsplit('/').next().unwrap_or("");
    format!("{name}, line {}", group.analysis.lines().line(at.start))
}

fn edits_of(group: &InFile, old: &str, name: &str) -> Result<Vec<TextEdit>, String> {
    let text = group.analysis.text();
    let mut out = Vec::new();
    for sym in &group.syms {
        for o in group.analysis.names().of_sym(*sym) {
            let Some(span) = name_in(text, o.span).filter(|s| text.get(s.range()) == Some(old)) else {
                return Err(format!("a key is not written as a plain name ({})", place(group, o.span)));
            };
            out.push(TextEdit { span, text: name.to_owned() });
        }
    }
    out.sort_by_key(|e| e.span);
    out.dedup();
    Ok(out)
}

/// In a file with mistakes some names may not have been understood; if one of them is the old name, who
/// knows what it means.
fn understood(group: &InFile, old: &str, sym: Sym) -> Result<(), String> {
    if !group.analysis.unit().failed {
        return Ok(());
    }
    let names = group.analysis.names();
    let tokens = group.analysis.tokens();
    let mut before = Kind::Semi;
    for token in tokens {
        let is_member = matches!(before, Kind::Dot | Kind::Colon);
        before = token.kind;
        if token.kind != Kind::Name || group.analysis.slice(token.span) != old {
            continue;
        }
        let fits = is_member == matches!(sym, Sym::Field(_));
        if fits && names.exactly(token.span).is_none() {
            let at = place(group, token.span);
            return Err(format!("the file has mistakes, and what `{old}` means is not clear ({at}); mend them first"));
        }
    }
    Ok(())
}

/// Resolves the file again with the edits made: every name must mean what it meant.
fn keeps_meaning(snapshot: &Snapshot, group: &InFile, edits: &[TextEdit], name: &str) -> Result<(), String> {
    let before = &group.analysis;
    let text = apply(before.text(), edits);
    let after = super::analysis::analysis_of_text(snapshot, &group.file, &text);
    let (old, new) = (before.names(), after.names());
    let moved = Moved::new(edits);
    for (a, b) in old.all.iter().zip(&new.all) {
        let same = moved.span(a.span) == b.span && alike(a.sym, b.sym, old, new) && a.is_decl == b.is_decl;
        if !same {
            return Err(clash(group, name, a.span));
        }
    }
    if old.all.len() != new.all.len() {
        let at = old.all.last().map_or(Span::default(), |o| o.span);
        return Err(clash(group, name, at));
    }
    // Nothing may be refused that was not, and no name may hide another one that it did not hide.
    let grave = |f: &Analysis| -> Vec<&'static str> {
        let own = f.front.diagnostics.iter().filter(|d| d.file == 0).map(|d| &d.diagnostic);
        own.filter(|d| d.severity == Severity::Error || d.code == HIDES).map(|d| d.code).collect()
    };
    let (was, now) = (grave(before), grave(&after));
    let more = |code: &str| now.iter().filter(|c| **c == code).count() > was.iter().filter(|c| **c == code).count();
    if let Some(code) = now.iter().find(|code| more(code)) {
        let named = |d: &&gatos_compiler::FileDiagnostic| {
            d.file == 0 && d.diagnostic.code == *code && d.diagnostic.message.contains(&format!("`{name}`"))
        };
        let found = after.front.diagnostics.iter().find(named);
        return Err(match found {
            Some(d) => {
                let line = after.lines().line(d.diagnostic.span.start);
                format!("with that name line {line} would be wrong: {}", d.diagnostic.message)
            }
            None => format!("with the name `{name}` the file would have more mistakes ({code})"),
        });
    }
    Ok(())
}

fn clash(group: &InFile, name: &str, at: Span) -> String {
    let line = group.analysis.lines().line(at.start);
    let what = first_line(group.analysis.slice(at));
    format!("`{name}` is taken: `{what}` in line {line} would then mean something else")
}

/// The meaning of ids is the same in both texts, but for fields, which are compared by their place among the
/// fields, and library names, which are the same everywhere.
fn alike(a: Sym, b: Sym, old: &Names, new: &Names) -> bool {
    match (a, b) {
        (Sym::Field(a), Sym::Field(b)) => a == b && old.path(a).1.len() == new.path(b).1.len(),
        _ => a == b,
    }
}

pub(crate) fn apply(text: &str, edits: &[TextEdit]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for e in edits {
        out.push_str(text.get(at..e.span.start as usize).unwrap_or_default());
        out.push_str(&e.text);
        at = e.span.end as usize;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

/// Where things are after edits: by how much each place moved.
struct Moved(Vec<(u32, i64)>);

impl Moved {
    fn new(edits: &[TextEdit]) -> Moved {
        let mut shift = 0;
        let mut out = Vec::with_capacity(edits.len());
        for e in edits {
            shift += e.text.len() as i64 - i64::from(e.span.end - e.span.start);
            out.push((e.span.end, shift));
        }
        Moved(out)
    }

    fn place(&self, at: u32) -> u32 {
        let after = self.0.partition_point(|(end, _)| *end <= at);
        let shift = after.checked_sub(1).map_or(0, |i| self.0[i].1);
        (i64::from(at) + shift) as u32
    }

    fn span(&self, span: Span) -> Span {
        Span { start: self.place(span.start), end: self.place(span.end) }
    }
}
