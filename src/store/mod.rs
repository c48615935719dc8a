//! Stub of `store`.
