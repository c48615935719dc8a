//! The guard plugin.
