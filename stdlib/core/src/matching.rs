//! `string.find`, `match`, `gmatch` and `gsub`: the matcher with the machine's fuel behind it.

use crate::call::{Buffer, Call, Ret, bind, shown, start};
use crate::pattern::{Capture, Matcher, PatternError, Replacement, Walk, is_plain, next_replacement};
use gatos_sigs::{BYTES_PER_FUEL, STEPS_PER_FUEL};
use gatos_vm::{Args, Iter, Tag, Trap, Value, Vm};

bind! {
    "string.find" => find,
    "string.gmatch" => gmatch,
    "string.gsub" => gsub,
    "string.match" => match_,
}

const STEPS: u64 = STEPS_PER_FUEL as u64;

/// Turns steps into fuel, carrying what is less than one fuel to the next run.
#[derive(Default)]
struct Meter {
    carry: u64,
}

impl Meter {
    /// Lets the matcher work as far as the fuel goes, and charges what it used.
    fn run<'a, T>(
        &mut self,
        vm: &mut Vm,
        m: &mut Matcher<'a>,
        work: impl FnOnce(&mut Matcher<'a>) -> Result<T, PatternError>,
    ) -> Result<T, Trap> {
        let budget = vm.fuel_left().saturating_mul(STEPS).saturating_add(STEPS - 1 - self.carry);
        m.set_steps(budget);
        let r = work(m);
        let used = self.carry + (budget - m.steps_left());
        self.carry = used % STEPS;
        match r {
            Err(PatternError::Exhausted) => {
                let all = vm.fuel_left();
                vm.charge(all.saturating_add(1))?;
                Err(vm.error("out of steps"))
            }
            r => {
                vm.charge(used / STEPS)?;
                r.map_err(|e| vm.error(&shown(e)))
            }
        }
    }
}

fn capture(vm: &mut Vm, m: &Matcher<'_>, src: &[u8], i: usize, at: (usize, usize)) -> Result<Value, Trap> {
    match m.capture(i, at.0, at.1) {
        Ok(Capture::Position(p)) => Ok(Value::int(p as i64)),
        Ok(Capture::Span(a, b)) => {
            vm.charge((b - a) as u64 / u64::from(BYTES_PER_FUEL))?;
            vm.new_string(&src[a..b])
        }
        Err(e) => Err(vm.error(&shown(e))),
    }
}

/// Sets the captures (or, when there are none and `whole`, the match) as results from `first` on.
fn captures(
    vm: &mut Vm,
    args: Args,
    m: &Matcher<'_>,
    src: &[u8],
    at: (usize, usize),
    first: usize,
    whole: bool,
) -> Ret {
    let n = if m.captures() == 0 && whole { 1 } else { m.captures() };
    vm.reserve(args, first + n)?;
    for i in 0..n {
        let v = capture(vm, m, src, i, at)?;
        vm.ret(args, first + i, v);
    }
    Ok((first + n) as u32)
}

fn find(c: &mut Call) -> Ret {
    let (s, p) = (c.str(0)?, c.str(1)?);
    let init = start(c.opt_int(2, 1)?, s.len());
    if init > s.len() {
        return c.one(Value::NIL);
    }
    if c.arg(3).truthy() || is_plain(p) {
        c.bytes(s.len() - init + p.len())?;
        return match memchr::memmem::find(&s[init..], p) {
            Some(at) => c.all(&[Value::int((init + at + 1) as i64), Value::int((init + at + p.len()) as i64)]),
            None => c.one(Value::NIL),
        };
    }
    let mut m = Matcher::new(s, p, 0);
    match Meter::default().run(c.vm, &mut m, |m| m.find(init))? {
        None => c.one(Value::NIL),
        Some(at) => {
            let n = captures(c.vm, c.args, &m, s, at, 2, false)?;
            c.vm.ret(c.args, 0, Value::int(at.0 as i64 + 1));
            c.vm.ret(c.args, 1, Value::int(at.1 as i64));
            Ok(n)
        }
    }
}

fn match_(c: &mut Call) -> Ret {
    let (s, p) = (c.str(0)?, c.str(1)?);
    let init = start(c.opt_int(2, 1)?, s.len());
    if init > s.len() {
        return c.one(Value::NIL);
    }
    let mut m = Matcher::new(s, p, 0);
    match Meter::default().run(c.vm, &mut m, |m| m.find(init))? {
        None => c.one(Value::NIL),
        Some(at) => captures(c.vm, c.args, &m, s, at, 0, true),
    }
}

fn gmatch(c: &mut Call) -> Ret {
    let (s, p) = (c.str(0)?, c.str(1)?);
    let init = start(c.opt_int(2, 1)?, s.len());
    // Numbers became strings; the iterator keeps strings.
    let (s, p) = (string_value(c, 0, s)?, string_value(c, 1, p)?);
    let init = i64::try_from(init).unwrap_or(i64::MAX);
    let f = c.vm.new_iter(gmatch_next, &[s, p, Value::int(init), Value::int(-1)])?;
    c.one(f)
}

