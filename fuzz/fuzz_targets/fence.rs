//! Any bytes through the fence: see `src/xmpp/fuzz.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| domovoi_fuzz::fence(data));
