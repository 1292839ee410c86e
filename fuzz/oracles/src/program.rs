//! Lua text out of bytes: always grammatical, names always declared, otherwise without taste.
//! What runs may fail in every way a program can; that is what it is for.

use crate::choices::Choices;

const HEAD: &str = "local out = {}\nlocal function f0(...) return ... end\n\
local mt = {}\nmt.__index = mt\nlocal t0 = {1, 2, 3, x = 'y', y = {}}\nlocal s0 = 'hello world 12'\nlocal i0 = 5\n\
g0 = 1\n";

/// What an expression is meant to be; now and then it is something else.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Int,
    Str,
    Table,
    Function,
    Any,
}
use Kind::{Any, Function, Int, Str, Table};

/// Calls by what they give. I, S, T, F and A stand for arguments of a kind.
const CALLS: &[(Kind, &str)] = &[
    (Str, "type(A)"),
    (Str, "tostring(I)"),
    (Any, "tonumber(S, I)"),
    (Any, "tonumber(S)"),
    (Any, "select(I, A, A)"),
    (Int, "select('#', A, A)"),
    (Any, "rawget(T, A)"),
    (Table, "rawset(T, S, A)"),
    (Int, "rawlen(T)"),
    (Any, "rawequal(A, A)"),
    (Table, "setmetatable(T, mt)"),
    (Table, "setmetatable(T, T)"),
    (Any, "getmetatable(A)"),
    (Any, "pcall(F, A, A)"),
    (Any, "xpcall(F, F, A)"),
    (Any, "pcall(error, A)"),
    (Any, "error(A)"),
    (Any, "assert(A, A)"),
    (Function, "ipairs(T)"),
    (Function, "dpairs(T)"),
    (Table, "dkeys(T)"),
    (Table, "dvalues(T)"),
    (Table, "dsort(T, F)"),
    (Function, "rng(S)"),
    (Int, "rng(S)(9)"),
    (Table, "json.array(T)"),
    (Str, "json.encode_canonical(A)"),
    (Any, "json.decode_strict(S)"),
    (Any, "json.decode_strict('[1,{\"a\":2.5},null]')"),
    (Int, "math.abs(I)"),
    (Int, "math.floor(I)"),
    (Int, "math.max(I, I)"),
    (Any, "math.sqrt(I)"),
    (Int, "math.fmod(I, I)"),
    (Int, "math.wrapping_mul(I, I)"),
    (Any, "math.tointeger(A)"),
    (Int, "string.byte(S, I, I)"),
    (Str, "string.char(I % 256, I & 255)"),
    (Int, "string.find(S, S, I)"),
    (Str, "string.format(S, A, A)"),
    (Str, "string.format('%5.2f|%-8s|%x|%q', I, S, I, S)"),
    (Function, "string.gmatch(S, S)"),
    (Str, "string.gsub(S, S, S)"),
    (Str, "string.gsub(s0, '%w+', F)"),
    (Str, "string.gsub(s0, '.', T)"),
    (Any, "string.match(S, S)"),
    (Any, "string.match(S, '(%w+)%s()')"),
    (Str, "string.pack('<i8s1z', I, S, 'z')"),
    (Str, "string.pack(S, I, S)"),
    (Any, "string.unpack('<i2', S)"),
    (Any, "string.unpack(S, S)"),
    (Str, "string.rep(S, I & 15, S)"),
    (Str, "string.rep(S, I)"),
    (Str, "string.reverse(S)"),
    (Str, "string.sub(S, I, I)"),
    (Str, "string.upper(S)"),
    (Str, "table.concat(T, S)"),
    (Any, "table.insert(T, I, A)"),
    (Any, "table.insert(T, A)"),
    (Any, "table.remove(T, I)"),
    (Any, "table.remove(T)"),
    (Table, "table.move(T, I, I, I)"),
    (Table, "table.move(T, 1, 3, 2)"),
    (Table, "table.pack(A, A)"),
    (Any, "table.unpack(T)"),
    (Any, "table.unpack(T, I, I)"),
    (Any, "table.sort(T, F)"),
    (Any, "table.sort(T)"),
    (Str, "utf8.char(I & 0xffff)"),
    (Int, "utf8.codepoint(S, I)"),
    (Int, "utf8.len(S)"),
    (Int, "utf8.offset(S, I)"),
    (Any, "print(A)"),
    (Str, "(S):rep(I & 7)"),
    (Str, "(S):sub(I)"),
    (Any, "(F)(A)"),
    (Any, "(F)(A, A)"),
    (Any, "(T)(A)"),
    (Any, "f0(A)"),
    (Table, "setmetatable({v = A}, {__index = F, __newindex = F, __len = F})"),
    (Table, "setmetatable({v = A}, {__add = F, __lt = F, __eq = F, __concat = F, __call = F})"),
];

