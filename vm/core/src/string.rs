//! String objects: length, cached hash and bytes in one block; and sets of them.

use alloc::vec::Vec;

/// Lives as long as the machine; unique by content among such strings.
pub(crate) const PERM: u32 = 1;
/// Lives in the state; unique by content among such strings, counted by `refs`.
pub(crate) const STATE: u32 = 2;
/// Known to be UTF-8.
pub(crate) const UTF8: u32 = 4;
/// Known not to be UTF-8.
pub(crate) const NOT_UTF8: u32 = 8;

/// Header of a string; its bytes follow.
#[repr(C)]
pub struct StrObj {
    pub(crate) hash: u32,
    pub(crate) len: u32,
    pub(crate) flags: u32,
    pub(crate) refs: u32,
}

pub(crate) const HEADER: usize = core::mem::size_of::<StrObj>();

/// Folded multiplication over eight bytes at a time; never 0, which means "not yet known".
pub(crate) fn hash_bytes(bytes: &[u8]) -> u32 {
    const M: u64 = 0x9e37_79b9_7f4a_7c15;
    let fold = |a: u64, b: u64| {
        let p = u128::from(a) * u128::from(b);
        (p as u64) ^ ((p >> 64) as u64)
    };
    let mut h = (bytes.len() as u64) ^ 0x2545_f491_4f6c_dd1d;
    let mut chunks = bytes.chunks_exact(8);
    for c in &mut chunks {
        let w = u64::from_le_bytes([c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7]]);
        h = fold(h ^ w, M);
    }
    let rest = chunks.remainder();
    if !rest.is_empty() {
        let mut w = 0u64;
        for (i, b) in rest.iter().enumerate() {
            w |= u64::from(*b) << (8 * i);
        }
        h = fold(h ^ w, M);
    }
    let h = fold(h, M ^ 0xff51_afd7_ed55_8ccd);
    ((h as u32) ^ ((h >> 32) as u32)).max(1)
}

impl StrObj {
    /// The bytes.
    #[inline(always)]
    pub(crate) unsafe fn bytes<'a>(s: *const StrObj) -> &'a [u8] {
        core::slice::from_raw_parts((s as *const u8).add(HEADER), (*s).len as usize)
    }

    /// The hash, made on first use.
    #[inline(always)]
    pub(crate) unsafe fn hash(s: *const StrObj) -> u32 {
        let h = (*s).hash;
        if h != 0 { h } else { StrObj::make_hash(s) }
    }

    #[inline(never)]
    unsafe fn make_hash(s: *const StrObj) -> u32 {
        let h = hash_bytes(StrObj::bytes(s));
        (*(s as *mut StrObj)).hash = h;
        h
    }

    /// Equal content.
    #[inline(always)]
    pub(crate) unsafe fn equals(a: *const StrObj, b: *const StrObj) -> bool {
        a == b || ((*a).len == (*b).len && (*a).flags & (*b).flags & (PERM | STATE) == 0 && StrObj::same_bytes(a, b))
    }

    #[inline(never)]
    unsafe fn same_bytes(a: *const StrObj, b: *const StrObj) -> bool {
        StrObj::bytes(a) == StrObj::bytes(b)
    }

    /// Whether the bytes are UTF-8; the answer is kept.
    pub(crate) unsafe fn is_utf8(s: *const StrObj) -> bool {
        let f = (*s).flags;
        if f & (UTF8 | NOT_UTF8) == 0 {
            let ok = core::str::from_utf8(StrObj::bytes(s)).is_ok();
            (*(s as *mut StrObj)).flags |= if ok { UTF8 } else { NOT_UTF8 };
            return ok;
        }
        f & UTF8 != 0
    }

    /// Writes a string into a block of `HEADER + bytes.len()` bytes.
    #[inline(always)]
    pub(crate) unsafe fn init(p: *mut u8, bytes: &[u8], flags: u32) -> *mut StrObj {
        let s = p as *mut StrObj;
        s.write(StrObj { hash: 0, len: bytes.len() as u32, flags, refs: 0 });
        core::ptr::copy_nonoverlapping(bytes.as_ptr(), p.add(HEADER), bytes.len());
        s
    }
}

/// A set of strings by content: open addressing, linear probing, removal by shifting back.
pub(crate) struct StrSet {
    slots: Vec<*mut StrObj>,
    len: usize,
}

impl StrSet {
    pub(crate) fn new() -> StrSet {
        StrSet { slots: Vec::new(), len: 0 }
    }

    pub(crate) unsafe fn find(&self, bytes: &[u8], hash: u32) -> Option<*mut StrObj> {
        if self.slots.is_empty() {
            return None;
        }
        let mask = self.slots.len() - 1;
        let mut i = hash as usize & mask;
        loop {
            let s = self.slots[i];
            if s.is_null() {
                return None;
            }
            if (*s).hash == hash && StrObj::bytes(s) == bytes {
                return Some(s);
            }
            i = (i + 1) & mask;
        }
    }

    /// Adds a string whose hash is known and whose content is not in the set.
    pub(crate) unsafe fn insert(&mut self, s: *mut StrObj) {
        if (self.len + 1) * 4 > self.slots.len() * 3 {
            let old = core::mem::replace(&mut self.slots, alloc::vec![core::ptr::null_mut(); 0]);
            self.slots = alloc::vec![core::ptr::null_mut(); (old.len() * 2).max(64)];
            for p in old.into_iter().filter(|p| !p.is_null()) {
                self.place(p);
            }
        }
        self.place(s);
        self.len += 1;
    }

    unsafe fn place(&mut self, s: *mut StrObj) {
        let mask = self.slots.len() - 1;
        let mut i = (*s).hash as usize & mask;
        while !self.slots[i].is_null() {
            i = (i + 1) & mask;
        }
        self.slots[i] = s;
    }

    pub(crate) unsafe fn remove(&mut self, s: *mut StrObj) {
        if self.slots.is_empty() {
            return;
        }
        let mask = self.slots.len() - 1;
        let mut i = (*s).hash as usize & mask;
        while self.slots[i] != s {
            if self.slots[i].is_null() {
                return;
            }
            i = (i + 1) & mask;
        }
        self.len -= 1;
        let mut hole = i;
        let mut j = i;
        loop {
            j = (j + 1) & mask;
            let p = self.slots[j];
            if p.is_null() {
                break;
            }
            let home = (*p).hash as usize & mask;
            // Move back only what may stand in the hole without passing its home.
            if (j.wrapping_sub(home) & mask) >= (j.wrapping_sub(hole) & mask) {
                self.slots[hole] = p;
                hole = j;
            }
        }
        self.slots[hole] = core::ptr::null_mut();
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = *mut StrObj> + '_ {
        self.slots.iter().copied().filter(|p| !p.is_null())
    }
}
