//! `[http]`: the guarded HTTP client of plugins.

use super::{Allowed, section::Section};

/// What the guarded client may reach.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Http {
    /// Addresses besides the public ones.
    pub allow: Vec<Allowed>,
}

impl Http {
    /// Reads `[http]`.
    pub(super) fn read(root: &Section<'_>) -> Self {
        let section = root.section_or_empty("http");
        let expected = "an address such as \"127.0.0.1:8099\"";
        let allow = section.list("allow", expected, str::parse::<Allowed>).unwrap_or_default();
        section.finish();
        Self { allow }
    }
}