const LITERALS: &[(Kind, &str)] = &[
    (Any, "nil"),
    (Any, "true"),
    (Any, "false"),
    (Str, "''"),
    (Str, "'x'"),
    (Str, "'%d'"),
    (Str, "'(%w)'"),
    (Str, "'10'"),
    (Str, "'0x1F'"),
    (Str, "'1.5'"),
    (Int, "0.5"),
    (Int, "2.0"),
    (Int, "-1.25"),
    (Int, "0x7fffffffffffffff"),
    (Table, "{}"),
    (Table, "{...}"),
    (Table, "{1, 2, nil, 4}"),
    (Table, "{3, 1, 2}"),
    (Table, "{n = 1}"),
    (Table, "{'b', 'a', x = {}}"),
    (Any, "json.null"),
    (Str, "'__index'"),
    (Str, "'\\xff\\0'"),
    (Table, "string"),
    (Table, "mt"),
    (Function, "ipairs"),
    (Function, "string.format"),
    (Function, "function(a, b) return b, a end"),
    (Function, "function(...) local x = ... ; return x end"),
    (Function, "function(a, b) return tostring(a) < tostring(b) end"),
    (Function, "function(a) t0.n = (t0.n or 0) + 1 return t0.n end"),
    (Function, "function(t, k) return i0 end"),
];

const META: &[&str] = &[
    "__index",
    "__newindex",
    "__call",
    "__eq",
    "__lt",
    "__le",
    "__len",
    "__concat",
    "__unm",
    "__add",
    "__sub",
    "__mul",
    "__div",
    "__mod",
    "__idiv",
    "__pow",
    "__band",
    "__shl",
    "__bnot",
    "__tostring",
    "__name",
    "__metatable",
];

struct Writer<'a, 'b> {
    c: &'a mut Choices<'b>,
    out: String,
    /// Locals in scope, and what they are meant to hold.
    names: Vec<(Kind, String)>,
    next: u32,
    depth: u32,
    loops: u32,
    vararg: bool,
}

/// A script.
pub fn script(c: &mut Choices<'_>) -> String {
    let names = [(Table, "out"), (Function, "f0"), (Table, "mt"), (Table, "t0"), (Str, "s0"), (Int, "i0"), (Any, "g0")]
        .map(|(k, n)| (k, n.to_owned()))
        .to_vec();
    let mut w = Writer { c, out: HEAD.into(), names, next: 1, depth: 0, loops: 0, vararg: true };
    for _ in 0..40 {
        if w.c.done() {
            break;
        }
        w.statement();
    }
    w.out.push_str("return t0, s0, i0, out\n");
    w.out
}

/// A fold module whose `fold` is a made-up block over `state` and the event's payload.
pub fn fold(c: &mut Choices<'_>) -> String {
    let names = ["state", "p", "a", "b", "k"].map(|n| (Table, n.to_owned())).to_vec();
    let mut w = Writer { c, out: String::new(), names, next: 1, depth: 1, loops: 0, vararg: false };
    w.out.push_str(
        "local M = {}\nlocal mt = {}\nlocal function f0(...) return ... end\nlocal s0, t0, i0 = 'a,b;c 12', {1, x = 2}, 3\n\
         function M.init() return { a = {}, b = { x = {}, y = {1} }, list = {}, n = 0 } end\n\
         function M.emit(state) return { ['a.json'] = state.a, ['dir/n.json'] = #state.list } end\n\
         function M.fold(state, event)\nlocal p = event.payload\nlocal k = p.k\nlocal a = state[p.j] or state.a\n\
         local b = state.b or {}\n",
    );
    for _ in 0..12 {
        if w.c.one_in(12) {
            break;
        }
        w.state_statement();
    }
    w.out.push_str("return state\nend\nreturn M\n");
    w.out
}

impl Writer<'_, '_> {
    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    /// A local of a kind, if there is one.
    fn name(&mut self, kind: Kind) -> String {
        let all: Vec<usize> = (0..self.names.len())
            .filter(|i| kind == Any || self.names[*i].0 == kind || self.names[*i].0 == Any)
            .collect();
        match all.len() {
            0 => "s0".into(),
            n => self.names[all[self.c.below(n)]].1.clone(),
        }
    }

    fn fresh(&mut self) -> String {
        self.next += 1;
        format!("v{}", self.next)
    }

