//! What library functions charge, in the sizes of their arguments. What depends on the insides of
//! strings (patterns, JSON, computed formats) has no bound; the sizes of strings that are made are left out, and the
//! bound says so by being rough.

use super::size::{At, Sizes, walked};
use crate::Place;
use crate::bound::{Atom, Bound};
use crate::infer::value::Strs;
use gatos_compiler::hir::{Expr, ExprKind};

/// A call's arguments as far as they are written.
pub(super) struct Args<'a> {
    pub exprs: Vec<&'a Expr>,
    /// Whether the last one may give several.
    pub is_open: bool,
}

impl<'a> Args<'a> {
    pub(super) fn of(call: &'a Expr) -> Args<'a> {
        let exprs: Vec<&Expr> = match &call.kind {
            ExprKind::Call(_, args) => args.iter().collect(),
            ExprKind::Method { object, args, .. } => std::iter::once(&**object).chain(args.iter()).collect(),
            _ => Vec::new(),
        };
        let is_open = exprs.last().is_some_and(|e| e.is_multi());
        Args { exprs, is_open }
    }
}

/// Whole 64 bytes of a string that an expression may be.
pub(super) fn strings(sizes: &Sizes<'_>, at: At, e: &Expr) -> Bound {
    let Some(v) = sizes.facts.value(Place { unit: at.unit, span: e.span }) else {
        return Bound::zero().without_strings();
    };
    match &v.strs {
        _ if v.any && v.made => Bound::size(Atom::Strings).without_strings(),
        _ if v.any => Bound::size(Atom::Strings),
        Strs::No => Bound::zero(),
        Strs::These(all) => Bound::fixed(all.iter().map(|s| s.len() as u64 / 64).max().unwrap_or(0)),
        Strs::Any if v.made => Bound::size(Atom::Strings).without_strings(),
        Strs::Any => Bound::size(Atom::Strings),
    }
}

/// What one call costs beside the op. `callback` is what a function among its arguments costs.
pub(super) fn cost<'a>(sizes: &mut Sizes<'a>, at: At, name: &str, call: &'a Expr, callback: Option<&Bound>) -> Bound {
    let base = match name {
        // What iterators charge for a round.
        "ipairs()" | "dpairs()" => return Bound::zero(),
        "utf8.codes()" => return Bound::fixed(5),
        "rng()" => return Bound::fixed(8),
        _ => Bound::fixed(gatos_sigs::find(name).map_or(0, |s| u64::from(s.cost.base))),
    };
    let args = Args::of(call);
    let place = Place { unit: at.unit, span: call.span };
    let unknown = |what: &str| Bound::unbounded(place, format!("how {what} is not known"));
    let Some(first) = args.exprs.first().copied() else { return base };
    if args.is_open && args.exprs.len() == 1 && gatos_sigs::find(name).is_some_and(|s| !s.cost.per.is_empty()) {
        return base.plus(&unknown("many values a call or `...` gives"));
    }
    let uncounted = |what: &str| base.clone().plus(&Bound::unbounded(place, format!("{what} not counted")));
    match name {
        "string.gmatch()" | "string.gmatch" | "string.match" => uncounted("patterns are"),
        "string.find" if !matches!(args.exprs.as_slice(), [_, _, _, plain] if matches!(plain.kind, ExprKind::Bool(true))) => {
            uncounted("patterns are")
        }
        "string.format" if !args.is_open => match &first.bare().kind {
            // A number takes no more than 192 bytes at any width and precision.
            ExprKind::Str(s) => {
                let bytes = s.len() as u64 * 2 + 192 * args.exprs.len() as u64;
                let given = args.exprs[1..].iter().fold(Bound::zero(), |sum, e| sum.plus(&strings(sizes, at, e)));
                // Quoting makes a string longer.
                let given = if given.is_zero() { given } else { given.times(&Bound::fixed(8)).without_strings() };
                base.plus(&Bound::fixed(bytes / 64 + 2)).plus(&given)
            }
            _ => uncounted("formats are"),
        },
        "string.format" | "string.pack" | "string.unpack" | "string.packsize" => uncounted("formats are"),
        _ if name.starts_with("json.") && gatos_sigs::find(name).is_some_and(|s| !s.cost.per.is_empty()) => {
            uncounted("JSON is")
        }
        "string.rep" => repeated(sizes, at, &args).map_or_else(|| unknown("long this string gets"), |b| base.plus(&b)),
        "dpairs" | "dkeys" | "dvalues" => match sizes.sorting(at, first) {
            Some(n) => {
                // Keys of less than 64 bytes count too, all together.
                let bytes = n.clone().times(&Bound::size(Atom::Strings).plus(&Bound::fixed(1)));
                let bytes = if is_list(sizes, at, first) { Bound::zero() } else { bytes };
                base.plus(&n).plus(&bytes)
            }
            None => unknown("many entries this table has"),
        },
        "dsort" | "table.sort" => match sizes.size(at, first, 16) {
            // Runs of 8 by insertion take at most 28 comparisons each, 3.5 an element; each merge one an element.
            Some(n) => {
                let digits = sizes.digits(at, first, &n);
                let comparisons = n.times(&digits.plus(&Bound::fixed(4)));
                let each = match callback {
                    Some(c) => c.clone().plus(&Bound::fixed(5)),
                    None => Bound::size(Atom::Strings).plus(&Bound::fixed(1)).without_strings(),
                };
                base.plus(&n).plus(&comparisons.times(&each))
            }
            None => unknown("many elements this list has"),
        },
        "table.concat" => match (args.exprs.get(3), sizes.size(at, first, 16)) {
            (None, Some(n)) => {
                let bytes = Bound::size(Atom::Strings).plus(&Bound::fixed(2));
                let between = args.exprs.get(1).map_or_else(Bound::zero, |e| strings(sizes, at, e));
                base.plus(&n.times(&bytes.plus(&Bound::fixed(1)).plus(&between))).without_strings()
            }
            _ => unknown("many elements this list has"),
        },
        "table.insert" if args.exprs.len() == 2 => base,
        "table.remove" if args.exprs.len() == 1 => base,
        "table.insert" | "table.remove" => match sizes.size(at, first, 16) {
            Some(n) => base.plus(&n),
            None => unknown("many elements this list has"),
        },
        "table.unpack" => match (args.exprs.get(2), sizes.size(at, first, 16)) {
            (None, Some(n)) => base.plus(&n),
            (Some(last), _) => match sizes.upper(at, last, 16) {
                Some(n) => base.plus(&n).plus(&Bound::fixed(1)),
                None => unknown("many values this gives"),
            },
            _ => unknown("many elements this list has"),
        },
        "table.pack" | "select" | "math.max" | "math.min" | "string.char" | "utf8.char" if args.is_open => {
            unknown("many values a call or `...` gives")
        }
        "table.pack" => base.plus(&Bound::fixed(args.exprs.len() as u64)),
        "table.move" => match args.exprs.get(2).and_then(|e| sizes.upper(at, e, 16)) {
            Some(n) => base.plus(&n).plus(&Bound::fixed(1)),
            None => unknown("many elements this moves"),
        },
        "pcall" | "xpcall" => base.plus(&Bound::fixed(4)).plus(callback.unwrap_or(&Bound::zero())),
        "string.gsub" => uncounted("patterns are"),
        "tostring" => base.plus(&Bound::fixed(4)),
        "select" => base.plus(&Bound::fixed(args.exprs.len() as u64 / 8 + 1)),
        "math.max" | "math.min" | "string.char" | "utf8.char" => base.plus(&Bound::fixed(args.exprs.len() as u64)),
        "print" => base.plus(&Bound::fixed(args.exprs.len() as u64)).without_strings(),
        "math.tointeger" => base.plus(&strings(sizes, at, first)),
        "utf8.codepoint" => {
            let long = strings(sizes, at, first).times(&Bound::fixed(16)).plus(&Bound::fixed(16));
            base.plus(&long).without_strings()
        }
        _ => {
            let has_sizes = gatos_sigs::find(name).is_some_and(|s| !s.cost.per.is_empty());
            match has_sizes {
                false => base,
                // One string in, and work by its bytes: known when the string was given to the program.
                true if matches!(
                    name,
                    "rawequal"
                        | "rawget"
                        | "rawset"
                        | "tonumber"
                        | "string.lower"
                        | "string.upper"
                        | "string.reverse"
                        | "string.sub"
                        | "utf8.len"
                ) =>
                {
                    args.exprs.iter().fold(base, |sum, e| sum.plus(&strings(sizes, at, e)))
                }
                true if name == "string.byte" => base.plus(&byte_count(sizes, at, &args)),
                true => {
                    let given = args.exprs.iter().fold(Bound::zero(), |sum, e| sum.plus(&strings(sizes, at, e)));
                    base.plus(&given).plus(&Bound::fixed(1)).without_strings()
                }
            }
        }
    }
}

