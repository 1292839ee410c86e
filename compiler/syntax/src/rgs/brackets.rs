//! Brackets before layout: one pass that gives every opener its closer. Where one is missing or too
//! many it says so once and mends it, so that a slip in one rule leaves the others alone.

use std::collections::BTreeSet;

use crate::diagnostic::Diagnostic;
use crate::span::Span;

use super::lexer::Token;
use super::token::Kind;

/// The most brackets in one another.
pub const MAX_NEST: usize = 200;

/// Tokens in which every opener has its closer.
#[derive(Debug, Default)]
pub struct Balanced {
    /// In order.
    pub tokens: Vec<Token>,
    /// For an opener the index of its closer; for others their own.
    pub close: Vec<usize>,
    /// In no particular order.
    pub diagnostics: Vec<Diagnostic>,
}

/// How far a search goes, so that the work stays linear.
const NEAR: usize = 256;

/// Balances a whole text. `cut_short`: a raw string swallowed the rest, so nothing unclosed is news.
pub fn balance(text: &str, tokens: &[Token], cut_short: bool) -> Balanced {
    let columns = columns(text, tokens);
    let new = |strict: bool, force: BTreeSet<u32>, extra: BTreeSet<u32>| Pass {
        src: tokens,
        columns: &columns,
        strict,
        force,
        extra,
        unopened: BTreeSet::new(),
        item: 0,
        line: 0,
        quiet: cut_short,
        at: 0,
        out: Vec::with_capacity(tokens.len()),
        stack: Vec::new(),
        item_column: 0,
        mismatch: false,
        suspects: Vec::new(),
        guilty: BTreeSet::new(),
        diagnostics: Vec::new(),
        end: text.trim_end().len(),
    };
    let mut pass = new(false, BTreeSet::new(), BTreeSet::new());
    pass.run();
    if pass.mismatch {
        pass = new(true, BTreeSet::new(), BTreeSet::new());
        pass.run();
        if !pass.guilty.is_empty() || !pass.unopened.is_empty() {
            let (force, extra) = (std::mem::take(&mut pass.guilty), std::mem::take(&mut pass.unopened));
            pass = new(true, force, extra);
            pass.run();
        }
    }
    let close = matching(&pass.out);
    Balanced { tokens: pass.out, close, diagnostics: pass.diagnostics }
}

fn matching(tokens: &[Token]) -> Vec<usize> {
    let mut close: Vec<usize> = (0..tokens.len()).collect();
    let mut stack = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        if token.kind.opens() {
            stack.push(index);
        } else if token.kind.closes()
            && let Some(open) = stack.pop()
        {
            close[open] = index;
        }
    }
    close
}

/// For each token the column that its line's first token begins at.
fn columns(text: &str, tokens: &[Token]) -> Vec<u32> {
    let bytes = text.as_bytes();
    let mut current = 0;
    let mut out = Vec::with_capacity(tokens.len());
    for token in tokens {
        if token.first {
            let at = token.span.start as usize;
            current = bytes[..at].iter().rev().take_while(|b| !matches!(b, b'\n' | b'\r')).count() as u32;
        }
        out.push(current);
    }
    out
}

/// Whether a rule, the package or an import begins here, judged by what stands on the line.
pub fn starts_item(tokens: &[Token], at: usize) -> bool {
    head_sign(tokens, at).is_some()
}

/// If an item begins here, the first token after the name of its rule, or its first word.
pub fn head_sign(tokens: &[Token], at: usize) -> Option<Kind> {
    let token = tokens.get(at)?;
    match token.kind {
        Kind::Package | Kind::Import | Kind::Default => return Some(token.kind),
        Kind::Name | Kind::Contains => {}
        _ => return None,
    }
    let mut depth = 0usize;
    for (step, next) in tokens[at + 1..].iter().take(NEAR).enumerate() {
        match next.kind {
            kind if depth > 0 => match kind {
                kind if kind.opens() => depth += 1,
                kind if kind.closes() => depth -= 1,
                _ => {}
            },
            Kind::LParen | Kind::LBracket | Kind::CallParen | Kind::IndexBracket if next.glued => depth += 1,
            Kind::Dot => {}
            Kind::Name if next.glued && tokens[at + step].kind == Kind::Dot => {}
            Kind::Assign | Kind::Unify | Kind::If | Kind::Contains => return Some(next.kind),
            Kind::LBrace if !next.first => return Some(next.kind),
            _ => return None,
        }
    }
    None
}

#[derive(Clone, Copy, Debug)]
struct Open {
    token: Token,
    /// Its place among the tokens put out.
    index: usize,
    column: u32,
    line: u32,
    too_deep: bool,
}

struct Pass<'t> {
    src: &'t [Token],
    columns: &'t [u32],
    /// New rules end what is open.
    strict: bool,
    /// Openers that have no closer, by their place.
    force: BTreeSet<u32>,
    /// Rules in which a closer is one too many, by their place.
    extra: BTreeSet<u32>,
    /// Rules at whose end a closer was too many.
    unopened: BTreeSet<u32>,
    /// Where the rule at hand begins, and the number of the line.
    item: u32,
    line: u32,
    quiet: bool,
    at: usize,
    out: Vec<Token>,
    stack: Vec<Open>,
    item_column: u32,
    mismatch: bool,
    /// An opener whose closer, by its indentation, belongs to the one that follows it here.
    suspects: Vec<(u32, u32)>,
    guilty: BTreeSet<u32>,
    diagnostics: Vec<Diagnostic>,
    end: usize,
}

