//! Backups: a folder with the state as one checked file, the records' day files, and a manifest that is written last.
//!
//! One is made while the bot runs, or before an upgrade; verified without a store; restored by renames, so that what
//! was there before is still there, aside.

mod create;
mod manifest;
mod restore;

pub(crate) use create::before_upgrade;
pub use create::{create, default_dest};
pub use manifest::{BackupReport, verify};
pub(crate) use restore::finish_restore;
pub use restore::{Restored, restore};

#[cfg(test)]
mod tests;
