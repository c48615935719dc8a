//! The stage against real servers; a test binary named `live` is what `scripts/test --fast` leaves out.
#![allow(clippy::unwrap_used, clippy::panic, reason = "allow-unwrap-in-tests does not reach helper functions")]

mod demo;
mod orphans;
mod servers;
