//! Programs that no compiler makes: what verifies may be nonsense, but it runs within its
//! registers, ends within its limits, and does the same twice.

#![allow(clippy::disallowed_methods, reason = "tests may measure time and be told how long to go on")]

mod common;
use common::{Seen, program};
use gatos_elc::ops::{Count, Op};
use gatos_elc::program::Program;
use gatos_elc::verify::verify;
use gatos_vm::{Limits, Silent, Usage, Value, Vm};

const SOURCES: [&str; 4] = [
    r##"local t = { a = 1, b = { 2, 3 }, c = nil, f = function(...) return ... end }
    local n = 0
    local function add(k, ...) n = n + k return select("#", ...), n, ... end
    for i = 1, 10 do t[i] = add(i, i, nil, "x") end
    for k, v in dpairs(t) do if type(v) == "table" then t.b = v[1] or k elseif k == 3 then t.z = #t end end
    for i, v in ipairs({ 5, 6, t.f(7, 8) }) do n = n + i * v // 3 % 7 end
    while n > 0 do n = n - 100 if n < 50 then break end end
    return n, t, add(1, t.f(add(2))), (t.f())"##,
    r##"local meta = { __index = function(t, k) return k .. "!" end, __newindex = function(t, k, v) rawset(t, k, { v }) end,
      __call = function(self, a, ...) return a, select("#", ...) end, __add = function(a, b) return 5 end,
      __concat = function(a, b) return "cat" end, __eq = function() return true end, __lt = function() return false end,
      __len = function() return 9 end, __unm = function(a) return a end }
    local o, p = setmetatable({}, meta), setmetatable({ q = 1 }, meta)
    o.x = 1; o.y, p.z = p.nothing, o(1, 2, 3)
    local s = "s" .. o .. 1 .. 2.5
    return o.x, o + 1, -o, #o, o == p, o < p, s, o:m(), pcall(o.n, o), o(4, table.unpack({ 1, 2, 3 }))"##,
    r##"local cells = {}
    for i = 1, 5 do local j, k = i, i * 2.5 cells[i] = function(x) j = j + (x or 1) k = k - j return j, k end end
    local function walk(f, depth, ...) if depth == 0 then return f(...) end return walk(f, depth - 1, depth, ...) end
    local ok, e = pcall(function() local a <const> = 5 for i = 10, 1, -3 do if i == 4 then error({ i, a }) end end end)
    local r = { walk(cells[2], 5, 3), walk(cells[3], 2), xpcall(error, function(m) return m .. m end, "e") }
    local i = 1
    ::again:: i = i * 2 if i < 100 and not (i == 64) then goto again end
    return ok, e, r, i, i & 7, i | 1, i ~ 3, i << 2, i >> 1, ~i, 7 // 2, 7 % -3, 2 ^ 10, 1 < 2.5"##,
    r##"local s, out = "the quick brown fox", {}
    for w in s:gmatch("%a+") do out[#out + 1] = w:upper():sub(2, -2) end
    table.sort(out, function(a, b) return #a < #b or (#a == #b and a < b) end)
    local g = s:gsub("%a", { t = "T", q = 1 }):rep(2, "-")
    local d = json.decode_strict('{"a":[1,2,{"b":null}],"c":"d"}')
    d.e, d.a[4] = g, out
    return json.encode_canonical(d), string.format("%5d|%s|%q", 42, s, g), table.concat(out, ","), utf8.len(s), d"##,
];

/// A small generator, so that a failing case has a number.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % n.max(1)
    }
}

/// Changes some ops, each to another that can be written in its place.
fn mutate(p: &mut Program, dice: &mut Dice) {
    for _ in 0..1 + dice.below(4) {
        let proto = dice.below(p.protos.len());
        let (len, at) = (p.protos[proto].code.len(), dice.below(p.protos[proto].code.len()));
        match dice.below(8) {
            0 => {
                let other = dice.below(len);
                p.protos[proto].code.swap(at, other);
            }
            1 => {
                let from = dice.below(p.protos.len());
                let op = p.protos[from].code[dice.below(p.protos[from].code.len())];
                p.protos[proto].code[at] = op;
            }
            2 => {
                p.protos[proto].regs =
                    (usize::from(p.protos[proto].regs) + dice.below(9)).saturating_sub(4).min(250) as u8
            }
            3 => p.protos[proto].params = dice.below(usize::from(p.protos[proto].regs) + 1) as u8,
            4 => p.protos[proto].vararg ^= true,
            _ => {
                let mut bytes = Vec::new();
                p.protos[proto].code[at].encode(&mut bytes);
                let byte = dice.below(bytes.len());
                bytes[byte] = match dice.below(4) {
                    0 => bytes[byte].wrapping_add(1),
                    1 => bytes[byte].wrapping_sub(1),
                    2 => dice.below(12) as u8,
                    _ => dice.below(256) as u8,
                };
                if let Ok(op) = Op::decode(&bytes, &mut 0) {
                    p.protos[proto].code[at] = op;
                }
            }
        }
    }
    for proto in &mut p.protos {
        let mut block = None;
        let mut costs = Vec::new();
        for (at, op) in proto.code.iter().enumerate() {
            if matches!(op, Op::Block { .. }) {
                block = Some(costs.len());
                costs.push((at, 0));
            }
            if let Some(b) = block {
                costs[b].1 += op.info().fuel;
            }
        }
        for (at, cost) in costs {
            proto.code[at] = Op::Block { cost: Count(cost) };
        }
    }
}

fn observe(verified: &gatos_elc::verify::Verified<Program>) -> (Seen, Usage, String) {
    let limits = Limits { fuel: 60_000, memory: 1 << 20, depth: 300 };
    let mut vm = Vm::new(verified, &gatos_stdlib::library(), limits, Box::new(Silent)).unwrap();
    vm.open();
    let f = vm.main();
    let r = vm.call_continued(f, &[]);
    let usage = vm.usage();
    match r {
        Ok(values) => {
            let mut shown = Vec::new();
            for v in &values {
                let mut out = Vec::new();
                let r = vm.encode_json(*v, &mut out);
                shown.push(format!("{:?} {}", r.map_err(|e| e.reason), String::from_utf8_lossy(&out)));
            }
            let state = vm.commit(values.last().copied().unwrap_or(Value::NIL));
            vm.reset();
            (Seen::Values(shown), usage, format!("{state:?} {}", vm.state_bytes()))
        }
        Err(f) => (f.limit.map_or(Seen::Error(f.message), Seen::Limit), usage, String::new()),
    }
}

/// `MUTATION` and `MUTATIONS` in the environment choose the first seed and how many follow.
#[test]
fn what_verifies_runs_within_its_bounds_and_twice_alike() {
    let programs: Vec<Program> = SOURCES.iter().map(|s| program(s).into_program()).collect();
    let rounds: u64 = std::env::var("MUTATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(6000);
    let first: u64 = std::env::var("MUTATION").ok().and_then(|n| n.parse().ok()).unwrap_or(0);
    let mut ran = 0;
    for seed in first..first + rounds {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut p = programs[dice.below(programs.len())].clone();
        mutate(&mut p, &mut dice);
        if let Ok(v) = verify(p) {
            ran += 1;
            assert_eq!(observe(&v), observe(&v), "seed {seed}");
        }
    }
    assert!(ran > rounds / 20, "only {ran} of {rounds} verified");
}
