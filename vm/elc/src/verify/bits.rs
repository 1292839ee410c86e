//! A set of small numbers: registers, cell slots or upvalues of one function.

/// A set of numbers below 256. Runs that reach past 255 are cut there: range checks come
/// first, and what lies past a frame is nobody's register.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Bits([u64; 4]);

impl Bits {
    /// The numbers `from..from + n`.
    pub(crate) fn run(from: u32, n: u32) -> Bits {
        let end = from.saturating_add(n);
        // Ones below `end` within the word that begins at `base`.
        let below = |base: u32, end: u32| match end.saturating_sub(base) {
            0 => 0,
            k @ 1..=63 => (1u64 << k) - 1,
            _ => u64::MAX,
        };
        Bits([0, 64, 128, 192].map(|base| below(base, end) & !below(base, from)))
    }

    pub(crate) fn add(&mut self, from: u32, n: u32) {
        *self = self.union(Bits::run(from, n));
    }

    pub(crate) fn has(&self, i: u32) -> bool {
        self.0.get(i as usize / 64).is_some_and(|w| w >> (i % 64) & 1 == 1)
    }

    pub(crate) fn union(self, other: Bits) -> Bits {
        self.zip(other, |a, b| a | b)
    }

    pub(crate) fn minus(self, other: Bits) -> Bits {
        self.zip(other, |a, b| a & !b)
    }

    pub(crate) fn both(self, other: Bits) -> Bits {
        self.zip(other, |a, b| a & b)
    }

    /// The smallest member.
    pub(crate) fn first(&self) -> Option<u32> {
        (0u32..).zip(&self.0).find(|(_, w)| **w != 0).map(|(i, w)| i * 64 + w.trailing_zeros())
    }

    fn zip(self, other: Bits, f: impl Fn(u64, u64) -> u64) -> Bits {
        let (a, b) = (self.0, other.0);
        Bits([f(a[0], b[0]), f(a[1], b[1]), f(a[2], b[2]), f(a[3], b[3])])
    }
}

#[cfg(test)]
mod tests {
    use super::Bits;

    #[test]
    fn runs_hold_exactly_their_numbers() {
        for from in [0, 1, 63, 64, 65, 127, 190, 255, 256, 300] {
            for n in [0, 1, 2, 63, 64, 65, 128, 250, 400, u32::MAX] {
                let run = Bits::run(from, n);
                for i in 0..256u32 {
                    assert_eq!(run.has(i), i >= from && i < from.saturating_add(n), "{from} {n} {i}");
                }
                assert_eq!(run.first(), (n > 0 && from < 256).then_some(from));
            }
        }
    }
}
