//! The admin plugin.
