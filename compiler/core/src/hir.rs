//! A file after resolution: every name is a local, a global, a library name or a module,
//! every number has its value, and nothing the profile refuses is left but `Error` nodes.
//! Lints and lowering read this; nobody looks a name up twice.

use gatos_syntax::echolua::ast::{BinOp, UnOp};
use gatos_syntax::span::Span;

/// A local of the file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct LocalId(pub u32);
/// A function of the file; 0 is its main chunk.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct FuncId(pub u32);
/// A label of the file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct LabelId(pub u32);
/// A global declared by the file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct GlobalSlot(pub u32);
/// A `require` of the file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ImportId(pub u32);

/// How a local came to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LocalKind {
    /// `local x`
    Var,
    /// `local function f`
    Function,
    /// A parameter.
    Param,
    /// The `self` of a method.
    SelfParam,
    /// A loop's variable.
    LoopVar,
    /// A global of a module: visible in its file only, so it is a local of its chunk.
    ModuleGlobal,
}

/// An assignment to a local after its declaration.
#[derive(Clone, Copy, Debug)]
pub struct Write {
    /// The name on the left.
    pub span: Span,
    /// The function that assigns.
    pub func: FuncId,
}

/// A local.
#[derive(Clone, Debug)]
pub struct Local {
    /// Its name.
    pub name: String,
    /// Where it is declared.
    pub span: Span,
    /// The function that holds it.
    pub func: FuncId,
    /// How it came to be.
    pub kind: LocalKind,
    /// Whether `<const>` stands behind it.
    pub is_const: bool,
    /// Assignments after the declaration.
    pub writes: Vec<Write>,
    /// Reads in its own function.
    pub own_reads: u32,
    /// Reads in functions inside, including its own body for a `local function`.
    pub inner_reads: u32,
    /// Reads inside the function that it names (its recursion).
    pub self_reads: u32,
    /// Whether a function inside reads or assigns it, other than itself by its own name.
    pub captured: bool,
    /// An outer local of the same name that this one hides.
    pub hides: Option<LocalId>,
    /// The function whose name this is, for a `local function`.
    pub names_func: Option<FuncId>,
}

impl Local {
    /// Whether it needs a cell: inner functions see it change.
    pub fn needs_cell(&self) -> bool {
        !self.writes.is_empty() && (self.captured || self.self_reads > 0)
    }
}

/// A global.
#[derive(Clone, Debug)]
pub struct Global {
    /// Its name.
    pub name: String,
    /// Its first assignment, at the top level.
    pub span: Span,
    /// Reads anywhere.
    pub reads: u32,
    /// In a module: the local that stands for it.
    pub local: Option<LocalId>,
}

/// A label.
#[derive(Clone, Debug)]
pub struct LabelInfo {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub span: Span,
    /// How many `goto` reach it.
    pub uses: u32,
}

/// A `require`.
#[derive(Clone, Debug)]
pub struct Import {
    /// The module's name.
    pub name: String,
    /// The first `require` of it.
    pub span: Span,
}

/// A function.
#[derive(Clone, Debug)]
pub struct Func {
    /// What messages call it: `M.fold`, `step`, empty when it has no name.
    pub name: String,
    /// Parameters, `self` first in a method.
    pub params: Vec<LocalId>,
    /// Whether it takes `...`.
    pub vararg: bool,
    /// The function around it.
    pub parent: Option<FuncId>,
    /// The local that names it, when nothing ever assigns another value to that.
    pub self_local: Option<LocalId>,
    /// Its body.
    pub body: Block,
    /// From `function` to `end`.
    pub span: Span,
}

/// A resolved file.
#[derive(Clone, Debug, Default)]
pub struct Hir {
    /// Functions; the main chunk is first.
    pub funcs: Vec<Func>,
    /// Locals, in order of declaration.
    pub locals: Vec<Local>,
    /// Labels.
    pub labels: Vec<LabelInfo>,
    /// Where each `goto` goes; `None` was reported.
    pub gotos: Vec<Option<LabelId>>,
    /// Globals in order of their first mention; those never declared were reported.
    pub globals: Vec<Global>,
    /// Modules required, distinct, in order of first mention.
    pub imports: Vec<Import>,
}

impl Hir {
    /// A local.
    pub fn local(&self, id: LocalId) -> &Local {
        &self.locals[id.0 as usize]
    }

    /// A function.
    pub fn func(&self, id: FuncId) -> &Func {
        &self.funcs[id.0 as usize]
    }
}

/// Statements with a scope.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// In order.
    pub stmts: Vec<Stmt>,
    /// Where.
    pub span: Span,
}

