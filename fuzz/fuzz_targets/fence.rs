//! Any bytes through the fence: see `domovoi::xmpp::fuzz`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| domovoi::xmpp::fuzz::fuzz_fence(data));
