//! Feeds `data::oracle_numbers`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| gatos_oracles::data::oracle_numbers(data));
