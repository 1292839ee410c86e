//! The compiled root against that of the text at `HEAD`, and listings of programs.

use super::run::{HeadTexts, at_head, now, short};
use super::{command_file, lock};
use crate::answer::{Command, CommandResult, Lens};
use crate::command;
use crate::host::{File, Language, Snapshot};
use crate::lua::analysis::analysis;
use crate::world::World;
use gatos_analysis::Data;
use gatos_compiler::CompiledProgram;
use gatos_elc::disasm::show_const;
use gatos_elc::ops::OperandKind;
use gatos_elc::program::ProgramKind;
use gatos_syntax::span::Span;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Arc, Mutex};

/// Bytes of a listing that are shown.
const MAX_LISTING: usize = 256 << 10;

/// The root at `HEAD`: the texts that it was made of, and what they gave.
type Known = Option<(HeadTexts, Option<Result<String, String>>)>;

/// What is remembered about a file.
#[derive(Default, Debug)]
pub(crate) struct Memo {
    head: Mutex<Known>,
    /// Whether its fuel suffices.
    pub(super) budget: Mutex<Option<super::budget::Known>>,
}

/// The root at `HEAD`; none when the file is not there. It is compiled again only when a text changed.
fn head_root(
    snapshot: &Snapshot,
    world: &dyn World,
    file: &Arc<File>,
) -> Result<Option<Result<String, String>>, String> {
    if let Some((texts, root)) = &*lock(&file.live.head) {
        let mut is_same = true;
        for (path, text) in texts {
            is_same &= world.at_head(path)?.as_deref() == text.as_deref();
        }
        if is_same {
            return Ok(root.clone());
        }
    }
    let (program, texts) = at_head(snapshot, world, file)?;
    let root = program.map(|p| p.map(|p| p.fold_root.to_string()));
    *lock(&file.live.head) = Some((texts, root.clone()));
    Ok(root)
}

/// The lens over a fold that is another program than the one at `HEAD`.
pub(super) fn lenses(snapshot: &Snapshot, world: &dyn World, file: &Arc<File>) -> Vec<Lens> {
    let its = analysis(snapshot, file);
    let Some(fold) = its.front.entries.fold.filter(|_| its.front.kind == ProgramKind::Fold) else { return Vec::new() };
    let Some(named) = its.names().funcs.get(fold.0 as usize) else { return Vec::new() };
    let Some(own) = its.program().map(|p| p.fold_root.to_string()) else { return Vec::new() };
    // Without a repository, or before the first commit of the file, there is nothing to tell.
    let title = match head_root(snapshot, world, file) {
        Ok(Some(Ok(head))) if head == own => return Vec::new(),
        Ok(Some(Ok(_))) => "ELC root changed since HEAD",
        Ok(Some(Err(_))) => "the version at HEAD does not compile",
        Ok(None) | Err(_) => return Vec::new(),
    };
    let arguments = vec![file.path.to_string()];
    vec![Lens {
        span: named.name_span,
        command: Command { name: command::COMPARE_ROOT, title: title.to_owned(), arguments },
    }]
}

/// Compares the program with the one at `HEAD`, function by function.
pub(super) fn compare(snapshot: &Snapshot, world: &dyn World, arguments: &[String]) -> Result<CommandResult, String> {
    let file = command_file(snapshot, arguments)?;
    if file.language == Language::Rgs {
        return crate::rgs::compare_root(snapshot, world, file);
    }
    let new = now(snapshot, file)?;
    let mut out = vec![("fold_root", Data::from(new.fold_root.to_string()))];
    let mut text = format!("## {}\n\nnow: `{}`\n\n", short(&file.path), new.fold_root);
    let (is, functions) = match at_head(snapshot, world, file)?.0 {
        None => {
            text.push_str("The file is not at `HEAD`.\n");
            ("new", Vec::new())
        }
        Some(Err(why)) => {
            _ = writeln!(text, "At `HEAD`, {why}.");
            out.push(("why", Data::from(why)));
            ("failed", Vec::new())
        }
        Some(Ok(old)) => {
            out.push(("head_root", Data::from(old.fold_root.to_string())));
            _ = writeln!(text, "`HEAD`: `{}`\n", old.fold_root);
            if old.fold_root == new.fold_root {
                text.push_str("They are the same program: checkpoints go on.\n");
                ("same", Vec::new())
            } else {
                text.push_str("They are different programs: a checkpoint of one is not taken up by the other.\n\n");
                ("changed", functions(&old, &new))
            }
        }
    };
    out.push(("is", Data::from(is)));
    for f in &functions {
        let (what, sizes) = match (f.was, f.got) {
            (Some(was), Some(got)) => ("changed", format!("{was} → {got} ops")),
            (None, got) => ("added", format!("{} ops", got.unwrap_or(0))),
            (was, None) => ("removed", format!("{} ops", was.unwrap_or(0))),
        };
        _ = writeln!(text, "- `{}` {what}: {sizes}", f.name);
    }
    let one = |f: &Function| -> Data {
        let mut out = vec![("name", Data::from(f.name.as_str()))];
        out.extend(f.was.map(|n| ("was", Data::from(n))));
        out.extend(f.got.map(|n| ("got", Data::from(n))));
        out.into_iter().collect()
    };
    out.push(("functions", Data::Array(functions.iter().map(one).collect())));
    let json = out.into_iter().collect::<Data>().to_json();
    Ok(CommandResult { json, markdown: text, edit: None, refresh: false })
}

