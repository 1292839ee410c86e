//! What the machine may ask of its surroundings, and the limits it is given.

/// Where `print` goes.
pub trait Host {
    /// One line of log, without its newline. It never reaches a result.
    fn log(&mut self, line: &[u8]);
}

/// A host that drops the log.
pub struct Silent;

impl Host for Silent {
    fn log(&mut self, _line: &[u8]) {}
}

/// Limits of one call from outside (`init`, `fold`, `emit`, a script). They are part of
/// the meaning: a program fails at the same place everywhere.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Fuel, in units of the op table.
    pub fuel: u64,
    /// Active calls. Registers are limited too: [`MAX_REGISTERS`].
    pub depth: u32,
    /// Abstract bytes allocated during the call, and the size of the state after it.
    pub memory: u64,
}

/// Registers of all active calls together.
pub const MAX_REGISTERS: usize = 1_000_000;

/// Library functions and metamethods that call back may nest this deep.
pub const MAX_NATIVE_DEPTH: u32 = 160;

impl Limits {
    /// 100 million units, 16 384 calls, 256 MiB.
    pub const DEFAULT: Limits = Limits { fuel: 100_000_000, depth: 16_384, memory: 256 << 20 };
    /// As good as none.
    pub const UNLIMITED: Limits = Limits { fuel: i64::MAX as u64, depth: 200_000, memory: i64::MAX as u64 };
}

impl Default for Limits {
    fn default() -> Limits {
        Limits::DEFAULT
    }
}

/// What one call used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Usage {
    /// Fuel.
    pub fuel: u64,
    /// Abstract bytes.
    pub memory: u64,
}
