//! Golden cases: a source, what comes out of it, and the runner that compares them.
//! `docs/golden-tests.md` describes the folders, directives and files.

use crate::claims;
use crate::engine::{self, Kind};
use crate::golden_policy;
use crate::shown;
use gatos_echo::Limits;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What is done with a source.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Area {
    /// Run as a script.
    Run,
    /// Run as a fold.
    Fold,
    /// Compiled only, for its messages.
    Refuse,
    /// Compiled only, for its lints.
    Lint,
    /// Compiled only, for its code.
    Lower,
    /// A policy, asked.
    Policy,
    /// Parsed only, for its tree.
    Parse,
}

impl Area {
    /// The area of a folder.
    pub fn of(name: &str) -> Option<Area> {
        Some(match name {
            "run" => Area::Run,
            "fold" => Area::Fold,
            "refuse" => Area::Refuse,
            "lint" => Area::Lint,
            "lower" => Area::Lower,
            "policy" => Area::Policy,
            "parse" => Area::Parse,
            _ => return None,
        })
    }
}

/// A case: its place and what belongs to it.
#[derive(Clone, Debug)]
pub struct Case {
    /// `fold::counter_merge`.
    pub name: String,
    /// What is done with it.
    pub area: Area,
    /// The source.
    pub source: PathBuf,
}

impl Case {
    fn beside(&self, ending: &str) -> PathBuf {
        self.source.with_extension(ending)
    }

    /// Whether the source is a policy.
    pub fn is_policy(&self) -> bool {
        self.source.extension().is_some_and(|e| e == "rgs")
    }
}

/// Whether results are compared or written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// Compared.
    Compare,
    /// `.expect` files are written, and `.roots` files that do not exist yet.
    Bless,
    /// `.roots` files are written too.
    BlessContract,
}

impl Mode {
    /// What the variable `BLESS` asks for.
    pub fn from_env() -> Mode {
        match std::env::var("BLESS").as_deref() {
            Ok("contract") => Mode::BlessContract,
            Ok("" | "0") | Err(_) => Mode::Compare,
            Ok(_) => Mode::Bless,
        }
    }
}

/// All cases below a folder, and sentences about files that belong to none.
pub fn discover(top: &Path) -> (Vec<Case>, Vec<String>) {
    let (mut cases, mut wrong) = (Vec::new(), Vec::new());
    for folder in listing(top) {
        let name = file_name(&folder);
        let Some(area) = Area::of(&name) else {
            wrong.push(format!("{}: there is no area `{name}`", shown(&folder)));
            continue;
        };
        let entries = listing(&folder);
        let stems: BTreeSet<String> = entries
            .iter()
            .filter(|p| p.extension().is_some_and(|e| e == "lua" || e == "rgs"))
            .map(|p| stem(p))
            .collect();
        for entry in &entries {
            let ending = file_name(entry).split_once('.').map(|(_, e)| e.to_owned()).unwrap_or_default();
            if entry.is_file() && (ending == "lua" || ending == "rgs") {
                cases.push(Case { name: format!("{name}::{}", stem(entry)), area, source: entry.clone() });
            } else if !stems.contains(&stem(entry)) {
                wrong.push(format!("{}: belongs to no case", shown(entry)));
            } else if entry.is_file()
                && !["expect", "roots", "events.jsonl", "data.json", "input.json"].contains(&ending.as_str())
            {
                wrong.push(format!("{}: a case has no such file", shown(entry)));
            }
        }
    }
    (cases, wrong)
}

fn listing(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path()).collect();
    entries.sort();
    entries
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn stem(path: &Path) -> String {
    file_name(path).split('.').next().unwrap_or_default().to_owned()
}

/// What the first lines ask for.
#[derive(Clone, Copy, Debug)]
struct Directives {
    limits: Limits,
    emit: bool,
    roots: bool,
    kind: Kind,
}

