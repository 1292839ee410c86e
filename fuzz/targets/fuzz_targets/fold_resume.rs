//! Feeds `fold::oracle_fold_resume`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| gatos_oracles::fold::oracle_fold_resume(data));
