//! Tokens to tree, whatever the text is. The grammar runs over one rule or statement at a time;
//! where it stops, the mistake is reported once, and mended if one can tell how.

use lalrpop_util::ParseError;

use crate::diagnostic::Diagnostic;
use crate::lines::LineIndex;
use crate::span::Span;

use super::ast::*;
use super::brackets::balance;
use super::build::{Built, Cx, Deep};
use super::grammar::{ItemParser, LiteralParser, WholeParser};
use super::layout::{Goal, Layout, RawBody, layout};
use super::lexer::{Token, lex};
use super::token::Kind;
use super::{metadata, mistakes};

/// A parsed module. There always is a tree; it is the whole module if nothing in `diagnostics` is an error.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Parsed {
    /// The module.
    pub module: Module,
    /// What is wrong, in order of place.
    pub diagnostics: Vec<Diagnostic>,
}

/// A parsed query.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ParsedQuery {
    /// Its statements.
    pub body: Body,
    /// What is wrong, in order of place.
    pub diagnostics: Vec<Diagnostic>,
    /// Every comment, in order.
    pub comments: Vec<Comment>,
}

/// What a segment is read as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Segment {
    /// The package, an import or a rule.
    Item,
    /// A statement of a body.
    Literal,
    /// An expression and nothing else.
    Term,
}

/// Parses a module. Never fails: what does not parse is left out, with a diagnostic.
pub fn parse(text: &str) -> Parsed {
    if let Some(said) = too_large(text) {
        return Parsed { module: Module::default(), diagnostics: vec![said] };
    }
    let (mut cx, laid, comments, ends) = prepare(text, Goal::Module);
    bodies(&mut cx, laid.bodies);
    let mut module = Module { comments, ..Module::default() };
    let mut order = Order::default();
    let laid_first = laid.items.first().and_then(|tokens| tokens.last()).map(|last| last.span.end);
    for tokens in laid.items {
        let Some(first) = tokens.first().copied() else { continue };
        segment(&mut cx, tokens, Segment::Item);
        let built = cx.built.pop();
        order.see(&mut cx, &first, built.as_ref(), &module);
        match built {
            Some(Built::Package(package)) => {
                module.package.get_or_insert(package);
            }
            Some(Built::Import(import)) => module.imports.push(import),
            Some(Built::Rule(rule)) => module.rules.push(*rule),
            _ => {}
        }
    }
    let first = laid_first.is_some_and(|end| cx.diagnostics.iter().any(|said| said.span.start <= end));
    if !order.package && !first {
        let start = text.len() - text.trim_start_matches(['\u{FEFF}', ' ', '\t', '\n', '\r']).len();
        let blank = module.rules.is_empty() && module.imports.is_empty() && cx.diagnostics.is_empty();
        let place = Span::new(start, start);
        let said = Diagnostic::error("E1016", place, "a policy begins with its package")
            .label(if blank { "the file is empty" } else { "`package name` expected before this" })
            .fix("begin with a package", place, "package policy\n\n");
        cx.say(said);
    }
    metadata::read(text, &mut module, &mut cx.diagnostics);
    Parsed { module, diagnostics: sorted(text, cx.diagnostics, ends) }
}

/// Parses a query: statements with `;` or line breaks between them.
pub fn parse_query(text: &str) -> ParsedQuery {
    let empty = Body { literals: Vec::new(), span: Span::default() };
    if let Some(said) = too_large(text) {
        return ParsedQuery { body: empty, diagnostics: vec![said], comments: Vec::new() };
    }
    let (mut cx, laid, comments, ends) = prepare(text, Goal::Query);
    bodies(&mut cx, laid.bodies);
    let body = cx.bodies.first_mut().and_then(Option::take).map_or(empty, |body| body.node);
    ParsedQuery { body, diagnostics: sorted(text, cx.diagnostics, ends), comments }
}

