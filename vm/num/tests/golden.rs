//! Golden vectors: each line of `golden/*.txt` is a call and what it must give everywhere.
//!
//! The right sides are promises to other platforms. With `UPDATE_GOLDEN=1` they are written
//! anew from the left sides; look at the diff before keeping it.
#![allow(clippy::disallowed_methods)] // golden files are read from disk

use gatos_num::*;
use std::fmt::Display;

fn num(text: &str) -> Num {
    tonumber(text.as_bytes()).unwrap_or_else(|| panic!("bad operand {text}"))
}

fn shown<T: Display, E: Display>(result: Result<T, E>) -> String {
    match result {
        Ok(value) => value.to_string(),
        Err(error) => format!("error: {error}"),
    }
}

fn literal_shown(result: Result<Literal, LiteralError>) -> String {
    match result {
        Ok(l) if l.keeps_digits => format!("{}{}", l.num, if l.exact { " exact" } else { "" }),
        Ok(l) => format!("{} loses digits", l.num),
        Err(LiteralError { suggestion: Some(text), .. }) if text.is_empty() => unreachable!(),
        Err(error) => match &error.suggestion {
            Some(text) => format!("error: {error}; write {text}"),
            None => format!("error: {error}"),
        },
    }
}

fn eval(call: &str) -> String {
    let (op, rest) = call.split_once(' ').unwrap_or((call, ""));
    let args: Vec<&str> = rest.split(' ').collect();
    let binary = |f: fn(Num, Num) -> Result<Num, NumError>| shown(f(num(args[0]), num(args[1])));
    let int = |i: usize| args[i].parse::<i64>().unwrap();
    match op {
        "add" => binary(Num::add),
        "sub" => binary(Num::sub),
        "mul" => binary(Num::mul),
        "div" => binary(Num::div),
        "idiv" => binary(Num::idiv),
        "mod" => binary(Num::modulo),
        "rem" => binary(Num::trunc_rem),
        "pow" => binary(Num::pow),
        "neg" => shown(num(args[0]).neg()),
        "sqrt" => shown(sqrt(num(args[0]))),
        "floor" => num(args[0]).floor().to_string(),
        "ceil" => num(args[0]).ceil().to_string(),
        "cmp" => format!("{:?}", num(args[0]).cmp(num(args[1]))),
        "toint" => shown(num(args[0]).require_int()),
        "tofixed" => shown(num(args[0]).to_fix()),
        "shl" => format!("{:#018x}", shift_left(int(0), int(1))),
        "shr" => format!("{:#018x}", shift_right(int(0), int(1))),
        "wrapping_add" => wrapping_add(int(0), int(1)).to_string(),
        "wrapping_sub" => wrapping_sub(int(0), int(1)).to_string(),
        "wrapping_mul" => wrapping_mul(int(0), int(1)).to_string(),
        "literal" => literal_shown(literal(rest)),
        "literal-" => literal_shown(literal_negated(rest)),
        "tonumber" => {
            // The text stands between bars, with escapes for what a line cannot hold.
            let text = rest.trim_matches('|').replace("\\t", "\t").replace("\\n", "\n").replace("\\0", "\0");
            tonumber(text.as_bytes()).map_or("nil".into(), |n| n.to_string())
        }
        "base" => tonumber_base(args[1].as_bytes(), int(0) as u32).map_or("nil".into(), |n| n.to_string()),
        "json" => shown(parse_json_number(rest)),
        "raw" => fix_text(Fix::from_raw(int(0))).as_str().to_string(),
        "f" => {
            let mut out = String::new();
            match num(args[1]) {
                Num::Int(i) => format_int(i, int(0) as usize, &mut out),
                Num::Fixed(f) => format_fixed(f, int(0) as usize, &mut out),
            }
            out
        }
        "from_f64" => shown(fix_from_f64_bits(u64::from_str_radix(args[0], 16).unwrap())),
        "to_f64" => format!("{:016x}", fix_to_f64_bits(num(args[0]).to_fix().unwrap())),
        "f64" => decimal_to_f64_bits(rest).map_or("none".into(), |bits| {
            let mut text = String::new();
            assert!(write_f64_bits(bits, &mut text));
            format!("{bits:016x} {text}")
        }),
        "pcg32" => {
            let mut rng = Pcg32::new(int(0) as u64, int(1) as u64);
            (0..6).map(|_| format!("{:08x}", rng.next_u32())).collect::<Vec<_>>().join(" ")
        }
        "bounded" => {
            let mut rng = Pcg32::new(int(0) as u64, int(1) as u64);
            (0..10).map(|_| rng.bounded_u64(args[2].parse().unwrap()).to_string()).collect::<Vec<_>>().join(" ")
        }
        "range" => {
            let mut rng = Pcg32::new(int(0) as u64, int(1) as u64);
            let draws = (0..5).map(|_| rng.range(int(2), int(3)).map_or("none".into(), |n| n.to_string()));
            draws.collect::<Vec<_>>().join(" ")
        }
        "unit" => {
            let mut rng = Pcg32::new(int(0) as u64, int(1) as u64);
            (0..4).map(|_| rng.next_fix().to_string()).collect::<Vec<_>>().join(" ")
        }
        _ => panic!("unknown call {call}"),
    }
}

fn check(name: &str) {
    let path = format!("{}/tests/golden/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    let file = std::fs::read_to_string(&path).unwrap();
    let mut fresh = String::new();
    for line in file.lines() {
        if line.is_empty() || line.starts_with('#') {
            fresh.push_str(line);
        } else {
            let call = line.split(" => ").next().unwrap();
            fresh.push_str(&format!("{call} => {}", eval(call)));
        }
        fresh.push('\n');
    }
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, fresh).unwrap();
        return;
    }
    for (want, got) in file.lines().zip(fresh.lines()) {
        assert_eq!(got, want, "in {name}.txt");
    }
}

#[test]
fn arithmetic_vectors() {
    check("arith");
}

#[test]
fn text_vectors() {
    check("text");
}

#[test]
fn float_vectors() {
    check("float64");
}

#[test]
fn pcg32_vectors() {
    check("pcg32");
}
