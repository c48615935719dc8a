//! The part of domovoi that is fuzzed, without the rest: the very files of `src/`, since a build of everything with
//! libFuzzer's counters in it takes half an hour, and counts what is never called.

#![allow(dead_code, unreachable_pub, unused_imports, reason = "the rest of domovoi calls what nobody calls here")]

#[path = "../src/muc/mod.rs"]
mod muc;

#[path = "../src/xmpp"]
mod xmpp {
    pub mod decode;
    pub mod fence;
    pub mod fuzz;
    mod legal;
    pub mod payload;
}

pub use xmpp::{decode::fuzz as decode, fuzz::fuzz_fence as fence};
