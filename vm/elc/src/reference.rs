//! The reference page of ELC, written from the op table: enough to build a second machine.

use crate::engine::ENGINE_ID;
use crate::limits::*;
use crate::map::{MAP_VERSION, PLAIN_MAP_VERSION};
use crate::ops::{OPS, OpInfo, OperandKind};
use crate::program::ELC_VERSION;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// The text of `docs/reference/elc.md`.
pub fn reference_markdown() -> String {
    let mut out = format!("# ELC {ELC_VERSION}\n\n");
    out.push_str(INTRODUCTION);
    out.push_str(&format!("The engine id of this build is `{ENGINE_ID}`.\n"));
    out.push_str(CONTAINER);
    out.push_str(CODE);
    for (kind, wire, meaning) in KINDS {
        out.push_str(&format!("| {} | {wire} | {meaning} |\n", kind_word(*kind)));
    }
    out.push_str(RUNNING);
    out.push_str(&rules());
    out.push_str(OPS_HEAD);
    for op in OPS {
        out.push_str(&format!(
            "| `0x{:02x}` | [{}](#{}) | {} | {} |\n",
            op.code,
            op.name,
            anchor(op),
            names(op),
            op.fuel
        ));
    }
    for op in OPS {
        out.push_str(&row(op));
    }
    out.push_str(&source_map());
    out
}

fn anchor(op: &OpInfo) -> String {
    op.name.to_lowercase()
}

fn names(op: &OpInfo) -> String {
    let names: Vec<String> = op.operands.iter().map(|(name, _)| format!("`{name}`")).collect();
    names.join(" ")
}

fn row(op: &OpInfo) -> String {
    let operands: Vec<String> =
        op.operands.iter().map(|(name, kind)| format!("`{name}` ({})", kind_word(*kind))).collect();
    let cost = match op.name {
        "Block" => "`cost`, for the whole block".into(),
        _ => format!("{}", op.fuel),
    };
    format!(
        "\n### {}\n\nNumber `0x{:02x}`. Operands: {}. Cost: {cost}.\n\n{}\n",
        op.name,
        op.code,
        operands.join(", "),
        op.doc
    )
}

fn kind_word(kind: OperandKind) -> &'static str {
    match kind {
        OperandKind::Reg => "register",
        OperandKind::K => "constant",
        OperandKind::Proto => "function",
        OperandKind::Up => "upvalue",
        OperandKind::Cell => "cell",
        OperandKind::Global => "global",
        OperandKind::Lib => "library name",
        OperandKind::Module => "module",
        OperandKind::Keys => "key list",
        OperandKind::Count => "count",
        OperandKind::CountOrOpen => "count or open",
        OperandKind::Imm => "signed number",
        OperandKind::Flag => "flag",
        OperandKind::Target => "target",
        OperandKind::Choice => "choice",
        OperandKind::Memo => "memo slot",
        OperandKind::Env => "environment slot",
        OperandKind::Index => "index",
        OperandKind::Rule => "rule",
    }
}

const INTRODUCTION: &str = "\
<!-- Generated from the op table in vm/elc by `cargo xtask gen`; edit that. -->

ELC is the portable form of a program: what a compiler writes, what a fold is named by, and
all that a machine needs to run one. This page and the pages on numbers, canonical bytes and
the library are meant to be enough to build a second machine that gives the same results,
charges the same fuel and fails at the same places.

The `fold_root` of a program is the SHA-256 of its ELC bytes. Comments, formatting and the
names of locals do not reach those bytes; the names of globals, modules and library functions
do. What the ops and the library mean belongs to the *engine id*, which stands beside the
`fold_root` wherever a result is recorded.
";

const CONTAINER: &str = "
## Container

A program is one canonical DAG-CBOR map with exactly these keys, here in the order in which
canonical bytes hold them (shorter keys first, then by bytes):

| key | value |
| --- | --- |
| `elc` | the version of this page, as text; a reader refuses every other before it reads on |
| `keys` | key lists: arrays of constant numbers, each naming a string constant |
| `kind` | `\"fold\"`, `\"script\"` or `\"policy\"` |
| `libs` | names of library functions, tables and constants, such as `\"string.byte\"` |
| `consts` | constants: null for nil, a boolean, an integer, a byte string for a string, or `{\"q\": n}` for the fixed n / 2^32 |
| `policy` | the tables of a policy; in no other program |
| `protos` | functions, the main chunk first |
| `globals` | names of the main file's globals, in order of declaration |
| `modules` | modules compiled in: `{\"name\": text, \"proto\": function number}` |

