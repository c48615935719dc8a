//! Tests of the real program from outside, one module a topic.
#![allow(clippy::unwrap_used, reason = "allow-unwrap-in-tests does not reach helper functions")]

mod backup;
mod bundled;
mod command_line;
mod console;
mod doctor;
mod lessons;
mod lua;
mod new_rust;
mod plugin;
mod reference;
mod replay;
