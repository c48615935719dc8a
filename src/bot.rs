//! Stub of `bot`.
