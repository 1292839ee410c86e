//! Everything a user could notice of a run: results, error texts with their places, fuel,
//! memory, the log. Two runs of one program are compared by it.

use gatos_elc::program::{Program, ProgramKind};
use gatos_elc::verify::Verified;
use gatos_vm::{Failure, Host, Limit, Limits, Tag, Usage, Value, Vm};
use std::cell::RefCell;
use std::rc::Rc;

/// Small enough that nothing takes long, large enough that something happens.
pub const SMALL: Limits = Limits { fuel: 20_000, depth: 50, memory: 1 << 20 };

/// What one call showed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// What was called.
    pub what: String,
    /// Its results as text, or why there are none.
    pub outcome: Result<Vec<String>, Failure>,
    /// What it used.
    pub usage: Usage,
}

/// What a program showed: loading, and calls of what it offers.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Seen {
    /// Calls in order.
    pub steps: Vec<Step>,
    /// The log.
    pub log: Vec<Vec<u8>>,
    /// Why it could not be loaded.
    pub refused: Option<String>,
    /// Real bytes taken at most. Part of the comparison: allocation is a function of the run.
    pub peak_bytes: usize,
}

struct Log(Rc<RefCell<Vec<Vec<u8>>>>);

impl Host for Log {
    fn log(&mut self, line: &[u8]) {
        self.0.borrow_mut().push(line.to_vec());
    }
}

fn text(vm: &Vm, v: Value) -> String {
    match v.tag() {
        Tag::Str => format!("s:{}", v.str_bytes().escape_ascii()),
        Tag::Table => {
            let mut out = Vec::new();
            match vm.encode_json(v, &mut out) {
                Ok(()) => format!("t:{}", String::from_utf8_lossy(&out)),
                Err(e) => format!("t:{}: {}", e.path_text("t"), e.reason.text()),
            }
        }
        _ => match v.as_num() {
            Some(n) => format!("{}:{n}", v.type_name()),
            None => format!("{}:{:?}", v.type_name(), v.tag()),
        },
    }
}

/// Runs the main chunk, then what it declares or returns, with a few arguments.
pub fn run(program: &Verified<Program>, limits: Limits) -> Seen {
    let mut seen = Seen::default();
    let log = Rc::new(RefCell::new(Vec::new()));
    let mut vm = match Vm::new(program, &gatos_stdlib::library(), limits, Box::new(Log(log.clone()))) {
        Ok(vm) => vm,
        Err(e) => {
            seen.refused = Some(e.to_string());
            return seen;
        }
    };
    let main = vm.main();
    let first = call(&mut vm, &mut seen, "main".into(), main, &[Value::int(3)]);
    let names: Vec<String> = vm.global_names().map(str::to_owned).collect();
    let mut offered: Vec<(String, Value)> = names.iter().filter_map(|n| vm.global(n).map(|v| (n.clone(), v))).collect();
    for (i, v) in first.iter().enumerate().take(4) {
        offered.push((format!("result {i}"), *v));
        if v.tag() == Tag::Table {
            for k in vm.sorted_keys(*v).unwrap_or_default() {
                offered.push((format!("result {i} {}", text(&vm, k)), vm.raw_get(*v, k)));
            }
        }
    }
    if program.program().kind == ProgramKind::Fold && vm.freeze(&first).is_err() {
        seen.refused = Some("a module fails".into());
    }
    for (name, f) in offered.into_iter().take(12) {
        if matches!(f.tag(), Tag::Closure | Tag::Native | Tag::Iter) {
            let args = [Value::int(3), first.first().copied().unwrap_or(Value::int(2))];
            call(&mut vm, &mut seen, name, f, &args);
        }
    }
    seen.peak_bytes = vm.peak_bytes();
    drop(vm);
    seen.log = log.take();
    seen
}

fn call(vm: &mut Vm, seen: &mut Seen, what: String, f: Value, args: &[Value]) -> Vec<Value> {
    let r = vm.call_outer(f, args);
    let usage = vm.usage();
    let (outcome, values) = match r {
        Ok(values) => (Ok(values.iter().take(64).map(|v| text(vm, *v)).collect()), values),
        Err(f) => (Err(f), Vec::new()),
    };
    seen.steps.push(Step { what, outcome, usage });
    values
}

/// Running is a function: twice the same gives twice the same. The fuel that a call used is
/// exactly what it needs: with that much it runs as before, with one unit less it reaches the
/// limit. And real memory stays within a multiple of what was paid for.
pub fn check(program: &Verified<Program>) -> Seen {
    let seen = run(program, SMALL);
    assert_eq!(seen, run(program, SMALL), "two runs of one program differ");
    let calls = seen.steps.len() as u64;
    let allowed = REAL_PER_PAID * SMALL.memory * calls.max(1) + FIXED_BYTES + program_bytes(program);
    assert!(seen.peak_bytes as u64 <= allowed, "{} real bytes for {calls} calls", seen.peak_bytes);
    // Four more runs; which programs get them is as good as chance, and always the same.
    if let Some(main) = seen.steps.first()
        && program.fold_root().0[0].is_multiple_of(4)
    {
        exact(program, main);
    }
    seen
}

/// Real bytes for each abstract byte, at most.
const REAL_PER_PAID: u64 = 16;
/// The machine itself with its library, arenas and interner.
const FIXED_BYTES: u64 = 4 << 20;

fn program_bytes(program: &Verified<Program>) -> u64 {
    64 * program.to_bytes().len() as u64
}

fn exact(program: &Verified<Program>, main: &Step) {
    let Ok(results) = &main.outcome else { return };
    let Usage { fuel, memory } = main.usage;
    let first = |limits| run(program, limits).steps.into_iter().next().map(|s| s.outcome);
    let enough = first(Limits { fuel, ..SMALL });
    assert_eq!(enough.as_ref(), Some(&Ok(results.clone())), "{fuel} fuel were enough before");
    // A library function may refuse to build what memory could not hold before it finds
    // another mistake, so that exactly what was used need not be enough.
    match first(Limits { memory, ..SMALL }) {
        Some(Ok(again)) => assert_eq!(&again, results),
        Some(Err(f)) if f.limit == Some(Limit::Memory) => {}
        other => panic!("{memory} bytes were used, and with that limit it gives {other:?}"),
    }
    let short = [
        (fuel, Limits { fuel: fuel.wrapping_sub(1), ..SMALL }, Limit::Fuel),
        (memory, Limits { memory: memory.wrapping_sub(1), ..SMALL }, Limit::Memory),
    ];
    for (used, limits, limit) in short {
        if used > 0 {
            match first(limits) {
                Some(Err(f)) if f.limit == Some(limit) => {}
                other => panic!("{used} {} were used, and one less gives {other:?}", limit.name()),
            }
        }
    }
}
