//! The real binary on a real Prosody and a real ejabberd, on loopback.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests say what they expect")]
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "live tests run on real time, and say how long it took"
)]
#![allow(clippy::too_many_lines, clippy::useless_format, reason = "a scene is read from top to bottom")]

mod accounts;
mod attacks;
mod figures;
mod house;
mod kept;
mod killed;
mod lists;

mod guard;
mod outside;
mod rooms;
mod soak;
