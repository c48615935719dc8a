//! Stub of `outbox`.
