//! Feeds `elc::oracle_elc_run`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| gatos_oracles::elc::oracle_elc_run(data));
