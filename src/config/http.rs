//! `[http]`: the guarded HTTP client of plugins.

use super::Allowed;

/// What the guarded client may reach.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Http {
    /// Addresses besides the public ones.
    pub allow: Vec<Allowed>,
}
