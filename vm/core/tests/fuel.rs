//! Fuel and memory are functions of what a program does: not of caches, of what the machine
//! did before, of how tables are laid out, or of which of two equal strings it holds.

mod common;
use common::{Machine, Seen, check, run};
use gatos_vm::{Limits, Usage};
use proptest::prelude::*;

const PARTS: &str = r##"
local M = {}
local meta = { __index = { shared = 1, f = function(self, n) return n end } }
meta.__index.more = setmetatable({}, meta)
function M.record(n) local t = { a = n, b = n + 1, c = { n } } t.d = t.a; t.a = nil; t.e = t.c[1] return t.b end
function M.dynamic(n) local t = {} for i = 1, n % 40 do t["k" .. i] = i end t.k1 = nil return #dkeys(t) end
function M.wide(n) local t = {} for i = 1, 70 do t["w" .. i] = i end local s = 0 for _, v in dpairs(t) do s = s + v end return s end
function M.array(n) local t = {} for i = 1, n % 50 do t[i] = i end for i = 1, n % 20 do t[i] = nil end for i = n % 50, 1, -1 do t[i] = i end return #t end
function M.sparse(n) local t = {} for i = 1, 30 do t[i * n % 97] = i end return #dkeys(t), #t end
function M.through(n) local t = setmetatable({ own = n }, meta) return t.own, t.shared, t.more.shared, t:f(n), t.none end
function M.changed(n)
  local holder = { x = 1 }
  local t = setmetatable({}, { __index = holder })
  local a = t.x
  holder.x = n
  local b = t.x
  t.x = 5
  return a, b, t.x
end
function M.strings(n) local s = "" for i = 1, n % 30 do s = s .. "part " .. i end return #s, s == s .. "", s < s .. "x" end
function M.long(n) local a = ("k"):rep(64 + n % 200) local t = { [a] = 1 } local b = ("k"):rep(64 + n % 200) return t[b], a == b end
function M.types(n) return type(n), type({}), math.type(n), tostring(n), tostring(nil) end
function M.decoded(n) local t = json.decode_strict('{"key' .. n % 7 .. '":1,"type":[1,{"a":2}]}') return json.encode_canonical(t) end
function M.protected(n) return select("#", pcall(error, { n })), pcall(function() local x = nil return x.y end) end
function M.sorted(n) local t = {} for i = 1, n % 30 do t[i] = (i * 7919) % 31 end table.sort(t) return table.concat(t, ",") end
function M.found(n) return ("a" .. n):find("%d+"), (("x y z"):gsub("%a", { x = "1" })), ("abc"):upper() end
function M.mixed(n) local t = { 1, 2, 3, x = 1 } t[2.0] = 5; t[n % 4] = n; t.x = nil; t.y = n return #t, t[2] end
function M.closures(n) local f = {} for i = 1, 3 do f[i] = function() i = i + n return i end end return f[1](), f[1](), f[2]() end
function M.vary(n) local function g(...) return select("#", ...), ... end return g(g(1, n, nil)) end
function M.slots(n) local t = { a = 1 } t.b = 2; t.c = 3; t.b = nil; t.b = n; t.d = nil return t.b, t.d end
return M
"##;

const NAMES: [&str; 19] = [
    "record",
    "dynamic",
    "wide",
    "array",
    "sparse",
    "through",
    "changed",
    "strings",
    "long",
    "types",
    "decoded",
    "protected",
    "sorted",
    "found",
    "mixed",
    "closures",
    "vary",
    "slots",
    "record",
];

fn machine() -> Machine {
    let mut m = Machine::new(PARTS, Limits::DEFAULT);
    assert!(matches!(m.main(), Seen::Values(_)));
    m
}

fn call(m: &mut Machine, at: usize, n: u8) -> (Seen, Usage) {
    m.call(NAMES[at % NAMES.len()], &[&n.to_string()])
}