    fn kind(&mut self) -> Kind {
        self.c.of(&[Int, Int, Str, Str, Table, Table, Function, Any])
    }

    fn expr(&mut self, kind: Kind, depth: u32) -> String {
        let kind = if self.c.one_in(14) { Any } else { kind };
        if depth == 0 || self.c.done() {
            return match self.c.below(4) {
                0 if kind == Int => self.c.int().to_string().replace("-9223372036854775808", "(-9223372036854775808)"),
                0 | 1 => self.literal(kind),
                _ => self.name(kind),
            };
        }
        let d = depth - 1;
        match (self.c.below(8), kind) {
            (0..=3, Int) => {
                let op = self.c.of(&["+", "-", "*", "/", "//", "%", "^", "&", "|", "~", "<<", ">>", "+", "-"]);
                format!("({} {op} {})", self.expr(Int, d), self.expr(Int, d))
            }
            (4, Int) => format!("({}({}))", self.c.of(&["-", "~", "#out + ", "#"]), self.expr(Int, d)),
            (0..=2, Str) => format!("({} .. {})", self.expr(Str, d), self.expr(Str, d)),
            (0..=3, Table) => {
                let (x, y, z, s) = (self.expr(Any, d), self.expr(Any, d), self.expr(Any, d), self.expr(Str, d));
                let shape = self.c.of(&[
                    "{x = A, [D] = C}",
                    "{A, B, C}",
                    "{A, f0(B, C)}",
                    "{x = A, y = B, z = C}",
                    "{n = B, A, C}",
                    "setmetatable({v = A}, {__index = {x = C}})",
                ]);
                filled(shape, &[('A', x), ('B', y), ('C', z), ('D', s)])
            }
            (0..=2, Any) => {
                let op = self.c.of(&["==", "~=", "<", "<=", ">", ">=", "and", "or"]);
                let k = self.kind();
                format!("({} {op} {})", self.expr(k, d), self.expr(k, d))
            }
            (3, Any) => format!("(not {})", self.expr(Any, d)),
            (4, Any) => format!("({})[{}]", self.expr(Table, d), self.expr(Any, d)),
            (5, Any) => format!("({}).{}", self.expr(Table, d), self.c.of(&["x", "y", "n", "v", "__index", "list"])),
            (5 | 6, _) => self.call(kind, d),
            _ => self.expr(kind, 0),
        }
    }

    fn literal(&mut self, kind: Kind) -> String {
        let fit: Vec<&str> = LITERALS.iter().filter(|(k, _)| kind == Any || *k == kind).map(|(_, t)| *t).collect();
        let text = self.c.of(&fit);
        if text == "{...}" && !self.vararg { "{}".into() } else { text.into() }
    }

    fn call(&mut self, kind: Kind, depth: u32) -> String {
        let fit: Vec<&str> = CALLS.iter().filter(|(k, _)| kind == Any || *k == kind).map(|(_, t)| *t).collect();
        let shape = self.c.of(&fit);
        let mut out = String::new();
        let letters: Vec<char> = shape.chars().collect();
        for (i, &l) in letters.iter().enumerate() {
            let alone = |j: Option<&char>| !j.is_some_and(|c| c.is_alphanumeric() || *c == '_');
            let argument = alone(letters.get(i + 1)) && (i == 0 || alone(letters.get(i - 1)));
            match l {
                'I' if argument => out += &self.expr(Int, depth.min(1)),
                'S' if argument => out += &self.expr(Str, depth.min(1)),
                'T' if argument => out += &self.expr(Table, depth.min(1)),
                'F' if argument => out += &self.expr(Function, depth.min(1)),
                'A' if argument => out += &self.expr(Any, depth.min(1)),
                _ => out.push(l),
            }
        }
        out
    }

    fn place(&mut self) -> (Kind, String) {
        match self.c.below(4) {
            0 => {
                let k = self.kind();
                (k, self.name(k))
            }
            1 => (Any, format!("{}[{}]", self.name(Table), self.expr(Any, 1))),
            2 => (Any, format!("{}.{}", self.name(Table), self.c.of(&["x", "y", "n", "v"]))),
            _ => (Any, format!("{}[#{}+1]", self.name(Table), self.name(Table))),
        }
    }

    fn block(&mut self, n: usize) {
        let kept = self.names.len();
        self.depth += 1;
        for _ in 0..n {
            self.statement();
        }
        self.depth -= 1;
        self.names.truncate(kept);
    }

    fn protect(&mut self, text: String) {
        // Most mistakes would end the program; some may.
        if self.c.one_in(16) {
            self.line(&text);
        } else {
            self.line(&format!("pcall(function() {text} end)"));
        }
    }

