//! Laws of the compiler: what it accepts verifies; names of locals, comments and formatting
//! do not reach the bytes; and no text makes it panic or run out of stack.

use gatos_compiler::{Compiled, Options, Source, compile, no_modules};
use proptest::prelude::*;

fn build(text: &str) -> Compiled {
    compile(Source { name: "main.lua", text }, &no_modules, &Options::default())
}

/// A program as tokens; locals are numbers until they are printed.
#[derive(Clone, Debug)]
enum Token {
    Word(String),
    Local(usize),
}

/// Writes programs, choosing by the bytes it is given.
struct Writer<'a> {
    choices: std::iter::Cycle<std::slice::Iter<'a, u8>>,
    out: Vec<Token>,
    /// Visible locals; the flag says whether it may be assigned.
    scope: Vec<(usize, bool)>,
    /// Where the running function's own locals begin.
    names: usize,
    left: usize,
    loops: usize,
    labels: usize,
    vararg: bool,
}

impl Writer<'_> {
    fn pick(&mut self, n: usize) -> usize {
        usize::from(*self.choices.next().unwrap_or(&0)) % n
    }

    fn w(&mut self, words: &str) {
        self.out.extend(words.split(' ').map(|w| Token::Word(w.to_string())));
    }

    fn one_of(&mut self, words: &[&str]) {
        let i = self.pick(words.len());
        self.w(words[i]);
    }

    fn fresh(&mut self) -> usize {
        self.names += 1;
        self.names - 1
    }

    fn block(&mut self, depth: usize) {
        let visible = self.scope.len();
        for _ in 0..=self.pick(4) {
            if self.left == 0 {
                break;
            }
            self.left -= 1;
            self.stmt(depth);
        }
        self.scope.truncate(visible);
    }

    fn stmt(&mut self, depth: usize) {
        let choice = self.pick(if depth == 0 { 6 } else { 14 });
        match choice {
            0 | 1 => {
                let n = 1 + self.pick(3);
                let ids: Vec<usize> = (0..n).map(|_| self.fresh()).collect();
                self.w("local");
                for (i, id) in ids.iter().enumerate() {
                    if i > 0 {
                        self.w(",");
                    }
                    self.out.push(Token::Local(*id));
                }
                if self.pick(5) > 0 {
                    self.w("=");
                    let values = 1 + self.pick(3);
                    self.exprs(values, 3);
                }
                self.scope.extend(ids.into_iter().map(|id| (id, true)));
            }
            2 => {
                let id = self.fresh();
                self.w("local");
                self.out.push(Token::Local(id));
                self.w("< const > =");
                self.expr(2);
                self.scope.push((id, false));
            }
            3 | 4 => {
                let n = 1 + self.pick(3);
                for i in 0..n {
                    if i > 0 {
                        self.w(",");
                    }
                    self.target();
                }
                self.w("=");
                let values = 1 + self.pick(3);
                self.exprs(values, 3);
            }
            5 => self.call(2),
            6 => {
                self.w("if");
                self.expr(3);
                self.w("then");
                self.block(depth - 1);
                if self.pick(2) == 0 {
                    self.w("elseif");
                    self.expr(2);
                    self.w("then");
                    self.block(depth - 1);
                }
                if self.pick(2) == 0 {
                    self.w("else");
                    self.block(depth - 1);
                }
                self.w("end");
            }
            7 => {
                let id = self.fresh();
                self.w("for");
                self.out.push(Token::Local(id));
                self.w("=");
                let n = 2 + self.pick(2);
                self.exprs(n, 1);
                self.w("do");
                self.scope.push((id, true));
                self.body(depth - 1);
                self.scope.pop();
                self.w("end");
            }
            8 => {
                let (a, b) = (self.fresh(), self.fresh());
                self.w("for");
                self.out.push(Token::Local(a));
                self.w(",");
                self.out.push(Token::Local(b));
                self.w("in");
                let n = 1 + self.pick(4);
                self.exprs(n, 2);
                self.w("do");
                self.scope.extend([(a, true), (b, true)]);
                self.body(depth - 1);
                let n = self.scope.len();
                self.scope.truncate(n - 2);
                self.w("end");
            }
            9 => {
                self.w("while");
                self.expr(2);
                self.w("do");
                self.body(depth - 1);
                self.w("end");
            }
            10 => {
                self.w("repeat");
                self.body(depth - 1);
                self.w("until");
                self.expr(2);
            }
            11 => {
                let id = self.fresh();
                self.w("local function");
                self.out.push(Token::Local(id));
                self.scope.push((id, self.names.is_multiple_of(3)));
                self.function(depth - 1);
            }
            12 => {
                // A backward jump over declarations.
                self.labels += 1;
                let label = format!("l{}", self.labels);
                self.w(&format!("do :: {label} ::"));
                self.block(depth - 1);
                self.w("if");
                self.expr(1);
                self.w(&format!("then goto {label} end end"));
            }
            _ => {
                self.w("do");
                self.block(depth - 1);
                if self.loops > 0 && self.pick(2) == 0 {
                    self.w("break");
                } else if self.pick(2) == 0 {
                    self.w("return");
                    let n = self.pick(3);
                    self.exprs(n, 2);
                }
                self.w("end");
            }
        }
        self.w(";");
    }

    fn body(&mut self, depth: usize) {
        self.loops += 1;
        self.block(depth);
        if self.pick(3) == 0 {
            self.labels += 1;
            let label = format!("c{}", self.labels);
            self.w("if");
            self.expr(1);
            self.w(&format!("then goto {label} end"));
            self.w(&format!(":: {label} ::"));
        }
        self.loops -= 1;
    }

    fn function(&mut self, depth: usize) {
        let params: Vec<usize> = (0..self.pick(3)).map(|_| self.fresh()).collect();
        self.w("(");
        for (i, p) in params.iter().enumerate() {
            if i > 0 {
                self.w(",");
            }
            self.out.push(Token::Local(*p));
        }
        let vararg = self.pick(3) == 0;
        if vararg {
            self.w(if params.is_empty() { "..." } else { ", ..." });
        }
        self.w(")");
        let visible = self.scope.len();
        self.scope.extend(params.into_iter().map(|p| (p, true)));
        let (outer_vararg, outer_loops) = (self.vararg, self.loops);
        (self.vararg, self.loops) = (vararg, 0);
        self.block(depth);
        (self.vararg, self.loops) = (outer_vararg, outer_loops);
        self.scope.truncate(visible);
        self.w("return");
        let n = self.pick(3);
        self.exprs_in(n, vararg);
        self.w("end");
    }

    fn exprs_in(&mut self, n: usize, vararg: bool) {
        // Back in the outer scope: only constants and outer names.
        let outer = self.vararg;
        self.vararg = vararg;
        self.exprs(n, 1);
        self.vararg = outer;
    }

    fn exprs(&mut self, n: usize, depth: usize) {
        for i in 0..n {
            if i > 0 {
                self.w(",");
            }
            self.expr(depth);
        }
    }

    fn local(&mut self) {
        match self.scope.len() {
            0 => self.w("nil"),
            n => {
                let i = self.pick(n);
                self.out.push(Token::Local(self.scope[i].0));
            }
        }
    }

    fn target(&mut self) {
        let choice = self.pick(4);
        let free: Vec<usize> = self.scope.iter().filter(|s| s.1).map(|s| s.0).collect();
        if free.is_empty() {
            return self.w("g . x");
        }
        let id = free[self.pick(free.len())];
        self.out.push(Token::Local(id));
        match choice {
            0 => self.w(". field"),
            1 => {
                self.w("[");
                self.expr(1);
                self.w("]");
            }
            _ => {}
        }
    }

    fn call(&mut self, depth: usize) {
        match self.pick(3) {
            0 => self.w("print"),
            1 => self.w("string . format"),
            _ => {
                self.local_or_print();
                if self.pick(2) == 0 {
                    self.w(": method");
                }
            }
        }
        self.w("(");
        let n = self.pick(4);
        self.exprs(n, depth);
        self.w(")");
    }

    fn local_or_print(&mut self) {
        match self.scope.is_empty() {
            true => self.w("print"),
            false => self.local(),
        }
    }

    fn expr(&mut self, depth: usize) {
        let choice = self.pick(if depth == 0 || self.left == 0 { 7 } else { 16 });
        match choice {
            0 => self.one_of(&["1", "2.5", "-7", "100000000000", "0x1F", "0.0"]),
            1 => self.one_of(&["\"s\"", "\"\"", "'x_y'"]),
            2 => self.one_of(&["nil", "true", "false"]),
            3 if self.vararg => self.w("..."),
            4 => self.one_of(&["g", "string . byte", "math . maxinteger", "json . null"]),
            3 | 5 | 6 => self.local(),
            7 => self.call(depth - 1),
            8 => {
                self.w("{");
                for _ in 0..self.pick(5) {
                    match self.pick(4) {
                        0 => {
                            self.one_of(&["name =", "kind =", "z ="]);
                            self.expr(depth - 1);
                        }
                        1 => {
                            self.w("[");
                            self.expr(0);
                            self.w("] =");
                            self.expr(depth - 1);
                        }
                        _ => self.expr(depth - 1),
                    }
                    self.w(",");
                }
                self.w("}");
            }
            9 => {
                self.w("function");
                self.left = self.left.saturating_sub(1);
                self.function(0);
            }
            10 => {
                self.one_of(&["not", "-", "#", "~"]);
                self.w("(");
                self.expr(depth - 1);
                self.w(")");
            }
            11 => {
                self.w("(");
                self.expr(depth - 1);
                self.w(")");
            }
            12 => {
                self.local_or_print();
                self.w("[");
                self.expr(depth - 1);
                self.w("] . x");
            }
            _ => {
                self.expr(depth - 1);
                let ops = [
                    "+", "-", "*", "/", "//", "%", "^", "&", "|", "~", "<<", ">>", "..", "==", "~=", "<", "<=", ">",
                    ">=", "and", "or", "and", "or",
                ];
                self.one_of(&ops);
                self.expr(depth - 1);
            }
        }
    }
}

