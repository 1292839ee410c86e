//! The op table: one row an op, from which encoder, decoder, verifier,
//! disassembler, fuel and the reference page are expanded.
//!
//! ELC is register code. A function has `regs` registers (at most 250), `cells`
//! cell slots (boxes for captured variables that are assigned after capture), and
//! upvalues fixed when its closure is made. Operands are unsigned LEB128 numbers,
//! except `Imm`, which is zigzag LEB128.
//!
//! Code is cut into *blocks*. Each begins with [`Op::Block`], which carries the sum
//! of the fixed costs of the ops up to the next `Block` (the fuel is charged there,
//! before any op of the block runs). A block begins at the function's entry, at each
//! jump target, and after each op that can jump. Costs that depend on sizes are
//! charged by the op itself before its work, as its row says.

use alloc::vec::Vec;

/// What an operand names; its role (read, written) is in [`Op::visit_regs`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OperandKind {
    /// A register.
    Reg,
    /// An index into the program's constants.
    K,
    /// An index into the program's functions.
    Proto,
    /// An index into the closure's upvalues.
    Up,
    /// A cell slot of the frame.
    Cell,
    /// An index into the program's globals.
    Global,
    /// An index into the program's list of library names.
    Lib,
    /// An index into the program's modules.
    Module,
    /// An index into the program's key lists.
    Keys,
    /// A plain count.
    Count,
    /// A count plus one; 0 means *open*: up to the top left by an open producer.
    CountOrOpen,
    /// A signed number.
    Imm,
    /// 0 or 1.
    Flag,
    /// The index of an op in the same function; it must be a `Block`.
    Target,
    /// A small number that chooses among kinds; the op's row lists them.
    Choice,
    /// A memo slot of the policy.
    Memo,
    /// An environment slot of the policy: 0 is `input`, 1 is `data`.
    Env,
    /// An index of the policy's list of indexes over data.
    Index,
    /// A rule of the policy's rule table.
    Rule,
}

/// One row of the table, as data: for the reference page and tools.
#[derive(Clone, Copy, Debug)]
pub struct OpInfo {
    /// The op's name, as the disassembler prints it.
    pub name: &'static str,
    /// Its number in the code bytes.
    pub code: u8,
    /// Names and kinds of its operands, in order.
    pub operands: &'static [(&'static str, OperandKind)],
    /// Fixed fuel.
    pub fuel: u32,
    /// Meaning, size-dependent costs and errors.
    pub doc: &'static str,
}

/// Why code bytes are not ops.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CodeError {
    /// The bytes end inside an op.
    Truncated,
    /// No op has this number.
    UnknownOp(u8),
    /// A LEB128 operand is longer than needed or does not fit.
    Operand,
}

pub(crate) fn put_u(out: &mut Vec<u8>, mut v: u32) {
    while v >= 0x80 {
        out.push((v & 0x7f) as u8 | 0x80);
        v >>= 7;
    }
    out.push(v as u8);
}

pub(crate) fn take_u(bytes: &[u8], at: &mut usize) -> Result<u32, CodeError> {
    let (mut v, mut shift) = (0u32, 0u32);
    loop {
        let b = *bytes.get(*at).ok_or(CodeError::Truncated)?;
        *at += 1;
        if shift == 28 && b > 0x0f || shift > 28 {
            return Err(CodeError::Operand);
        }
        v |= u32::from(b & 0x7f) << shift;
        if b & 0x80 == 0 {
            // A zero last byte would be a second spelling of a shorter number.
            return if b == 0 && shift > 0 { Err(CodeError::Operand) } else { Ok(v) };
        }
        shift += 7;
    }
}

/// How one operand type travels and what it names.
trait Operand: Copy {
    const KIND: OperandKind;
    fn put(self, out: &mut Vec<u8>);
    fn take(bytes: &[u8], at: &mut usize) -> Result<Self, CodeError>;
}

