//! Feeds `text::oracle_compile_run`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| gatos_oracles::text::oracle_compile_run(data));
