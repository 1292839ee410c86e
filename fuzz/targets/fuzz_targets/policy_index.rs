//! Feeds `policy::oracle_policy_index`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| gatos_oracles::policy::oracle_policy_index(data));
