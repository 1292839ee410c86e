//! Sets of values, as inference computes with them. Joining only ever adds, and there is an end
//! to adding: ranges that go on growing are opened, long lists of strings become "any string".

use crate::FuncRef;
use crate::facts::TableId;
use std::sync::Arc;

/// Strings that are told apart.
const MAX_STRINGS: usize = 8;

/// A range of integers, or of the raw bits of fixed numbers; both ends are in it.
pub(crate) type Range = (i64, i64);

/// Everything.
pub(crate) const FULL: Range = (i64::MIN, i64::MAX);

/// The strings that a value can be.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) enum Strs {
    /// None.
    #[default]
    No,
    /// These, sorted.
    These(Vec<Arc<[u8]>>),
    /// Any.
    Any,
}

/// What a value can be. The default is nothing at all: a value that is never there.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Val {
    /// Anything, besides what is known below.
    pub any: bool,
    pub nil: bool,
    pub null: bool,
    pub yes: bool,
    pub no: bool,
    pub int: Option<Range>,
    pub fixed: Option<Range>,
    pub strs: Strs,
    /// Whether a string may have been made by the program, so that its length is not that of
    /// something it was given.
    pub made: bool,
    /// Tables, sorted.
    pub tables: Vec<TableId>,
    /// Functions of the program, sorted.
    pub funcs: Vec<FuncRef>,
    /// Library functions and tables by full name, sorted; `rng()` is what `rng` gives.
    pub libs: Vec<&'static str>,
}

fn union<T: Ord + Copy>(into: &mut Vec<T>, from: &[T]) -> bool {
    let before = into.len();
    for x in from {
        if let Err(at) = into.binary_search(x) {
            into.insert(at, *x);
        }
    }
    into.len() != before
}

