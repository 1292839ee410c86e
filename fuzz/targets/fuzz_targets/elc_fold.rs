//! Feeds `fold::oracle_elc_fold`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| gatos_oracles::fold::oracle_elc_fold(data));