A function is a map:

| key | value |
| --- | --- |
| `code` | its ops, as a byte string |
| `regs` | how many registers its frame has |
| `cells` | how many cell slots its frame has |
| `params` | how many arguments arrive in registers 0 and up; missing ones are nil |
| `vararg` | whether arguments past those are kept for `Vararg`, or dropped |
| `captures` | where each upvalue comes from when a closure is made: `[0, r]` the value of the maker's register r, `[1, c]` the cell in the maker's slot c, `[2, u]` the maker's upvalue u as it is, `[3, 0]` the maker's running closure |

The tables of a policy are a map:

| key | value |
| --- | --- |
| `envs` | how many environment slots there are |
| `memos` | how many memo slots there are |
| `query` | the function that answers the query compiled along, or null |
| `rules` | `{\"name\": text, \"document\": document number}` each, sorted by document |
| `indexes` | `{\"kind\": …, \"field\": path, \"collection\": path}` each; the kind is `\"equal\"`, `\"holds\"`, or for globs the array of their delimiters, of which the first characters count |
| `documents` | `{\"kind\": …, \"memo\": slot or null, \"path\": path, \"proto\": function number, \"reads_input\": boolean}` each, sorted by path; the kind is `\"complete\"`, `\"set\"`, `\"object\"`, or a function's number of arguments |
| `input_reads` | the paths of `input` that may be read, sorted; `[]` is all of it |

A path is an array of texts.

Constants, library names, globals and module names are distinct. Numbers everywhere count from 0.
Bytes that are not canonical, keys that are missing or too many, and values out of range are
refused, so a program has one byte string and a byte string at most one program.
";

const CODE: &str = "
## Code bytes

An op is one byte, its number, and then its operands in order. Operands are unsigned LEB128
numbers of at most 32 bits in their shortest form: seven bits a byte, lowest first, the top
bit set on all but the last, and a last byte of zero only for the number zero.

| operand | written as | names |
| --- | --- | --- |
";

const KINDS: &[(OperandKind, &str, &str)] = &[
    (OperandKind::Reg, "0 to 249", "a register of the frame"),
    (OperandKind::K, "number", "a constant of the program"),
    (OperandKind::Proto, "number", "a function of the program"),
    (OperandKind::Up, "0 to 249", "an upvalue of the running closure"),
    (OperandKind::Cell, "0 to 249", "a cell slot of the frame"),
    (OperandKind::Global, "number", "a global of the program"),
    (OperandKind::Lib, "number", "a library name of the program"),
    (OperandKind::Module, "number", "a module of the program"),
    (OperandKind::Keys, "number", "a key list of the program"),
    (OperandKind::Count, "number", "how many"),
    (
        OperandKind::CountOrOpen,
        "0 for open, else the count plus one, at most 256",
        "how many; open: all that the op before left",
    ),
    (OperandKind::Imm, "zigzag: 0, -1, 1, -2, … as 0, 1, 2, 3, …", "a number of 32 signed bits"),
    (OperandKind::Flag, "0 or 1", "no or yes"),
    (OperandKind::Target, "number", "an op of the same function, counted from 0; it is a `Block`"),
    (OperandKind::Choice, "number", "one of the kinds that the op lists"),
    (OperandKind::Memo, "number", "a memo slot of the policy"),
    (OperandKind::Env, "number", "an environment slot of the policy: 0 holds `input`, 1 `data`"),
    (OperandKind::Index, "number", "an index over data of the policy"),
    (OperandKind::Rule, "number", "a rule of the policy"),
];

const RUNNING: &str = "
## Running

**Frames.** A call gets a frame of `regs` registers and `cells` cell slots. Registers hold
values; a cell slot holds a reference to a cell, and a cell one value that closures may share.
An upvalue is a value or a cell, fixed when the closure is made. A local that is captured and
assigned later lives in a cell from its declaration on (`CellNew`), so each round of a loop
that declares one makes a fresh cell.

**Fuel.** Code is cut into blocks, each begun by `Block`. Entering a block charges the sum of
the fixed costs of its ops at once, whether they all run or not. When less fuel is left than
that, the call ends with the fuel limit error and no op of the block runs. Costs that grow
with sizes are charged by the op, after its operands are known and before its work; division
there rounds down. The table below gives both.