/// A function that is not the same, with its ops before and now.
struct Function {
    name: String,
    was: Option<u64>,
    got: Option<u64>,
}

fn functions(old: &CompiledProgram, new: &CompiledProgram) -> Vec<Function> {
    let (old, new) = (codes(old), codes(new));
    let mut out = Vec::new();
    for (name, code) in &old {
        let got = new.get(name);
        if got != Some(code) {
            let n = |c: &Vec<String>| c.len() as u64;
            out.push(Function { name: shown(name), was: Some(n(code)), got: got.map(n) });
        }
    }
    for (name, code) in new.iter().filter(|(name, _)| !old.contains_key(*name)) {
        out.push(Function { name: shown(name), was: None, got: Some(code.len() as u64) });
    }
    out
}

fn shown((name, n): &(String, u32)) -> String {
    if *n == 0 { name.clone() } else { format!("{name} ({})", n + 1) }
}

/// Each function's ops with what their operands mean, so that numbering does not count.
fn codes(program: &CompiledProgram) -> BTreeMap<(String, u32), Vec<String>> {
    let map = &program.map;
    let data = program.program.program();
    let name_of = |proto: u32| map.name(proto).unwrap_or("?").to_owned();
    let mut out = BTreeMap::new();
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for (i, proto) in data.protos.iter().enumerate() {
        let mut code = Vec::with_capacity(proto.code.len());
        for op in &proto.code {
            let mut text = op.info().name.to_owned();
            op.visit_operands(|_, kind, value| {
                let index = usize::try_from(value).unwrap_or(usize::MAX);
                let meant = match kind {
                    OperandKind::K => data.consts.get(index).map(show_const),
                    OperandKind::Lib => data.libs.get(index).cloned(),
                    OperandKind::Global => data.globals.get(index).cloned(),
                    OperandKind::Module => data.modules.get(index).map(|m| m.name.clone()),
                    OperandKind::Proto => Some(name_of(index as u32)),
                    OperandKind::Keys => data.key_lists.get(index).map(|keys| {
                        let all = keys.iter().filter_map(|k| data.consts.get(*k as usize)).map(show_const);
                        all.collect::<Vec<_>>().join(",")
                    }),
                    _ => None,
                };
                _ = write!(text, " {}", meant.unwrap_or_else(|| value.to_string()));
            });
            code.push(text);
        }
        let name = name_of(i as u32);
        // Lines move without anything having changed.
        let name = if name.starts_with("function at line") { "a function".to_owned() } else { name };
        let n = seen.entry(name.clone()).or_insert(0);
        out.insert((name, *n), code);
        *n += 1;
    }
    out
}

/// The ops of a program.
pub(super) fn listing(snapshot: &Snapshot, arguments: &[String]) -> Result<CommandResult, String> {
    let file = command_file(snapshot, arguments)?;
    let (mut text, root) = match file.language {
        Language::EchoLua => {
            let program = now(snapshot, file)?;
            (gatos_elc::disasm(program.program.program(), Some(&program.map)), program.fold_root.to_string())
        }
        Language::Rgs => crate::rgs::listing(snapshot, file)?,
    };
    let mut is_cut = false;
    if text.len() > MAX_LISTING {
        let end = (0..=MAX_LISTING).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
        text.truncate(end);
        text.push_str("\n…\n");
        is_cut = true;
    }
    let json: Data =
        [("root", Data::from(root.as_str())), ("text", Data::from(text.as_str())), ("is_cut", Data::from(is_cut))]
            .into_iter()
            .collect();
    let markdown = format!("## {}\n\n`{root}`\n\n```\n{text}```\n", short(&file.path));
    Ok(CommandResult { json: json.to_json(), markdown, edit: None, refresh: false })
}

/// Where a line and column, from 1, are in a text.
pub(super) fn span_at(text: &str, line: u32, col: u32) -> Span {
    let mut start = 0;
    for _ in 1..line {
        match text[start..].find('\n') {
            Some(n) => start += n + 1,
            None => break,
        }
    }
    let rest = text[start..].split('\n').next().unwrap_or("");
    let at = rest.char_indices().nth((col as usize).saturating_sub(1)).map_or(rest.len(), |(i, _)| i);
    let word = rest[at..].find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len() - at).max(1);
    let end = (at + word).min(rest.len());
    Span::new(start + at, start + rest.ceil_char_boundary(end))
}
