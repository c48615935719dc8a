//! Stub of `bundle`.
