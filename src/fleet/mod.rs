//! Stub of `fleet`.
