//! The order of documents, and equality: null, booleans, numbers, strings by bytes, arrays,
//! objects entry by entry, sets. Total, and equal just when the documents are the same.
//!
//! Comparing pays by size: 1 unit for each 8 pairs of values looked at and 1 for each 64
//! bytes of strings, whatever the representation. Documents nest at most 128 deep, so
//! recursion ends.

use super::{depth, entry, items, order_of};
use crate::string::StrObj;
use crate::table::{ARRAY, DOCUMENT, LISTED, OBJECT, SET, Table};
use crate::trap::{Limit, Trap, TrapKind};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use core::cmp::Ordering;
use gatos_num::Num;

/// The place of strings among the kinds.
pub(crate) const STRING: u8 = 4;

/// The place of a value's kind in the order. What is no document comes after all.
#[inline]
pub(crate) fn class(v: Value) -> u8 {
    match v.tag {
        Tag::Nil => 0,
        Tag::Null => 1,
        Tag::False | Tag::True => 2,
        Tag::Int | Tag::Fixed => 3,
        Tag::Str => STRING,
        Tag::Table => {
            // SAFETY: a live table.
            match unsafe { (*v.table_ptr()).flags } & DOCUMENT {
                ARRAY => 5,
                OBJECT => 6,
                SET => 7,
                _ => 8,
            }
        }
        Tag::Native => 9,
        Tag::Closure | Tag::Iter | Tag::Cell | Tag::Inner => 10,
    }
}

/// Counts what a comparison looks at.
#[derive(Default)]
pub(crate) struct Meter {
    values: u64,
    bytes: u64,
    /// Fuel there is for it.
    left: u64,
}

/// The fuel for a comparison is used up.
pub(crate) struct Spent;

impl Meter {
    pub(crate) fn new(left: u64) -> Meter {
        Meter { values: 0, bytes: 0, left }
    }

    /// What it costs so far.
    pub(crate) fn cost(&self) -> u64 {
        self.values / 8 + self.bytes / 64
    }

    #[inline]
    fn count(&mut self, values: u64, bytes: u64) -> Result<(), Spent> {
        self.values = self.values.saturating_add(values);
        self.bytes = self.bytes.saturating_add(bytes);
        if self.cost() > self.left { Err(Spent) } else { Ok(()) }
    }

    /// Counts a document and all that is in it.
    pub(crate) fn weigh(&mut self, v: Value) -> Result<(), Spent> {
        match v.tag {
            Tag::Str => self.count(1, v.str_bytes().len() as u64),
            Tag::Table => {
                self.count(1, 0)?;
                items(v).iter().try_for_each(|i| self.weigh(*i))?;
                let mut result = Ok(());
                super::each_entry(v, |k, v| {
                    if result.is_ok() {
                        result = self.weigh(k).and_then(|()| self.weigh(v));
                    }
                });
                result
            }
            _ => self.count(1, 0),
        }
    }
}

/// Two values of which at least one is no container.
#[inline]
fn scalars(a: Value, b: Value) -> Ordering {
    match (a.tag, b.tag) {
        (Tag::Int, Tag::Int) => (a.bits as i64).cmp(&(b.bits as i64)),
        (Tag::Str, Tag::Str) => {
            if a.bits == b.bits {
                Ordering::Equal
            } else {
                a.str_bytes().cmp(b.str_bytes())
            }
        }
        _ => class(a).cmp(&class(b)).then_with(|| match (a.as_num(), b.as_num()) {
            (Some(x), Some(y)) => Num::cmp(x, y),
            // SAFETY: library functions live as long as the machine, and have distinct names.
            _ if a.tag == Tag::Native && b.tag == Tag::Native => unsafe {
                let name = |v: Value| (*v.native_ptr()).name;
                name(a).cmp(name(b))
            },
            _ => (a.tag as u64).cmp(&(b.tag as u64)),
        }),
    }
}

/// The order of two documents. Recursion is as deep as they nest.
pub(crate) fn compare(a: Value, b: Value, m: &mut Meter) -> Result<Ordering, Spent> {
    if a.tag != Tag::Table || b.tag != Tag::Table {
        let both = if a.tag == Tag::Str && b.tag == Tag::Str {
            a.str_bytes().len().min(b.str_bytes().len()) as u64
        } else {
            0
        };
        m.count(1, both)?;
        return Ok(scalars(a, b));
    }
    m.count(1, 0)?;
    if a.bits == b.bits {
        return Ok(Ordering::Equal);
    }
    match class(a).cmp(&class(b)) {
        Ordering::Equal => {}
        o => return Ok(o),
    }
    // SAFETY: live documents of one kind, read within their lengths.
    unsafe {
        let (x, y) = (a.table_ptr(), b.table_ptr());
        if (*x).flags & OBJECT == 0 {
            for (i, j) in items(a).iter().zip(items(b)) {
                match compare(*i, *j, m)? {
                    Ordering::Equal => {}
                    o => return Ok(o),
                }
            }
            return Ok((*x).border.cmp(&(*y).border));
        }
        let n = (*x).border.min((*y).border) as usize;
        let (p, q) = (order_of(x), order_of(y));
        let known = core::ptr::eq((*x).shape, (*y).shape) && (*x).flags & LISTED == 0;
        for i in 0..n {
            let ((k, v), (l, w)) = (entry(x, p, i), entry(y, q, i));
            let by_key = if known { m.count(1, 0).map(|()| Ordering::Equal)? } else { keys(k, l, m)? };
            let by_entry = if by_key == Ordering::Equal { compare(v, w, m)? } else { by_key };
            if by_entry != Ordering::Equal {
                return Ok(by_entry);
            }
        }
        Ok((*x).border.cmp(&(*y).border))
    }
}

