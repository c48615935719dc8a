//! Stub of `web`.
