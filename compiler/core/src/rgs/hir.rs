//! Policies with every name resolved, every body in an order in which its variables are safe,
//! and the sugar gone. What analysis gives and lowering takes.

use gatos_syntax::span::Span;

/// A local variable of one rule (or one query): parameters and everything else.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct VarId(pub u32);

/// A virtual document, by its index in [`Bundle::documents`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct DocumentId(pub u32);

/// An environment slot: 0 `input`, 1 `data`, others hold what `with` puts in place of a
/// document or function.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct EnvId(pub u32);

/// Everything that is compiled together.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Bundle {
    /// Documents, sorted by path. No path is the beginning of another: rules at such places
    /// were joined into the outer document, with constant keys.
    pub documents: Vec<Document>,
    /// Paths of all packages, sorted; one without documents still is an empty object of `data`.
    pub packages: Vec<Vec<String>>,
    /// What each environment slot from 2 on stands in for.
    pub replaced: Vec<Replaced>,
    /// The query, when one was given: an array comprehension over `{name: value}` objects.
    pub query: Option<Rule>,
    /// Names of the files that spans speak of.
    pub files: Vec<String>,
}

/// What `with` can replace besides `input` and `data` as wholes. A value in the slot (not nil) is
/// used in place of the thing; for `Path`, the slot holds what base and virtual documents at the
/// path are replaced with.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Replaced {
    /// A virtual document or an inner part of one is reached through its document.
    Document(DocumentId),
    /// A library function, by name; the slot is set to a [`FnValue`]'s number.
    Builtin(String),
}

/// What is put in place of a function by `with f as g`: another function, or a plain value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FnValue {
    /// A function of the bundle.
    Document(DocumentId),
    /// A library function.
    Builtin(String),
}

/// What kind of document rules define.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DocumentKind {
    /// One value.
    Complete,
    /// A set: every rule has no keys and `Leaf::Member`.
    Set,
    /// An object: every rule has one or more keys; leaves of any sort.
    Object,
    /// A function of so many arguments.
    Function(u8),
}

/// A virtual document.
#[derive(Clone, PartialEq, Debug)]
pub struct Document {
    /// The path below `data`.
    pub path: Vec<String>,
    /// What it is.
    pub kind: DocumentKind,
    /// `default p := e`: constants and comprehensions only, or a function's default.
    pub default: Option<Rule>,
    /// Its rules in order of file and place. A rule with `else` is one rule with a chain.
    pub rules: Vec<Rule>,
    /// Documents that its value depends on, directly, sorted.
    pub uses: Vec<DocumentId>,
    /// Whether it or anything it uses reads `input` (also through functions).
    pub reads_input: bool,
    /// The slot through which `with` can replace it, when any `with` in the bundle does.
    pub replaced_by: Option<EnvId>,
}

/// One rule.
#[derive(Clone, PartialEq, Debug)]
pub struct Rule {
    /// The stable name: `gatos.exec.deny#2`.
    pub name: String,
    /// The file, by its index.
    pub file: u32,
    /// All of it.
    pub span: Span,
    /// Its head.
    pub head_span: Span,
    /// Names of its variables; wildcards and made-up ones are `""`.
    pub vars: Vec<String>,
    /// Parameters: patterns to unify the arguments with.
    pub params: Vec<Expr>,
    /// Keys of an object's rule, outermost first.
    pub keys: Vec<Expr>,
    /// The branches: the rule itself and its `else`s. The first whose body holds gives the value.
    pub branches: Vec<Branch>,
    /// Whether the leaf is a member of a set (`contains`) or a value.
    pub leaf: Leaf,
}

/// Whether a rule gives a value or a member.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Leaf {
    /// `:= v`
    Value,
    /// `contains v`
    Member,
}

/// A body and its value.
#[derive(Clone, PartialEq, Debug)]
pub struct Branch {
    /// What must hold.
    pub body: Body,
    /// The value or member.
    pub value: Expr,
    /// All of it.
    pub span: Span,
}

/// Literals in a safe order: when one is reached, each variable it needs has a value.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Body {
    /// The literals.
    pub literals: Vec<Literal>,
}

/// One literal.
#[derive(Clone, PartialEq, Debug)]
pub struct Literal {
    /// What it says.
    pub kind: LiteralKind,
    /// What holds in place of something while it is evaluated.
    pub with: Vec<With>,
    /// Where.
    pub span: Span,
}

