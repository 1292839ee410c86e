//! Bounds of fuel: sums of products of sizes, such as `120 + 35·n  (n = entries of event.payload.items)`.
//! A bound never promises too little; what it cannot bound it says, with the place and the reason.

use crate::Place;
use crate::data::Data;
use std::collections::BTreeMap;
use std::fmt::{self, Display, Write};

/// A step from a value to one inside it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum PathStep {
    /// The field of that name.
    Field(Vec<u8>),
    /// Any element or entry: the largest counts.
    Each,
}

/// A value that a function is given: a parameter, or something inside it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Subject {
    /// The number of the parameter, from 0.
    pub param: u32,
    /// Its name.
    pub name: String,
    /// The way from it.
    pub steps: Vec<PathStep>,
}

/// A size that is known only when the function runs.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Atom {
    /// Entries of a table; for an array, its elements. For a string, its bytes.
    Entries(Subject),
    /// A number's value, when it is above zero.
    Value(Subject),
    /// The logarithm to base 2 of a number of entries, rounded up.
    Log(Subject),
    /// Whole 64 bytes of the longest string that the function is given.
    Strings,
    /// Whole 16 entries of the largest table that the function is given: what closing a gap in a
    /// list may cost.
    Gaps,
}

/// A product of sizes and a number.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Term {
    /// The number.
    pub times: u64,
    /// The sizes, in order; one may stand there several times.
    pub atoms: Vec<Atom>,
}

/// Why there is no bound.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unbounded {
    /// What cannot be bounded.
    pub at: Place,
    /// Why, in a few words: `this loop's rounds are not known`.
    pub why: String,
}

/// An upper bound.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Bound {
    /// Its terms; those without sizes first.
    terms: BTreeMap<Vec<Atom>, u64>,
    /// What is not in it, when something cannot be bounded: then the terms are the rest.
    unbounded: Option<Unbounded>,
    /// Whether the sizes of strings that the program makes are not in it.
    no_strings: bool,
    /// Whether closing gaps in lists that the program makes is not in it.
    no_gaps: bool,
}

/// Terms that are written out; a bound with more is made simpler.
const MAX_TERMS: usize = 24;
/// Sizes in one product.
const MAX_DEGREE: usize = 6;

impl Bound {
    /// Nothing.
    pub fn zero() -> Bound {
        Bound::default()
    }

    /// A number.
    pub fn fixed(fuel: u64) -> Bound {
        let mut b = Bound::default();
        b.put(Vec::new(), fuel);
        b
    }

    /// One size.
    pub fn size(atom: Atom) -> Bound {
        let mut b = Bound::default();
        b.put(vec![atom], 1);
        b
    }

    /// No bound.
    pub fn unbounded(at: Place, why: impl Into<String>) -> Bound {
        Bound { unbounded: Some(Unbounded { at, why: why.into() }), ..Bound::default() }
    }

    fn put(&mut self, mut atoms: Vec<Atom>, times: u64) {
        if times == 0 {
            return;
        }
        atoms.sort();
        let old = self.terms.entry(atoms).or_insert(0);
        *old = old.saturating_add(times);
    }