fn hull(a: &mut Option<Range>, b: Option<Range>) -> bool {
    let new = match (*a, b) {
        (None, b) => b,
        (a, None) => a,
        (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
    };
    std::mem::replace(a, new) != new
}

fn open(old: Option<Range>, new: &mut Option<Range>) {
    if let (Some(old), Some(new)) = (old, new) {
        if new.0 < old.0 {
            new.0 = if new.0 >= 0 { 0 } else { i64::MIN };
        }
        if new.1 > old.1 {
            new.1 = i64::MAX;
        }
    }
}

impl Val {
    /// Anything, from where nothing is known.
    pub(crate) fn anything() -> Val {
        Val { any: true, made: true, ..Val::default() }
    }

    /// Anything that was given to the program.
    pub(crate) fn given() -> Val {
        Val { any: true, ..Val::default() }
    }

    pub(crate) fn nothing() -> Val {
        Val { nil: true, ..Val::default() }
    }

    pub(crate) fn boolean() -> Val {
        Val { yes: true, no: true, ..Val::default() }
    }

    pub(crate) fn bool(b: bool) -> Val {
        Val { yes: b, no: !b, ..Val::default() }
    }

    pub(crate) fn ints(lo: i64, hi: i64) -> Val {
        Val { int: Some((lo, hi)), ..Val::default() }
    }

    pub(crate) fn integer() -> Val {
        Val::ints(i64::MIN, i64::MAX)
    }

    pub(crate) fn fixed() -> Val {
        Val { fixed: Some(FULL), ..Val::default() }
    }

    pub(crate) fn number() -> Val {
        Val { int: Some(FULL), fixed: Some(FULL), ..Val::default() }
    }

    /// Any string that was given to the program.
    pub(crate) fn string() -> Val {
        Val { strs: Strs::Any, ..Val::default() }
    }

    /// Any string that the program made.
    pub(crate) fn made_string() -> Val {
        Val { strs: Strs::Any, made: true, ..Val::default() }
    }

    pub(crate) fn text(s: &[u8]) -> Val {
        Val { strs: Strs::These(vec![Arc::from(s)]), ..Val::default() }
    }

    pub(crate) fn table(id: TableId) -> Val {
        Val { tables: vec![id], ..Val::default() }
    }

    pub(crate) fn func(f: FuncRef) -> Val {
        Val { funcs: vec![f], ..Val::default() }
    }

    pub(crate) fn lib(name: &'static str) -> Val {
        Val { libs: vec![name], ..Val::default() }
    }

    /// Whether there is no such value.
    pub(crate) fn is_never(&self) -> bool {
        *self == Val::default()
    }

    /// Adds the values of another; whether that changed anything.
    pub(crate) fn join(&mut self, other: &Val) -> bool {
        let mut changed = false;
        for (mine, theirs) in [
            (&mut self.any, other.any),
            (&mut self.nil, other.nil),
            (&mut self.null, other.null),
            (&mut self.yes, other.yes),
            (&mut self.no, other.no),
            (&mut self.made, other.made),
        ] {
            changed |= theirs && !*mine;
            *mine |= theirs;
        }
        changed |= hull(&mut self.int, other.int);
        changed |= hull(&mut self.fixed, other.fixed);
        changed |= match (&mut self.strs, &other.strs) {
            (_, Strs::No) | (Strs::Any, _) => false,
            (mine @ Strs::No, theirs) => {
                *mine = theirs.clone();
                true
            }
            (mine, Strs::Any) => {
                *mine = Strs::Any;
                true
            }
            (Strs::These(a), Strs::These(b)) => {
                let before = a.len();
                for s in b {
                    if let Err(at) = a.binary_search(s) {
                        a.insert(at, s.clone());
                    }
                }
                let grown = a.len() != before;
                if a.len() > MAX_STRINGS {
                    self.strs = Strs::Any;
                }
                grown
            }
        };
        changed |= union(&mut self.tables, &other.tables);
        changed |= union(&mut self.funcs, &other.funcs);
        changed |= union(&mut self.libs, &other.libs);
        changed
    }

    /// As [`Val::join`], opening ranges that grow.
    pub(crate) fn widen(&mut self, other: &Val) -> bool {
        let (int, fixed) = (self.int, self.fixed);
        let changed = self.join(other);
        if changed {
            open(int, &mut self.int);
            open(fixed, &mut self.fixed);
        }
        changed
    }

    pub(crate) fn with(mut self, other: &Val) -> Val {
        self.join(other);
        self
    }

    pub(crate) fn or_nil(mut self) -> Val {
        self.nil = true;
        self
    }

    /// The values among it that count as true.
    pub(crate) fn truthy(&self) -> Val {
        Val { nil: false, no: false, ..self.clone() }
    }

    /// The values among it that count as false. What is anything can be both.
    pub(crate) fn falsy(&self) -> Val {
        Val { nil: self.nil || self.any, no: self.no || self.any, ..Val::default() }
    }

    pub(crate) fn can_be_true(&self) -> bool {
        !self.truthy().is_never()
    }

    pub(crate) fn can_be_false(&self) -> bool {
        self.nil || self.no || self.any
    }

    pub(crate) fn has_numbers(&self) -> bool {
        self.int.is_some() || self.fixed.is_some()
    }

    /// The one string that it is, when it is nothing else.
    pub(crate) fn one_string(&self) -> Option<&[u8]> {
        match &self.strs {
            Strs::These(all) if all.len() == 1 => {
                let rest = Val { strs: Strs::No, made: false, ..self.clone() };
                rest.is_never().then(|| &*all[0])
            }
            _ => None,
        }
    }

    /// Whole numbers around all that it can be as a number; none when it may be something else
    /// that counts as a number.
    pub(crate) fn bounds(&self) -> Option<Range> {
        if self.any || self.strs != Strs::No {
            return None;
        }
        let fixed = self.fixed.map(|(lo, hi)| (lo >> 32, (hi >> 32).saturating_add(1)));
        let mut out = self.int;
        hull(&mut out, fixed);
        out
    }
}
