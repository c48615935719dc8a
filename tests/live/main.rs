//! The real binary on a real Prosody and a real ejabberd, on loopback.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests say what they expect")]

mod accounts;
mod house;

mod guard;
mod rooms;
