//! What this installation alone knows: made once, kept in the store, never shown.

use domovoi_plugin::{PluginName, Secret};
use rand::Rng as _;
use ring::hmac;

use super::core::OWN_NAME;
use crate::store::{Batch, State, StoreError, Tree, held};

/// The one secret of which all others are made.
#[derive(Default)]
pub struct Secrets(Secret);

impl Secrets {
    /// Reads it; a new one is made where there is none.
    ///
    /// # Errors
    /// If the store cannot be read, or did not take it.
    pub async fn load(state: &State) -> Result<Self, StoreError> {
        let key = format!("{OWN_NAME}\0secret");
        if let Some(known) = state.get_json::<[u8; 32]>(Tree::Kv, key.clone()).await? {
            return Ok(Self(Secret::new(known)));
        }
        let mut new = [0; 32];
        rand::rng().fill_bytes(&mut new);
        held(state.commit(Batch::new().put_json(Tree::Kv, key, &new)?).await)?;
        Ok(Self(Secret::new(new)))
    }

    /// The secret of one plugin, by which that of another cannot be told.
    #[must_use]
    pub fn of(&self, plugin: &PluginName) -> Secret {
        Secret::new(keyed(&self.0, &["plugin\0", plugin.as_str()]))
    }
}

/// What nobody without the secret can make of these texts: HMAC with SHA-256.
pub(super) fn keyed(secret: &Secret, parts: &[&str]) -> [u8; 32] {
    let mut signing = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, secret.bytes()));
    parts.iter().for_each(|it| signing.update(it.as_bytes()));
    let mut bytes = [0; 32];
    bytes.iter_mut().zip(signing.sign().as_ref()).for_each(|(byte, it)| *byte = *it);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::StateOptions;

    #[tokio::test]
    async fn a_secret_outlives_a_restart_and_is_nobody_else_s() {
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let name = |name: &str| PluginName::new(name).unwrap();
        let load = async |dir: &std::path::Path| {
            let (state, _) = State::open(dir, StateOptions::default()).unwrap();
            let secrets = Secrets::load(&state).await.unwrap();
            state.close().await;
            secrets
        };
        let (first, other) = (load(here.path()).await, load(there.path()).await);
        let again = load(here.path()).await;
        assert_eq!(first.of(&name("dice")), again.of(&name("dice")));
        assert_ne!(first.of(&name("dice")), other.of(&name("dice")));
        assert_ne!(first.of(&name("dice")), first.of(&name("poll")));
        assert_ne!(first.of(&name("dice")), first.0, "nor is the one behind it shown to anybody");
    }

    #[test]
    fn texts_are_keyed_as_the_standard_says() {
        // RFC 4231 §4.3, with the key filled up to 32 bytes by zeros, which HMAC does itself.
        let mut key = [0; 32];
        key.iter_mut().zip(b"Jefe").for_each(|(to, from)| *to = *from);
        let hex: String =
            keyed(&Secret::new(key), &["what do ya want ", "for nothing?"]).map(|it| format!("{it:02x}")).concat();
        assert_eq!(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }
}