    fn statement(&mut self) {
        let open = self.depth < 4 && !self.c.done();
        match self.c.below(if open { 24 } else { 9 }) {
            0 | 1 => {
                let k = self.kind();
                let (n, first, e) = (self.fresh(), self.literal(k), self.expr(k, 2));
                self.line(&format!("local {n} = {first}\npcall(function(...) {n} = {e} end)"));
                self.names.push((k, n));
            }
            2 => {
                let k = self.kind();
                let e = self.expr(k, 1);
                let n = self.fresh();
                self.line(&format!("local {n} = {e}"));
                self.names.push((k, n));
            }
            3 | 4 => {
                let (k, p) = self.place();
                let e = self.expr(k, 2);
                self.assign(format!("{p} = {e}"));
            }
            5 => {
                let ((k, p), (l, q)) = (self.place(), self.place());
                let (e, f) = (self.expr(k, 1), self.expr(l, 1));
                self.assign(format!("{p}, {q} = {e}, {f}"));
            }
            6 => {
                let e = self.call(Any, 2);
                self.assign(format!("local _ = {e}"));
            }
            7 => {
                let e = self.expr(Any, 2);
                self.assign(format!("out[#out + 1] = {e}"));
            }
            8 => {
                let key = self.c.of(META);
                let e = self.expr(Function, 1);
                self.line(&format!("mt.{key} = {e}"));
            }
            9 | 10 => {
                let e = self.expr(Any, 1);
                self.line(&format!("if {e} then"));
                self.block(2);
                self.line("else");
                self.block(1);
                self.line("end");
            }
            11 if self.loops < 3 => {
                let (a, b) = (self.c.int(), self.c.below(9));
                let step = self.c.of(&["", ", 1", ", -1", ", 2", ", 0.5", ", -3", ", 9223372036854775807"]);
                let n = self.fresh();
                let a = if self.c.one_in(3) {
                    self.expr(Int, 1)
                } else {
                    format!("({})", a.max(-9_223_372_036_854_775_807))
                };
                let b = format!("({a}) + {b}");
                self.looped(&format!("for {n} = {a}, {b}{step} do"), &[(Int, n)], "if #out > 20 then break end\nend");
            }
            12 if self.loops < 3 => {
                let (t, s, f) = (self.expr(Table, 1), self.expr(Str, 1), self.expr(Function, 1));
                let (k, v) = (self.fresh(), self.fresh());
                let head = self.c.of(&["ipairs(T)", "dpairs(T)", "F", "string.gmatch(s0, '%w')", "utf8.codes(S)"]);
                let head = filled(head, &[('T', t), ('S', s), ('F', f)]);
                self.looped(&format!("for {k}, {v} in {head} do"), &[(Any, k), (Any, v)], "end");
            }
            13 if self.loops < 3 => {
                let e = self.expr(Any, 1);
                let n = self.fresh();
                self.line(&format!("local {n} = 0"));
                let head = format!("while {e} do {n} = {n} + 1 if {n} > 5 then break end");
                self.looped(&head, &[(Int, n)], "end");
            }
            14 if self.loops < 3 => {
                let e = self.expr(Any, 1);
                let n = self.fresh();
                let end = format!("until {n} or {e}");
                self.looped(&format!("repeat local {n} = #out"), &[(Int, n)], &end);
            }
            15..=18 => {
                let (n, a, b) = (self.fresh(), self.fresh(), self.fresh());
                let dots = self.c.one_in(2);
                let local =
                    if self.c.one_in(3) { format!("local {n}\n{n} = function") } else { format!("local function {n}") };
                self.line(&format!("{local}({a}, {b}{})", if dots { ", ..." } else { "" }));
                let (vararg, loops) = (std::mem::replace(&mut self.vararg, dots), std::mem::take(&mut self.loops));
                let kept = self.names.len();
                self.names.extend([(Any, a), (Any, b)]);
                if self.c.one_in(2) {
                    self.names.push((Function, n.clone()));
                }
                self.block(3);
                let e = self.expr(Any, 2);
                let end = self.c.of(&["return E", "return E, E", "return f0(E)", "if E then return E end", ""]);
                self.line(&format!("{}\nend", end.replace('E', &e)));
                self.names.truncate(kept);
                (self.vararg, self.loops) = (vararg, loops);
                self.names.push((Function, n));
            }
            19 => {
                self.line("do");
                self.block(3);
                self.line("end");
            }
            20 => {
                let label = self.fresh();
                let e = self.expr(Any, 1);
                self.line(&format!("do local n = 0\n::{label}:: n = n + 1 do"));
                self.block(2);
                self.line(&format!("end if n < 3 and {e} then goto {label} end end"));
            }
            21 => {
                let k = self.kind();
                let (n, e) = (self.fresh(), self.expr(k, 1));
                self.line(&format!("local {n} <const> = {e}"));
            }
            22 => {
                self.line("pcall(function(...)");
                let vararg = std::mem::replace(&mut self.vararg, true);
                let loops = std::mem::take(&mut self.loops);
                self.block(3);
                (self.vararg, self.loops) = (vararg, loops);
                self.line("end)");
            }
            _ => {
                let e = self.call(Any, 2);
                self.assign(format!("out[#out + 1] = select('#', {e})"));
            }
        }
    }

