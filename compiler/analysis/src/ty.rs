//! Types as people read them: `integer 0..100`, `string?`, `{ by_id: {[string]: …}, n: integer }`.
//! A type is a picture of what inference knows; it is cut where it becomes too deep or too wide.

use crate::Place;
use std::fmt::{self, Display, Write};

/// What a value can be.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Type {
    /// Nothing is known.
    #[default]
    Any,
    /// There is no such value: the place is not reached.
    Never,
    /// `nil`
    Nil,
    /// `json.null`
    Null,
    /// A boolean; the value when it is always the same.
    Boolean(Option<bool>),
    /// Any number.
    Number,
    /// An integer from `lo` to `hi`.
    Integer {
        /// The least.
        lo: i64,
        /// The greatest.
        hi: i64,
    },
    /// A fixed, as raw bits, from `lo` to `hi`.
    Fixed {
        /// The least.
        lo: i64,
        /// The greatest.
        hi: i64,
    },
    /// A string; when it is always one of a few, these.
    String(Option<Vec<Vec<u8>>>),
    /// A table.
    Table(Box<TableType>),
    /// A function of the program.
    Function(Box<Signature>),
    /// A library function or table, by its full name.
    Library(&'static str),
    /// One of several, at least two; never nested.
    Union(Vec<Type>),
}

/// A table.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TableType {
    /// Fields with a name, by name.
    pub fields: Vec<Field>,
    /// What stands at integer keys.
    pub elements: Option<Type>,
    /// Keys that are not known by name, and their values.
    pub entries: Option<(Type, Type)>,
    /// Whether it may have other fields.
    pub is_open: bool,
    /// Whether its insides were left out.
    pub is_cut: bool,
}

/// A field with a name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What it holds when it is there.
    pub ty: Type,
    /// Whether it may be absent.
    pub is_optional: bool,
    /// Where it is first given a value, in the order of the text.
    pub origin: Option<Place>,
    /// A few words on it; empty when there are none.
    pub doc: &'static str,
}

/// What a function takes and gives.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Signature {
    /// Its name; may be empty.
    pub name: String,
    /// Parameters with what they were seen to be called with.
    pub params: Vec<(String, Type)>,
    /// Whether it takes `...`.
    pub is_vararg: bool,
    /// Its results.
    pub results: Vec<Type>,
    /// Whether it can give more than those.
    pub more_results: bool,
}

impl Type {
    /// Whether nothing is known.
    pub fn is_any(&self) -> bool {
        matches!(self, Type::Any)
    }

    /// The tables among the alternatives.
    pub fn tables(&self) -> impl Iterator<Item = &TableType> {
        let all = match self {
            Type::Union(of) => of.as_slice(),
            one => std::slice::from_ref(one),
        };
        all.iter().filter_map(|t| match t {
            Type::Table(t) => Some(&**t),
            _ => None,
        })
    }

    /// The short name that a hint shows: as the type, at most `most` characters long.
    pub fn short(&self, most: usize) -> String {
        let full = self.to_string();
        if full.chars().count() <= most {
            return full;
        }
        match self {
            Type::Table(t) if t.fields.is_empty() && t.elements.is_some() => "{…}".to_owned(),
            Type::Table(_) => "{ … }".to_owned(),
            _ => {
                let mut cut: String = full.chars().take(most.saturating_sub(1)).collect();
                cut.push('…');
                cut
            }
        }
    }
}

/// Ends of a range from here on are left out.
const LARGE: i64 = 1 << 53;

/// The greatest number of fields that are written out.
const MAX_FIELDS: usize = 12;

impl Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Any => f.write_str("any"),
            Type::Never => f.write_str("never"),
            Type::Nil => f.write_str("nil"),
            Type::Null => f.write_str("null"),
            Type::Boolean(None) => f.write_str("boolean"),
            Type::Boolean(Some(b)) => write!(f, "{b}"),
            Type::Number => f.write_str("number"),
            Type::Integer { lo, hi } => {
                f.write_str("integer")?;
                range(f, *lo, *hi, |f, v| write!(f, "{v}"))
            }
            Type::Fixed { lo, hi } => {
                f.write_str("fixed")?;
                range(f, *lo, *hi, |f, v| f.write_str(&fixed(v)))
            }
            Type::String(None) => f.write_str("string"),
            Type::String(Some(all)) => {
                for (i, s) in all.iter().enumerate() {
                    f.write_str(if i == 0 { "" } else { " | " })?;
                    quoted(f, s)?;
                }
                Ok(())
            }
            Type::Table(t) => Display::fmt(t, f),
            Type::Function(s) => {
                f.write_str("function")?;
                Display::fmt(s, f)
            }
            Type::Library(name) if name.ends_with("()") => f.write_str("function"),
            Type::Library(name) => f.write_str(name),
            Type::Union(of) => union(f, of),
        }
    }
}

