//! The source map: names and places beside a program, for messages only.
//!
//! It is no part of the `fold_root`; it names the one it belongs to, so that a map that was
//! left lying next to a newer program is noticed.

use crate::decode::{DecodeError, DecodeReason, Decoder};
use crate::ops::{put_u, take_u};
use crate::program::Program;
use crate::verify::Verified;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use gatos_canon::Sha256;
use gatos_canon::cbor::{Kind, Reader, Writer};

/// The version of the map's form. A map without variables is written, and read, as it was in
/// [`PLAIN_MAP_VERSION`], so that the bytes of policies' maps stay what they are.
pub const MAP_VERSION: &str = "0.2.0";

/// The version of maps in which no function has variables.
pub const PLAIN_MAP_VERSION: &str = "0.1.0";

/// A place in a source file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub struct Place {
    /// The file, by its index in [`SourceMap::files`].
    pub file: u32,
    /// The line, from 1; 0 when there is none.
    pub line: u32,
    /// The column, from 1; 0 when there is none.
    pub col: u32,
}

/// Names and places of a program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SourceMap {
    /// The program that the map belongs to.
    pub fold_root: Sha256,
    /// The names of the source files.
    pub files: Vec<String>,
    /// One entry a function, in the program's order.
    pub functions: Vec<FunctionMap>,
    /// One entry a rule of a policy, in the order of its rule table; empty for other programs.
    pub rules: Vec<RuleMap>,
}

/// Where a rule is, and what its author says of it.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct RuleMap {
    /// Its name.
    pub at: Place,
    /// The title of its METADATA.
    pub title: Option<String>,
    /// The description of its METADATA.
    pub description: Option<String>,
    /// What is custom in its METADATA, as canonical JSON.
    pub custom: Option<String>,
}

/// A condition of a rule: which ops decide it, and which variables it is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Literal {
    /// Its first op.
    pub first_op: u32,
    /// The op after its last one.
    pub end_op: u32,
    /// Where its text begins.
    pub start: Place,
    /// Where its text ends: line and column, the column after the last character.
    pub end: (u32, u32),
    /// Its variables, each with the register that holds it once it is bound.
    pub vars: Vec<(String, u8)>,
}

/// Where a variable's value is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Home {
    /// In a register.
    Register(u8),
    /// In a cell slot of the frame.
    Cell(u8),
    /// Nowhere: it is this constant, written as in the source.
    Known(String),
}

/// A variable of a function.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Where its value is.
    pub home: Home,
    /// The first op that can see it.
    pub first_op: u32,
    /// The op after the last one that can.
    pub end_op: u32,
}

/// Names and places of one function.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FunctionMap {
    /// What messages call it: `fold`, `<main>`, `anonymous at 12`.
    pub name: String,
    /// Where it is defined.
    pub at: Place,
    /// The conditions that its ops decide, by their first op; those that contain others first.
    pub literals: Vec<Literal>,
    /// Its variables, in order of declaration: of several of one name that an op can see, the last one counts.
    pub locals: Vec<Variable>,
    /// The names of its upvalues, in their order.
    pub upvalues: Vec<String>,
    /// Where its ops come from: runs of ops that share a place.
    runs: Vec<Run>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Run {
    /// The op after the run's last one.
    end: u32,
    place: Place,
}

impl FunctionMap {
    /// A function without ops so far.
    pub fn new(name: impl Into<String>, at: Place) -> FunctionMap {
        FunctionMap {
            name: name.into(),
            at,
            literals: Vec::new(),
            locals: Vec::new(),
            upvalues: Vec::new(),
            runs: Vec::new(),
        }
    }

    /// Adds the next op's place.
    pub fn push(&mut self, place: Place) {
        let end = self.ops().saturating_add(1);
        match self.runs.last_mut() {
            Some(run) if run.place == place => run.end = end,
            _ => self.runs.push(Run { end, place }),
        }
    }

    fn has_variables(&self) -> bool {
        !self.locals.is_empty() || !self.upvalues.is_empty()
    }

    /// The variables that an op can see, innermost last; of several of one name only the last.
    pub fn visible(&self, op: u32) -> Vec<&Variable> {
        let mut out: Vec<&Variable> = Vec::new();
        for v in self.locals.iter().filter(|v| (v.first_op..v.end_op).contains(&op)) {
            out.retain(|there| there.name != v.name);
            out.push(v);
        }
        out
    }

    /// How many ops have places.
    pub fn ops(&self) -> u32 {
        self.runs.last().map_or(0, |r| r.end)
    }

    /// Where an op comes from.
    pub fn place(&self, op: u32) -> Option<Place> {
        self.runs.get(self.runs.partition_point(|r| r.end <= op)).map(|r| r.place)
    }
}

impl SourceMap {
    /// Whether the map was made for this program.
    pub fn belongs_to(&self, program: &Verified<Program>) -> bool {
        self.fold_root == program.fold_root()
    }

