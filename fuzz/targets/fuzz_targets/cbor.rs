//! Feeds `data::oracle_cbor`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| gatos_oracles::data::oracle_cbor(data));
