//! Stub of `host`.
