//! PCG-XSH-RR 64/32: the one generator a program can have, seeded and never global.

use crate::Fix;

const MULTIPLIER: u64 = 6_364_136_223_846_793_005;

/// A pcg32 generator: 64 bits of state and an odd increment that picks the stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pcg32 {
    state: u64,
    inc: u64,
}

impl Pcg32 {
    /// Seeds as the reference implementation does: a start within the stream, and the stream.
    pub fn new(initstate: u64, initseq: u64) -> Pcg32 {
        let mut rng = Pcg32 { state: 0, inc: initseq.wrapping_shl(1) | 1 };
        rng.next_u32();
        rng.state = rng.state.wrapping_add(initstate);
        rng.next_u32();
        rng
    }

    /// State and increment, for a caller that keeps a generator between draws.
    pub const fn parts(self) -> (u64, u64) {
        (self.state, self.inc)
    }

    /// A generator from its [`Pcg32::parts`].
    pub const fn from_parts(state: u64, inc: u64) -> Pcg32 {
        Pcg32 { state, inc: inc | 1 }
    }

    /// The next 32 bits.
    #[inline]
    pub fn next_u32(&mut self) -> u32 {
        let old = self.state;
        self.state = old.wrapping_mul(MULTIPLIER).wrapping_add(self.inc);
        let xorshifted = (((old >> 18) ^ old) >> 27) as u32;
        xorshifted.rotate_right((old >> 59) as u32)
    }

    /// The next 64 bits: two draws, the first one above.
    #[inline]
    pub fn next_u64(&mut self) -> u64 {
        let high = u64::from(self.next_u32());
        high.wrapping_shl(32) | u64::from(self.next_u32())
    }

    /// A fixed from 0 up to but not including 1, one of 2^32 equally likely: one draw.
    #[inline]
    pub fn next_fix(&mut self) -> Fix {
        Fix::from_raw(i64::from(self.next_u32()))
    }

    /// A number below `bound`, each equally likely; 0 for a bound of 0.
    ///
    /// Draws below `2^32 mod bound` are thrown away, as in the reference implementation.
    pub fn bounded(&mut self, bound: u32) -> u32 {
        let Some(threshold) = bound.wrapping_neg().checked_rem(bound) else { return 0 };
        loop {
            let draw = self.next_u32();
            if draw >= threshold {
                return draw.checked_rem(bound).unwrap_or(0);
            }
        }
    }

    /// A number below `bound`, each equally likely; 0 for a bound of 0.
    ///
    /// Up to 2^32 this draws 32 bits at a time, above it 64.
    pub fn bounded_u64(&mut self, bound: u64) -> u64 {
        if bound == 1 << 32 {
            return u64::from(self.next_u32());
        }
        if let Ok(small) = u32::try_from(bound) {
            return u64::from(self.bounded(small));
        }
        let Some(threshold) = bound.wrapping_neg().checked_rem(bound) else { return 0 };
        loop {
            let draw = self.next_u64();
            if draw >= threshold {
                return draw.checked_rem(bound).unwrap_or(0);
            }
        }
    }

    /// An integer from `low` to `high`, both included, each equally likely; `None` if `low`
    /// is above `high`.
    pub fn range(&mut self, low: i64, high: i64) -> Option<i64> {
        if low > high {
            return None;
        }
        let last = high.wrapping_sub(low) as u64;
        let offset = match last.checked_add(1) {
            Some(count) => self.bounded_u64(count),
            None => self.next_u64(),
        };
        Some(low.wrapping_add(offset as i64))
    }
}
