//! Decisions out of bytes: the same bytes decide the same, and when they end every further
//! decision is the first one, so that what is made stays small.

/// A string of bytes being spent on decisions.
#[derive(Clone, Debug)]
pub struct Choices<'a> {
    left: &'a [u8],
}

impl<'a> Choices<'a> {
    /// Starts at the first byte.
    pub fn new(bytes: &'a [u8]) -> Choices<'a> {
        Choices { left: bytes }
    }

    /// Whether every byte is spent.
    pub fn done(&self) -> bool {
        self.left.is_empty()
    }

    /// What is not spent.
    pub fn rest(&self) -> &'a [u8] {
        self.left
    }

    /// The next byte, or 0.
    pub fn byte(&mut self) -> u8 {
        match self.left.split_first() {
            Some((b, rest)) => {
                self.left = rest;
                *b
            }
            None => 0,
        }
    }

    /// A number below `n`; 0 when `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        if n <= 1 {
            return 0;
        }
        let mut v = usize::from(self.byte());
        if n > 256 {
            v = v << 8 | usize::from(self.byte());
        }
        if n > 65_536 {
            v = v << 8 | usize::from(self.byte());
        }
        v % n
    }

    /// One of several.
    pub fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// True once in `n` times.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == n - 1
    }

    /// An integer, mostly one that sits at an edge of something.
    pub fn int(&mut self) -> i64 {
        const EDGES: [i64; 18] = [
            0,
            1,
            -1,
            2,
            3,
            7,
            i64::MIN,
            i64::MAX,
            i64::MIN + 1,
            i64::MAX - 1,
            i32::MIN as i64,
            i32::MAX as i64,
            i16::MIN as i64,
            i16::MAX as i64 + 1,
            255,
            256,
            1 << 31,
            1 << 53,
        ];
        match self.byte() {
            b @ 0..120 => i64::from(b) - 40,
            b @ 120..220 => EDGES[usize::from(b - 120) % EDGES.len()],
            b @ 220..250 => 1i64 << (u32::from(self.byte() ^ b) % 64),
            _ => i64::from_le_bytes([0; 8].map(|_: u8| self.byte())),
        }
    }

    /// Bytes with changes until the choices end: bits, bytes put in, taken out, copied.
    pub fn edit(&mut self, mut bytes: Vec<u8>) -> Vec<u8> {
        while !self.done() && !bytes.is_empty() {
            let at = self.below(bytes.len());
            match self.below(6) {
                0 => bytes[at] ^= 1 << self.below(8),
                1 => bytes[at] = self.byte(),
                2 => bytes.insert(at, self.byte()),
                3 if bytes.len() > 8 => drop(bytes.remove(at)),
                4 => {
                    let run: Vec<u8> = bytes[at..].iter().take(1 + self.below(8)).copied().collect();
                    let to = self.below(bytes.len());
                    bytes.splice(to..to, run);
                }
                _ => bytes[at] = bytes[at].wrapping_add(1),
            }
        }
        bytes
    }
}