    /// The terms.
    pub fn terms(&self) -> impl Iterator<Item = Term> + '_ {
        self.terms.iter().map(|(atoms, times)| Term { times: *times, atoms: atoms.clone() })
    }

    /// Why it is no bound, if it is none.
    pub fn why_unbounded(&self) -> Option<&Unbounded> {
        self.unbounded.as_ref()
    }

    /// Whether it is a bound.
    pub fn is_known(&self) -> bool {
        self.unbounded.is_none()
    }

    /// Whether it leaves something out that grows slowly.
    pub fn is_rough(&self) -> bool {
        self.no_strings || self.no_gaps
    }

    /// What it leaves out, in a few words: `the length of strings made here`.
    pub fn left_out(&self) -> Option<&'static str> {
        match (self.no_strings, self.no_gaps) {
            (true, _) => Some("the length of strings made here"),
            (_, true) => Some("closing gaps in lists"),
            _ => None,
        }
    }

    /// What is not among the written terms: `strings`, `gaps`. Each stands for fuel of its own.
    pub fn besides(&self) -> Vec<&'static str> {
        let has = |atom: Atom| self.terms.keys().flatten().any(|a| *a == atom);
        let strings = (self.no_strings || has(Atom::Strings)).then_some("strings");
        let gaps = (self.no_gaps || has(Atom::Gaps)).then_some("gaps");
        strings.into_iter().chain(gaps).collect()
    }

    /// The terms and what there is besides: `120 + 35·n + strings`.
    pub fn sum(&self) -> String {
        self.besides().iter().fold(self.written().0, |sum, what| sum + " + " + what)
    }

    /// The number, when no size is in it.
    pub fn as_fixed(&self) -> Option<u64> {
        let sizes = self.terms.keys().any(|atoms| !atoms.is_empty());
        (self.is_known() && !sizes).then(|| self.constant())
    }

    /// The term without sizes.
    pub fn constant(&self) -> u64 {
        self.terms.get(&Vec::new()).copied().unwrap_or(0)
    }

    /// Whether nothing is in it.
    pub fn is_zero(&self) -> bool {
        self.terms.is_empty() && self.unbounded.is_none()
    }

    /// The same, leaving out the sizes of strings that are made.
    pub(crate) fn without_strings(mut self) -> Bound {
        self.no_strings = true;
        self
    }

    /// The same, leaving out what closing gaps in lists costs.
    pub(crate) fn without_gaps(mut self) -> Bound {
        self.no_gaps = true;
        self
    }

    fn flags(&mut self, other: &Bound) {
        self.no_strings |= other.no_strings;
        self.no_gaps |= other.no_gaps;
        if self.unbounded.is_none() {
            self.unbounded.clone_from(&other.unbounded);
        }
    }

    /// Adds another.
    #[must_use]
    pub fn plus(mut self, other: &Bound) -> Bound {
        for (atoms, times) in &other.terms {
            self.put(atoms.clone(), *times);
        }
        self.flags(other);
        self.kept_small()
    }

    /// The greater of both, term by term.
    #[must_use]
    pub fn max(mut self, other: &Bound) -> Bound {
        for (atoms, times) in &other.terms {
            let old = self.terms.entry(atoms.clone()).or_insert(0);
            *old = (*old).max(*times);
        }
        self.flags(other);
        self.kept_small()
    }

    /// The product.
    #[must_use]
    pub fn times(&self, other: &Bound) -> Bound {
        let mut out = Bound::default();
        if !(self.is_zero() || other.is_zero()) {
            out.flags(self);
            out.flags(other);
        }
        for (a, n) in &self.terms {
            for (b, m) in &other.terms {
                let mut atoms = a.clone();
                atoms.extend(b.iter().cloned());
                out.put(atoms, n.saturating_mul(*m));
            }
        }
        out.kept_small()
    }

    /// Whether it became too large to be of use; then it says so.
    fn kept_small(mut self) -> Bound {
        let is_large = self.terms.len() > MAX_TERMS || self.terms.keys().any(|a| a.len() > MAX_DEGREE);
        if is_large && self.unbounded.is_none() {
            self.unbounded = Some(Unbounded { at: Place::default(), why: "it grows with too many sizes".to_owned() });
        }
        if is_large {
            self.terms.retain(|atoms, _| atoms.is_empty());
        }
        self
    }

    /// The same bound with each size replaced: `f` gives what stands for it.
    pub(crate) fn replaced(&self, mut f: impl FnMut(&Atom) -> Bound) -> Bound {
        let mut out = Bound { terms: BTreeMap::new(), ..self.clone() };
        for (atoms, times) in &self.terms {
            let mut product = Bound::fixed(*times);
            for atom in atoms {
                product = product.times(&f(atom));
            }
            out = out.plus(&product);
        }
        out
    }

    /// The number for what the function is given: one value a parameter. None when there is no
    /// bound. Sizes of what is not there are 0; sums stop at the greatest number.
    pub fn for_values(&self, params: &[&Data]) -> Option<u64> {
        if !self.is_known() {
            return None;
        }
        let longest = |measure: fn(&Data) -> u64| params.iter().map(|d| measure(d)).max().unwrap_or(0);
        let (strings, gaps) = (longest(Data::longest_string) / 64, longest(Data::largest_table) / 16);
        let mut sum = 0u64;
        for (atoms, times) in &self.terms {
            let mut product = *times;
            for atom in atoms {
                let size = match atom {
                    Atom::Entries(s) => s.largest(params, Data::entries),
                    Atom::Value(s) => s.largest(params, Data::positive),
                    Atom::Log(s) => log2_up(s.largest(params, Data::entries)),
                    Atom::Strings => strings,
                    Atom::Gaps => gaps,
                };
                product = product.saturating_mul(size);
            }
            sum = sum.saturating_add(product);
        }
        Some(sum)
    }

    /// The values that it grows with, distinct, in order.
    pub fn subjects(&self) -> Vec<&Subject> {
        let mut out: Vec<&Subject> = Vec::new();
        for atom in self.terms.keys().flatten() {
            if let Atom::Entries(s) | Atom::Value(s) | Atom::Log(s) = atom
                && !out.contains(&s)
            {
                out.push(s);
            }
        }
        out
    }

    /// `18`, `120 + 35·n`, and what the letters stand for: `n = entries of event.payload.items`.
    pub fn written(&self) -> (String, Vec<String>) {
        let subjects = self.subjects();
        let letters = ["n", "m", "k", "j", "i", "h", "g"];
        let letter = |s: &Subject| {
            let at = subjects.iter().position(|o| *o == s).unwrap_or(0);
            letters.get(at).map_or_else(|| format!("n{at}"), |l| (*l).to_owned())
        };
        let mut sum = String::new();
        for (atoms, times) in &self.terms {
            // Strings under 64 bytes cost nothing more, and lists have no gaps as a rule.
            if atoms.contains(&Atom::Strings) || atoms.contains(&Atom::Gaps) {
                continue;
            }
            if !sum.is_empty() {
                sum.push_str(" + ");
            }
            let mut parts: Vec<String> = Vec::new();
            if *times != 1 || atoms.is_empty() {
                parts.push(times.to_string());
            }
            for atom in atoms {
                parts.push(match atom {
                    Atom::Entries(s) | Atom::Value(s) => letter(s),
                    Atom::Log(s) => format!("log {}", letter(s)),
                    Atom::Strings | Atom::Gaps => String::new(),
                });
            }
            sum.push_str(&squares(&parts));
        }
        if sum.is_empty() {
            sum.push('0');
        }
        let mut legend = Vec::new();
        for s in &subjects {
            let is_value = self.terms.keys().flatten().any(|a| matches!(a, Atom::Value(v) if v == *s));
            legend.push(format!("{} = {}{s}", letter(s), if is_value { "" } else { "entries of " }));
        }
        (sum, legend)
    }

    /// Whether long strings make it dearer.
    pub fn grows_with_strings(&self) -> bool {
        self.no_strings || self.terms.keys().flatten().any(|a| *a == Atom::Strings)
    }
}

