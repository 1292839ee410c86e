//! Feeds `data::oracle_json`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| gatos_oracles::data::oracle_json(data));
