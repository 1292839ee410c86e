//! The syntax tree of a policy module: what is written, where. Nothing is resolved or rewritten.

use crate::span::Span;

/// A name as written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Name {
    /// Its text; `_` for a wildcard.
    pub text: String,
    /// Where.
    pub span: Span,
}

/// A module: one file.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Module {
    /// The package; absent only when the file is broken.
    pub package: Option<Package>,
    /// Imports, in order.
    pub imports: Vec<Import>,
    /// Rules, in order; what could not be read is left out, with a diagnostic.
    pub rules: Vec<Rule>,
    /// Every comment, in order.
    pub comments: Vec<Comment>,
    /// `# METADATA` blocks, in order; packages and rules refer to them by index.
    pub metadata: Vec<Metadata>,
}

/// A comment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Comment {
    /// Without `#`, otherwise as written.
    pub text: String,
    /// Where, with `#`.
    pub span: Span,
}

/// `package a.b["c"]`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Package {
    /// The path, without `data`.
    pub path: Vec<Name>,
    /// All of it.
    pub span: Span,
}

/// `import data.a.b as c`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Import {
    /// The path: first `data`, `input`, `rego` or (wrongly) another name.
    pub path: Vec<Name>,
    /// The name given by `as`.
    pub alias: Option<Name>,
    /// All of it.
    pub span: Span,
}

/// The scope a METADATA block speaks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// The rule that follows.
    Rule,
    /// All rules of that name.
    Document,
    /// The package, in this file.
    Package,
    /// The package and those below it.
    Subpackages,
}

/// A `# METADATA` block.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Metadata {
    /// What it speaks for.
    pub scope: Scope,
    /// The YAML text of the block, without comment marks.
    pub yaml: String,
    /// `title`, when it is a plain line.
    pub title: Option<String>,
    /// `description`.
    pub description: Option<String>,
    /// Everything, as JSON-like data in the order written.
    pub fields: Vec<(String, MetaValue)>,
    /// The rule it stands before (index in [`Module::rules`]); for package scopes, none.
    pub rule: Option<usize>,
    /// All of it.
    pub span: Span,
}

/// A value in METADATA.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum MetaValue {
    /// null
    Null,
    /// true or false
    Bool(bool),
    /// A number, as written.
    Number(String),
    /// A string.
    Text(String),
    /// A list.
    List(Vec<MetaValue>),
    /// A map in the order written.
    Map(Vec<(String, MetaValue)>),
}

/// A rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rule {
    /// `default` stands before it.
    pub default: bool,
    /// What it defines.
    pub head: Head,
    /// The body; none when there is no `if`.
    pub body: Option<Body>,
    /// `else` branches, in order.
    pub otherwise: Vec<Else>,
    /// All of it.
    pub span: Span,
}

/// The head of a rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Head {
    /// The name and what follows it: `p`, `p.q`, `p[x].r`. The first step is a `Field`.
    pub path: Vec<Step>,
    /// The parameters of a function.
    pub params: Option<Vec<Expr>>,
    /// What is said of it.
    pub value: HeadValue,
    /// All of it.
    pub span: Span,
}

/// What a head gives.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum HeadValue {
    /// Nothing written: `true`.
    True,
    /// `:= e` or `= e`
    Value(Expr),
    /// `contains e`
    Contains(Expr),
}

/// `else := value if { ... }`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Else {
    /// The value; true when absent.
    pub value: Option<Expr>,
    /// The body; always holds when absent.
    pub body: Option<Body>,
    /// All of it.
    pub span: Span,
}

/// Literals that must all hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Body {
    /// In the order written; not empty in good programs.
    pub literals: Vec<Literal>,
    /// With braces, where there are.
    pub span: Span,
}

/// One statement of a body.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Literal {
    /// What it says.
    pub kind: LiteralKind,
    /// `with` modifiers, in order.
    pub with: Vec<With>,
    /// All of it.
    pub span: Span,
}

/// What a literal says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LiteralKind {
    /// An expression; `:=` and `=` are [`BinaryOp`]s at its top.
    Expr(Expr),
    /// `not e`
    Not(Expr),
    /// `some x, y`
    SomeNames(Vec<Name>),
    /// `some k, v in c`
    SomeIn {
        /// The key's pattern.
        key: Option<Expr>,
        /// The value's pattern.
        value: Expr,
        /// Over what.
        collection: Expr,
    },
    /// `every k, v in c { ... }`
    Every {
        /// The key's name.
        key: Option<Name>,
        /// The value's name.
        value: Name,
        /// Over what.
        collection: Expr,
        /// What must hold.
        body: Body,
    },
    /// Could not be read; a diagnostic was given.
    Error,
}

/// `with target as value`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct With {
    /// `input...`, `data...` or the name of a function.
    pub target: Expr,
    /// In place of it.
    pub value: Expr,
    /// All of it.
    pub span: Span,
}

/// An expression.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where.
    pub span: Span,
}

/// What an expression is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ExprKind {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number as written.
    Number(String),
    /// A string, unescaped; raw strings too.
    Text(String),
    /// `$"...{e}..."` and its raw form.
    Template(Vec<TemplatePart>),
    /// A name: variable, rule, import, `input`, `data`, function; `_` is a wildcard.
    Name(String),
    /// A reference: something followed by `.x` and `[e]`.
    Ref {
        /// What it begins with: a name, a call, a composite, a comprehension.
        base: Box<Expr>,
        /// The steps; not empty.
        steps: Vec<Step>,
    },
    /// A call.
    Call {
        /// The function's name: `Name`, or `Ref` of fields.
        function: Box<Expr>,
        /// The arguments.
        args: Vec<Expr>,
    },
    /// `[a, b]`
    Array(Vec<Expr>),
    /// `{a: b}`
    Object(Vec<(Expr, Expr)>),
    /// `{a, b}`; `set()` is a call.
    Set(Vec<Expr>),
    /// `[e | body]`
    ArrayComp {
        /// What is collected.
        value: Box<Expr>,
        /// When.
        body: Body,
    },
    /// `{e | body}`
    SetComp {
        /// What is collected.
        value: Box<Expr>,
        /// When.
        body: Body,
    },
    /// `{k: v | body}`
    ObjectComp {
        /// The key.
        key: Box<Expr>,
        /// The value.
        value: Box<Expr>,
        /// When.
        body: Body,
    },
    /// An operator between two expressions.
    Binary {
        /// Which.
        op: BinaryOp,
        /// Where the operator stands.
        op_span: Span,
        /// On its left.
        left: Box<Expr>,
        /// On its right.
        right: Box<Expr>,
    },
    /// `v in c`, `k, v in c`
    In {
        /// The key.
        key: Option<Box<Expr>>,
        /// The value.
        value: Box<Expr>,
        /// The container.
        collection: Box<Expr>,
    },
    /// `-e`
    Negate(Box<Expr>),
    /// `(e)`
    Paren(Box<Expr>),
    /// Could not be read; a diagnostic was given.
    Error,
}

/// A part of a template string.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TemplatePart {
    /// Text, unescaped.
    Text(String),
    /// `{e}`
    Expr(Expr),
}

/// One step of a reference.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Step {
    /// `.name`
    Field(Name),
    /// `[e]`
    Index(Expr),
}

/// Operators, loosest first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BinaryOp {
    /// `:=`
    Assign,
    /// `=`
    Unify,
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `|`
    Or,
    /// `&`
    And,
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `%`
    Rem,
}