fn string_value(c: &mut Call, i: usize, bytes: &[u8]) -> Result<Value, Trap> {
    let v = c.arg(i);
    if v.tag() == Tag::Str { Ok(v) } else { c.vm.new_string(bytes) }
}

fn gmatch_next(vm: &mut Vm, it: Iter, args: Args) -> Ret {
    const BASE: u64 = gatos_sigs::base_cost("string.match");
    vm.charge(BASE)?;
    let (s, p) = (it.get(0).str_bytes(), it.get(1).str_bytes());
    let offset = |v: Value| v.as_int().and_then(|i| usize::try_from(i).ok());
    let mut walk = Walk { at: offset(it.get(2)).unwrap_or(usize::MAX), last: offset(it.get(3)), anchored: false };
    let mut m = Matcher::new(s, p, 0);
    let found = Meter::default().run(vm, &mut m, |m| walk.next(m))?;
    vm.set_slot(it, 2, Value::int(i64::try_from(walk.at).unwrap_or(i64::MAX)))?;
    match found {
        None => vm.ret1(args, Value::NIL),
        Some(at) => {
            vm.set_slot(it, 3, Value::int(at.1 as i64))?;
            captures(vm, args, &m, s, at, 0, true)
        }
    }
}

fn gsub(c: &mut Call) -> Ret {
    let (s, p) = (c.str(0)?, c.str(1)?);
    let with = c.arg(2);
    let text = match with.tag() {
        Tag::Str | Tag::Int | Tag::Fixed => Some(c.str(2)?),
        Tag::Table | Tag::Closure | Tag::Native | Tag::Iter => None,
        _ => {
            let why = alloc::format!("string/function/table expected, got {}", c.type_of(2));
            return Err(c.bad(2, &why));
        }
    };
    let most = c.opt_int(3, i64::MAX)?;
    let (mut meter, mut m, mut walk) = (Meter::default(), Matcher::new(s, p, 0), Walk::from_start(p));
    let (mut out, mut copied, mut n) = (Buffer::default(), 0, 0);
    while n < most {
        let Some(at) = meter.run(c.vm, &mut m, |m| walk.next(m))? else { break };
        n += 1;
        out.push_paid(c.vm, &s[copied..at.0])?;
        copied = at.1;
        match text {
            Some(text) => expand(c, &mut out, &m, s, at, text)?,
            None => {
                let v = if with.tag() == Tag::Table {
                    let key = capture(c.vm, &m, s, 0, at)?;
                    c.vm.charge(1)?;
                    c.vm.index(with, key)?
                } else {
                    let mut values = [Value::NIL; crate::pattern::MAX_CAPTURES];
                    let count = m.captures().max(1);
                    for (i, v) in values.iter_mut().enumerate().take(count) {
                        *v = capture(c.vm, &m, s, i, at)?;
                    }
                    c.vm.charge(4)?;
                    c.vm.call1(with, &values[..count])?
                };
                match v.tag() {
                    Tag::Nil | Tag::False => out.push_paid(c.vm, &s[at.0..at.1])?,
                    Tag::Str => out.push_paid(c.vm, v.str_bytes())?,
                    Tag::Int | Tag::Fixed => {
                        out.room(c.vm, 32)?;
                        c.vm.push_text(&mut out.bytes, v);
                    }
                    _ => return Err(c.error(&alloc::format!("invalid replacement value (a {})", v.type_name()))),
                }
            }
        }
    }
    out.push_paid(c.vm, &s[copied..])?;
    out.pay(c.vm, 0)?;
    let v = c.vm.new_string(&out.bytes)?;
    c.all(&[v, Value::int(n)])
}

fn expand(
    c: &mut Call,
    out: &mut Buffer,
    m: &Matcher<'_>,
    s: &[u8],
    at: (usize, usize),
    text: &[u8],
) -> Result<(), Trap> {
    let mut p = 0;
    loop {
        let i = match next_replacement(text, &mut p) {
            Err(e) => return Err(c.error(&shown(e))),
            Ok(None) => return Ok(()),
            Ok(Some(Replacement::Text(t))) => {
                out.push_paid(c.vm, t)?;
                continue;
            }
            Ok(Some(Replacement::Whole)) => {
                out.push_paid(c.vm, &s[at.0..at.1])?;
                continue;
            }
            Ok(Some(Replacement::Capture(i))) => i,
        };
        match m.capture(i, at.0, at.1) {
            Ok(Capture::Span(a, b)) => out.push_paid(c.vm, &s[a..b])?,
            Ok(Capture::Position(n)) => out.push_paid(c.vm, gatos_num::int_text(n as i64).as_bytes())?,
            Err(PatternError::CaptureIndex(n)) => {
                return Err(c.error(&alloc::format!("invalid capture index %{n} in replacement string")));
            }
            Err(e) => return Err(c.error(&shown(e))),
        }
    }
}