/// `n·n` as `n²`.
fn squares(parts: &[String]) -> String {
    let mut out = String::new();
    let mut at = 0;
    while at < parts.len() {
        let same = parts[at..].iter().take_while(|p| **p == parts[at]).count();
        if !out.is_empty() {
            out.push('·');
        }
        out.push_str(&parts[at]);
        match same {
            1 => {}
            2 => out.push('²'),
            3 => out.push('³'),
            n => _ = write!(out, "^{n}"),
        }
        at += same;
    }
    out
}

fn log2_up(n: u64) -> u64 {
    u64::from(u64::BITS - n.saturating_sub(1).leading_zeros()).max(1)
}

impl Subject {
    /// The same with one step more.
    pub(crate) fn then(&self, step: PathStep) -> Subject {
        let mut out = self.clone();
        out.steps.push(step);
        out
    }

    fn largest(&self, params: &[&Data], measure: impl Fn(&Data) -> u64) -> u64 {
        let mut level: Vec<&Data> = params.get(self.param as usize).copied().into_iter().collect();
        for step in &self.steps {
            level = match step {
                PathStep::Field(name) => level.iter().filter_map(|d| d.field(name)).collect(),
                PathStep::Each => level.iter().flat_map(|d| d.members()).collect(),
            };
        }
        level.into_iter().map(measure).max().unwrap_or(0)
    }
}

impl Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        for step in &self.steps {
            match step {
                PathStep::Field(name) => write!(f, ".{}", String::from_utf8_lossy(name))?,
                PathStep::Each => f.write_str("[]")?,
            }
        }
        Ok(())
    }
}

/// `412`, `120 + 35·n + strings (n = entries of event.payload.items)`, `unbounded`.
impl Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.is_known() {
            return f.write_str("unbounded");
        }
        let legend = self.written().1;
        f.write_str(&self.sum())?;
        if legend.is_empty() { Ok(()) } else { write!(f, " ({})", legend.join(", ")) }
    }
}
