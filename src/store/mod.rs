//! What survives a restart: the state, and the records of what happened.
//!
//! [`State`] is a set of small trees whose acknowledged changes survive a kill, a full disk and a bad sector noticed
//! before it does harm. Records are plain files, one a room and day. Both have one writer each.

pub mod backup;
mod error;
mod faults;
mod fence;
mod hold;
mod lock;
pub mod records;
pub mod state;
mod whole;

pub use error::{StoreError, chain, held};
pub use faults::Faults;
pub use records::{Draft, Full, Records, RecordsHealth, RecordsOptions};
pub use state::{Batch, Opened, Schema, State, StateHealth, StateOptions, Tree};
pub use whole::{Store, StoreOptions};
