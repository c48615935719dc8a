//! The whole bot on a server made up in this process, with time paused: what neither of the live servers offers, and
//! what would take minutes or a day.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests say what they expect"
)]

mod house;
mod server;

mod accounts;
mod archive;
mod entering;
mod incidents;
mod judge;
mod managed;
mod speaking;
mod staying;
mod taking_back;
mod telling;
mod terms;
