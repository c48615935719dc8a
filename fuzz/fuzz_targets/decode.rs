//! Any bytes as one stanza, decoded: see `domovoi::xmpp::decode`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| domovoi::xmpp::decode::fuzz(data));
