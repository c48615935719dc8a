//! Tests of plugins, written in Lua: each in a VM of its own, which asks whoever runs it for what happens in rooms.
//!
//! Here are the VM and its words; what they mean is for whoever plays the rooms to say.

mod file;
mod run;

pub use file::TestFile;
pub use run::{Next, TestRun, Wish};