/// Parses one expression, such as a ground term given as input.
pub fn parse_term(text: &str) -> Result<Expr, Vec<Diagnostic>> {
    if let Some(said) = too_large(text) {
        return Err(vec![said]);
    }
    let (mut cx, laid, _, ends) = prepare(text, Goal::Term);
    bodies(&mut cx, laid.bodies);
    let tokens = laid.items.into_iter().next().unwrap_or_default();
    if tokens.is_empty() && cx.diagnostics.is_empty() {
        let place = Span::new(0, text.len());
        cx.say(Diagnostic::error("E1019", place, "there is no value").label("a value expected"));
    }
    if !tokens.is_empty() {
        segment(&mut cx, tokens, Segment::Term);
    }
    match cx.built.pop() {
        Some(Built::Expr(expr)) if cx.diagnostics.is_empty() => Ok(expr.node),
        _ => Err(sorted(text, cx.diagnostics, ends)),
    }
}

fn too_large(text: &str) -> Option<Diagnostic> {
    let fits = u32::try_from(text.len()).is_ok();
    if fits { None } else { Some(Diagnostic::error("E0018", Span::default(), "this text is larger than 4 GiB")) }
}

fn prepare(text: &str, goal: Goal) -> (Cx<'_>, Layout, Vec<Comment>, bool) {
    let lexed = lex(text);
    let balanced = balance(text, &lexed.tokens, lexed.cut_short);
    let mut laid = layout(text, &balanced, goal);
    let mut diagnostics = lexed.diagnostics;
    let too_deep = balanced.diagnostics.iter().any(|said| said.code == "E1008");
    diagnostics.extend(balanced.diagnostics);
    diagnostics.append(&mut laid.diagnostics);
    let cx = Cx {
        text,
        tokens: Vec::new(),
        bodies: Vec::new(),
        built: Vec::new(),
        diagnostics,
        too_deep,
        quiet: false,
        bare: false,
    };
    (cx, laid, lexed.comments, lexed.cut_short)
}

/// In order of place. After a raw string that never ends, what is wrong with the rest is no news.
fn sorted(text: &str, mut diagnostics: Vec<Diagnostic>, cut_short: bool) -> Vec<Diagnostic> {
    diagnostics.sort_by_key(|said| (said.span.start, said.span.end));
    if cut_short && diagnostics.iter().any(|said| said.code == "E1002") {
        diagnostics.retain(|said| !matches!(said.code, "E1004" | "E1016"));
    }
    let lines = LineIndex::new(text);
    let mut last = 0;
    let mut kept: Vec<Diagnostic> = Vec::with_capacity(diagnostics.len());
    for said in diagnostics {
        let line = lines.line(said.span.start as usize);
        // A slip in the structure makes several places of a line look wrong.
        let follows = matches!(said.code, "E1004" | "E1015" | "E1018" | "E1019" | "E1020" | "E1026");
        if !(follows && line == last) {
            kept.push(said);
        }
        last = line;
    }
    kept
}

/// Parses the bodies, inner ones first: they have the higher numbers.
fn bodies(cx: &mut Cx<'_>, raw: Vec<RawBody>) {
    cx.bodies.resize_with(raw.len(), || None);
    for (id, body) in raw.into_iter().enumerate().rev() {
        cx.bare = body.bare;
        let mut depth = 0;
        let mut literals = Vec::with_capacity(body.literals.len());
        for tokens in body.literals {
            let span = tokens.first().map_or(body.span, |first| first.span.to(tokens[tokens.len() - 1].span));
            segment(cx, tokens, Segment::Literal);
            match cx.built.pop() {
                Some(Built::Literal(literal)) => {
                    depth = depth.max(literal.depth);
                    literals.push(literal.node);
                }
                _ => literals.push(Literal { kind: LiteralKind::Error, with: Vec::new(), span }),
            }
        }
        cx.bodies[id] = Some(Deep::new(Body { literals, span: body.span }, depth));
    }
    cx.bare = false;
}

/// How often one segment is mended before it is given up: what bounds the work.
const TRIES: usize = 8;

