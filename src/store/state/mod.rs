//! What the bot must remember: settings, access, timed entries, identities, counters, keys and values of plugins.
//!
//! A handful of trees in an embedded store, written by one thread. Nothing outside this folder knows which store it is.

pub(crate) mod acked;
pub(crate) mod backend;
pub(crate) mod deferred;
pub(crate) mod dump;
pub(crate) mod handle;
pub(crate) mod meta;
pub(crate) mod opening;
pub(crate) mod sled_file;
pub(crate) mod tree;
pub(crate) mod writer;

pub use dump::Image;
pub use handle::{Pair, State, StateHealth, StateOptions};
pub use opening::{Opened, Schema, UpgradeStep};
pub use tree::{Batch, MAX_BATCH_BYTES, MAX_KEY_BYTES, MAX_VALUE_BYTES, Tree};

#[cfg(test)]
mod tests;
