//! Feeds `data::oracle_envelope`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| gatos_oracles::data::oracle_envelope(data));
