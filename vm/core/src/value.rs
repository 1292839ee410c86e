//! Values: sixteen bytes, a tag and a payload, copied freely.
//!
//! Both number kinds need all 64 bits, so nothing is packed into NaN space. Heap
//! objects are raw pointers; who owns them is the heap's business (see `heap.rs`).

use crate::string::StrObj;
use crate::table::Table;
use crate::vm::{CellObj, Closure, IterObj, NativeObj};
use gatos_num::{Fix, Num};

/// What a value is.
#[repr(u64)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
pub enum Tag {
    /// nil
    Nil = 0,
    /// false
    False = 1,
    /// true
    True = 2,
    /// 64-bit integer
    Int = 3,
    /// Q32.32 fixed
    Fixed = 4,
    /// bytes
    Str = 5,
    /// table
    Table = 6,
    /// function of the program
    Closure = 7,
    /// library function
    Native = 8,
    /// library function with state of its own: an iterator or a generator
    Iter = 9,
    /// `json.null`
    Null = 10,
    /// a captured variable's box; programs never see one as a value
    Cell = 11,
    /// what a policy collects, the place of a walk, an empty memo slot; never seen as a value
    Inner = 12,
}

/// A value of the machine.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Value {
    pub(crate) tag: Tag,
    pub(crate) bits: u64,
}

impl core::fmt::Debug for Value {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.tag {
            Tag::Int => write!(f, "{}", self.bits as i64),
            Tag::Str => write!(f, "{:?}", alloc::string::String::from_utf8_lossy(self.str_bytes())),
            t => write!(f, "{t:?}"),
        }
    }
}

impl Value {
    /// nil
    pub const NIL: Value = Value { tag: Tag::Nil, bits: 0 };
    /// false
    pub const FALSE: Value = Value { tag: Tag::False, bits: 0 };
    /// true
    pub const TRUE: Value = Value { tag: Tag::True, bits: 0 };
    /// `json.null`
    pub const NULL: Value = Value { tag: Tag::Null, bits: 0 };

    /// A boolean.
    #[inline(always)]
    pub const fn bool(b: bool) -> Value {
        if b { Value::TRUE } else { Value::FALSE }
    }

    /// An integer.
    #[inline(always)]
    pub const fn int(i: i64) -> Value {
        Value { tag: Tag::Int, bits: i as u64 }
    }

    /// A fixed.
    #[inline(always)]
    pub const fn fixed(f: Fix) -> Value {
        Value { tag: Tag::Fixed, bits: f.raw() as u64 }
    }

    /// A number of either kind.
    #[inline]
    pub const fn num(n: Num) -> Value {
        match n {
            Num::Int(i) => Value::int(i),
            Num::Fixed(f) => Value::fixed(f),
        }
    }

    #[inline(always)]
    pub(crate) fn from_str(s: *const StrObj) -> Value {
        Value { tag: Tag::Str, bits: s as u64 }
    }

    #[inline(always)]
    pub(crate) fn from_table(t: *mut Table) -> Value {
        Value { tag: Tag::Table, bits: t as u64 }
    }

    #[inline(always)]
    pub(crate) fn from_closure(c: *mut Closure) -> Value {
        Value { tag: Tag::Closure, bits: c as u64 }
    }

    #[inline(always)]
    pub(crate) fn from_native(n: *const NativeObj) -> Value {
        Value { tag: Tag::Native, bits: n as u64 }
    }

    #[inline(always)]
    pub(crate) fn from_iter_obj(n: *mut IterObj) -> Value {
        Value { tag: Tag::Iter, bits: n as u64 }
    }

    #[inline(always)]
    pub(crate) fn from_cell(c: *mut CellObj) -> Value {
        Value { tag: Tag::Cell, bits: c as u64 }
    }

    /// What the value is.
    #[inline(always)]
    pub const fn tag(self) -> Tag {
        self.tag
    }

    /// Everything but nil and false.
    #[inline(always)]
    pub fn truthy(self) -> bool {
        self.tag as u64 > 1
    }

    /// Whether it is nil.
    #[inline(always)]
    pub fn is_nil(self) -> bool {
        self.tag as u64 == 0
    }

    /// The integer, when it is of that subtype.
    #[inline(always)]
    pub fn as_int(self) -> Option<i64> {
        if self.tag == Tag::Int { Some(self.bits as i64) } else { None }
    }

    /// The number, when it is one.
    #[inline]
    pub fn as_num(self) -> Option<Num> {
        match self.tag {
            Tag::Int => Some(Num::Int(self.bits as i64)),
            Tag::Fixed => Some(Num::Fixed(Fix::from_raw(self.bits as i64))),
            _ => None,
        }
    }

    /// The boolean, when it is one.
    #[inline]
    pub fn as_bool(self) -> Option<bool> {
        match self.tag {
            Tag::False => Some(false),
            Tag::True => Some(true),
            _ => None,
        }
    }

    /// The table's identity, when it is one.
    #[inline(always)]
    pub(crate) fn table_ptr(self) -> *mut Table {
        self.bits as *mut Table
    }

    #[inline(always)]
    pub(crate) fn str_ptr(self) -> *const StrObj {
        self.bits as *const StrObj
    }

    #[inline(always)]
    pub(crate) fn closure_ptr(self) -> *mut Closure {
        self.bits as *mut Closure
    }

    #[inline(always)]
    pub(crate) fn native_ptr(self) -> *const NativeObj {
        self.bits as *const NativeObj
    }

    #[inline(always)]
    pub(crate) fn iter_ptr(self) -> *mut IterObj {
        self.bits as *mut IterObj
    }

    #[inline(always)]
    pub(crate) fn cell_ptr(self) -> *mut CellObj {
        self.bits as *mut CellObj
    }

    /// The bytes of a string value; empty for anything else.
    ///
    /// The slice lives as long as the call during which the string was made (or the
    /// machine, for constants and state), so a library function may use it while it
    /// runs, and must not keep it.
    #[inline]
    pub fn str_bytes<'a>(self) -> &'a [u8] {
        if self.tag != Tag::Str {
            return &[];
        }
        // SAFETY: a `Str` value always points to a live string object: strings do not move
        // and are freed only between calls, when no library function runs.
        unsafe { StrObj::bytes(self.str_ptr()) }
    }

    /// The bytes, when it is a string.
    #[inline]
    pub fn as_str<'a>(self) -> Option<&'a [u8]> {
        if self.tag == Tag::Str { Some(self.str_bytes()) } else { None }
    }

    /// The name that `type` gives.
    pub fn type_name(self) -> &'static str {
        match self.tag {
            Tag::Nil => "nil",
            Tag::False | Tag::True => "boolean",
            Tag::Int | Tag::Fixed => "number",
            Tag::Str => "string",
            Tag::Table => "table",
            Tag::Closure | Tag::Native | Tag::Iter => "function",
            Tag::Null => "null",
            Tag::Cell | Tag::Inner => "cell",
        }
    }

    /// Equality without metamethods.
    #[inline]
    pub fn raw_equals(self, other: Value) -> bool {
        if self.tag == other.tag {
            if self.bits == other.bits {
                return true;
            }
            // SAFETY: both are string values, so both point to live strings.
            return self.tag == Tag::Str && unsafe { StrObj::equals(self.str_ptr(), other.str_ptr()) };
        }
        match (self.tag, other.tag) {
            (Tag::Int, Tag::Fixed) => Fix::from_raw(other.bits as i64).to_int() == Some(self.bits as i64),
            (Tag::Fixed, Tag::Int) => Fix::from_raw(self.bits as i64).to_int() == Some(other.bits as i64),
            _ => false,
        }
    }
}