/// A statement.
#[derive(Clone, Debug)]
pub struct Stmt {
    /// What it is.
    pub kind: StmtKind,
    /// Where.
    pub span: Span,
}

/// The kinds of statement.
#[derive(Clone, Debug)]
pub enum StmtKind {
    /// `local a, b = x, y`
    Local {
        /// The locals.
        locals: Vec<LocalId>,
        /// Their values.
        values: Vec<Expr>,
    },
    /// `local function f`
    LocalFunction {
        /// Its name.
        local: LocalId,
        /// The function.
        func: FuncId,
        /// From `function` to `end`.
        span: Span,
    },
    /// `a, b.c = x, y`, and `function a.b()` too.
    Assign {
        /// The left side.
        targets: Vec<Target>,
        /// The right side.
        values: Vec<Expr>,
    },
    /// A call for its effects.
    Call(Expr),
    /// `do … end`
    Do(Block),
    /// `while`
    While(Expr, Block),
    /// `repeat`: the condition sees the body's locals.
    Repeat(Block, Expr),
    /// `if`
    If(Vec<(Expr, Block)>, Option<Block>),
    /// `for i = a, b, c`
    NumericFor {
        /// The variable.
        var: LocalId,
        /// First value.
        start: Expr,
        /// Last value.
        limit: Expr,
        /// Step.
        step: Option<Expr>,
        /// Body.
        body: Block,
    },
    /// `for k, v in …`
    GenericFor {
        /// The variables.
        vars: Vec<LocalId>,
        /// The explist.
        exprs: Vec<Expr>,
        /// Body.
        body: Block,
    },
    /// An index into [`Hir::gotos`].
    Goto(u32),
    /// A label.
    Label(LabelId),
    /// `break`
    Break,
    /// `return`
    Return(Vec<Expr>),
    /// Nothing, or something reported.
    Empty,
}

/// What is assigned to.
#[derive(Clone, Debug)]
pub struct Target {
    /// What it is.
    pub kind: TargetKind,
    /// Where.
    pub span: Span,
}

/// The kinds of target.
#[derive(Clone, Debug)]
pub enum TargetKind {
    /// A local.
    Local(LocalId),
    /// A global, at the top level.
    Global(GlobalSlot),
    /// `object[key]`
    Index(Box<Expr>, Box<Expr>),
    /// Reported.
    Error,
}

/// An expression.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where.
    pub span: Span,
}

/// The kinds of expression.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// `nil`
    Nil,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A fixed, as raw bits.
    Fixed(i64),
    /// A string.
    Str(Vec<u8>),
    /// `...`
    Vararg,
    /// A local, of this function or one around it.
    Local(LocalId),
    /// A global of the file.
    Global(GlobalSlot),
    /// A library name such as `string.byte`.
    Lib(String),
    /// `require "name"`
    Import(ImportId),
    /// A closure.
    Function(FuncId),
    /// `object[key]`; a field has a string key.
    Index(Box<Expr>, Box<Expr>),
    /// `callee(args)`
    Call(Box<Expr>, Vec<Expr>),
    /// `object:name(args)`
    Method {
        /// The receiver.
        object: Box<Expr>,
        /// The method's name.
        name: Vec<u8>,
        /// Where the name stands.
        name_span: Span,
        /// The arguments.
        args: Vec<Expr>,
    },
    /// A binary operation.
    Binary {
        /// The operator.
        op: BinOp,
        /// Where it stands.
        op_span: Span,
        /// Left.
        left: Box<Expr>,
        /// Right.
        right: Box<Expr>,
    },
    /// A unary operation.
    Unary(UnOp, Box<Expr>),
    /// `(e)`: one value.
    Paren(Box<Expr>),
    /// A table constructor.
    Table(Vec<Item>),
    /// Reported.
    Error,
}

/// An item of a table constructor.
#[derive(Clone, Debug)]
pub enum Item {
    /// `value`
    Positional(Expr),
    /// `name = value` or `["name"] = value`
    Named(Vec<u8>, Span, Expr),
    /// `[key] = value`
    Keyed(Expr, Expr),
}

impl Expr {
    /// Without its parentheses.
    pub fn bare(&self) -> &Expr {
        let mut e = self;
        while let ExprKind::Paren(inner) = &e.kind {
            e = inner;
        }
        e
    }

    /// Whether it can give several values.
    pub fn is_multi(&self) -> bool {
        matches!(self.kind, ExprKind::Call(..) | ExprKind::Method { .. } | ExprKind::Vararg)
    }

    /// The key, when it is a constant string.
    pub fn as_str(&self) -> Option<&[u8]> {
        match &self.bare().kind {
            ExprKind::Str(s) => Some(s),
            _ => None,
        }
    }
}
