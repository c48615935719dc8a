//! Any bytes as one stanza, decoded: see `fuzz` in `src/xmpp/decode.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| domovoi_fuzz::decode(data));
