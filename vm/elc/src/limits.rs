//! How large a program may be. The limits are far above what anyone writes; they keep every
//! index in 32 bits and the work on hostile input small.

/// Most bytes of one ELC program.
pub const MAX_BYTES: usize = 16 << 20;
/// Most constants, library names, globals, modules, functions or key lists of a program.
pub const MAX_ITEMS: usize = 1 << 22;
/// Most ops in one function.
pub const MAX_OPS: usize = 1 << 22;
/// Most `Block`s in one function: what the flow analysis keeps in memory at a time.
pub const MAX_BLOCKS: usize = 1 << 16;
/// Most registers a function may have, and so the longest key list.
pub const MAX_REGS: u8 = 250;
/// Most cell slots a function may have.
pub const MAX_CELLS: u8 = 250;
/// Most upvalues a function may have.
pub const MAX_CAPTURES: usize = 250;
/// The highest key that `SetList` may start at.
pub const MAX_LIST_START: u32 = 1 << 30;
/// Most memo slots of a policy.
pub const MAX_MEMOS: u32 = 1 << 16;
/// Most environment slots of a policy.
pub const MAX_ENVS: u32 = 1 << 12;
/// Most `WithBegin` that may be open at once in one function.
pub const MAX_WITH: u32 = 64;
