//! What only this installation knows.

use std::fmt;

/// A secret of one plugin in one installation: the same after a restart, another for every other plugin and elsewhere.
/// With it a plugin can make names of what nobody should recognise or guess, such as people.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Secret([u8; 32]);

impl Secret {
    /// Of 32 bytes that nobody else has.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, for a keyed hash.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(********)")
    }
}
