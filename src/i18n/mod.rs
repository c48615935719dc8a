//! Stub of `i18n`.