fn directives(area: Area, text: &str) -> Result<Directives, String> {
    let kind = if area == Area::Fold { Kind::Fold } else { Kind::Script };
    let mut found = Directives { limits: Limits::DEFAULT, emit: false, roots: area == Area::Fold, kind };
    for (at, line) in text.lines().enumerate() {
        let Some(directive) = line.strip_prefix("--#") else { break };
        let at = at + 1;
        let (name, value) =
            directive.split_once(':').ok_or_else(|| format!("line {at}: a directive is `--# name: value`"))?;
        let value = value.trim();
        let number = || value.parse::<u64>().map_err(|_| format!("line {at}: `{value}` is not a number"));
        let yes = || match value {
            "yes" => Ok(true),
            "no" => Ok(false),
            _ => Err(format!("line {at}: `{value}` is neither yes nor no")),
        };
        match name.trim() {
            "fuel" => found.limits.fuel = number()?,
            "memory" => found.limits.memory = number()?,
            "depth" => {
                found.limits.depth =
                    u32::try_from(number()?).map_err(|_| format!("line {at}: `{value}` is too many"))?;
            }
            "emit" => found.emit = yes()?,
            "roots" => found.roots = yes()?,
            "kind" => {
                found.kind = match value {
                    "fold" => Kind::Fold,
                    "script" => Kind::Script,
                    _ => return Err(format!("line {at}: `{value}` is neither fold nor script")),
                }
            }
            other => return Err(format!("line {at}: unknown directive `{other}`")),
        }
    }
    Ok(found)
}

/// What a case came to: the text for people, and the roots for machines.
struct Outcome {
    expect: String,
    roots: String,
}

/// Runs a case and compares, or writes, its results.
///
/// # Errors
/// What differs, as text.
pub fn run(case: &Case, mode: Mode) -> Result<(), String> {
    let text = fs::read_to_string(&case.source).map_err(|e| e.to_string())?;
    let asked = directives(case.area, &text)?;
    let outcome = perform(case, &text, asked)?;
    settle(&case.beside("expect"), &outcome.expect, mode != Mode::Compare)?;
    let roots = if asked.roots { outcome.roots.as_str() } else { "" };
    let path = case.beside("roots");
    let may_write = mode == Mode::BlessContract || mode == Mode::Bless && !path.exists();
    settle(&path, roots, may_write).map_err(|difference| {
        format!("{difference}\n(roots are promises to other machines: see `cargo xtask bless --contract`)")
    })
}

/// Compares a text with a file, or writes it. Nothing to say means no file.
fn settle(path: &Path, text: &str, write: bool) -> Result<(), String> {
    let there = fs::read_to_string(path).ok();
    if there.as_deref().unwrap_or_default() == text {
        return match there {
            Some(_) if text.is_empty() => Err(format!("{} is empty; delete it", shown(path))),
            _ => Ok(()),
        };
    }
    if write {
        let done = if text.is_empty() { fs::remove_file(path) } else { fs::write(path, text) };
        return done.map_err(|e| format!("{}: {e}", shown(path)));
    }
    match there {
        None => Err(format!("{} is missing; `cargo xtask bless` writes it:\n{text}", shown(path))),
        Some(there) => Err(format!("{} says something else\n{}", shown(path), difference(&there, text))),
    }
}

/// The lines that differ: `-` in the file, `+` now.
pub fn difference(there: &str, now: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (there.lines().collect(), now.lines().collect());
    let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let tail = old[same..].iter().rev().zip(new[same..].iter().rev()).take_while(|(a, b)| a == b).count();
    let mut out = format!("from line {}:\n", same + 1);
    old[same..old.len() - tail].iter().for_each(|line| out.push_str(&format!("- {line}\n")));
    new[same..new.len() - tail].iter().for_each(|line| out.push_str(&format!("+ {line}\n")));
    if old == new {
        out.push_str("(the last line's end)\n");
    }
    out
}