    /// Where an op comes from.
    pub fn place(&self, proto: u32, op: u32) -> Option<Place> {
        self.functions.get(proto as usize)?.place(op)
    }

    /// A place as people write it: `folds/authors.lua:12:5`.
    pub fn show(&self, place: Place) -> String {
        let file = self.files.get(place.file as usize).map_or("?", String::as_str);
        match (place.line, place.col) {
            (0, _) => String::from(file),
            (line, 0) => format!("{file}:{line}"),
            (line, col) => format!("{file}:{line}:{col}"),
        }
    }

    /// What messages call a function.
    pub fn name(&self, proto: u32) -> Option<&str> {
        self.functions.get(proto as usize).map(|f| f.name.as_str())
    }

    /// The map's bytes: canonical DAG-CBOR.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::new();
        let has_variables = self.functions.iter().any(FunctionMap::has_variables);
        w.map(4 + usize::from(!self.rules.is_empty()) + usize::from(has_variables));
        w.text("map").text(if has_variables { MAP_VERSION } else { PLAIN_MAP_VERSION });
        if has_variables {
            w.text("vars").array(self.functions.len());
            self.functions.iter().for_each(|f| put_variables(&mut w, f));
        }
        w.text("files").array(self.files.len());
        self.files.iter().for_each(|f| _ = w.text(f));
        if !self.rules.is_empty() {
            w.text("rules").array(self.rules.len());
            self.rules.iter().for_each(|r| put_rule(&mut w, r));
        }
        w.text("protos").array(self.functions.len());
        for f in &self.functions {
            w.map(if f.literals.is_empty() { 3 } else { 4 });
            w.text("at");
            put_place(&mut w, f.at);
            w.text("ops").bytes(&pack(f));
            w.text("name").text(&f.name);
            if !f.literals.is_empty() {
                w.text("literals").array(f.literals.len());
                f.literals.iter().for_each(|l| put_literal(&mut w, l));
            }
        }
        w.text("fold_root").bytes(self.fold_root.as_bytes());
        w.into_bytes()
    }

    /// Reads a map from its bytes.
    ///
    /// # Errors
    /// When they are anything else than what [`SourceMap::to_bytes`] writes.
    pub fn from_bytes(bytes: &[u8]) -> Result<SourceMap, DecodeError> {
        let mut d = Decoder::new(bytes);
        let (keys, version) = d.container_of(4..=6, "map", "a source map", &[MAP_VERSION, PLAIN_MAP_VERSION])?;
        let mut variables = Vec::new();
        if version == MAP_VERSION {
            d.section("vars")?;
            variables = d.list(take_variables)?;
            if variables.iter().all(|(locals, upvalues)| locals.is_empty() && upvalues.is_empty()) {
                return d.fail(DecodeReason::Places);
            }
        }
        let keys = keys - usize::from(version == MAP_VERSION);
        if !(4..=5).contains(&keys) {
            return d.fail(DecodeReason::Count { expected: 4, found: keys });
        }
        d.section("files")?;
        let files = d.list(Decoder::text)?;
        let mut rules = Vec::new();
        if keys == 5 {
            d.section("rules")?;
            rules = d.list(take_rule)?;
            if rules.is_empty() {
                return d.fail(DecodeReason::Places);
            }
        }
        d.section("protos")?;
        let mut functions = d.list(|d| {
            let keys = d.map_of(3..=4)?;
            d.field("at")?;
            let at = take_place(d)?;
            d.field("ops")?;
            let packed = d.read(Reader::bytes)?;
            let Some(runs) = unpack(packed, at) else { return d.fail(DecodeReason::Places) };
            d.field("name")?;
            let name = d.text()?;
            let mut literals = Vec::new();
            if keys == 4 {
                d.field("literals")?;
                literals = d.inner_list(take_literal)?;
                if literals.is_empty() {
                    return d.fail(DecodeReason::Places);
                }
            }
            Ok(FunctionMap { name, at, literals, locals: Vec::new(), upvalues: Vec::new(), runs })
        })?;
        if version == MAP_VERSION && variables.len() != functions.len() {
            return d.fail(DecodeReason::Count { expected: functions.len(), found: variables.len() });
        }
        for (f, (locals, upvalues)) in functions.iter_mut().zip(variables) {
            (f.locals, f.upvalues) = (locals, upvalues);
        }
        d.section("fold_root")?;
        let root = d.read(Reader::bytes)?;
        let Ok(root) = <[u8; 32]>::try_from(root) else {
            return d.fail(DecodeReason::Count { expected: 32, found: root.len() });
        };
        d.finish()?;
        Ok(SourceMap { fold_root: Sha256(root), files, functions, rules })
    }
}

fn put_place(w: &mut Writer, p: Place) {
    w.array(3).int(p.file.into()).int(p.line.into()).int(p.col.into());
}