**Memory.** Ops and library functions that allocate charge abstract bytes before they do,
as their rows say. A string of n bytes is 32 + n. Nothing is credited back during a call.

**Depth.** The number of active calls, and of the registers of all of them together, is limited
as well, each at a value that the engine version fixes or the caller gives.

**Calls.** `Call` takes the function from `base` and its arguments from the registers after
it. The results come back from `base` on: exactly `results` of them, nil where there were
fewer. Whatever lay in registers above is lost. A value that is not a function is called
through `__call`, with itself as an additional first argument.

**Open results.** `Call` with open results and open `Vararg` leave as many values as there
are, from their first register up, past the end of the frame if need be. The op right after
them takes them: an open `Call`, `TailCall`, `Return` or `SetList`, from its own first
register up to the last value left.

**Truth.** nil and false are false; all other values are true.

**Errors.** An error ends the call, with the value that `pcall` then gives; the error values
of ops are strings whose texts belong to the engine version. Running out of fuel, depth or
memory ends the whole call from outside, and no `pcall` sees it. An error inside a block
leaves the block's whole charge spent.

**Modules.** A module's function runs the first time its `Module` op does; every later one
gives the same value.

**Policies.** The values of a policy are documents: null, booleans, numbers, strings, and
arrays, objects and sets that never change. nil stands for undefined and is never inside a
document; a number that is whole and fits 64 bits is an integer. The machine begins a decision
with `input` and base `data` in the first two environment slots, and with memo slots empty but
for those of documents that do not read input: these are computed once, each on its own
account, and a slot whose computation failed stays empty. A document's function is called when
its memo slot is empty; its result then fills the slot.

**Freezing.** Once a program of the kind `fold` has been loaded (the main chunk has returned),
its globals, the cells that its closures captured and the tables made until then can only be
read.
";

