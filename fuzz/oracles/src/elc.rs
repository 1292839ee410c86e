//! Laws of ELC: bytes mean one program or none, and what verifies runs safely, however far
//! it is from anything a compiler writes. This is what stands before the unchecked code of
//! the machine.

use crate::choices::Choices;
use crate::mutate::mutant;
use crate::observe;
use gatos_compiler::pipeline::{Options, Source, compile, no_modules};
use gatos_elc::program::Program;
use gatos_elc::verify::Verified;
use gatos_elc::{SourceMap, decode, disasm, encode, verify};
use std::sync::OnceLock;

macro_rules! sources {
    ($($path:literal)*) => { &[$(($path, include_str!(concat!("../../../", $path)))),*] };
}

/// Programs that mutants begin from.
const SOURCES: &[(&str, &str)] = sources! {
    "fuzz/oracles/seeds/lua/closures.lua"
    "fuzz/oracles/seeds/lua/metatables.lua"
    "fuzz/oracles/seeds/lua/loops.lua"
    "fuzz/oracles/seeds/lua/calls.lua"
    "fuzz/oracles/seeds/lua/errors.lua"
    "fuzz/oracles/seeds/lua/library.lua"
    "fuzz/oracles/seeds/lua/tables.lua"
    "fuzz/oracles/seeds/lua/fold.lua"
    "fuzz/oracles/seeds/lua/values.lua"
    "bench/lua/programs/bintrees.lua"
    "bench/lua/programs/canonjson.lua"
    "bench/lua/programs/fannkuch.lua"
    "bench/lua/programs/fib.lua"
    "bench/lua/programs/intloop.lua"
    "bench/lua/programs/ledger.lua"
    "bench/lua/programs/lwwmap.lua"
    "bench/lua/programs/matmul.lua"
    "bench/lua/programs/nqueens.lua"
    "bench/lua/programs/oop.lua"
    "bench/lua/programs/ratelimit.lua"
    "bench/lua/programs/sieve.lua"
    "bench/lua/programs/sortcmp.lua"
    "bench/lua/programs/tokenizer.lua"
};

/// The first of [`SOURCES`] that are small: most mutants begin there, because a change in a
/// small program more often matters.
const SMALL_SOURCES: usize = 9;

fn compile_all(sources: &[(&str, &str)]) -> Vec<Program> {
    let one = |(name, text): &(&str, &str)| {
        let c = compile(Source { name, text }, &no_modules, &Options::default());
        match c.program {
            Some(p) => p.program.into_program(),
            None => panic!("{name}: {:?}", c.diagnostics),
        }
    };
    sources.iter().map(one).collect()
}

/// The compiled [`SOURCES`].
pub fn programs() -> &'static [Program] {
    static ALL: OnceLock<Vec<Program>> = OnceLock::new();
    ALL.get_or_init(|| compile_all(SOURCES))
}

/// The mutant that the bytes choose, and a listing for whoever reads of a broken law.
pub fn chosen(data: &[u8]) -> Option<(Verified<Program>, String)> {
    let mut c = Choices::new(data);
    let all = programs();
    let base = if c.one_in(4) { &all[c.below(all.len())] } else { &all[c.below(SMALL_SOURCES)] };
    let m = mutant(base, &mut c)?;
    let listing = if std::env::var_os("ORACLE_SHOW").is_some() { disasm(m.program(), None) } else { String::new() };
    if !listing.is_empty() {
        eprintln!("{listing}");
    }
    Some((m, listing))
}

/// Any bytes: refused with a reason, or one program with exactly these bytes. Bytes that
/// begin with an even number stand for a program with some of its bytes changed.
pub fn oracle_elc_bytes(data: &[u8]) {
    let mut c = Choices::new(data);
    let bytes = if c.byte().is_multiple_of(2) { edited(&mut c) } else { c.rest().to_vec() };
    if let Ok(map) = SourceMap::from_bytes(&bytes) {
        assert_eq!(map.to_bytes(), bytes);
    }
    match decode(&bytes) {
        Err(e) => assert!(!e.to_string().is_empty()),
        Ok(program) => {
            assert_eq!(encode(&program), bytes, "two spellings of one program");
            let _ = disasm(&program, None);
            match verify(program) {
                Err(e) => assert!(!e.to_string().is_empty()),
                Ok(v) => {
                    assert_eq!(v.to_bytes(), bytes);
                    observe::check(&v);
                }
            }
        }
    }
}

fn edited(c: &mut Choices<'_>) -> Vec<u8> {
    let all = programs();
    let bytes = encode(&all[c.below(all.len())]);
    c.edit(bytes)
}

/// Mutants run, the same way twice.
pub fn oracle_elc_run(data: &[u8]) {
    let Some((program, _)) = chosen(data) else { panic!("a program of the seeds does not verify") };
    observe::check(&program);
}
