//! Feeds `text::oracle_parse`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| gatos_oracles::text::oracle_parse(data));
