//! A bump allocator: everything made during one call goes here and is dropped at once.

use alloc::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use alloc::vec::Vec;

const FIRST: usize = 64 << 10;
const LARGEST: usize = 4 << 20;
/// What is kept for the next call.
const KEPT: usize = 8 << 20;

/// Chunks with a bump pointer in the current one. Blocks are aligned to 16 bytes.
pub(crate) struct Arena {
    cur: *mut u8,
    end: *mut u8,
    chunks: Vec<(*mut u8, usize)>,
    at: usize,
    held: usize,
}

fn layout(size: usize) -> Layout {
    match Layout::from_size_align(size, 16) {
        Ok(l) => l,
        Err(_) => handle_alloc_error(Layout::new::<u8>()),
    }
}

impl Arena {
    pub(crate) fn new() -> Arena {
        Arena { cur: core::ptr::null_mut(), end: core::ptr::null_mut(), chunks: Vec::new(), at: 0, held: 0 }
    }

    /// A fresh block of at least `size` bytes, not initialised.
    #[inline(always)]
    pub(crate) fn alloc(&mut self, size: usize) -> *mut u8 {
        let size = (size + 15) & !15;
        let p = self.cur;
        if (self.end as usize) - (p as usize) >= size {
            // The block ends at or before `end`, so the sum stays inside the chunk.
            self.cur = p.wrapping_add(size);
            p
        } else {
            self.alloc_slow(size)
        }
    }

    #[cold]
    #[inline(never)]
    fn alloc_slow(&mut self, size: usize) -> *mut u8 {
        while self.at < self.chunks.len() {
            let (p, len) = self.chunks[self.at];
            self.at += 1;
            if len >= size {
                self.cur = p.wrapping_add(size);
                self.end = p.wrapping_add(len);
                return p;
            }
        }
        let len = (FIRST << self.chunks.len().min(6)).min(LARGEST).max(size);
        // SAFETY: the layout has a non-zero size.
        let p = unsafe { alloc(layout(len)) };
        if p.is_null() {
            handle_alloc_error(layout(len));
        }
        self.chunks.push((p, len));
        self.at = self.chunks.len();
        self.held += len;
        self.cur = p.wrapping_add(size);
        self.end = p.wrapping_add(len);
        p
    }

    /// Forgets every block; all pointers into the arena are dead after this.
    pub(crate) fn reset(&mut self) {
        while self.held > KEPT && self.chunks.len() > 1 {
            if let Some((p, len)) = self.chunks.pop() {
                self.held -= len;
                // SAFETY: the chunk came from `alloc` with this layout and is dropped once.
                unsafe { dealloc(p, layout(len)) };
            }
        }
        match self.chunks.first() {
            Some(&(p, len)) => {
                self.cur = p;
                self.end = p.wrapping_add(len);
                self.at = 1;
            }
            None => self.at = 0,
        }
    }

    /// Bytes taken from the system.
    pub(crate) fn held(&self) -> usize {
        self.held
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        for &(p, len) in &self.chunks {
            // SAFETY: as in `reset`.
            unsafe { dealloc(p, layout(len)) };
        }
    }
}