/// What a literal says. Variables that have no value yet get one from `Unify`, from `Some`, and
/// from the steps of references in any expression (except below `Not`, `Every`, and inside
/// comprehensions, whose variables are their own).
#[derive(Clone, PartialEq, Debug)]
pub enum LiteralKind {
    /// Holds when the value is defined and not false.
    Test(Expr),
    /// Holds when both can be made equal. The right side can be evaluated; the left is an expression or
    /// a pattern: arrays, objects with known keys, and variables that have no value yet.
    Unify(Expr, Expr),
    /// Holds when the body does not, for any values of its own variables.
    Not(Body),
    /// One solution for each member.
    Some {
        /// The key's pattern.
        key: Option<Expr>,
        /// The value's pattern.
        value: Expr,
        /// Over what; undefined or not a container: no solution.
        collection: Expr,
    },
    /// Holds when the body does for each member; undefined collections do not hold.
    Every {
        /// The key's variable.
        key: Option<VarId>,
        /// The value's variable.
        value: VarId,
        /// Over what.
        collection: Expr,
        /// What must hold.
        body: Body,
    },
}

/// `with target as value`.
#[derive(Clone, PartialEq, Debug)]
pub struct With {
    /// What is replaced.
    pub target: Target,
    /// In place of it; evaluated outside, before the literal.
    pub value: WithValue,
    /// Where.
    pub span: Span,
}

/// What `with` replaces.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Target {
    /// `input`, or a path of string keys in it.
    Input(Vec<String>),
    /// `data`, or a path of string keys in base data. When virtual documents lie at or below the
    /// path, the analysis lists them too, so that they are replaced as well: each with the part of the value at its
    /// remaining path.
    Data {
        /// The path.
        path: Vec<String>,
        /// Documents at or below it, with their slots and the rest of their paths.
        documents: Vec<(EnvId, Vec<String>)>,
        /// A document above it (its slot and id): its value is computed and patched at the path's rest.
        inside: Option<(EnvId, DocumentId, Vec<String>)>,
    },
    /// A function of the bundle or the library.
    Function(EnvId),
}

/// What `with` puts in place.
#[derive(Clone, PartialEq, Debug)]
pub enum WithValue {
    /// A value.
    Value(Expr),
    /// A function, for a function.
    Function(FnValue),
}

/// An expression.
#[derive(Clone, PartialEq, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where.
    pub span: Span,
}

/// Comparison operators.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the operators of the language")]
pub enum CompareOp {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

/// Arithmetic operators, numbered as `DocArith` numbers them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the operators of the language")]
pub enum ArithOp {
    Add = 0,
    Sub = 1,
    Mul = 2,
    Div = 3,
    Rem = 4,
    And = 5,
    Or = 6,
}

/// A scalar constant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Scalar {
    /// null
    Null,
    /// true, false
    Bool(bool),
    /// An integer; whole decimals too.
    Int(i64),
    /// Raw Q32.32 bits, never a whole number that fits an integer.
    Fixed(i64),
    /// A string.
    Text(String),
}

/// What an expression is. Evaluating one may be undefined, and may have several solutions when
/// steps have variables without a value.
#[derive(Clone, PartialEq, Debug)]
pub enum ExprKind {
    /// A scalar.
    Scalar(Scalar),
    /// A variable.
    Var(VarId),
    /// All of `input`.
    Input,
    /// All of base data, when no virtual document can lie on the way (a `Ref` over it has
    /// steps that leave the tree of documents at once).
    Data,
    /// A virtual document's value.
    Document(DocumentId),
    /// `data` at a path above documents (or all of it): base data with the values of all documents
    /// below put into it.
    Tree(Vec<String>),
    /// Steps into a value. A step that is a variable without a value, or a pattern that has one,
    /// visits every member. One whose key is set does not.
    Ref {
        /// Into what.
        base: Box<Expr>,
        /// The keys.
        steps: Vec<Expr>,
    },
    /// A call of a function of the bundle.
    CallDocument {
        /// Which.
        function: DocumentId,
        /// As many as it takes.
        args: Vec<Expr>,
    },
    /// A call of a library function.
    CallBuiltin {
        /// Its full name: `object.get`.
        name: String,
        /// The slot through which `with` can replace it.
        replaced_by: Option<EnvId>,
        /// As many as it takes.
        args: Vec<Expr>,
    },
    /// `[a, b]`
    Array(Vec<Expr>),
    /// `{k: v}`
    Object(Vec<(Expr, Expr)>),
    /// `{a, b}`, `set()`
    Set(Vec<Expr>),
    /// `[v | body]`
    ArrayComp(Box<Expr>, Body),
    /// `{v | body}`
    SetComp(Box<Expr>, Body),
    /// `{k: v | body}`
    ObjectComp(Box<Expr>, Box<Expr>, Body),
    /// A comparison: a boolean; undefined when a side is.
    Compare(CompareOp, Box<Expr>, Box<Expr>),
    /// `v in c`, `k, v in c`: a boolean; false for what is no container.
    In(Option<Box<Expr>>, Box<Expr>, Box<Expr>),
    /// Arithmetic and set operators.
    Arith(ArithOp, Box<Expr>, Box<Expr>),
    /// A template string: parts are strings and expressions; an undefined part prints `<undefined>`.
    Template(Vec<Expr>),
}