    /// A statement that may fail. Globals are assigned in the main chunk only.
    fn assign(&mut self, text: String) {
        if text.contains("g0") || text.contains("...") {
            if self.depth == 0 {
                self.line(&text);
            }
        } else {
            self.protect(text);
        }
    }

    fn looped(&mut self, head: &str, bound: &[(Kind, String)], end: &str) {
        let kept = self.names.len();
        self.line(head);
        self.names.extend(bound.iter().cloned());
        self.loops += 1;
        self.block(2);
        self.loops -= 1;
        self.line(end);
        self.names.truncate(kept);
    }

    /// What folds do to a tree: put, move, share, sort, empty; half of it guarded.
    fn state_statement(&mut self) {
        let (x, y) = (self.tree(), self.tree());
        let key = self.c.of(&["k", "'a'", "'x'", "1", "2", "#x + 1", "p.j", "'list'"]);
        let v = self.c.of(&[
            "p.v",
            "1",
            "{}",
            "{1, {2}}",
            "{x = {}}",
            "'text'",
            "2.5",
            "json.null",
            "json.array()",
            "nil",
            "y",
        ]);
        let form = self.c.of(&[
            "x[K] = V",
            "x[K] = V",
            "x[K], y[K] = y[K], x[K]",
            "y[K], x[K] = nil, y[K]",
            "x[K] = y[K]",
            "x.k = K",
            "x[#x + 1] = V",
            "table.insert(x, 1, V)",
            "table.remove(x, 1)",
            "table.remove(x)",
            "table.move(x, 1, #x, 2)",
            "for i = #x, 1, -1 do x[i] = nil end",
            "for i = 1, 20 do x[i] = i end",
            "for i = 1, 20 do x['m' .. i] = { i } end",
            "for i = 1, 19 do x['m' .. i] = nil end",
            "for _, k in ipairs(dkeys(x)) do x[k] = nil end",
            "dsort(x)",
            "state = { a = x, b = y, list = {}, n = 1 }",
            "state = { a = state.a, b = state.b, list = state.list }",
            "setmetatable(x, mt)",
            "setmetatable(x, nil)",
            "x[K] = f0",
            "x[K] = p",
            "x[K] = event.labels",
            "x[K] = json.decode_strict(json.encode_canonical(y))",
            "x.big = string.rep('x', 3000)",
            "x[K] = table.pack(V, V)",
            "x.n = #x",
            "for k, v in dpairs(x) do y[k] = v end",
            "x.s = ('ab'):rep(p.n)",
            "local c = {} c.up = x x.down = c x.down = nil",
        ]);
        let text = form.replace('K', key).replace('V', v);
        let guard = if self.c.one_in(8) { "" } else { "if type(x) == 'table' and type(y) == 'table' then" };
        let end = if guard.is_empty() { "" } else { "end" };
        let when = self.c.of(&["true", "p.n > 2", "p.j == 'a'", "#state < 3", "k == 'x'"]);
        self.line(&format!("do local x, y = {x}, {y} if {when} then {guard} {text} {end} end end"));
    }

    fn tree(&mut self) -> String {
        self.c
            .of(&["state", "state.a", "a", "b", "state.b", "state.list", "b.x", "a[k]", "(state[k] or a)", "p"])
            .into()
    }
}

/// A shape with its letters replaced, each where it stands alone.
fn filled(shape: &str, parts: &[(char, String)]) -> String {
    let letters: Vec<char> = shape.chars().collect();
    let mut out = String::new();
    for (i, l) in letters.iter().enumerate() {
        let beside = |j: usize| letters.get(j).is_some_and(|c| c.is_alphanumeric() || *c == '_');
        match parts.iter().find(|(name, _)| name == l) {
            Some((_, text)) if !beside(i + 1) && (i == 0 || !beside(i - 1)) => out += text,
            _ => out.push(*l),
        }
    }
    out
}
