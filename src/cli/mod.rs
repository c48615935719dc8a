//! Stub of `cli`.

pub mod backup;
