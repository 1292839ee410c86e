//! What the generators reach: an oracle that never gets anywhere holds no law.

use gatos_elc::program::Program;
use gatos_oracles::choices::Choices;
use gatos_oracles::{elc, observe, program};

/// Bytes that look random and are the same every time.
fn bytes(seed: u64, n: usize) -> Vec<u8> {
    let mut s = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..n)
        .map(|_| {
            s ^= s << 13;
            s ^= s >> 7;
            s ^= s << 17;
            (s >> 32) as u8
        })
        .collect()
}

fn changed(a: &Program, b: &Program) -> bool {
    a != b
}

#[test]
fn mutants_differ_run_and_end_in_many_ways() {
    let (mut different, mut ran, mut failed, mut limited) = (0, 0, 0, 0);
    for seed in 0..200 {
        let data = bytes(seed, 400);
        let (m, _) = elc::chosen(&data).expect("seeds verify");
        different += u32::from(!elc::programs().iter().any(|p| !changed(p, m.program())));
        let seen = observe::run(&m, observe::SMALL);
        for s in &seen.steps {
            match &s.outcome {
                Ok(_) => ran += 1,
                Err(f) if f.limit.is_some() => limited += 1,
                Err(_) => failed += 1,
            }
        }
    }
    println!("{different} mutants, {ran} calls returned, {failed} raised, {limited} reached a limit");
    assert!(different > 120 && ran > 200 && failed > 50 && limited > 5);
}

#[test]
fn made_up_programs_compile_and_do_something() {
    let (mut compiled, mut finished, mut fuel) = (0, 0, 0);
    for seed in 0..200 {
        let data = bytes(seed, 300);
        let text = program::script(&mut Choices::new(&data));
        let source = gatos_compiler::Source { name: "a.lua", text: &text };
        let c = gatos_compiler::compile(source, &gatos_compiler::no_modules, &gatos_compiler::Options::default());
        if let Some(p) = c.program {
            compiled += 1;
            let seen = observe::run(&p.program, observe::SMALL);
            finished += u32::from(seen.steps.first().is_some_and(|s| s.outcome.is_ok()));
            fuel += seen.steps.iter().map(|s| s.usage.fuel).sum::<u64>();
        } else if std::env::var_os("ORACLE_SHOW").is_some() {
            println!("{text}\n{:#?}", c.diagnostics.iter().find(|d| d.diagnostic.code.starts_with('E')));
        }
    }
    println!("{compiled} compiled, {finished} finished, {fuel} fuel");
    assert!(compiled > 120 && finished > 80);
}
