//! Inference never says less than what happens: values that programs really give are among those
//! that their types allow.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "the programs are files; the test tells how much it saw"
)]

use gatos_analysis::{Data, FuncRef, Samples, Type, analyse, costs};
use gatos_canon::json_to_cbor;
use gatos_compiler::hir::FuncId;
use gatos_compiler::{FileRole, Options, Source, compile, front, no_modules};
use gatos_echo::{Fold, Limits, Script, ScriptValue, Silent};
use gatos_num::Num;
use std::path::{Path, PathBuf};

/// Whether a type allows a value.
fn allows(ty: &Type, data: &Data) -> bool {
    match (ty, data) {
        (Type::Any, _) | (Type::Null, Data::Null) | (Type::Number, Data::Number(_)) => true,
        (Type::Union(all), _) => all.iter().any(|t| allows(t, data)),
        (Type::Boolean(known), Data::Bool(b)) => known.is_none_or(|k| k == *b),
        (Type::Integer { lo, hi }, Data::Number(Num::Int(i))) => lo <= i && i <= hi,
        // Written as JSON, a fixed that is whole may look like an integer, and the other way around.
        (Type::Fixed { .. }, Data::Number(_)) => true,
        (Type::String(None), Data::Text(_)) => true,
        (Type::String(Some(all)), Data::Text(t)) => all.iter().any(|s| s == t.as_bytes()),
        (Type::Table(t), Data::Array(all)) => {
            t.is_cut
                || t.is_open
                || all.iter().all(|d| {
                    t.elements.as_ref().is_some_and(|e| allows(e, d))
                        || t.entries.as_ref().is_some_and(|(_, e)| allows(e, d))
                })
        }
        (Type::Table(t), Data::Object(all)) => {
            t.is_cut
                || t.is_open
                || all.iter().all(|(k, d)| {
                    let field = t.fields.iter().find(|f| f.name == *k);
                    field.is_some_and(|f| allows(&f.ty, d)) || t.entries.as_ref().is_some_and(|(_, e)| allows(e, d))
                }) && t.fields.iter().all(|f| f.is_optional || all.contains_key(&f.name))
        }
        _ => false,
    }
}

fn sources(folder: &str) -> Vec<PathBuf> {
    let mut out: Vec<PathBuf> = Vec::new();
    let mut todo = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder)];
    while let Some(dir) = todo.pop() {
        for entry in std::fs::read_dir(dir).expect("the folder is there") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                todo.push(path);
            } else if path.extension().is_some_and(|e| e == "lua") {
                out.push(path);
            }
        }
    }
    out.sort();
    out
}

/// Scripts that do what is hard to follow.
const SCRIPTS: &[&str] = &[
    "local t = {} for i = 1, 5 do t[i] = i * i end local k = 'n' t[k] = 'x' t[k] = nil return t, #t",
    "local t = { a = 1 } local u = t u.b = 'x' u.a = nil return t, u.a, u.b",
    "local function f(x, ...) if x then return x, ... end return nil, 'no' end return f(nil), f(1, 2, 'z')",
    "local a = {} a.__index = a function a.new() return setmetatable({ n = 0 }, a) end
     function a:inc(k) self.n = self.n + (k or 1) return self end
     local x = a.new():inc():inc(5) return x.n, x.missing, x:inc().n",
    "local out = {} for k, v in dpairs({ x = 1, y = 'b', [3] = true }) do out[#out + 1] = { k = k, v = v } end return out",
    "local s = 'a,b;c' local out = {} for w in s:gmatch('%a') do out[#out + 1] = w:upper() end
     return out, s:find(';'), s:gsub('%a', 'x'), ('x'):rep(3), s:byte(1, 3)",
    "local n = 0 repeat local m = n n = n + 3 if n % 2 == 0 then goto continue end n = n + 1 ::continue:: until n > 20 return n, -n, n // 3, n % -7, 7 / 2",
    "local ok, why = pcall(function() error({ code = 7 }) end) local ok2, v = pcall(function() return 'fine' end) return ok, why.code, ok2, v",
    "local f = {} for i = 1, 3 do f[i] = function() i = i + 1 return i end end return f[1](), f[1](), f[2]()",
    "local q = { 3, 1, 2 } table.sort(q, function(a, b) return a > b end) table.insert(q, 'end') local last = table.remove(q) return q, last, table.concat(q, '-')",
    "local t = table.pack(1, nil, 'x') return t.n, table.unpack({ 1, 2, 'c' }), select('#', 1, 2), select(2, 'a', 'b')",
    "local x = 5 while x > 0 do if x == 2 then break end x = x - 1 end return x, math.max(x, 1.5), math.floor(2.7), math.abs(-3), tonumber('12'), tostring(1.5)",
    "local function even(n) if n == 0 then return true end local odd = function(m) return even(m - 1) end return not not odd(n - 1) end return even(0)",
    "local d = json.decode_strict('{\"a\":[1,2.5,null]}') return d, d.a[1], d.b, dkeys(d), dvalues({ 1, 'x' })",
    "local a, b = 1, 'x' a, b = b, a return a, b, a == 'x' and 1 or nil, b ~= 1 or 'z'",
    "local t = { { n = 1 }, { n = 'x', m = true } } local o = {} for i, v in ipairs(t) do o[i] = v.n v.extra = i end return o, t",
    "local g = setmetatable({}, { __index = function(_, k) return k .. '!' end, __add = function() return 'sum' end }) return g.hello, g + 1, rawget(g, 'x')",
    "local t = {} t['a' .. 'b'] = 1 for _, k in ipairs({ 'p', 'q' }) do t[k] = { k } end t.p = nil return t, t.q, t.p",
];

