//! The guard in scenes, through the public contract alone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]
#![allow(unreachable_pub, missing_docs, reason = "the modules belong to this test only")]

mod attacks;
mod memory;
mod quiet;
mod raids;
mod scene;