fn rules() -> String {
    format!(
        "
## Verification

A machine refuses a program that breaks one of these rules, before it runs anything of it.

Program:

1. At most {MAX_BYTES} bytes, and at most {MAX_ITEMS} constants, library names, globals,
   modules, functions and key lists each. Within each table entries are distinct; 1 and 1.0
   are two constants. A key list holds 1 to {MAX_REGS} distinct numbers of string constants.
2. Function 0 is the main chunk: varargs, no parameters, no captures. A module's function has
   neither parameters nor captures, and is not function 0 nor another module's.
3. A function has at most {MAX_REGS} registers, {MAX_CELLS} cell slots, {MAX_CAPTURES}
   upvalues, {MAX_OPS} ops and {MAX_BLOCKS} blocks, and no more parameters than registers.
4. In a policy there is no `Closure`, and no function has captures. In other programs functions
   form trees: `Closure` ops never name the main chunk or a module's function. Every
   other function is named by `Closure` ops of exactly one function, its maker, and following
   makers upward leads to the main chunk or a module.
5. What a function captures exists in its maker. An upvalue that captures a cell, or an upvalue
   that is a cell, is a cell; all others are values.

Function, op by op:

6. The code begins with `Block`. After an op that can jump or never goes on (`Jump`,
   `TailCall`, `Return`) comes a `Block` or the end. The last op is one that never goes on.
7. Every target is a `Block`. A block's `cost` is the sum of the costs of the ops from it to
   the next `Block` or the end.
8. Every index names an entry of its table, and every register that the op reads or writes
   lies in the frame, counting those that follow its operand by a count or by the op's text
   (`base+3`). A run of no registers may begin at the frame's end.
9. `LoadK` names a number or string; `GetField`, `SetField` and `Method` a string; the
   arithmetic and ordering ops with a constant a number. `JEqK` may name any constant.
10. `UpGet` names a value upvalue, `UpCellGet` and `UpCellSet` a cell upvalue. `Vararg` stands
    only in functions that keep varargs.
11. `n` is from 1 to {MAX_REGS} in `LoadNil` and `GenCall`, from 2 in `Concat`. `SetList`
    starts from 1 to {MAX_LIST_START}. The hints of `NewTable` can be anything.
12. Open results are followed at once by an op with an open count, and an open count stands
    only there. The taker's first register is not above the first open result.

Function, along its paths from the entry:

13. A register is read only where every path from the entry has assigned it. At the entry, the
    parameters are assigned. A call (`Call`, `GenCall`) and open results unassign every
    register above the results that they give. An open count reads also the registers from its
    first up to where the open results begin.
14. `JTestSet` assigns `dst` when it jumps. `ForPrep` assigns `base+3` when it does not jump,
    `ForLoop` assigns `base+3` when it jumps, and `GenLoop` assigns `base+2` when it jumps.
15. `Closure` reads the registers and uses the cells that its function captures. A cell is used
    only where every path has filled its slot with `CellNew`.
16. `ForLoop` stands only where, on every path, the last thing that wrote to any of `base`,
    `base+1` and `base+2` was `ForPrep` (not jumping) or `ForLoop` (jumping) of the same `base`.
    So `ForLoop` needs no check of its registers. A call whose results or frame reach those
    registers counts as writing them, and leaving a loop by either op as writing `base` to
    `base+3`.

Policy:

17. A policy has the tables above, and no globals and modules. It has at most {MAX_MEMOS} memo
    slots and 2 to {MAX_ENVS} environment slots. Documents and input paths are sorted, distinct,
    and no path begins with another of its list. Rules are sorted by document and distinct by
    name; indexes are distinct. A document's function takes its number of arguments, or none, no
    varargs and no captures, and so does the query's. No two documents share a memo slot, and a
    function has none.
18. A policy uses the ops from 0x60 on, and of the others `Block`, `Move`, `LoadNil`,
    `LoadBool`, `LoadInt`, `LoadK`, `Lib`, `Not`, `Jump`, `JTest`, `JTestSet`, `JEqK`, `JLtK`,
    `JLeK`, `JGtK`, `JGeK`, and `Call` and `Return` without open counts. Other programs use none
    of the ops from 0x60 on.
19. A choice is one that the op lists. `CallRule` names a function other than the main chunk,
    without varargs, and gives it its number of parameters.
20. `DocIter` assigns `base+3` and `base+4` when it does not jump, and `DocNext` when it jumps;
    otherwise they unassign `base+1` to `base+4`. `IndexIter` is as `DocIter`, and unassigns
    `base` too. `base+1` and `base+2`, and `base` of an `IndexIter`, are never assigned by a
    walk. `DocNext` stands only where rule 16 holds for it and these. `CallRule` unassigns every
    register above `base`.
21. `DocPush`, `DocPut` and `DocSeal` name a register in which every path has left what `DocNew`
    began. No other op reads a register in which some path has. `DocSeal` assigns it.
22. On every path to an op the same number of `WithBegin` are without their `WithEnd`: at most
    {MAX_WITH}, none at a `Return`, and at least one at an `EnvSet`.

Blocks that no path reaches must keep rules 6 to 12, 18, 19 and 22 only.
"
    )
}

const OPS_HEAD: &str = "
## Ops

Costs are units of fuel. `r+1` is the register after `r`; operations that can call a metamethod
charge the call as a `Call` of that function does.

| number | op | operands | cost |
| --- | --- | --- | --- |
";

fn source_map() -> String {
    format!(
        "
## Source map

Places travel beside the program, in a canonical DAG-CBOR map with the keys `map` (the version,
`\"{MAP_VERSION}\"`), `files` (names of source files), `protos` (one entry a function) and
`fold_root` (the 32 bytes of the program's root, so that a map of another program is noticed).
An entry has `at` (`[file, line, column]` of the definition; lines and columns from 1, and 0
for none), `ops` and `name`. `ops` is a byte string of runs of ops that share a place: four
LEB128 numbers each, how many ops, and the zigzag differences of file, line and column from
the run before, modulo 2^32; the first run's are from `at`. Nothing of it reaches the
`fold_root`, and results never depend on it.

For debuggers there is a key `vars` after `map`, one entry a function: its variables and the
names of its upvalues. A variable is `[name, home, first op, op after the last]`; its home is a
register from 0 on, a cell slot as -1, -2 and so on, or the text of a constant, which needs
neither. Where no function has either, the key is left out and the version is
`\"{PLAIN_MAP_VERSION}\"`.

A policy's map has a key `rules` besides, one entry for each rule of the table:
`[[file, line, column], title, description, custom]`, the last three from its METADATA, null
when absent, and `custom` as the text of canonical JSON. An entry of `protos` can have a key
`literals`: conditions as
`[first op, op after the last, [file, line, column], [end line, end column], variables]`, with
variables as `[name, register]`. Neither is there when it would be empty.
"
    )
}
