//! The syntax tree of Lua 5.4. It is total: broken places hold `Error` nodes, and
//! what the EchoLua profile leaves out is still represented, for the resolver to refuse.

use crate::span::Span;

/// A name where it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ident {
    /// The text.
    pub name: String,
    /// Where.
    pub span: Span,
}

/// A sequence of statements with its own scope.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Block {
    /// In order; a `Return` is last.
    pub stmts: Vec<Stmt>,
    /// From the first statement to the last (or the place between its keywords).
    pub span: Span,
}

/// A statement.
#[derive(Clone, PartialEq, Debug)]
pub struct Stmt {
    /// What it is.
    pub kind: StmtKind,
    /// All of it.
    pub span: Span,
}

/// A local name with its attribute.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AttribName {
    /// The local.
    pub name: Ident,
    /// `const`, `close`, or something unknown (the resolver says so).
    pub attrib: Option<Ident>,
}

/// The kinds of statement.
#[derive(Clone, PartialEq, Debug)]
pub enum StmtKind {
    /// `local a <const>, b = x, y`
    Local {
        /// The names.
        names: Vec<AttribName>,
        /// The values.
        values: Vec<Expr>,
    },
    /// `local function f() … end`
    LocalFunction {
        /// The name.
        name: Ident,
        /// The function.
        func: Box<Function>,
    },
    /// `function a.b:c() … end`
    Function {
        /// The first name.
        name: Ident,
        /// The fields after it.
        fields: Vec<Ident>,
        /// The method name after a colon (the function then has `self` added by the resolver).
        method: Option<Ident>,
        /// The function, without `self`.
        func: Box<Function>,
    },
    /// `a, b.c = x, y`
    Assign {
        /// The targets: names and indexes (anything else was reported by the parser).
        targets: Vec<Expr>,
        /// The values.
        values: Vec<Expr>,
    },
    /// A call as a statement.
    Call(Expr),
    /// `do … end`
    Do(Block),
    /// `while c do … end`
    While {
        /// The condition.
        cond: Expr,
        /// The body.
        body: Block,
    },
    /// `repeat … until c`; the condition sees the body's locals.
    Repeat {
        /// The body.
        body: Block,
        /// The condition.
        cond: Expr,
    },
    /// `if … elseif … else … end`
    If {
        /// Condition and block of each `if`/`elseif`.
        arms: Vec<(Expr, Block)>,
        /// The `else` block.
        otherwise: Option<Block>,
    },
    /// `for i = a, b, c do … end`
    NumericFor {
        /// The variable.
        var: Ident,
        /// First value.
        start: Expr,
        /// Last value.
        limit: Expr,
        /// Step, 1 when absent.
        step: Option<Expr>,
        /// The body.
        body: Block,
    },
    /// `for k, v in … do … end`
    GenericFor {
        /// The variables, at least one.
        vars: Vec<Ident>,
        /// The explist.
        exprs: Vec<Expr>,
        /// The body.
        body: Block,
    },
    /// `goto name`
    Goto(Ident),
    /// `::name::`
    Label(Ident),
    /// `break`
    Break,
    /// `return …`
    Return(Vec<Expr>),
    /// A stray `;`, kept for the formatter.
    Empty,
    /// Something that did not parse; already reported.
    Error,
}

/// A function's parameters and body.
#[derive(Clone, PartialEq, Debug)]
pub struct Function {
    /// Parameters.
    pub params: Vec<Ident>,
    /// `...` where it is given.
    pub vararg: Option<Span>,
    /// The body.
    pub body: Block,
    /// From `function` to `end`.
    pub span: Span,
}

/// An expression.
#[derive(Clone, PartialEq, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// All of it.
    pub span: Span,
}

/// Binary operators.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the names are Lua's")]
pub enum BinOp {
    Or,
    And,
    Lt,
    Gt,
    Le,
    Ge,
    Ne,
    Eq,
    BOr,
    BXor,
    BAnd,
    Shl,
    Shr,
    Concat,
    Add,
    Sub,
    Mul,
    Div,
    IDiv,
    Mod,
    Pow,
}

/// Unary operators.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the names are Lua's")]
pub enum UnOp {
    Neg,
    Not,
    Len,
    BNot,
}

/// The kinds of expression.
#[derive(Clone, PartialEq, Debug)]
pub enum ExprKind {
    /// `nil`
    Nil,
    /// `true`
    True,
    /// `false`
    False,
    /// `...`
    Vararg,
    /// A number, as written; the compiler gives it its value.
    Number(String),
    /// A string, escapes resolved.
    Str(Vec<u8>),
    /// A name.
    Name(String),
    /// `function … end`
    Function(Box<Function>),
    /// `object[key]`
    Index {
        /// The table.
        object: Box<Expr>,
        /// The key.
        key: Box<Expr>,
    },
    /// `object.name`
    Field {
        /// The table.
        object: Box<Expr>,
        /// The name after the dot.
        name: Ident,
    },
    /// `callee(args)`, `callee "s"`, `callee {…}`
    Call {
        /// What is called.
        callee: Box<Expr>,
        /// The arguments.
        args: Vec<Expr>,
    },
    /// `object:name(args)`
    Method {
        /// The receiver.
        object: Box<Expr>,
        /// The method.
        name: Ident,
        /// The arguments.
        args: Vec<Expr>,
    },
    /// `a + b`
    Binary {
        /// The operator.
        op: BinOp,
        /// Where the operator stands.
        op_span: Span,
        /// Left side.
        left: Box<Expr>,
        /// Right side.
        right: Box<Expr>,
    },
    /// `-a`
    Unary {
        /// The operator.
        op: UnOp,
        /// The operand.
        operand: Box<Expr>,
    },
    /// `(e)`: cuts multiple results to one.
    Paren(Box<Expr>),
    /// `{…}`
    Table(Vec<TableItem>),
    /// Something that did not parse; already reported.
    Error,
}

/// One item of a table constructor.
#[derive(Clone, PartialEq, Debug)]
pub enum TableItem {
    /// `value`
    Positional(Expr),
    /// `name = value`
    Named(Ident, Expr),
    /// `[key] = value`
    Keyed(Expr, Expr),
}