#[test]
fn what_scripts_give_is_of_the_inferred_type() {
    let mut seen = 0;
    let golden = sources("tests/golden/run").into_iter().map(|path| std::fs::read_to_string(path).unwrap());
    for text in golden.chain(SCRIPTS.iter().map(|s| (*s).to_owned())) {
        let source = Source { name: "main.lua", text: &text };
        let Some(program) = compile(source, &no_modules, &Options::default()).program else { continue };
        let limits = Limits { fuel: 2_000_000, ..Limits::default() };
        let Ok((_, results)) = Script::run(&program.program, limits, Box::new(Silent)) else { continue };
        let front = front(source, FileRole::Main, &no_modules, &Options::default());
        let facts = analyse(&front, &Samples::default());
        let signature = facts.signature(FuncRef { unit: 0, func: FuncId(0) });
        for (i, value) in results.iter().enumerate() {
            let ScriptValue::Json(json) = value else { continue };
            let data = Data::from_json(json).unwrap();
            match signature.results.get(i) {
                Some(ty) => assert!(allows(ty, &data), "{text}\n{json} is no {ty}"),
                None => assert!(signature.more_results, "{text}\na result more than {signature}"),
            }
            seen += 1;
        }
    }
    eprintln!("{seen} results");
    assert!(seen > 20, "{seen}");
}

#[test]
fn states_are_of_the_inferred_type() {
    let events: Vec<String> = (0..40u32)
        .map(|i| {
            format!(
                r#"{{"v":1,"type":"{}","ulid":"01ARZ3NDEKTSV4RRFFQ69G{i:04}","ns":"a","actor":"user:u{}","sig_alg":"ed25519","seq":{i},"key":"k{}","n":{i},"payload":{{"id":"i{}","amount":{i},"n":{i},"key":"k{}","value":{},"author":"ann","files":[{{"path":"a/b{}.rs","added":{i},"deleted":1,"status":"M"}}],"items":[{{"sku":"s","n":1,"tags":["x"]}}]}}}}"#,
                ["add", "set", "merge", "repo.commit"][(i % 4) as usize], i % 3, i % 5, i % 4, i % 2, i * 7 % 11, i % 6,
            )
        })
        .collect();
    let mut seen = 0;
    for path in sources("tests/golden/fold").into_iter().chain(sources("examples/folds")) {
        let text = std::fs::read_to_string(&path).unwrap();
        let source = Source { name: "main.lua", text: &text };
        let Some(program) = compile(source, &no_modules, &Options::default()).program else { continue };
        let front = front(source, FileRole::Main, &no_modules, &Options::default());
        let facts = analyse(&front, &Samples::default());
        let [entry] = facts.entry("fold") else { continue };
        let signature = facts.signature(*entry);
        let limits = Limits { fuel: 1_000_000, ..Limits::default() };
        let Ok(mut fold) = Fold::load(&program.program, limits, Box::new(Silent)) else { continue };
        if fold.start().is_err() {
            continue;
        }
        for event in &events {
            let state = Data::from_json(std::str::from_utf8(&fold.state_json()).unwrap()).unwrap();
            if let Some((_, ty)) = signature.params.first() {
                assert!(allows(ty, &state), "{}: the state {} is no {ty}", path.display(), state.to_json());
            }
            if fold.event(&json_to_cbor(event).unwrap()).is_err() {
                break;
            }
            let state = Data::from_json(std::str::from_utf8(&fold.state_json()).unwrap()).unwrap();
            let ty = &signature.results[0];
            assert!(allows(ty, &state), "{}: the state {} is no {ty}", path.display(), state.to_json());
            seen += 1;
        }
    }
    eprintln!("{seen} states");
    assert!(seen > 200, "{seen}");
}

