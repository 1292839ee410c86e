//! Feeds `policy::oracle_policy_text`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| gatos_oracles::policy::oracle_policy_text(data));