fn take_place(d: &mut Decoder<'_>) -> Result<Place, DecodeError> {
    d.array(3)?;
    Ok(Place { file: d.number()?, line: d.number()?, col: d.number()? })
}

fn put_variables(w: &mut Writer, f: &FunctionMap) {
    w.array(2).array(f.locals.len());
    for v in &f.locals {
        w.array(4).text(&v.name);
        match &v.home {
            Home::Register(r) => w.int((*r).into()),
            // Below zero, so that one number says which of both it is.
            Home::Cell(c) => w.int(-1 - i64::from(*c)),
            Home::Known(text) => w.text(text),
        };
        w.int(v.first_op.into()).int(v.end_op.into());
    }
    w.array(f.upvalues.len());
    f.upvalues.iter().for_each(|name| _ = w.text(name));
}

fn take_variables(d: &mut Decoder<'_>) -> Result<(Vec<Variable>, Vec<String>), DecodeError> {
    d.array(2)?;
    let locals = d.inner_list(|d| {
        d.array(4)?;
        let name = d.text()?;
        let home = match d.peek() {
            Some(Kind::Text) => Home::Known(d.text()?),
            _ => match d.number::<i16>()? {
                n @ 0.. => Home::Register(u8::try_from(n).or_else(|_| d.fail(DecodeReason::Range(n.into())))?),
                n => Home::Cell(u8::try_from(-1 - i32::from(n)).or_else(|_| d.fail(DecodeReason::Range(n.into())))?),
            },
        };
        Ok(Variable { name, home, first_op: d.number()?, end_op: d.number()? })
    })?;
    Ok((locals, d.inner_list(Decoder::text)?))
}

fn put_rule(w: &mut Writer, r: &RuleMap) {
    w.array(4);
    put_place(w, r.at);
    for text in [&r.title, &r.description, &r.custom] {
        match text {
            Some(t) => w.text(t),
            None => w.null(),
        };
    }
}

fn take_rule(d: &mut Decoder<'_>) -> Result<RuleMap, DecodeError> {
    d.array(4)?;
    let at = take_place(d)?;
    Ok(RuleMap { at, title: d.text_or_null()?, description: d.text_or_null()?, custom: d.text_or_null()? })
}

fn put_literal(w: &mut Writer, l: &Literal) {
    w.array(5).int(l.first_op.into()).int(l.end_op.into());
    put_place(w, l.start);
    w.array(2).int(l.end.0.into()).int(l.end.1.into());
    w.array(l.vars.len());
    l.vars.iter().for_each(|(name, register)| _ = w.array(2).text(name).int((*register).into()));
}

fn take_literal(d: &mut Decoder<'_>) -> Result<Literal, DecodeError> {
    d.array(5)?;
    let (first_op, end_op) = (d.number()?, d.number()?);
    let start = take_place(d)?;
    d.array(2)?;
    let end = (d.number()?, d.number()?);
    let vars = d.inner_list(|d| {
        d.array(2)?;
        Ok((d.text()?, d.number()?))
    })?;
    Ok(Literal { first_op, end_op, start, end, vars })
}

/// Runs as LEB128 numbers: length, then file, line and column as zigzag differences from
/// the run before (from the function's own place for the first).
fn pack(f: &FunctionMap) -> Vec<u8> {
    let (mut out, mut start, mut last) = (Vec::new(), 0, f.at);
    for run in &f.runs {
        put_u(&mut out, run.end - start);
        put_delta(&mut out, last.file, run.place.file);
        put_delta(&mut out, last.line, run.place.line);
        put_delta(&mut out, last.col, run.place.col);
        (start, last) = (run.end, run.place);
    }
    out
}

fn unpack(bytes: &[u8], at: Place) -> Option<Vec<Run>> {
    let (mut runs, mut i, mut start, mut last) = (Vec::<Run>::new(), 0, 0u32, at);
    while i < bytes.len() {
        let n = take_u(bytes, &mut i).ok()?;
        let place = Place {
            file: take_delta(bytes, &mut i, last.file)?,
            line: take_delta(bytes, &mut i, last.line)?,
            col: take_delta(bytes, &mut i, last.col)?,
        };
        // Empty runs and neighbours with one place would be second spellings.
        if n == 0 || runs.last().is_some_and(|r| r.place == place) {
            return None;
        }
        start = start.checked_add(n)?;
        runs.push(Run { end: start, place });
        last = place;
    }
    Some(runs)
}

// Differences wrap, so every pair of numbers has exactly one.
fn put_delta(out: &mut Vec<u8>, from: u32, to: u32) {
    let d = to.wrapping_sub(from) as i32;
    put_u(out, ((d << 1) ^ (d >> 31)) as u32);
}

fn take_delta(bytes: &[u8], at: &mut usize, from: u32) -> Option<u32> {
    let v = take_u(bytes, at).ok()?;
    Some(from.wrapping_add((v >> 1) ^ (v & 1).wrapping_neg()))
}
