//! What happened in the rooms: plain files, a folder a room and a file a UTC day, one JSON line a record.
//!
//! Lines stand in the order in which they arrived. What is filled in later keeps its old time and goes to the day on
//! which it came. Days that are over are packed with zstd; any tool reads both.

pub(crate) mod day;
pub(crate) mod draft;
pub(crate) mod failing;
pub(crate) mod files;
pub(crate) mod gaps;
pub(crate) mod handle;
pub(crate) mod known;
pub(crate) mod line;
pub(crate) mod pack;
pub(crate) mod path;
pub(crate) mod reader;
pub(crate) mod room;
pub(crate) mod thin;
pub(crate) mod upkeep;
pub(crate) mod writer;

pub use draft::Draft;
pub use handle::{Full, Records, RecordsHealth, RecordsOptions, rooms};
pub use known::KnownIds;
pub use reader::{From, Reader};
pub use thin::{Days, KeepRecord};

#[cfg(test)]
mod tests;