fn perform(case: &Case, text: &str, asked: Directives) -> Result<Outcome, String> {
    if case.area == Area::Parse {
        return Ok(Outcome { expect: engine::tree(text, case.is_policy()), roots: String::new() });
    }
    if case.area == Area::Policy {
        return Ok(Outcome { expect: golden_policy::answers(&case.source, text)?, roots: String::new() });
    }
    if case.is_policy() {
        let compiled = engine::compile_policy(&file_name(&case.source), text);
        return match case.area {
            Area::Refuse if !compiled.has_errors() => Err("nothing refuses this policy".to_owned()),
            Area::Refuse | Area::Lint => {
                let expect = engine::messages(&compiled.files, &compiled.diagnostics, case.area == Area::Lint);
                Ok(Outcome { expect, roots: String::new() })
            }
            Area::Lower => match &compiled.program {
                Some(policy) => {
                    let expect = gatos_elc::disasm(policy.program.program(), None);
                    Ok(Outcome { expect, roots: String::new() })
                }
                None => Err(engine::messages(&compiled.files, &compiled.diagnostics, false)),
            },
            _ => Err("policies have cases under `parse`, `refuse`, `lint`, `lower` and `policy`".to_owned()),
        };
    }
    let (program_text, claims) =
        if case.area == Area::Run { claims::instrument(text) } else { (text.to_owned(), Vec::new()) };
    let name = file_name(&case.source);
    let compiled = engine::compile(&name, &program_text, asked.kind, &case.source.with_extension(""));
    if matches!(case.area, Area::Refuse | Area::Lint) {
        let expect = engine::diagnostics(&compiled, case.area == Area::Lint);
        if case.area == Area::Refuse && engine::error_codes(&compiled).is_empty() {
            return Err("nothing refuses this program".to_owned());
        }
        return Ok(Outcome { expect, roots: String::new() });
    }
    let Some(program) = &compiled.program else {
        return Ok(Outcome { expect: engine::diagnostics(&compiled, false), roots: String::new() });
    };
    match case.area {
        Area::Lower => {
            let expect = gatos_elc::disasm(program.program.program(), None);
            Ok(Outcome { expect, roots: format!("fold_root {}\n", program.fold_root) })
        }
        Area::Fold => {
            let lines = fs::read(case.beside("events.jsonl")).map_err(|e| format!("the events: {e}"))?;
            Ok(fold_result(&engine::run_fold(program, &lines, asked.limits, asked.emit)))
        }
        _ => {
            let ran = engine::run_script(program, asked.limits);
            let (printed, wrong) = claims::judge(&claims, &ran.log);
            if let Err(error) = &ran.outcome
                && !claims.is_empty()
            {
                return Err(format!("{error}\n{}", wrong.join("\n")));
            }
            if !wrong.is_empty() {
                return Err(wrong.join("\n"));
            }
            let mut expect = lines(&printed);
            match &ran.outcome {
                Ok(values) if values.is_empty() => {}
                Ok(values) => expect.push_str(&format!("=> {}\n", values.join(", "))),
                Err(error) => expect.push_str(&format!("failed {error}\n")),
            }
            let mut roots = format!("fold_root {}\n", program.fold_root);
            roots.push_str(&format!("output {}\n", gatos_canon::blake3(expect.as_bytes())));
            if let Some(fuel) = ran.fuel {
                roots.push_str(&format!("fuel {fuel}\n"));
            }
            Ok(Outcome { expect, roots })
        }
    }
}

fn fold_result(ran: &engine::FoldRun) -> Outcome {
    let mut expect = lines(&ran.log);
    match &ran.state {
        Ok(state) => expect.push_str(&format!("state {state}\n")),
        Err(error) => expect.push_str(&format!("failed after {} events: {error}\n", ran.events)),
    }
    match &ran.artifacts {
        Ok(all) => all.iter().for_each(|(path, text)| expect.push_str(&format!("artifact {path} {text}\n"))),
        Err(error) => expect.push_str(&format!("failed {error}\n")),
    }
    let roots = ran.roots.iter().map(|(name, value)| format!("{name} {value}\n")).collect();
    Outcome { expect, roots }
}

fn lines(all: &[String]) -> String {
    all.iter().map(|line| format!("{line}\n")).collect()
}
