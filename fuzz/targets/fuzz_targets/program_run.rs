//! Feeds `text::oracle_program_run`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| gatos_oracles::text::oracle_program_run(data));
