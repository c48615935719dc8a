//! Stub of `muc`.
