//! A password: readable only where it is used.

use std::fmt;

/// A text that must not reach logs: `Debug` hides it, and there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a secret.
    ///
    /// # Errors
    /// If it is empty: an empty password is a forgotten one.
    pub fn new(text: impl Into<String>) -> Result<Self, String> {
        let text = text.into();
        if text.is_empty() { Err("the password is empty".to_owned()) } else { Ok(Self(text)) }
    }

    /// The secret itself, to hand to a login.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