/// Reads a segment; what it gave is in `cx.built`, nothing if it could not be read.
fn segment(cx: &mut Cx<'_>, tokens: Vec<Token>, goal: Segment) {
    cx.built.clear();
    cx.tokens = tokens;
    for _ in 0..TRIES {
        if cx.tokens.is_empty() {
            return;
        }
        // Actions take bodies out of their store, so a segment that has some is first only read.
        let lifted = cx.tokens.iter().any(|token| matches!(token.kind, Kind::Body(_)));
        let said = cx.diagnostics.len();
        let result = if lifted { read(cx, goal) } else { drive(cx, goal) };
        let Err(at) = result else {
            if lifted {
                let fits = drive(cx, goal);
                debug_assert!(fits.is_ok(), "what was read once is read again");
            }
            return;
        };
        cx.diagnostics.truncate(said);
        cx.built.clear();
        let at = at.min(cx.tokens.len());
        let known = cx.tokens[..(at + 1).min(cx.tokens.len())].iter().any(|token| token.reported)
            || (cx.tokens.len() < 64 && cx.tokens.iter().any(|token| token.reported));
        let (diagnostic, mend) = mistakes::explain(cx, at, goal);
        if !known {
            cx.say(diagnostic);
        }
        match mend {
            Some(mend) => mend.apply(&mut cx.tokens),
            None => return,
        }
    }
}

/// Runs the grammar and keeps nothing. An error gives the first token that does not fit.
fn read(cx: &mut Cx<'_>, goal: Segment) -> Result<(), usize> {
    let too_deep = cx.too_deep;
    cx.quiet = true;
    let result = drive(cx, goal);
    cx.quiet = false;
    cx.too_deep = too_deep;
    result
}

fn drive(cx: &mut Cx<'_>, goal: Segment) -> Result<(), usize> {
    // The actions look tokens up while the parser reads them, so it gets its own copy of the kinds.
    let kinds: Vec<Kind> = cx.tokens.iter().map(|token| token.kind).collect();
    let end = kinds.len();
    let stream = kinds.into_iter().enumerate().map(|(index, kind)| Ok((index, kind, index + 1)));
    let result = match goal {
        Segment::Item => ItemParser::new().parse(cx, stream),
        Segment::Literal => LiteralParser::new().parse(cx, stream),
        Segment::Term => WholeParser::new().parse(cx, stream),
    };
    match result {
        Ok(()) => Ok(()),
        Err(ParseError::UnrecognizedToken { token, .. } | ParseError::ExtraToken { token }) => Err(token.0),
        Err(ParseError::UnrecognizedEof { .. } | ParseError::InvalidToken { .. } | ParseError::User { .. }) => Err(end),
    }
}

/// The order of a file: package, imports, rules.
#[derive(Default)]
struct Order {
    package: bool,
    rule: Option<Span>,
    said: bool,
}

impl Order {
    fn see(&mut self, cx: &mut Cx<'_>, first: &Token, built: Option<&Built>, module: &Module) {
        match (first.kind, built) {
            (Kind::Package, _) => {
                if let Some(package) = &module.package {
                    let said = Diagnostic::error("E1016", first.span, "a file has one package")
                        .label("a second one begins here")
                        .related(package.span, "the first")
                        .help("put it into a file of its own");
                    cx.say(said);
                } else if let Some(before) = self.rule.or(module.imports.first().map(|import| import.span)) {
                    let said = Diagnostic::error("E1016", first.span, "the package comes before all else")
                        .label("move this to the beginning")
                        .related(before, "this stands before it");
                    cx.say(said);
                }
                self.package = true;
            }
            (Kind::Import, _) => {
                if let (Some(rule), false) = (self.rule, self.said) {
                    self.said = true;
                    let said = Diagnostic::error("E1017", first.span, "imports come before the rules")
                        .label("move this up")
                        .related(rule, "the first rule");
                    cx.say(said);
                }
            }
            // A broken line may have been meant as the package or an import.
            (_, Some(Built::Rule(rule))) if !cx.tokens.iter().any(|token| token.reported) => {
                self.rule.get_or_insert(rule.head.span);
            }
            _ => {}
        }
    }
}