#[test]
fn every_part_costs_the_same_the_first_and_the_hundredth_time() {
    let mut warm = machine();
    for round in 0..3 {
        for n in [0, 1, 7, 23, 49, 96, 255] {
            for (at, name) in NAMES.iter().enumerate() {
                let fresh = call(&mut machine(), at, n);
                assert!(matches!(fresh.0, Seen::Values(_)), "{name} {n}: {fresh:?}");
                assert_eq!(call(&mut warm, at, n), fresh, "{name} {n}, round {round}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    /// Whatever ran before, a call gives the same and uses the same.
    #[test]
    fn what_ran_before_does_not_show(before in prop::collection::vec((0usize..19, any::<u8>()), 0..30), at in 0usize..19, n: u8) {
        let mut used = machine();
        for (at, n) in before {
            call(&mut used, at, n);
        }
        prop_assert_eq!(call(&mut used, at, n), call(&mut machine(), at, n));
    }

    /// Random programs over one table use the same fuel and memory with its keys in a record,
    /// in a dictionary, as literals or made at run time, and under a metatable that adds nothing.
    #[test]
    fn the_form_of_a_table_does_not_show(ops in prop::collection::vec((0u8..6, 0u8..8, 0u8..40), 1..40)) {
        let body = |table: &str| {
            let mut out = format!("local t, r = {table}, 0\n");
            for (op, key, n) in &ops {
                out += &match op {
                    0 => format!("t.k{key} = {n}\n"),
                    1 => format!("t.k{key} = nil\n"),
                    2 => format!("if t.k{key} then r = r + 1 end\n"),
                    3 => format!("for i = 1, {n} do t[i] = i end\n"),
                    4 => format!("t[{}] = nil\n", n + 1),
                    _ => format!("t[{}] = t.k{key}\n", n % 12 + 1),
                };
            }
            out + "return r, #t, #dkeys(t)"
        };
        let use_of = |make: &str| {
            let text = format!("local M = {{}}\nfunction M.f(t)\n{}\nend\nfunction M.make()\n{make}\nend\nreturn M", body("t"));
            let mut m = Machine::new(&text, Limits::DEFAULT);
            m.main();
            let make = m.vm.field(m.module, "make");
            let f = m.vm.field(m.module, "f");
            let t = m.vm.call_outer(make, &[]).unwrap()[0];
            m.vm.open();
            let r: Vec<String> = m.vm.call_continued(f, &[t]).unwrap().iter().map(|v| format!("{v:?}")).collect();
            (r, m.vm.usage())
        };
        let plain = use_of("return {}");
        // A dictionary: more keys than a shape has, all removed again.
        prop_assert_eq!(&use_of("local t = {} for i = 1, 90 do t['z' .. i] = 1 end for i = 1, 90 do t['z' .. i] = nil end return t"), &plain);
        // Array keys that came and went, leaving room behind.
        prop_assert_eq!(&use_of("local t = {} for i = 1, 50 do t[i] = 1 end for i = 1, 50 do t[i] = nil end return t"), &plain);
        prop_assert_eq!(&use_of("local t = {} for i = 50, 2, -1 do t[i] = 1 end for i = 2, 50 do t[i] = nil end return t"), &plain);
        // Watched, because it serves as a metatable.
        prop_assert_eq!(&use_of("local t = {} setmetatable({}, t) return t"), &plain);
        prop_assert_eq!(&use_of("local t = {} local u = setmetatable({}, { __index = t }) local x = u.k1 return t"), &plain);
    }
}

#[test]
fn which_key_is_at_fault_does_not_depend_on_addresses() {
    let text =
        "local t = {} for i = 1, 20 do t[{}] = 1 t[function() return i end] = 1 end t[print] = 1 t[json.null] = 1
        return select(2, pcall(dkeys, t))";
    let first = run(text);
    assert!(matches!(&first, Seen::Values(v) if v[0].contains("type table")), "{first:?}");
    // Other sizes before it put the tables elsewhere.
    for n in 0..12 {
        assert_eq!(run(&format!("local pad = {{}} for i = 1, {} do pad[i] = {{}} end\n{text}", n * 7)), first);
    }
}

#[test]
fn an_order_of_results_is_the_same_in_every_run() {
    let text = "local t = {} for i = 1, 50 do t['k' .. i * 37 % 50] = i end local o = {} for k, v in dpairs(t) do o[#o + 1] = k .. v end return table.concat(o)";
    assert_eq!(run(text), run(text));
    check(
        "local t = { b = 1, a = 2, [3] = 1, [1.5] = 1, [false] = 1, [true] = 1, [-1] = 2 } local o = {} for k in dpairs(t) do o[#o + 1] = tostring(k) end return table.concat(o, ' ')",
        &["\"false true -1 1.5 3 a b\""],
    );
}
