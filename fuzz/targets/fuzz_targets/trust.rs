//! Feeds `gate::oracle_trust`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| gatos_oracles::gate::oracle_trust(data));
