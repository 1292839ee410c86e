//! Why a program was refused, in words for whoever made it.

use core::fmt;

/// Where a rule was broken, and which.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerifyError {
    /// The function; absent when the program's tables are at fault.
    pub proto: Option<u32>,
    /// The index of the op in the function's code; absent when no single op is at fault.
    pub op: Option<u32>,
    /// The rule.
    pub reason: Reason,
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.proto, self.op) {
            (Some(p), Some(o)) => write!(f, "function {p}, op {o}: {}", self.reason),
            (Some(p), None) => write!(f, "function {p}: {}", self.reason),
            _ => write!(f, "program: {}", self.reason),
        }
    }
}

impl core::error::Error for VerifyError {}

/// A broken rule.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the fields are explained by the rule's own text")]
pub enum Reason {
    /// A table is longer than any program needs.
    TooMany { what: &'static str, limit: u32 },
    /// Two entries of a table are equal.
    Repeated { what: &'static str, index: u32 },
    /// A key list without keys.
    KeysEmpty { list: u32 },
    /// A key list that no frame can serve.
    KeysLong { list: u32 },
    /// A key list names something else than a string constant.
    KeyNotString { list: u32, k: u32 },
    /// A key list names a key twice.
    KeyRepeated { list: u32, k: u32 },
    /// There is no main chunk.
    NoMain,
    /// The main chunk takes parameters or captures, or no varargs.
    MainSignature,
    /// A module names a function that does not exist.
    ModuleProto { module: u32, proto: u32 },
    /// A module's function is the main chunk or another module's.
    ModuleShared { module: u32, proto: u32 },
    /// A module's function takes parameters or captures.
    ModuleSignature,
    /// Too many registers.
    Registers { regs: u8 },
    /// Too many cell slots.
    Cells { cells: u8 },
    /// Parameters that do not fit the registers.
    Params { params: u8, regs: u8 },
    /// `Closure` names the main chunk or a module's function.
    MakesStarted { made: u32 },
    /// Two functions make closures of one function.
    MadeTwice { made: u32, other: u32 },
    /// No chain of `Closure` ops leads to the function.
    NeverMade,
    /// An upvalue names a register, cell or upvalue that the maker lacks.
    CaptureRange { upvalue: u32 },
    /// Code without ops.
    NoCode,
    /// Too many blocks.
    TooManyBlocks { limit: u32 },
    /// Code that does not begin with `Block`, or an op after a jump that is none.
    BlockMissing,
    /// The last op goes on to a next one.
    RunsOff,
    /// A block's cost is not the sum of its ops.
    Cost { stated: u32, actual: u64 },
    /// A jump to something else than a `Block`.
    Target { to: u32 },
    /// An operand names nothing.
    Range { operand: &'static str, value: u32, count: u32 },
    /// A policy without its tables, or another program with them.
    PolicyTables,
    /// A policy with globals or modules.
    PolicyExtras { what: &'static str },
    /// Too few or too many of something that a policy states.
    PolicyCount { what: &'static str, value: u32, least: u32, most: u32 },
    /// Entries of a policy's list that are not in their order, or repeat.
    PolicyOrder { what: &'static str, index: u32 },
    /// A path of the list that begins with the one before it.
    PolicyPrefix { what: &'static str, index: u32 },
    /// An entry of a policy's list names something that is not there.
    PolicyRange { what: &'static str, index: u32, names: &'static str, value: u32 },
    /// A function with other parameters than its document needs, varargs or captures.
    PolicySignature { what: &'static str, index: u32, proto: u32 },
    /// A memo slot of a function, or one that two documents share.
    PolicyMemo { index: u32 },
    /// An op that a policy must not use.
    NotInPolicy,
    /// An op that only a policy may use.
    OnlyInPolicy,
    /// `CallRule` of the main chunk, or of a function with varargs or captures.
    CalledSignature { called: u32 },
    /// `WithEnd` without `WithBegin`, or paths that differ in how many are open.
    WithUnbalanced,
    /// A return while a `WithBegin` is open.
    WithOpen,
    /// Too many `WithBegin` inside each other.
    WithDeep { most: u32 },
    /// `EnvSet` where no `WithBegin` is open.
    EnvOutside,
    /// `DocNext` over registers that are not, on every path, as the walk left them.
    WalkState { base: u32 },
    /// A register that may hold what is being collected is used as a value.
    Collecting { reg: u32 },
    /// Collecting into a register that does not, on every path, hold what `DocNew` began.
    NotCollecting { reg: u32 },
    /// Registers outside the frame.
    RegisterRange { first: u32, n: u32, regs: u8 },
    /// A constant of the wrong type.
    ConstType { k: u32, want: &'static str },
    /// A count below what the op needs, or above what it allows.
    CountRange { operand: &'static str, value: u32, least: u32, most: u32 },
    /// A value op on a cell upvalue.
    UpvalueIsCell { up: u32 },
    /// A cell op on a value upvalue.
    UpvalueIsValue { up: u32 },
    /// `Vararg` in a function that keeps no varargs.
    NoVarargs,
    /// An open producer without a consumer right after it.
    OpenLeft,
    /// An open consumer without a producer right before it.
    OpenMissing,
    /// An open consumer that begins above its producer.
    OpenAbove { first: u32, producer: u32 },
    /// A register is read that some path leaves unassigned.
    RegisterUnset { reg: u32 },
    /// A cell is used that some path leaves unfilled.
    CellUnset { cell: u32 },
    /// A closure captures a register that some path leaves unassigned.
    CapturedRegisterUnset { reg: u32 },
    /// A closure captures a cell that some path leaves unfilled.
    CapturedCellUnset { cell: u32 },
    /// `ForLoop` over registers that are not, on every path, as `ForPrep` left them.
    LoopState { base: u32 },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use Reason::*;
        match *self {
            TooMany { what, limit } => write!(f, "more than {limit} {what}"),
            Repeated { what, index } => write!(f, "{what} {index} repeats an earlier one"),
            KeysEmpty { list } => write!(f, "key list {list} is empty"),
            KeysLong { list } => write!(f, "key list {list} is longer than a frame"),
            KeyNotString { list, k } => write!(f, "key list {list} names constant {k}, which is not a string"),
            KeyRepeated { list, k } => write!(f, "key list {list} names constant {k} twice"),
            NoMain => write!(f, "there is no function 0, the main chunk"),
            MainSignature => write!(f, "the main chunk must take varargs, no parameters and no captures"),
            ModuleProto { module, proto } => write!(f, "module {module} names function {proto}, which does not exist"),
            ModuleShared { module, proto } => {
                write!(f, "module {module} names function {proto}, which is the main chunk or another module's")
            }
            ModuleSignature => write!(f, "a module's function must take no parameters and no captures"),
            Registers { regs } => write!(f, "{regs} registers, more than 250"),
            Cells { cells } => write!(f, "{cells} cell slots, more than 250"),
            Params { params, regs } => write!(f, "{params} parameters in {regs} registers"),
            MakesStarted { made } => write!(f, "makes a closure of function {made}, which the machine starts itself"),
            MadeTwice { made, other } => {
                write!(f, "makes a closure of function {made}, which function {other} makes too")
            }
            NeverMade => write!(f, "no closure of this function is ever made"),
            CaptureRange { upvalue } => write!(f, "upvalue {upvalue} captures something its maker does not have"),
            NoCode => write!(f, "there is no code"),
            TooManyBlocks { limit } => write!(f, "more than {limit} blocks"),
            BlockMissing => write!(f, "a block must begin here"),
            RunsOff => write!(f, "the code runs off its end"),
            Cost { stated, actual } => write!(f, "the block says it costs {stated}, its ops cost {actual}"),
            Target { to } => write!(f, "jumps to op {to}, which is not a Block"),
            Range { operand, value, count: 0 } => write!(f, "`{operand}` is {value}, but there are none"),
            Range { operand, value, count } => {
                write!(f, "`{operand}` is {value}, but the last one is {}", count.saturating_sub(1))
            }
            PolicyTables => write!(f, "a policy has policy tables, and no other program has"),
            PolicyExtras { what } => write!(f, "a policy has no {what}"),
            PolicyCount { what, value, least, most } => {
                write!(f, "the policy has {value} {what}, but must have from {least} to {most}")
            }
            PolicyOrder { what, index } => write!(f, "{what} {index} is not in order, or repeats the one before"),
            PolicyPrefix { what, index } => write!(f, "the path of {what} {index} begins with the one before"),
            PolicyRange { what, index, names, value } => {
                write!(f, "{what} {index} names {names} {value}, which does not exist")
            }
            PolicySignature { what, index, proto } => {
                write!(f, "{what} {index} names function {proto}, which takes other parameters, varargs or captures")
            }
            PolicyMemo { index } => {
                write!(f, "document {index} is a function with a memo slot, or shares one with another document")
            }
            NotInPolicy => write!(f, "a policy cannot use this op"),
            OnlyInPolicy => write!(f, "only a policy can use this op"),
            CalledSignature { called } => {
                write!(f, "calls function {called}, which is the main chunk or takes varargs or captures")
            }
            WithUnbalanced => write!(f, "WithBegin and WithEnd do not match here on every path"),
            WithOpen => write!(f, "returns while a WithBegin is open"),
            WithDeep { most } => write!(f, "more than {most} WithBegin inside each other"),
            EnvOutside => write!(f, "sets the environment where no WithBegin is open"),
            WalkState { base } => {
                write!(f, "r{base} to r{} do not hold, on every path, what the walk left there", base + 2)
            }
            Collecting { reg } => write!(f, "r{reg} may hold what is being collected, which is not a value"),
            NotCollecting { reg } => write!(f, "r{reg} does not, on every path, hold what DocNew began"),
            RegisterRange { first, n: 0 | 1, regs } => write!(f, "r{first} is outside the frame of {regs} registers"),
            RegisterRange { first, n, regs } => {
                write!(
                    f,
                    "r{first} to r{} reach outside the frame of {regs} registers",
                    u64::from(first) + u64::from(n) - 1
                )
            }
            ConstType { k, want } => write!(f, "constant {k} must be {want}"),
            CountRange { operand, value, least, most } => {
                write!(f, "`{operand}` is {value}, but must lie from {least} to {most}")
            }
            UpvalueIsCell { up } => write!(f, "upvalue {up} is a cell, not a value"),
            UpvalueIsValue { up } => write!(f, "upvalue {up} is a value, not a cell"),
            NoVarargs => write!(f, "the function keeps no varargs"),
            OpenLeft => write!(f, "open results must be taken by the next op"),
            OpenMissing => write!(f, "an open count needs open results from the op before"),
            OpenAbove { first, producer } => {
                write!(f, "takes open results from r{first} on, but they begin at r{producer}")
            }
            RegisterUnset { reg } => write!(f, "r{reg} is read, but not assigned on every path"),
            CellUnset { cell } => write!(f, "cell {cell} is used, but not filled on every path"),
            CapturedRegisterUnset { reg } => write!(f, "captures r{reg}, which is not assigned on every path"),
            CapturedCellUnset { cell } => write!(f, "captures cell {cell}, which is not filled on every path"),
            LoopState { base } => {
                write!(f, "r{base} to r{} do not hold, on every path, what ForPrep left there", base + 2)
            }
        }
    }
}