/// Two keys: those that are strings count as one value however long they are, because
/// objects of one shape do not look at them.
fn keys(a: Value, b: Value, m: &mut Meter) -> Result<Ordering, Spent> {
    if a.tag == Tag::Str && b.tag == Tag::Str {
        m.count(1, 0)?;
        return Ok(scalars(a, b));
    }
    compare(a, b, m)
}

/// Whether two documents are the same; looks no further than needed.
fn same(a: Value, b: Value, m: &mut Meter) -> Result<bool, Spent> {
    if a.tag != b.tag {
        m.count(1, 0)?;
        return Ok(false);
    }
    match a.tag {
        Tag::Str => {
            let (x, y) = (a.str_bytes().len(), b.str_bytes().len());
            m.count(1, if x == y { x as u64 } else { 0 })?;
            // SAFETY: live strings.
            Ok(x == y && unsafe { StrObj::equals(a.str_ptr(), b.str_ptr()) })
        }
        Tag::Table => {
            m.count(1, 0)?;
            if a.bits == b.bits {
                return Ok(true);
            }
            // SAFETY: live tables, read within their lengths.
            unsafe {
                let (x, y) = (a.table_ptr(), b.table_ptr());
                if ((*x).flags ^ (*y).flags) & DOCUMENT != 0 || (*x).border != (*y).border || (*x).flags & DOCUMENT == 0
                {
                    return Ok(false);
                }
                same_members(a, b, x, y, m)
            }
        }
        _ => {
            m.count(1, 0)?;
            Ok(a.bits == b.bits)
        }
    }
}

unsafe fn same_members(a: Value, b: Value, x: *const Table, y: *const Table, m: &mut Meter) -> Result<bool, Spent> {
    if (*x).flags & OBJECT == 0 {
        for (i, j) in items(a).iter().zip(items(b)) {
            if !same(*i, *j, m)? {
                return Ok(false);
            }
        }
        return Ok(true);
    }
    let n = (*x).border as usize;
    let (p, q) = (order_of(x), order_of(y));
    if core::ptr::eq((*x).shape, (*y).shape) && (*x).flags & LISTED == 0 {
        m.count(n as u64, 0)?;
    } else {
        for i in 0..n {
            if keys(entry(x, p, i).0, entry(y, q, i).0, m)? != Ordering::Equal {
                return Ok(false);
            }
        }
    }
    for i in 0..n {
        if !same(entry(x, p, i).1, entry(y, q, i).1, m)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The order of two documents, for work that is paid for otherwise.
pub(crate) fn compare_unpaid(a: Value, b: Value) -> Ordering {
    match compare(a, b, &mut Meter::new(u64::MAX)) {
        Ok(o) => o,
        // The counts stop at their largest value and never pass it.
        Err(Spent) => Ordering::Equal,
    }
}

/// Whether two documents are the same, for work that is paid for otherwise.
pub(crate) fn same_unpaid(a: Value, b: Value) -> bool {
    same(a, b, &mut Meter::new(u64::MAX)).unwrap_or(false)
}

impl Vm {
    /// The order of two documents. Pays fuel by what it looks at.
    ///
    /// # Errors
    /// Fuel.
    pub fn doc_cmp(&mut self, a: Value, b: Value) -> Result<Ordering, Trap> {
        if a.tag == Tag::Int && b.tag == Tag::Int {
            return Ok((a.bits as i64).cmp(&(b.bits as i64)));
        }
        let mut m = Meter::new(self.fuel_left());
        let r = compare(a, b, &mut m);
        self.settle(r, &m)
    }

    /// Whether two documents are equal. Pays fuel by what it looks at.
    ///
    /// # Errors
    /// Fuel.
    pub fn doc_eq(&mut self, a: Value, b: Value) -> Result<bool, Trap> {
        let mut m = Meter::new(self.fuel_left());
        let r = same(a, b, &mut m);
        self.settle(r, &m)
    }

    /// Charges what a meter counted.
    pub(crate) fn settle<T>(&mut self, r: Result<T, Spent>, m: &Meter) -> Result<T, Trap> {
        self.charge(m.cost())?;
        r.map_err(|Spent| Trap(TrapKind::Limit(Limit::Fuel)))
    }

    /// How deep a container of these members nests.
    ///
    /// # Errors
    /// Deeper than documents may; a member that is undefined.
    #[inline]
    pub(crate) fn depth_over(&mut self, members: &[Value]) -> Result<u32, Trap> {
        let (mut deepest, mut undefined) = (0, false);
        for v in members {
            deepest = deepest.max(depth(*v));
            undefined |= v.is_nil();
        }
        if deepest >= super::MAX_DOC_DEPTH || undefined {
            return Err(self.bad_members(undefined));
        }
        Ok(deepest + 1)
    }

    #[cold]
    fn bad_members(&mut self, undefined: bool) -> Trap {
        self.error(if undefined {
            "a document would hold a value that is undefined"
        } else {
            "a document nests deeper than 128 levels"
        })
    }
}
