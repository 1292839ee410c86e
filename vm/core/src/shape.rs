//! Shapes: the key lists that records share, so that a field is a slot number.

use crate::string::{PERM, StrObj};
use alloc::boxed::Box;
use alloc::vec::Vec;

/// More keys than this and a table keeps its string keys in its hash part.
pub(crate) const MAX_KEYS: usize = 64;
/// Keys that arrive by dynamic assignment follow shapes up to here only.
pub(crate) const MAX_DYNAMIC_KEYS: usize = 24;
/// More shapes than this in one machine and new records become hashes.
const MAX_SHAPES: usize = 8192;

/// A list of distinct permanent keys in slot order.
pub(crate) struct Shape {
    pub(crate) keys: Vec<*const StrObj>,
    /// Slot + 1 by hash, open addressing; empty for short shapes.
    index: Vec<u8>,
    next: Vec<(*const StrObj, *mut Shape)>,
    /// Slots in the byte order of their keys; made on first use.
    sorted: Option<Box<[u8]>>,
    /// The one shape of tables that keep their string keys in the hash part.
    pub(crate) dict: bool,
}

impl Shape {
    /// The slot of a key.
    #[inline]
    pub(crate) unsafe fn find(this: *const Shape, key: *const StrObj) -> Option<u32> {
        let keys = &(*this).keys;
        let perm = (*key).flags & PERM != 0;
        if (*this).index.is_empty() {
            if perm {
                // Permanent strings are unique, so identity decides.
                return keys.iter().position(|k| core::ptr::eq(*k, key)).map(|i| i as u32);
            }
            let h = StrObj::hash(key);
            return keys.iter().position(|k| (**k).hash == h && StrObj::equals(*k, key)).map(|i| i as u32);
        }
        let index = &(*this).index;
        let mask = index.len() - 1;
        let h = StrObj::hash(key);
        let mut i = h as usize & mask;
        loop {
            let s = index[i];
            if s == 0 {
                return None;
            }
            let k = keys[usize::from(s) - 1];
            if k == key || (!perm && (*k).hash == h && StrObj::equals(k, key)) {
                return Some(u32::from(s) - 1);
            }
            i = (i + 1) & mask;
        }
    }

    /// One of the first shapes that extend this one by a key of these bytes.
    #[inline]
    pub(crate) unsafe fn next_by_bytes(this: *const Shape, key: &[u8]) -> Option<*mut Shape> {
        (*this).next.iter().take(4).find(|(k, _)| StrObj::bytes(*k) == key).map(|(_, s)| *s)
    }

    /// As [`Shape::next_by_bytes`], with the key.
    #[inline]
    pub(crate) unsafe fn next_key_by_bytes(this: *const Shape, key: &[u8]) -> Option<(*const StrObj, *mut Shape)> {
        (*this).next.iter().take(12).find(|(k, _)| StrObj::bytes(*k) == key).copied()
    }

    /// Slots in the byte order of their keys.
    pub(crate) unsafe fn sorted<'a>(this: *const Shape) -> &'a [u8] {
        let this = &mut *(this as *mut Shape);
        if this.sorted.is_none() {
            let mut order: Vec<u8> = (0..this.keys.len() as u8).collect();
            order.sort_by(|a, b| {
                StrObj::bytes(this.keys[usize::from(*a)]).cmp(StrObj::bytes(this.keys[usize::from(*b)]))
            });
            this.sorted = Some(order.into_boxed_slice());
        }
        match &this.sorted {
            Some(s) => core::slice::from_raw_parts(s.as_ptr(), s.len()),
            None => &[],
        }
    }
}

/// All shapes of a machine.
pub(crate) struct Shapes {
    all: Vec<*mut Shape>,
    pub(crate) empty: *mut Shape,
    pub(crate) dict: *mut Shape,
}

fn make(keys: Vec<*const StrObj>, dict: bool) -> *mut Shape {
    let mut index = Vec::new();
    if keys.len() > 8 {
        index = alloc::vec![0u8; (keys.len() * 2).next_power_of_two()];
        let mask = index.len() - 1;
        for (slot, k) in keys.iter().enumerate() {
            // SAFETY: keys are permanent strings with a known hash.
            let mut i = unsafe { StrObj::hash(*k) } as usize & mask;
            while index[i] != 0 {
                i = (i + 1) & mask;
            }
            index[i] = slot as u8 + 1;
        }
    }
    Box::into_raw(Box::new(Shape { keys, index, next: Vec::new(), sorted: None, dict }))
}

impl Shapes {
    pub(crate) fn new() -> Shapes {
        let empty = make(Vec::new(), false);
        let dict = make(Vec::new(), true);
        Shapes { all: alloc::vec![empty, dict], empty, dict }
    }

    /// The shape with one more permanent key, when it exists.
    #[inline]
    pub(crate) unsafe fn existing(&self, from: *const Shape, key: *const StrObj) -> Option<*mut Shape> {
        (*from).next.iter().find(|(k, _)| *k == key).map(|(_, s)| *s)
    }

    /// The shape with one more permanent key; nothing when there are too many shapes or keys.
    pub(crate) unsafe fn extend(&mut self, from: *mut Shape, key: *const StrObj) -> Option<*mut Shape> {
        if let Some(s) = self.existing(from, key) {
            return Some(s);
        }
        if (*from).dict || (*from).keys.len() >= MAX_KEYS || self.all.len() >= MAX_SHAPES || (*from).next.len() >= 128 {
            return None;
        }
        StrObj::hash(key);
        let mut keys = (*from).keys.clone();
        keys.push(key);
        let s = make(keys, false);
        self.all.push(s);
        (*from).next.push((key, s));
        Some(s)
    }
}

impl Drop for Shapes {
    fn drop(&mut self) {
        for s in &self.all {
            // SAFETY: each shape came from `Box::into_raw` and is dropped once.
            drop(unsafe { Box::from_raw(*s) });
        }
    }
}