fn program(choices: &[u8]) -> Vec<Token> {
    let mut w = Writer {
        choices: choices.iter().cycle(),
        out: Vec::new(),
        scope: Vec::new(),
        names: 0,
        left: 60,
        loops: 0,
        labels: 0,
        vararg: true,
    };
    w.w("g = { } ;");
    for _ in 0..12 {
        if w.left > 0 {
            w.left -= 1;
            w.stmt(4);
        }
    }
    w.out
}

/// Prints a program with names and spacing of one's choice.
fn print(tokens: &[Token], name: impl Fn(usize) -> String, space: impl Fn(usize) -> &'static str) -> String {
    let mut out = String::new();
    for (i, t) in tokens.iter().enumerate() {
        match t {
            Token::Word(w) => out.push_str(w),
            Token::Local(n) => out.push_str(&name(*n)),
        }
        out.push_str(space(i));
    }
    out
}

fn bytes(c: &Compiled, text: &str) -> Vec<u8> {
    match &c.program {
        Some(p) => p.bytes.clone(),
        None => panic!("{}\n{text}\n=====", gatos_compiler::render::render(c, gatos_compiler::render::Form::Short)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn programs_verify_and_names_and_formatting_do_not_reach_the_bytes(choices in prop::collection::vec(any::<u8>(), 20..400)) {
        let tokens = program(&choices);
        let plain = print(&tokens, |n| format!("v{n}"), |_| " ");
        let other = print(&tokens, |n| format!("a_longer_name_{}", 9999 - n), |i| match i % 7 {
            0 => "\n",
            3 => " --[[ a comment ]] ",
            5 => "\t-- and one more\n",
            _ => "  ",
        });
        let first = build(&plain);
        let one = bytes(&first, &plain);
        prop_assert_eq!(&one, &bytes(&build(&plain), &plain), "compiling twice");
        prop_assert_eq!(&one, &bytes(&build(&other), &other), "{}\n----\n{}", plain, other);
        let map = first.program.map(|p| (p.map, p.program));
        if let Some((map, program)) = map {
            for (i, proto) in program.program().protos.iter().enumerate() {
                prop_assert!(map.place(i as u32, proto.code.len() as u32 - 1).is_some(), "every op has a place");
            }
        }
    }

    #[test]
    fn no_text_makes_it_panic(words in prop::collection::vec(prop::sample::select(SOUP), 0..80)) {
        let text = words.join(" ");
        let c = build(&text);
        prop_assert!(c.program.is_some() || c.has_errors());
        let _ = gatos_compiler::render::render(&c, gatos_compiler::render::Form::Human { color: false });
        let _ = gatos_compiler::render::render(&c, gatos_compiler::render::Form::Json);
    }
}

static SOUP: &[&str] = &[
    "local",
    "function",
    "end",
    "if",
    "then",
    "else",
    "elseif",
    "while",
    "do",
    "repeat",
    "until",
    "for",
    "in",
    "return",
    "break",
    "goto",
    "::a::",
    "a",
    "b",
    "c",
    "=",
    "==",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    ".",
    ":",
    ",",
    ";",
    "...",
    "..",
    "+",
    "-",
    "*",
    "not",
    "#",
    "and",
    "or",
    "<const>",
    "<close>",
    "1",
    "1.50",
    "1e9",
    "\"s\"",
    "\"é",
    "'",
    "pairs",
    "next",
    "string.format",
    "require \"m\"",
    "self",
    "_ENV",
    "nil",
    "true",
    "-- c\n",
    "-- gatos: allow(W0501)\n",
    "<",
    ">",
    "é",
    "0x",
    "[[",
    "]]",
    "print",
    "a.b",
    "a:b",
    "goto a",
    "math.huge",
    "fold",
    "M",
    "return M",
];

#[test]
fn long_and_deep_programs_compile_on_a_small_stack() {
    let repeat = |s: &str, n: usize| s.repeat(n);
    let chains = [
        format!("local a = ... return a{}", repeat(" + 1", 900)),
        format!("local a = ... return a{}", repeat(" + a * 2", 900)),
        format!("local a = ... return a{}", repeat(" and a", 900)),
        format!("local a = ... return a{}", repeat(".x", 900)),
        format!("local a = ... return a{}", repeat("()", 900)),
        format!("local a = ... return a{}", repeat(":m()", 900)),
        format!("local a = ... return {}a{}", repeat("(", 150), repeat(")", 150)),
        format!("local a = ... return {}a", repeat("not ", 150)),
        format!("return {}{}", repeat("{", 150), repeat("}", 150)),
        format!("local a = ... {} a() {}", repeat("do ", 150), repeat("end ", 150)),
        format!("local a = ... return {} a {}", repeat("function() return ", 150), repeat("end ", 150)),
        format!("local a = ... if a == 0 then a() {} end", repeat("elseif a == 1 then a() ", 5_000)),
        format!("local a = ... {}", repeat("if a then a() end ", 20_000)),
        format!("local t = {{ {} }} return t", repeat("1, ", 100_000)),
    ];
    for text in chains {
        let c = build(&text);
        assert!(c.program.is_some(), "{}…", &text[..60]);
    }
}

#[test]
fn hopelessly_deep_programs_are_refused() {
    for (open, close) in [("(", ")"), ("{", "}"), ("function() return ", " end"), ("not ", ""), ("f(", ")"), ("- ", "")]
    {
        let text = format!("return {}1{}", open.repeat(10_000), close.repeat(10_000));
        assert!(build(&text).has_errors());
    }
    for op in [" + ", " .. ", " and ", " ^ ", " < "] {
        let text = format!("local x = ... return x{}", format!("{op}x").repeat(100_000));
        assert!(build(&text).has_errors());
    }
}