fn byte_count<'a>(sizes: &mut Sizes<'a>, at: At, args: &Args<'a>) -> Bound {
    match args.exprs.as_slice() {
        [_] | [_, _] => Bound::fixed(1),
        [s, ..] => sizes.size(at, s, 16).unwrap_or_else(|| Bound::zero().without_strings()).plus(&Bound::fixed(1)),
        [] => Bound::zero(),
    }
}

/// What the bytes of `string.rep(s, n, between)` cost.
fn repeated<'a>(sizes: &mut Sizes<'a>, at: At, args: &Args<'a>) -> Option<Bound> {
    let (s, n) = (args.exprs.first().copied()?, args.exprs.get(1).copied()?);
    let between = args.exprs.get(2).copied();
    let often = sizes.upper(at, n, 16)?;
    let longs = [Some(s), between].into_iter().flatten();
    let bytes: Option<Vec<Bound>> = longs.clone().map(|e| sizes.size(at, e, 16)).collect();
    let bytes = bytes.map(|all| all.iter().fold(Bound::zero(), |sum, b| sum.plus(b)).times(&often));
    Some(match bytes.and_then(|b| b.as_fixed()) {
        Some(bytes) => Bound::fixed(bytes / 64 + 1),
        None => {
            let one = longs.fold(Bound::fixed(2), |sum, e| sum.plus(&strings(sizes, at, e)));
            often.times(&one).plus(&Bound::fixed(1)).without_strings()
        }
    })
}

/// Whether a table has integer keys only.
fn is_list(sizes: &Sizes<'_>, at: At, e: &Expr) -> bool {
    sizes.facts.value(Place { unit: at.unit, span: e.span }).is_some_and(|v| {
        !v.any
            && v.tables.iter().all(|t| {
                let t = sizes.facts.table(*t);
                !t.open && t.fields.is_empty() && t.keys.is_never()
            })
    })
}

/// The call that makes the iterator of a generic loop.
pub(super) fn iterator_of(exprs: &[Expr]) -> Option<&str> {
    walked(exprs).map(|(name, _)| name)
}
