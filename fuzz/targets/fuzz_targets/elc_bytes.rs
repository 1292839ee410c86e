//! Feeds `elc::oracle_elc_bytes`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| gatos_oracles::elc::oracle_elc_bytes(data));
