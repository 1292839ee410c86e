//! Tokens to tree, statement by statement, whatever the text is. The grammar runs over one block at
//! a time; where it stops, the mistake is reported once, as little as possible is replaced by
//! an error node, and the rest of the block is parsed as if nothing had happened.

use lalrpop_util::ParseError;

use crate::diagnostic::Diagnostic;
use crate::lines::LineIndex;
use crate::span::Span;

use super::ast::{Block, Stmt, StmtKind};
use super::build::{Cx, Deep, Depth};
use super::grammar::ChunkParser;
use super::layout::{RawBlock, layout};
use super::lexer::{Comment, Token, lex};
use super::mistakes;
use super::token::Kind;

/// A parsed text. There always is a tree; it is the whole program if nothing in `diagnostics` is an error.
#[derive(Clone, PartialEq, Debug)]
pub struct Parsed {
    /// The chunk.
    pub ast: Block,
    /// The comments, in order.
    pub comments: Vec<Comment>,
    /// What is wrong, in order of place.
    pub diagnostics: Vec<Diagnostic>,
}

/// The text of a file, or where it stops being UTF-8.
pub fn decode(bytes: &[u8]) -> Result<&str, Box<Diagnostic>> {
    std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        let before = String::from_utf8_lossy(&bytes[..at]);
        let (line, column) = LineIndex::new(&before).line_col(&before, at);
        let len = error.error_len().unwrap_or(bytes.len() - at);
        let text = format!("line {line}, column {column}: not UTF-8");
        let said = Diagnostic::error("E0018", Span::new(at, at + len), text)
            .label(format!("the byte {:#04x}", bytes.get(at).copied().unwrap_or(0)))
            .help("save the file as UTF-8; in strings, other bytes are written as `\\xXX`");
        Box::new(said)
    })
}

/// Parses a text. Never fails: what does not parse is an error node and a diagnostic.
pub fn parse(text: &str) -> Parsed {
    if u32::try_from(text.len()).is_err() {
        let said = Diagnostic::error("E0018", Span::default(), "this text is larger than 4 GiB");
        return Parsed { ast: Block::default(), comments: Vec::new(), diagnostics: vec![said] };
    }
    let lexed = lex(text);
    let laid = layout(text, &lexed.tokens, lexed.cut_short);
    let mut cx = Cx {
        text,
        tokens: Vec::new(),
        blocks: Vec::new(),
        stmts: Deep::empty(),
        done: 0,
        diagnostics: lexed.diagnostics,
        too_deep: laid.diagnostics.iter().any(|said| said.code == "E0007"),
        quiet: false,
    };
    cx.diagnostics.extend(laid.diagnostics);
    cx.blocks.resize_with(laid.blocks.len(), || None);
    let mut chunk = Block::default();
    // Nested blocks have higher numbers, so that they are ready when their statement is built.
    for (id, raw) in laid.blocks.into_iter().enumerate().rev() {
        let block = parse_block(&mut cx, raw);
        if id == 0 {
            chunk = block.node;
        } else {
            cx.blocks[id] = Some(block);
        }
    }
    let mut diagnostics = cx.diagnostics;
    diagnostics.sort_by_key(|said| (said.span.start, said.span.end));
    let diagnostics = one_a_line(text, diagnostics);
    Parsed { ast: chunk, comments: lexed.comments, diagnostics }
}

/// Leaves out what most likely follows from a mistake earlier on its line: a slip in the structure
/// makes several places look wrong. Slips that are certain whatever stands around them all stay.
fn one_a_line(text: &str, diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let lines = LineIndex::new(text);
    let mut last = 0;
    let mut kept: Vec<Diagnostic> = Vec::with_capacity(diagnostics.len());
    for said in diagnostics {
        let line = lines.line(said.span.start as usize);
        let follows =
            matches!(said.code, "E0008" | "E0013" | "E0019" | "E0020" | "E0021" | "E0022" | "E0024" | "E0025");
        if !(follows && line == last) {
            kept.push(said);
        }
        last = line;
    }
    kept
}

/// How often one statement is mended before it is given up: what bounds the work.
const TRIES: usize = 8;

fn parse_block(cx: &mut Cx<'_>, raw: RawBlock) -> Deep<Block> {
    cx.tokens = raw.tokens;
    cx.stmts = Deep::empty();
    let mut start = 0;
    let mut tries = (0, 0);
    loop {
        let all = cx.tokens.len();
        // First only read: actions take nested blocks out of their store, and a statement that
        // breaks off would take them along.
        let Err((begin, at)) = read(cx, start, all) else {
            run(cx, start, all);
            break;
        };
        run(cx, start, begin);
        tries = if tries.0 == begin { (begin, tries.1 + 1) } else { (begin, 1) };
        start = recover(cx, begin, at, tries.1, raw.closer);
    }
    let Deep { node: stmts, depth } = std::mem::replace(&mut cx.stmts, Deep::empty());
    let span = match (stmts.first(), stmts.last()) {
        (Some(first), Some(last)) => first.span.to(last.span),
        _ => raw.span,
    };
    Deep::new(Block { stmts, span }, depth)
}

/// Runs the grammar over tokens that were read before and fit.
fn run(cx: &mut Cx<'_>, start: usize, end: usize) {
    if start < end {
        let fits = drive(cx, start, end);
        debug_assert!(fits.is_ok(), "what was read once is read again");
    }
}