/// Writes programs that always end, choosing by the numbers it is given.
struct Writer<'a> {
    choices: std::iter::Cycle<std::slice::Iter<'a, u8>>,
    out: String,
    /// Locals of the function: numbers, lists.
    numbers: Vec<String>,
    lists: Vec<String>,
    functions: usize,
    fresh: usize,
    left: usize,
}

impl Writer<'_> {
    fn pick(&mut self, n: usize) -> usize {
        usize::from(*self.choices.next().unwrap_or(&0)) % n.max(1)
    }

    fn name(&mut self, letter: char) -> String {
        self.fresh += 1;
        format!("{letter}{}", self.fresh)
    }

    fn number(&mut self, depth: usize) -> String {
        match self.pick(if depth == 0 { 4 } else { 10 }) {
            0 => self.pick(12).to_string(),
            1 | 2 if !self.numbers.is_empty() => {
                let i = self.pick(self.numbers.len());
                self.numbers[i].clone()
            }
            3 if !self.lists.is_empty() => {
                let i = self.pick(self.lists.len());
                format!("#{}", self.lists[i])
            }
            4 => format!("({} + {})", self.number(depth - 1), self.number(depth - 1)),
            5 => format!("({} - {})", self.number(depth - 1), self.number(depth - 1)),
            6 => format!("({} % 7)", self.number(depth - 1)),
            7 => format!("({} // 3)", self.number(depth - 1)),
            8 => format!("math.min({}, {})", self.number(depth - 1), self.number(depth - 1)),
            9 if self.functions > 0 && !self.lists.is_empty() => {
                let (f, l) = (self.pick(self.functions), self.pick(self.lists.len()));
                format!("f{f}({}, {})", self.number(0), self.lists[l])
            }
            _ => (self.pick(5) + 1).to_string(),
        }
    }

    fn block(&mut self, depth: usize) {
        let (numbers, lists) = (self.numbers.len(), self.lists.len());
        for _ in 0..=self.pick(4) {
            if self.left == 0 {
                break;
            }
            self.left -= 1;
            self.stmt(depth);
        }
        self.numbers.truncate(numbers);
        self.lists.truncate(lists);
    }

    fn stmt(&mut self, depth: usize) {
        let kind = self.pick(if depth == 0 { 5 } else { 11 });
        match kind {
            0 => {
                let (v, name) = (self.number(2), self.name('n'));
                self.out.push_str(&format!("local {name} = {v}\n"));
                self.numbers.push(name);
            }
            1 => {
                let name = self.name('t');
                let items: Vec<String> = (0..self.pick(4)).map(|_| self.number(1)).collect();
                self.out.push_str(&format!("local {name} = {{ {} }}\n", items.join(", ")));
                self.lists.push(name);
            }
            2 if !self.lists.is_empty() => {
                let i = self.pick(self.lists.len());
                let (l, v) = (self.lists[i].clone(), self.number(1));
                self.out.push_str(&format!("{l}[#{l} + 1] = {v}\n"));
            }
            3 if !self.numbers.is_empty() => {
                let i = self.pick(self.numbers.len());
                let (n, v) = (self.numbers[i].clone(), self.number(2));
                self.out.push_str(&format!("{n} = {v} % 50\n"));
            }
            5 | 6 => {
                let (from, to, i) = (self.number(1), self.number(1), self.name('i'));
                let step = ["", ", 2", ", -1"][self.pick(3)];
                self.out.push_str(&format!("for {i} = {from}, {to}{step} do\n"));
                self.numbers.push(i);
                self.block(depth - 1);
                self.numbers.pop();
                self.out.push_str("end\n");
            }
            7 if !self.lists.is_empty() => {
                let l = self.pick(self.lists.len());
                let (k, v, over) = (self.name('k'), self.name('v'), self.lists[l].clone());
                let walk = ["ipairs", "dpairs"][self.pick(2)];
                self.out.push_str(&format!("for {k}, {v} in {walk}({over}) do\n"));
                self.numbers.extend([k, v]);
                // Appending to what is walked over might never end.
                let lists = std::mem::take(&mut self.lists);
                self.block(depth - 1);
                self.lists = lists;
                self.numbers.truncate(self.numbers.len() - 2);
                self.out.push_str("end\n");
            }
            8 => {
                let (limit, i) = (self.number(1), self.name('w'));
                self.out.push_str(&format!("local {i} = 0\nwhile {i} < {limit} do\n{i} = {i} + 1\n"));
                self.block(depth - 1);
                self.out.push_str(&format!("if {i} > 40 then break end\nend\n"));
            }
            9 | 10 => {
                let (a, b) = (self.number(1), self.number(1));
                self.out.push_str(&format!("if {a} < {b} then\n"));
                self.block(depth - 1);
                if self.pick(2) == 0 {
                    self.out.push_str("else\n");
                    self.block(depth - 1);
                }
                self.out.push_str("end\n");
            }
            _ => self.out.push_str("do end\n"),
        }
    }

    fn program(choices: &[u8]) -> String {
        let mut w = Writer {
            choices: choices.iter().cycle(),
            out: String::new(),
            numbers: Vec::new(),
            lists: Vec::new(),
            functions: 0,
            fresh: 0,
            left: 40,
        };
        for f in 0..w.pick(3) {
            w.out.push_str(&format!("local function f{f}(x, list)\n"));
            (w.numbers, w.lists) = (vec!["x".into()], vec!["list".into()]);
            w.left = 12;
            w.block(2);
            let v = w.number(1);
            w.out.push_str(&format!("return {v}\nend\n"));
            w.functions = f + 1;
        }
        (w.numbers, w.lists) = (vec!["a".into()], vec!["l".into()]);
        w.out.push_str("local a, l = 3, { 1, 2 }\n");
        w.left = 30;
        w.block(3);
        let v = w.number(2);
        w.out.push_str(&format!("return {v}, a, l\n"));
        w.out
    }
}