impl Pass<'_> {
    fn say(&mut self, diagnostic: Diagnostic) {
        if !self.quiet {
            self.diagnostics.push(diagnostic);
        }
    }

    fn run(&mut self) {
        self.item_column = self.columns.first().copied().unwrap_or(0);
        while self.at < self.src.len() {
            self.step(self.src[self.at]);
            self.at += 1;
        }
        let end = Span::new(self.end, self.end);
        self.abandon(0, end, "the text ends here");
    }

    fn step(&mut self, token: Token) {
        let column = self.columns[self.at];
        self.line += u32::from(token.first);
        if token.first && column <= self.item_column && starts_item(self.src, self.at) {
            if self.strict && !self.stack.is_empty() {
                self.abandon(0, token.span, "the next rule begins here");
            }
            if self.stack.is_empty() {
                self.item_column = column;
                self.item = token.span.start;
            }
        }
        // An `else` belongs to a rule, so it ends whatever is open.
        if token.kind == Kind::Else && !self.stack.is_empty() {
            self.mismatch = true;
            if self.strict && self.template().is_none() {
                self.abandon(0, token.span, "this `else` belongs to the rule");
            }
        }
        match token.kind {
            kind if kind.opens() => {
                let too_deep = self.stack.len() >= MAX_NEST;
                if too_deep && !self.quiet {
                    self.say(
                        Diagnostic::error(
                            "E1008",
                            token.span,
                            format!("this is nested more than {MAX_NEST} levels deep"),
                        )
                        .label("one level too many")
                        .help("give inner parts names of their own, as rules or variables"),
                    );
                    self.quiet = true;
                }
                self.stack.push(Open { token, index: self.out.len(), column, line: self.line, too_deep });
                self.out.push(token);
            }
            Kind::TemplateMiddle | Kind::TemplateTail => {
                let Some(at) = self.template() else { return };
                self.abandon(at + 1, token.span, "the expression in the template ends here");
                if token.kind == Kind::TemplateTail { self.close(token) } else { self.out.push(token) }
            }
            kind if kind.closes() => self.closer(token, column),
            _ => self.out.push(token),
        }
    }

    fn closer(&mut self, token: Token, column: u32) {
        while let Some(open) = self.stack.last()
            && self.force.contains(&open.token.span.start)
        {
            let keep = self.stack.len() - 1;
            self.abandon(keep, token.span, "by its indentation, this closes what was opened before it");
        }
        let fits = |open: &Open| open.token.kind.closer() == token.kind;
        if self.stack.last().is_some_and(fits) {
            if self.early(token) {
                return self.stray(token);
            }
            self.suspect(token, column);
            return self.close(token);
        }
        self.mismatch = true;
        // Brackets of an expression in a template end with it.
        let floor = self.template().map_or(0, |at| at + 1).max(self.stack.len().saturating_sub(NEAR));
        let near = self.stack[floor..].iter().rposition(fits).map(|at| at + floor);
        let Some(&top) = self.stack.last().filter(|_| self.stack.len() > floor) else {
            return self.stray(token);
        };
        let wanted = top.token.kind.closer();
        if self.closes_later(wanted) {
            return self.stray(token);
        }
        if let Some(at) = near {
            self.abandon(at + 1, token.span, "closed from outside here");
            return self.close(token);
        }
        let (open, close, right) = (top.token.kind.text(), token.kind.text(), wanted.text());
        self.say(
            Diagnostic::error("E1004", token.span, format!("`{open}` is closed by `{right}`, not by `{close}`"))
                .label(format!("`{right}` expected"))
                .related(top.token.span, "opened here")
                .fix(format!("write `{right}`"), token.span, right),
        );
        self.close(Token { kind: wanted, reported: true, ..token });
    }

    /// In a rule with a closer too many, whether it is this: a brace that stands amidst a line and
    /// closes what an earlier line opened, or a body's although its lines follow.
    fn early(&mut self, token: Token) -> bool {
        let Some(open) = self.stack.last().copied() else { return false };
        if token.kind != Kind::RBrace || token.first || !self.extra.contains(&self.item) {
            return false;
        }
        let deeper = self.src.get(self.at + 1).is_some_and(|next| next.first)
            && self.columns.get(self.at + 1).is_some_and(|column| *column > open.column);
        (open.line < self.line || deeper) && self.extra.remove(&self.item)
    }

    /// The innermost template that is open.
    fn template(&self) -> Option<usize> {
        let near = self.stack.len().saturating_sub(NEAR);
        let at = self.stack[near..].iter().rposition(|open| open.token.kind == Kind::TemplateHead);
        at.map(|at| at + near)
    }

    /// Whether the closer at hand stands at the indentation of an outer line.
    fn suspect(&mut self, token: Token, column: u32) {
        let Some((top, outer)) = self.stack.split_last() else { return };
        if !token.first || column >= top.column {
            return;
        }
        let outer = outer.iter().rev().take(NEAR);
        let meant = outer.into_iter().find(|open| open.token.kind.closer() == token.kind && open.column == column);
        if let Some(meant) = meant {
            self.suspects.push((top.token.span.start, meant.token.span.start));
        }
    }

    fn close(&mut self, token: Token) {
        let Some(open) = self.stack.pop() else { return };
        if open.too_deep {
            self.out.truncate(open.index);
            let span = open.token.span.to(token.span);
            self.out.push(Token { kind: Kind::Hole, span, reported: true, ..open.token });
            return;
        }
        self.out.push(token);
    }

    fn stray(&mut self, token: Token) {
        let text = token.kind.text();
        if token.kind == Kind::RBrace && token.first {
            self.unopened.insert(self.item);
        }
        // What swallowed the opener was said.
        let from = self.out.partition_point(|token| token.span.start < self.item);
        if self.out[from..].iter().rev().take(NEAR).any(|token| token.reported && is_text(token)) {
            return;
        }
        self.say(
            Diagnostic::error("E1004", token.span, format!("nothing is open that this `{text}` could close"))
                .label("one too many")
                .fix("remove it", token.span, ""),
        );
        if let Some(last) = self.out.last_mut() {
            last.reported = true;
        }
    }

    /// Closes all but the outer `keep` openers, with one message for what is left open.
    fn abandon(&mut self, keep: usize, because: Span, why: &str) {
        let mut said = false;
        while self.stack.len() > keep {
            self.mismatch = true;
            let Some(&open) = self.stack.last() else { return };
            let kind = open.token.kind;
            let end = if kind == Kind::TemplateHead { "}\"" } else { kind.closer().text() };
            let place = if open.too_deep { None } else { self.guess(open) };
            let at = place.unwrap_or(self.out.len());
            let before = self.out[at - 1];
            let span = Span { start: before.span.end, end: before.span.end };
            let culprit = self.suspects.iter().find(|(_, meant)| *meant == open.token.span.start);
            if let Some((culprit, _)) = culprit {
                self.guilty.insert(*culprit);
            }
            // Of several that one place leaves open, the innermost is said.
            let known =
                open.token.reported || self.out[open.index..].iter().any(|token| token.reported && is_text(token));
            if !said && !known {
                let diagnostic =
                    Diagnostic::error("E1004", open.token.span, format!("this `{}` is never closed", kind.text()))
                        .label("opened here")
                        .related(because, why.to_string());
                let ready = (before.kind.ends_expr() || before.kind.opens()) && kind != Kind::TemplateHead;
                let text = if kind == Kind::LBrace && place.is_none() { "\n}" } else { end };
                self.say(if ready { diagnostic.fix(format!("insert `{end}`"), span, text) } else { diagnostic });
            }
            said = true;
            self.out[open.index].reported = true;
            let token = Token { kind: kind.closer(), span, first: false, glued: true, reported: true, raw: false };
            match place {
                Some(place) => {
                    self.stack.pop();
                    self.out.insert(place, token);
                }
                None => self.close(token),
            }
        }
    }

    /// Where a bracket most likely ended: before the first line that begins a statement although the
    /// expression before it is complete. A body's brace ends with its rule.
    fn guess(&self, open: Open) -> Option<usize> {
        let before = if open.index > 0 { self.out[open.index - 1].kind } else { Kind::Semi };
        if open.token.kind == Kind::LBrace && (matches!(before, Kind::If | Kind::Else) || before.ends_expr()) {
            return None;
        }
        let mut depth = 0usize;
        for index in open.index + 1..self.out.len() {
            let token = self.out[index];
            match token.kind {
                kind if depth == 0 && token.first && kind.starts_literal() && index > open.index + 1 => {
                    if self.out[index - 1].kind.ends_expr() {
                        return Some(index);
                    }
                    depth += usize::from(kind.opens());
                }
                kind if kind.opens() => depth += 1,
                kind if kind.closes() => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        None
    }

    /// Whether the right closing bracket follows soon, so that the one at hand is one too many.
    fn closes_later(&self, wanted: Kind) -> bool {
        let mut depth = 0usize;
        for (step, token) in self.src.iter().enumerate().skip(self.at + 1).take(NEAR) {
            // Lines of statements follow inside of a body only.
            let line = token.first && depth == 0;
            if line && wanted != Kind::RBrace && token.kind.starts_literal() {
                return false;
            }
            if line && self.columns[step] <= self.item_column && starts_item(self.src, step) {
                return false;
            }
            match token.kind {
                kind if kind.opens() => depth += 1,
                kind if kind.closes() => {
                    if depth == 0 {
                        return kind == wanted;
                    }
                    depth -= 1;
                }
                _ => {}
            }
        }
        false
    }
}

fn is_text(token: &Token) -> bool {
    matches!(token.kind, Kind::Str | Kind::RawStr | Kind::Template | Kind::TemplateHead | Kind::TemplateTail)
}