fn union(f: &mut fmt::Formatter<'_>, of: &[Type]) -> fmt::Result {
    let rest: Vec<&Type> = of.iter().filter(|t| **t != Type::Nil).collect();
    let is_optional = rest.len() < of.len();
    let wrap =
        is_optional && (rest.len() > 1 || matches!(rest.first(), Some(Type::String(Some(all))) if all.len() > 1));
    f.write_str(if wrap { "(" } else { "" })?;
    for (i, t) in rest.iter().enumerate() {
        f.write_str(if i == 0 { "" } else { " | " })?;
        Display::fmt(t, f)?;
    }
    f.write_str(if wrap { ")" } else { "" })?;
    // A range and a question mark would run into each other.
    let spaced = matches!(rest.as_slice(), [Type::Integer { lo, hi }] if *lo > -LARGE || *hi < LARGE);
    f.write_str(match (is_optional, spaced) {
        (true, true) => " or nil",
        (true, false) => "?",
        (false, _) => "",
    })
}

/// The bounds of a range; a side without a bound is left open, and a full range says nothing.
fn range(
    f: &mut fmt::Formatter<'_>,
    lo: i64,
    hi: i64,
    put: impl Fn(&mut fmt::Formatter<'_>, i64) -> fmt::Result,
) -> fmt::Result {
    // Bounds that only overflow would reach say nothing to people.
    match (lo <= -LARGE, hi >= LARGE) {
        (true, true) => Ok(()),
        _ if lo == hi => {
            f.write_char(' ')?;
            put(f, lo)
        }
        (no_lo, no_hi) => {
            f.write_char(' ')?;
            if !no_lo {
                put(f, lo)?;
            }
            f.write_str("..")?;
            if no_hi { Ok(()) } else { put(f, hi) }
        }
    }
}

fn fixed(raw: i64) -> String {
    gatos_num::fix_text(gatos_num::Fix::from_raw(raw)).as_str().to_owned()
}

fn quoted(f: &mut fmt::Formatter<'_>, s: &[u8]) -> fmt::Result {
    f.write_char('"')?;
    for c in String::from_utf8_lossy(s).chars().take(40) {
        match c {
            '"' | '\\' => write!(f, "\\{c}")?,
            '\n' => f.write_str("\\n")?,
            c if c.is_control() => f.write_char('\u{fffd}')?,
            c => f.write_char(c)?,
        }
    }
    f.write_str(if s.len() > 40 { "…\"" } else { "\"" })
}

impl Display for TableType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_cut {
            return f.write_str("{…}");
        }
        if self.fields.is_empty() && !self.is_open {
            match (&self.elements, &self.entries) {
                (None, None) => return f.write_str("{}"),
                (Some(e), None) => return write!(f, "{{{e}}}"),
                (None, Some((k, v))) => return write!(f, "{{[{k}]: {v}}}"),
                (Some(e), Some((k, v))) => return write!(f, "{{{e}, [{k}]: {v}}}"),
            }
        }
        f.write_str("{ ")?;
        let mut first = true;
        let mut comma = |f: &mut fmt::Formatter<'_>| {
            let text = if first { "" } else { ", " };
            first = false;
            f.write_str(text)
        };
        for field in self.fields.iter().take(MAX_FIELDS) {
            comma(f)?;
            write!(f, "{}{}: {}", field.name, if field.is_optional { "?" } else { "" }, field.ty)?;
        }
        if let Some(e) = &self.elements {
            comma(f)?;
            write!(f, "[integer]: {e}")?;
        }
        if let Some((k, v)) = &self.entries {
            comma(f)?;
            write!(f, "[{k}]: {v}")?;
        }
        if self.is_open || self.fields.len() > MAX_FIELDS {
            comma(f)?;
            f.write_char('…')?;
        }
        f.write_str(" }")
    }
}

/// `(a: integer, b: any): string?`
impl Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('(')?;
        for (i, (name, ty)) in self.params.iter().enumerate() {
            f.write_str(if i == 0 { "" } else { ", " })?;
            f.write_str(name)?;
            if !ty.is_any() && *ty != Type::Never {
                write!(f, ": {ty}")?;
            }
        }
        if self.is_vararg {
            f.write_str(if self.params.is_empty() { "..." } else { ", ..." })?;
        }
        f.write_char(')')?;
        if self.results.is_empty() && !self.more_results {
            return Ok(());
        }
        f.write_str(": ")?;
        for (i, ty) in self.results.iter().enumerate() {
            f.write_str(if i == 0 { "" } else { ", " })?;
            Display::fmt(ty, f)?;
        }
        match (self.more_results, self.results.is_empty()) {
            (true, true) => f.write_str("any..."),
            (true, false) => f.write_str(", any..."),
            _ => Ok(()),
        }
    }
}