/// Runs the grammar and keeps nothing. An error gives where the statement begins that does not fit,
/// and the first token of it that does not.
fn read(cx: &mut Cx<'_>, start: usize, end: usize) -> Result<(), (usize, usize)> {
    let (quiet, too_deep) = (cx.quiet, cx.too_deep);
    let stmts = std::mem::replace(&mut cx.stmts, Deep::empty());
    cx.quiet = true;
    cx.done = start;
    let result = drive(cx, start, end);
    cx.quiet = quiet;
    cx.too_deep = too_deep;
    cx.stmts = stmts;
    result.map_err(|at| (cx.done, at.max(cx.done)))
}

fn drive(cx: &mut Cx<'_>, start: usize, end: usize) -> Result<(), usize> {
    // The actions look tokens up while the parser reads them, so it gets its own copy of the kinds.
    let kinds: Vec<Kind> = cx.tokens[start..end].iter().map(|token| token.kind).collect();
    let stream = kinds.into_iter().enumerate().map(|(index, kind)| Ok((start + index, kind, start + index + 1)));
    match ChunkParser::new().parse(cx, stream) {
        Ok(()) => Ok(()),
        Err(ParseError::UnrecognizedToken { token, .. } | ParseError::ExtraToken { token }) => Err(token.0),
        Err(ParseError::UnrecognizedEof { .. } | ParseError::InvalidToken { .. } | ParseError::User { .. }) => Err(end),
    }
}

/// Reports the error at the token `at` of the statement that begins at `begin`, and mends it or
/// steps over it. Returns where parsing goes on.
fn recover(cx: &mut Cx<'_>, begin: usize, at: usize, tries: usize, closer: Option<Token>) -> usize {
    let end = resync(cx, begin, at);
    if tries > TRIES {
        return give_up(cx, begin, end);
    }
    // What stands before may be whole, and only what follows out of place.
    let complete = at > begin && at < cx.tokens.len() && read(cx, begin, at).is_ok();
    if !already_reported(cx, begin, at) {
        let (said, mend) = mistakes::explain(cx, begin, at, closer, complete);
        cx.say(said);
        if let Some(mend) = mend {
            mend.apply(&mut cx.tokens);
            return begin;
        }
    }
    if complete {
        run(cx, begin, at);
        if cx.kind(begin) == Some(Kind::Return) {
            wrap_return(cx);
            return at;
        }
        let end = resync(cx, at, at).max(at + 1);
        return give_up(cx, at, end);
    }
    if let Some((from, to, tokens)) = mistakes::hole(cx, begin, at, end) {
        cx.tokens.splice(from..to, tokens);
        return begin;
    }
    give_up(cx, begin, end)
}

/// Whether something just before the error was reported already and explains it.
fn already_reported(cx: &Cx<'_>, begin: usize, at: usize) -> bool {
    let end = (at + 1).min(cx.tokens.len());
    // One message a line is enough where nothing could be made of what came before.
    if let Some(last) = cx.stmts.node.last()
        && last.kind == StmtKind::Error
        && let Some(token) = cx.tokens.get(at)
        && cx.same_line(last.span, token.span)
    {
        return true;
    }
    let line = cx.tokens[begin.min(end)..end].iter().rev();
    let mut breaks = 0;
    for token in line {
        if token.reported {
            return true;
        }
        breaks += usize::from(token.first);
        if breaks > 1 {
            return false;
        }
    }
    false
}

/// A `return` that is not last becomes `do return end`, so that blocks keep their shape.
fn wrap_return(cx: &mut Cx<'_>) {
    if let Some(stmt) = cx.stmts.node.pop() {
        let span = stmt.span;
        let kind = StmtKind::Do(Block { stmts: vec![stmt], span });
        let depth = cx.stmts.depth.wrapped();
        cx.stmts.push(Deep::new(Stmt { kind, span }, depth));
    }
}

fn give_up(cx: &mut Cx<'_>, begin: usize, end: usize) -> usize {
    let end = end.max(begin + 1).min(cx.tokens.len());
    if begin < end {
        let span = cx.span(begin, end);
        cx.stmts.push(Deep::new(Stmt { kind: StmtKind::Error, span }, Depth::default()));
    }
    end
}

/// The first token after the error that can begin a statement and is in no bracket.
fn resync(cx: &Cx<'_>, begin: usize, at: usize) -> usize {
    let mut depth = 0usize;
    // The `do` of a loop's header begins no statement.
    let mut header = false;
    for (index, token) in cx.tokens.iter().enumerate().skip(begin) {
        match token.kind {
            Kind::LParen | Kind::CallParen | Kind::LBrace | Kind::LBracket => depth += 1,
            Kind::RParen | Kind::RBrace | Kind::RBracket => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && index > begin && index >= at {
            let starts = match token.kind {
                Kind::Semi => return index + 1,
                Kind::Do => !header,
                Kind::Function => token.first,
                Kind::Name | Kind::LParen => token.first,
                kind => kind.starts_stmt(),
            };
            // A bracket's own line break is no boundary: what it opened was checked above.
            if starts {
                return index;
            }
        }
        // `(` first on a line begins a statement too, but is already counted as open.
        if token.kind == Kind::LParen && depth == 1 && token.first && index > begin && index >= at {
            return index;
        }
        match token.kind {
            Kind::While | Kind::For => header = true,
            Kind::Do => header = false,
            _ => {}
        }
    }
    cx.tokens.len()
}
