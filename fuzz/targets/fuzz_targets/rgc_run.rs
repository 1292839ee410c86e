//! Feeds `rgc::oracle_rgc_run`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| gatos_oracles::rgc::oracle_rgc_run(data));
