//! Stub of `control`.