#[test]
fn made_up_programs_keep_to_their_types_and_bounds() {
    let (mut results, mut bounds, mut ran) = (0, 0, 0);
    let mut x = 0x9e37_79b9u32;
    for _ in 0..400 {
        let choices: Vec<u8> = (0..90)
            .map(|_| {
                x ^= x << 13;
                x ^= x >> 17;
                x ^= x << 5;
                (x >> 11) as u8
            })
            .collect();
        let text = Writer::program(&choices);
        let source = Source { name: "main.lua", text: &text };
        let compiled = compile(source, &no_modules, &Options::default());
        let Some(program) = compiled.program else { panic!("{text}\n{:?}", compiled.diagnostics) };
        let front = front(source, FileRole::Main, &no_modules, &Options::default());
        let facts = analyse(&front, &Samples::default());
        let main = FuncRef { unit: 0, func: FuncId(0) };
        let costs = costs(&front, &program, &facts);
        let bound = &costs.function(main).expect("it has a cost").most;
        let limits = Limits { fuel: 3_000_000, ..Limits::default() };
        let most = bound.as_fixed().filter(|_| !bound.is_rough());
        match Script::run(&program.program, limits, Box::new(Silent)) {
            Ok((script, values)) => {
                ran += 1;
                if let Some(most) = most {
                    let used = script.usage().fuel;
                    assert!(used <= most, "{text}\nit took {used}, and its bound is {most}");
                    let least = costs.function(main).expect("it has a cost").least;
                    assert!(least <= used, "{text}\nit took {used}, and {least} is said to be the least");
                    bounds += 1;
                }
                let signature = facts.signature(main);
                for (value, ty) in values.iter().zip(&signature.results) {
                    if let ScriptValue::Json(json) = value {
                        assert!(allows(ty, &Data::from_json(json).unwrap()), "{text}\n{json} is no {ty}");
                        results += 1;
                    }
                }
            }
            Err(why) => {
                assert!(most.is_none_or(|m| m > limits.fuel) || !why.to_string().contains("fuel"), "{text}\n{why}")
            }
        }
    }
    eprintln!("{ran} ran, {results} results, {bounds} bounds");
    assert!(results > 300 && bounds > 60, "{ran} ran, {results} results, {bounds} bounds");
}