macro_rules! operands {
    ($($(#[$m:meta])* $name:ident($t:ty) $kind:ident;)*) => {$(
        $(#[$m])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
        pub struct $name(pub $t);
        impl Operand for $name {
            const KIND: OperandKind = OperandKind::$kind;
            fn put(self, out: &mut Vec<u8>) { put_u(out, u32::from(self.0)); }
            fn take(bytes: &[u8], at: &mut usize) -> Result<Self, CodeError> {
                <$t>::try_from(take_u(bytes, at)?).map($name).map_err(|_| CodeError::Operand)
            }
        }
    )*};
}

operands! {
    /// A register of the frame.
    Reg(u8) Reg;
    /// A constant of the program.
    K(u32) K;
    /// A function of the program.
    ProtoId(u32) Proto;
    /// An upvalue of the running closure.
    Up(u8) Up;
    /// A cell slot of the frame.
    CellSlot(u8) Cell;
    /// A global of the program.
    GlobalId(u32) Global;
    /// A library name of the program.
    LibId(u32) Lib;
    /// A module of the program.
    ModuleId(u32) Module;
    /// A key list of the program.
    KeysId(u32) Keys;
    /// A count.
    Count(u32) Count;
    /// A jump target: the index of a `Block` in the same function.
    Target(u32) Target;
    /// A choice among a few kinds.
    Choice(u8) Choice;
    /// A memo slot.
    Memo(u32) Memo;
    /// An environment slot.
    Env(u32) Env;
    /// An index over data.
    IndexId(u32) Index;
    /// A rule.
    RuleId(u32) Rule;
}

/// A count, or open: everything up to the top that an open producer left.
/// Open producers (`Call` and `Vararg` with open results) must be followed at once
/// by an open consumer (`Call`, `TailCall`, `Return` or `SetList`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum N {
    /// Exactly this many.
    Fixed(u8),
    /// All up to the top.
    Open,
}

impl Operand for N {
    const KIND: OperandKind = OperandKind::CountOrOpen;
    fn put(self, out: &mut Vec<u8>) {
        put_u(
            out,
            match self {
                N::Open => 0,
                N::Fixed(n) => u32::from(n) + 1,
            },
        );
    }
    fn take(bytes: &[u8], at: &mut usize) -> Result<Self, CodeError> {
        match take_u(bytes, at)? {
            0 => Ok(N::Open),
            n => u8::try_from(n - 1).map(N::Fixed).map_err(|_| CodeError::Operand),
        }
    }
}

/// A signed immediate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Imm(pub i32);

impl Operand for Imm {
    const KIND: OperandKind = OperandKind::Imm;
    fn put(self, out: &mut Vec<u8>) {
        put_u(out, ((self.0 << 1) ^ (self.0 >> 31)) as u32);
    }
    fn take(bytes: &[u8], at: &mut usize) -> Result<Self, CodeError> {
        let v = take_u(bytes, at)?;
        Ok(Imm(((v >> 1) as i32) ^ -((v & 1) as i32)))
    }
}

/// A yes or no.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Flag(pub bool);

impl Operand for Flag {
    const KIND: OperandKind = OperandKind::Flag;
    fn put(self, out: &mut Vec<u8>) {
        out.push(u8::from(self.0));
    }
    fn take(bytes: &[u8], at: &mut usize) -> Result<Self, CodeError> {
        match take_u(bytes, at)? {
            0 => Ok(Flag(false)),
            1 => Ok(Flag(true)),
            _ => Err(CodeError::Operand),
        }
    }
}

macro_rules! ops {
    ($($name:ident = $code:literal ($($field:ident: $ty:ident),*) fuel $fuel:literal $doc:literal)*) => {
        /// One ELC op.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[allow(missing_docs, reason = "operand names are explained by the op's own text")]
        pub enum Op { $(#[doc = $doc] $name { $($field: $ty),* }),* }

        /// Every op, in the order of their numbers.
        pub static OPS: &[OpInfo] = &[$(OpInfo {
            name: stringify!($name), code: $code,
            operands: &[$((stringify!($field), <$ty as Operand>::KIND)),*],
            fuel: $fuel, doc: $doc,
        }),*];

        impl Op {
            /// This op's row.
            pub fn info(&self) -> &'static OpInfo {
                match self { $(Op::$name { .. } => {
                    const I: OpInfo = OpInfo { name: stringify!($name), code: $code,
                        operands: &[$((stringify!($field), <$ty as Operand>::KIND)),*], fuel: $fuel, doc: $doc };
                    &I
                }),* }
            }

            /// Appends this op's bytes.
            pub fn encode(&self, out: &mut Vec<u8>) {
                match *self { $(Op::$name { $($field),* } => { out.push($code); $($field.put(out);)* }),* }
            }

            /// Reads the op at `at` and moves `at` past it.
            ///
            /// # Errors
            /// When the bytes end early, name no op, or spell an operand in a second way.
            pub fn decode(bytes: &[u8], at: &mut usize) -> Result<Op, CodeError> {
                let code = *bytes.get(*at).ok_or(CodeError::Truncated)?;
                *at += 1;
                match code {
                    $($code => Ok(Op::$name { $($field: <$ty as Operand>::take(bytes, at)?),* }),)*
                    other => Err(CodeError::UnknownOp(other)),
                }
            }

            /// The raw operand values in row order, for printing: registers, indexes and
            /// counts as they are, flags as 0 or 1, open counts as -1.
            pub fn operand_values(&self) -> Vec<i64> {
                match *self { $(Op::$name { $($field),* } => alloc::vec![$($field.shown()),*]),* }
            }

            /// Calls `f` with the name, kind and raw value of each operand in row order;
            /// values as in [`Op::operand_values`].
            pub fn visit_operands(&self, mut f: impl FnMut(&'static str, OperandKind, i64)) {
                match *self { $(Op::$name { $($field),* } => {
                    $(f(stringify!($field), <$ty as Operand>::KIND, $field.shown());)*
                }),* }
            }
        }
    };
}

trait Shown {
    fn shown(self) -> i64;
}
macro_rules! shown { ($($t:ty),*) => {$(impl Shown for $t { fn shown(self) -> i64 { i64::from(self.0) } })*}; }
shown!(
    Reg, K, ProtoId, Up, CellSlot, GlobalId, LibId, ModuleId, KeysId, Count, Target, Imm, Flag, Choice, Memo, Env,
    IndexId, RuleId
);
impl Shown for N {
    fn shown(self) -> i64 {
        match self {
            N::Open => -1,
            N::Fixed(n) => i64::from(n),
        }
    }
}

ops! {
    Block = 0x00 (cost: Count) fuel 0 "Begins a block and charges `cost` fuel. When less is left, the call ends with the fuel limit error before any op of the block."
    Move = 0x01 (dst: Reg, a: Reg) fuel 1 "Copies register `a` to `dst`."
    LoadNil = 0x02 (dst: Reg, n: Count) fuel 1 "Sets the `n` registers from `dst` on to nil."
    LoadBool = 0x03 (dst: Reg, value: Flag) fuel 1 "Loads false or true."
    LoadInt = 0x04 (dst: Reg, value: Imm) fuel 1 "Loads a small integer."
    LoadK = 0x05 (dst: Reg, k: K) fuel 1 "Loads a constant."
    Lib = 0x06 (dst: Reg, lib: LibId) fuel 1 "Loads a library function, table or constant by its name, such as `string.byte`."
    SelfFn = 0x07 (dst: Reg) fuel 1 "Loads the running closure."
    Closure = 0x08 (dst: Reg, proto: ProtoId) fuel 4 "Makes a closure of a function, capturing what its upvalue list names. Allocates 32 bytes and 16 an upvalue."
    Module = 0x09 (dst: Reg, module: ModuleId) fuel 4 "Loads a module's value. The first time, its function is called without arguments and its first result kept (true when it is nil). Error: a module that is still loading."
    GlobalGet = 0x0a (dst: Reg, global: GlobalId) fuel 1 "Loads a global; nil before its first assignment."
    GlobalSet = 0x0b (global: GlobalId, a: Reg) fuel 1 "Assigns a global. Error: after a fold module has loaded."
    UpGet = 0x0c (dst: Reg, up: Up) fuel 1 "Loads an upvalue captured by value."
    UpCellGet = 0x0d (dst: Reg, up: Up) fuel 1 "Loads what the captured cell holds."
    UpCellSet = 0x0e (up: Up, a: Reg) fuel 1 "Stores into the captured cell. Error: a cell of a fold module that has loaded."
    CellNew = 0x0f (cell: CellSlot, a: Reg) fuel 2 "Puts a fresh cell that holds `a` in the slot. Allocates 32 bytes."
    CellGet = 0x10 (dst: Reg, cell: CellSlot) fuel 1 "Loads what the cell holds. The slot must have been filled on every path."
    CellSet = 0x11 (cell: CellSlot, a: Reg) fuel 1 "Stores into the cell. The slot must have been filled on every path."
    NewTable = 0x12 (dst: Reg, array: Count, record: Count) fuel 4 "Makes an empty table; the counts are hints without meaning. Allocates 64 bytes."
    Record = 0x13 (dst: Reg, keys: KeysId, first: Reg) fuel 4 "Makes a table and assigns the registers from `first` on to the distinct string keys of the list, in order; nil values leave their key absent. Costs and allocates as `NewTable` and one `SetField` a key."
    SetList = 0x14 (table: Reg, first: Reg, n: N, start: Count) fuel 1 "Assigns the registers from `first` on to the integer keys from `start` on, without metamethods. Costs 1 a value."
    GetField = 0x15 (dst: Reg, table: Reg, key: K) fuel 1 "Indexes with a constant string key; `__index` applies. Error: a value that cannot be indexed."
    SetField = 0x16 (table: Reg, key: K, a: Reg) fuel 1 "Assigns to a constant string key; `__newindex` applies. Giving a value to an absent key allocates 32 bytes. Errors: not a table; a frozen table."
    GetIndex = 0x17 (dst: Reg, table: Reg, key: Reg) fuel 1 "Indexes with any key; `__index` applies. A string key of n bytes costs n/64 more. Error: a value that cannot be indexed."
    SetIndex = 0x18 (table: Reg, key: Reg, a: Reg) fuel 1 "Assigns to any key; `__newindex` applies. A string key of n bytes costs n/64 more. Giving a value to an absent key allocates 32 bytes, 16 for an integer key. When the table's first border moves by n keys in the middle of its integer keys, n/16 more. Errors: not a table; a frozen table; a nil key."
    GetInt = 0x19 (dst: Reg, table: Reg, key: Imm) fuel 1 "Indexes with a constant integer; as `GetIndex`."
    SetInt = 0x1a (table: Reg, key: Imm, a: Reg) fuel 1 "Assigns to a constant integer key; as `SetIndex`."
    Method = 0x1b (dst: Reg, object: Reg, key: K) fuel 1 "Copies `object` to `dst+1` and its field to `dst`; as `GetField`."
    Add = 0x20 (dst: Reg, a: Reg, b: Reg) fuel 1 "Sum. Integers give an integer, otherwise fixed; numeric strings count as their number; else `__add`. Errors: overflow; not numbers."
    Sub = 0x21 (dst: Reg, a: Reg, b: Reg) fuel 1 "Difference; as `Add`, with `__sub`."
    Mul = 0x22 (dst: Reg, a: Reg, b: Reg) fuel 1 "Product, exact and then rounded toward zero to 2^-32; as `Add`, with `__mul`."
    Div = 0x23 (dst: Reg, a: Reg, b: Reg) fuel 1 "Quotient as a fixed, exact and then rounded toward zero; `__div`. Errors: zero divisor; out of range; not numbers."
    IDiv = 0x24 (dst: Reg, a: Reg, b: Reg) fuel 1 "Quotient rounded down; `__idiv`. Errors as `Div`."
    Mod = 0x25 (dst: Reg, a: Reg, b: Reg) fuel 1 "Remainder of `IDiv`, with the divisor's sign; `__mod`. Errors as `Div`."
    Pow = 0x26 (dst: Reg, a: Reg, b: Reg) fuel 8 "Power by square and multiply, keeping the base's subtype; `__pow`. Errors: an exponent that is not a whole number from 0 on; overflow."
    AddK = 0x28 (dst: Reg, a: Reg, k: K) fuel 1 "`Add` with a number constant on the right."
    SubK = 0x29 (dst: Reg, a: Reg, k: K) fuel 1 "`Sub` with a number constant on the right."
    MulK = 0x2a (dst: Reg, a: Reg, k: K) fuel 1 "`Mul` with a number constant on the right."
    DivK = 0x2b (dst: Reg, a: Reg, k: K) fuel 1 "`Div` with a number constant on the right."
    IDivK = 0x2c (dst: Reg, a: Reg, k: K) fuel 1 "`IDiv` with a number constant on the right."
    ModK = 0x2d (dst: Reg, a: Reg, k: K) fuel 1 "`Mod` with a number constant on the right."
    BAnd = 0x30 (dst: Reg, a: Reg, b: Reg) fuel 1 "Bitwise and of integers and integral fixed values; `__band`. Error: not an integer."
    BOr = 0x31 (dst: Reg, a: Reg, b: Reg) fuel 1 "Bitwise or; as `BAnd`, with `__bor`."
    BXor = 0x32 (dst: Reg, a: Reg, b: Reg) fuel 1 "Bitwise exclusive or; as `BAnd`, with `__bxor`."
    Shl = 0x33 (dst: Reg, a: Reg, b: Reg) fuel 1 "Shift left, filling with zeros; a negative count shifts right; `__shl`."
    Shr = 0x34 (dst: Reg, a: Reg, b: Reg) fuel 1 "Logical shift right; a negative count shifts left; `__shr`."
    Unm = 0x38 (dst: Reg, a: Reg) fuel 1 "Negation; `__unm`. Errors: overflow; not a number."
    BNot = 0x39 (dst: Reg, a: Reg) fuel 1 "Bitwise complement; `__bnot`. Error: not an integer."
    Not = 0x3a (dst: Reg, a: Reg) fuel 1 "True when `a` is nil or false."
    Len = 0x3b (dst: Reg, a: Reg) fuel 1 "Bytes of a string; the first border of a table (the largest n with 1..n all present) or `__len`. Error: no length."
    Concat = 0x3c (dst: Reg, first: Reg, n: Count) fuel 2 "Joins `n` strings or numbers from `first` on, right to left, with `__concat`. Costs 1 for each 64 bytes of the result and allocates a string. Error: not a string or number."
    Jump = 0x40 (to: Target) fuel 1 "Goes to a block."
    JTest = 0x41 (a: Reg, sense: Flag, to: Target) fuel 1 "Goes to a block when `a` is true (neither nil nor false) and `sense` is 1, or not true and `sense` is 0."
    JTestSet = 0x42 (dst: Reg, a: Reg, sense: Flag, to: Target) fuel 1 "As `JTest`; when it goes, `a` is copied to `dst` first."
    JEq = 0x43 (a: Reg, b: Reg, sense: Flag, to: Target) fuel 1 "Goes when (a == b) is `sense`; `__eq` applies to two tables. Strings of one length n cost n/64 more."
    JEqK = 0x44 (a: Reg, k: K, sense: Flag, to: Target) fuel 1 "`JEq` with a constant."
    JLt = 0x45 (a: Reg, b: Reg, sense: Flag, to: Target) fuel 1 "Goes when (a < b) is `sense`: two numbers by value, two strings by bytes (1 for each 64 bytes of the shorter), or `__lt`. Error: values without an order."
    JLe = 0x46 (a: Reg, b: Reg, sense: Flag, to: Target) fuel 1 "Goes when (a <= b) is `sense`; as `JLt`, with `__le`."
    JLtK = 0x47 (a: Reg, k: K, sense: Flag, to: Target) fuel 1 "`JLt` with a number constant on the right. In a policy all values compare, in the order and for the cost of `JDocCmp`."
    JLeK = 0x48 (a: Reg, k: K, sense: Flag, to: Target) fuel 1 "`JLe` with a number constant on the right; in a policy as `JLtK`."
    JGtK = 0x49 (a: Reg, k: K, sense: Flag, to: Target) fuel 1 "Goes when (k < a) is `sense`, with a number constant; in a policy as `JLtK`."
    JGeK = 0x4a (a: Reg, k: K, sense: Flag, to: Target) fuel 1 "Goes when (k <= a) is `sense`, with a number constant; in a policy as `JLtK`."
    ForPrep = 0x50 (base: Reg, exit: Target) fuel 4 "Begins a numeric loop over `base` (start), `base+1` (limit), `base+2` (step). Two integers count as integers, else all become fixed; a limit out of range is clipped. Leaves the index in `base`, the number of further rounds in `base+1`, and the index in `base+3`; goes to `exit` when there is no round. Errors: not numbers; a zero step."
    ForLoop = 0x51 (base: Reg, body: Target) fuel 1 "When rounds are left, takes one: adds the step to the index, copies it to `base+3` and goes to `body`."
    GenCall = 0x52 (base: Reg, n: Count) fuel 2 "Calls `base` with `base+1` and `base+2`, and puts `n` results from `base+3` on."
    GenLoop = 0x53 (base: Reg, body: Target) fuel 1 "When `base+3` is not nil, copies it to `base+2` and goes to `body`."
    Call = 0x58 (base: Reg, args: N, results: N) fuel 4 "Calls `base` with the arguments after it, and puts the results from `base` on, padded with nil or cut; `__call` applies. Library functions charge as the manual says. Errors: not a function; call depth."
    TailCall = 0x59 (base: Reg, args: N) fuel 4 "Returns what the call gives; the frame is left first, so depth does not grow."
    Return = 0x5a (first: Reg, n: N) fuel 1 "Ends the function with the registers from `first` on. Open: costs 1 for each 16."
    Vararg = 0x5b (dst: Reg, n: N) fuel 1 "Copies the extra arguments to `dst` on, padded with nil or cut. Open: costs 1 for each."
    DocGet = 0x60 (dst: Reg, doc: Reg, key: Reg) fuel 1 "The member of a document, or nil: an array's element (an integer from 0), an object's value, a set's member itself. Keys are compared by structure. A nil key, or a value that has no members, gives nil. A string key of n bytes costs n/64 more. In a set, and in an object whose keys are not all strings, finding the key costs 1 for each halving more, and, unless the key is a string of less than 64 bytes, each comparison as `JDocCmp`."
    DocField = 0x61 (dst: Reg, doc: Reg, key: K) fuel 1 "`DocGet` with a constant string, whose length costs nothing."
    JDocGet = 0x62 (dst: Reg, doc: Reg, key: Reg, to: Target) fuel 1 "`DocGet`, and goes when the result is nil."
    JDocField = 0x63 (dst: Reg, doc: Reg, key: K, to: Target) fuel 1 "`DocField`, and goes when the result is nil."
    DocIter = 0x64 (base: Reg, exit: Target) fuel 2 "Begins a walk over the document in `base`, in order of keys: puts the first key in `base+3` and its value in `base+4`. An array's keys are 0, 1, ...; a set's keys are its members. Goes to `exit` when there is none, or when it is not a container. `base+1` and `base+2` belong to the walk and hold no values. An object of n keys costs n/8 more."
    DocNext = 0x65 (base: Reg, body: Target) fuel 1 "Takes the next step of the walk at `base` and goes to `body`; falls through at the end."
    IndexIter = 0x66 (base: Reg, index: IndexId, key: Reg, exit: Target) fuel 4 "Begins a walk, as `DocIter`, over those members of the index's collection whose field answers `key`; `base` to `base+2` belong to the walk. The keys are those of the collection. A key that is a container costs 1 for each halving of such keys more, and 1 for each 8 values and each 64 bytes of strings in it. For globs: 1 for each 16 bytes of the key, 1 for each pattern whose literal beginning the key has, and when several match, 1 and 32 bytes of memory for each. Over data that `with` replaced, the collection is searched: 1 for each member, comparisons as `JDocEq` and `JDocIn`, a glob 1 and 1 for each 64 of its steps times the key's bytes; allocates 32 bytes a member found."
    JDocEq = 0x68 (a: Reg, b: Reg, sense: Flag, to: Target) fuel 1 "Goes when (a == b) is `sense`, by structure. Costs 1 for each 8 pairs of values looked at and 1 for each 64 bytes of strings of one length. Containers of one kind and size are looked at in order up to the first difference, keys before values; a container and itself are not."
    JDocCmp = 0x69 (a: Reg, b: Reg, kind: Choice, sense: Flag, to: Target) fuel 1 "Goes when the comparison (0 `<`, 1 `<=`, 2 `>`, 3 `>=`) is `sense`, in the order null < false < true < numbers < strings < arrays < objects < sets. Arrays and sets compare member by member and then by size; objects entry by entry in the order of keys (the key before its value) and then by size. Costs as `JDocEq`, strings by the shorter one."
    JDocIn = 0x6a (a: Reg, doc: Reg, sense: Flag, to: Target) fuel 1 "Goes when (`a` is a value of the container `doc`) is `sense`. An array or object of n members costs n/4 more, a set 1 for each halving; each comparison costs as `JDocEq`, in a set as `DocGet` does."
    JDocKind = 0x6b (a: Reg, kind: Choice, n: N, to: Target) fuel 1 "Goes unless `a` is of the kind (0 array, 1 object, 2 set) and, unless `n` is open, has exactly `n` members."
    DocArith = 0x6c (dst: Reg, a: Reg, b: Reg, kind: Choice) fuel 1 "Arithmetic of policies: 0 `+`, 1 `-`, 2 `*`, 3 `/`, 4 `%` (truncated, of whole numbers), 5 `&`, 6 `|`. Numbers, or sets for `-`, `&`, `|`. Whole results are integers. nil on an error; under strict rules a builtin error. Sets cost 1 for each member of both and, for all comparisons together, as `JDocCmp`, and allocate 64 bytes and 16 a member of the result."
    DocArray = 0x6d (dst: Reg, first: Reg, n: Count) fuel 2 "An array of the registers from `first` on. Costs 1 for each 4 and allocates 64 bytes and 16 a member. Errors: a member that is nil; deeper than 128 levels."
    DocSet = 0x6e (dst: Reg, first: Reg, n: Count) fuel 2 "A set of the registers from `first` on. Costs as `DocSeal`, and allocates 64 bytes and 16 a register. Errors as `DocArray`."
    DocRecord = 0x6f (dst: Reg, keys: KeysId, first: Reg) fuel 2 "An object with the distinct string keys of the list and the registers from `first` on. Allocates 64 bytes and 32 a key. Errors as `DocArray`."
    DocNew = 0x70 (dst: Reg, kind: Choice) fuel 2 "Begins to collect: 0 an array, 1 an object, 2 a set. Until `DocSeal`, nothing but `DocPush`, `DocPut` and `DocSeal` may use it. Allocates 64 bytes."
    DocPush = 0x71 (acc: Reg, a: Reg) fuel 1 "Adds a member to a collected array or set. Allocates 16 bytes. Error: an object is collected."
    DocPut = 0x72 (acc: Reg, key: Reg, a: Reg) fuel 1 "Adds a key with its value to a collected object. Allocates 32 bytes. Error: no object is collected."
    DocSeal = 0x73 (acc: Reg) fuel 2 "Ends collecting: the register then holds the document, its keys or members sorted and each there once. An array of n members costs n/4 more. Otherwise members (an object's keys) count 1 each; when none of them is a container, 1 more for each 64 bytes of each string, else 1 more for each 8 values and each 64 bytes of strings in each. Their sum costs a quarter when they came in order, otherwise as much for each doubling from 1 to at least their number. Comparing two values of one key costs as `JDocEq`. Errors: a key with two different values; as `DocArray`."
    EnvGet = 0x74 (dst: Reg, env: Env) fuel 1 "Loads an environment slot; nil when it has no value."
    EnvSet = 0x75 (env: Env, a: Reg) fuel 1 "Sets an environment slot, until the `WithEnd` of the innermost `WithBegin`."
    WithBegin = 0x76 () fuel 4 "Keeps the environment and the memo slots, and empties the memo slots. Costs 1 for each 16 slots and allocates 16 bytes for each."
    WithEnd = 0x77 () fuel 4 "Brings back what the matching `WithBegin` kept."
    MemoGet = 0x78 (dst: Reg, memo: Memo, to: Target) fuel 1 "When the memo slot is filled, loads it and goes; otherwise loads nil."
    MemoSet = 0x79 (memo: Memo, a: Reg) fuel 1 "Fills a memo slot; nil is a value too."
    CallRule = 0x7a (base: Reg, proto: ProtoId, n: Count) fuel 4 "Calls a function without upvalues with the `n` registers after `base`, and puts its result in `base`. Error: call depth."
    Fired = 0x7b (rule: RuleId) fuel 1 "Notes that a rule held."
    Raise = 0x7c (kind: Choice) fuel 1 "Ends the decision with a conflict: 0 a complete rule with two values, 1 a function with two values, 2 an object key with two values."
}

/// How an op uses a register.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Use {
    /// The op reads it.
    Read,
    /// The op writes it.
    Write,
}

impl Op {
    /// Calls `f` for each register that the op reads or writes, reads first; see
    /// [`Op::visit_spans`].
    pub fn visit_regs(&self, key_count: impl Fn(KeysId) -> u32, mut f: impl FnMut(Use, u32)) {
        // A span longer than any frame is cut: what follows is out of range already.
        self.visit_spans(key_count, |u, from, n| (from..from.saturating_add(n.min(512))).for_each(|r| f(u, r)));
    }

    /// Calls `f` with each run of registers (first, how many) that the op reads or writes,
    /// reads first. Registers past an open count are not listed, nor what `Closure`
    /// captures. `key_count` gives the length of a key list.
    pub fn visit_spans(&self, key_count: impl Fn(KeysId) -> u32, mut f: impl FnMut(Use, u32, u32)) {
        use Op::*;
        use Use::{Read, Write};
        let r = |x: Reg| u32::from(x.0);
        match *self {
            Block { .. } | Jump { .. } => {}
            Move { dst, a }
            | Unm { dst, a }
            | BNot { dst, a }
            | Not { dst, a }
            | Len { dst, a }
            | AddK { dst, a, .. }
            | SubK { dst, a, .. }
            | MulK { dst, a, .. }
            | DivK { dst, a, .. }
            | IDivK { dst, a, .. }
            | ModK { dst, a, .. } => {
                f(Read, r(a), 1);
                f(Write, r(dst), 1);
            }
            LoadNil { dst, n } => f(Write, r(dst), n.0),
            LoadBool { dst, .. }
            | LoadInt { dst, .. }
            | LoadK { dst, .. }
            | Lib { dst, .. }
            | SelfFn { dst }
            | Module { dst, .. }
            | GlobalGet { dst, .. }
            | UpGet { dst, .. }
            | UpCellGet { dst, .. }
            | CellGet { dst, .. }
            | NewTable { dst, .. }
            // Registers captured by value are read too; the verifier adds them from the upvalue list.
            | Closure { dst, .. } => f(Write, r(dst), 1),
            GlobalSet { a, .. } | UpCellSet { a, .. } | CellNew { a, .. } | CellSet { a, .. } => f(Read, r(a), 1),
            Record { dst, keys, first } => {
                f(Read, r(first), key_count(keys));
                f(Write, r(dst), 1);
            }
            SetList { table, first, n, .. } => {
                f(Read, r(table), 1);
                if let N::Fixed(n) = n {
                    f(Read, r(first), u32::from(n));
                }
            }
            GetField { dst, table, .. } | GetInt { dst, table, .. } => {
                f(Read, r(table), 1);
                f(Write, r(dst), 1);
            }
            SetField { table, a, .. } | SetInt { table, a, .. } => {
                f(Read, r(table), 1);
                f(Read, r(a), 1);
            }
            GetIndex { dst, table, key } => {
                f(Read, r(table), 1);
                f(Read, r(key), 1);
                f(Write, r(dst), 1);
            }
            SetIndex { table, key, a } => {
                f(Read, r(table), 1);
                f(Read, r(key), 1);
                f(Read, r(a), 1);
            }
            Method { dst, object, .. } => {
                f(Read, r(object), 1);
                f(Write, r(dst), 2);
            }
            Add { dst, a, b }
            | Sub { dst, a, b }
            | Mul { dst, a, b }
            | Div { dst, a, b }
            | IDiv { dst, a, b }
            | Mod { dst, a, b }
            | Pow { dst, a, b }
            | BAnd { dst, a, b }
            | BOr { dst, a, b }
            | BXor { dst, a, b }
            | Shl { dst, a, b }
            | Shr { dst, a, b } => {
                f(Read, r(a), 1);
                f(Read, r(b), 1);
                f(Write, r(dst), 1);
            }
            Concat { dst, first, n } => {
                f(Read, r(first), n.0);
                f(Write, r(dst), 1);
            }
            // What `JTestSet` and the loops write depends on where they go; see the verifier.
            JTest { a, .. }
            | JTestSet { a, .. }
            | JEqK { a, .. }
            | JLtK { a, .. }
            | JLeK { a, .. }
            | JGtK { a, .. }
            | JGeK { a, .. } => f(Read, r(a), 1),
            JEq { a, b, .. } | JLt { a, b, .. } | JLe { a, b, .. } => {
                f(Read, r(a), 1);
                f(Read, r(b), 1);
            }
            ForPrep { base, .. } => {
                f(Read, r(base), 3);
                f(Write, r(base), 4);
            }
            ForLoop { base, .. } => {
                f(Read, r(base), 3);
                f(Write, r(base), 2);
                f(Write, r(base) + 3, 1);
            }
            GenCall { base, n } => {
                f(Read, r(base), 3);
                f(Write, r(base) + 3, n.0);
            }
            GenLoop { base, .. } => {
                f(Read, r(base) + 3, 1);
                f(Write, r(base) + 2, 1);
            }
            Call { base, args, results } => {
                f(Read, r(base), 1);
                if let N::Fixed(n) = args {
                    f(Read, r(base) + 1, u32::from(n));
                }
                if let N::Fixed(n) = results {
                    f(Write, r(base), u32::from(n));
                }
            }
            TailCall { base, args } => {
                f(Read, r(base), 1);
                if let N::Fixed(n) = args {
                    f(Read, r(base) + 1, u32::from(n));
                }
            }
            Return { first, n } => {
                if let N::Fixed(n) = n {
                    f(Read, r(first), u32::from(n));
                }
            }
            Vararg { dst, n } => {
                if let N::Fixed(n) = n {
                    f(Write, r(dst), u32::from(n));
                }
            }
            WithBegin {} | WithEnd {} | Fired { .. } | Raise { .. } => {}
            DocGet { dst, doc, key } | JDocGet { dst, doc, key, .. } => {
                f(Read, r(doc), 1);
                f(Read, r(key), 1);
                f(Write, r(dst), 1);
            }
            DocField { dst, doc, .. } | JDocField { dst, doc, .. } => {
                f(Read, r(doc), 1);
                f(Write, r(dst), 1);
            }
            DocIter { base, .. } => {
                f(Read, r(base), 1);
                f(Write, r(base), 5);
            }
            DocNext { base, .. } => {
                f(Read, r(base), 3);
                f(Write, r(base), 5);
            }
            IndexIter { base, key, .. } => {
                f(Read, r(key), 1);
                f(Write, r(base), 5);
            }
            JDocEq { a, b, .. } | JDocCmp { a, b, .. } => {
                f(Read, r(a), 1);
                f(Read, r(b), 1);
            }
            JDocIn { a, doc, .. } => {
                f(Read, r(a), 1);
                f(Read, r(doc), 1);
            }
            JDocKind { a, .. } | EnvSet { a, .. } | MemoSet { a, .. } => f(Read, r(a), 1),
            DocArith { dst, a, b, .. } => {
                f(Read, r(a), 1);
                f(Read, r(b), 1);
                f(Write, r(dst), 1);
            }
            DocArray { dst, first, n } | DocSet { dst, first, n } => {
                f(Read, r(first), n.0);
                f(Write, r(dst), 1);
            }
            DocRecord { dst, keys, first } => {
                f(Read, r(first), key_count(keys));
                f(Write, r(dst), 1);
            }
            DocNew { dst, .. } | EnvGet { dst, .. } | MemoGet { dst, .. } => f(Write, r(dst), 1),
            DocPush { acc, a } => {
                f(Read, r(acc), 1);
                f(Read, r(a), 1);
            }
            DocPut { acc, key, a } => {
                f(Read, r(acc), 1);
                f(Read, r(key), 1);
                f(Read, r(a), 1);
            }
            DocSeal { acc } => {
                f(Read, r(acc), 1);
                f(Write, r(acc), 1);
            }
            CallRule { base, n, .. } => {
                f(Read, r(base) + 1, n.0);
                f(Write, r(base), 1);
            }
        }
    }

    /// Where the op can jump to.
    pub fn target(&self) -> Option<Target> {
        use Op::*;
        match *self {
            Jump { to }
            | JTest { to, .. }
            | JTestSet { to, .. }
            | JEq { to, .. }
            | JEqK { to, .. }
            | JLt { to, .. }
            | JLe { to, .. }
            | JLtK { to, .. }
            | JLeK { to, .. }
            | JGtK { to, .. }
            | JGeK { to, .. }
            | JDocGet { to, .. }
            | JDocField { to, .. }
            | JDocEq { to, .. }
            | JDocCmp { to, .. }
            | JDocIn { to, .. }
            | JDocKind { to, .. }
            | MemoGet { to, .. } => Some(to),
            ForPrep { exit, .. } | DocIter { exit, .. } | IndexIter { exit, .. } => Some(exit),
            ForLoop { body, .. } | GenLoop { body, .. } | DocNext { body, .. } => Some(body),
            _ => None,
        }
    }

    /// Whether control never goes on to the next op.
    pub fn is_final(&self) -> bool {
        matches!(self, Op::Jump { .. } | Op::TailCall { .. } | Op::Return { .. } | Op::Raise { .. })
    }
}
