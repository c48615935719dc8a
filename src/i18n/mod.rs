//! The host's own words, in every language, and those of plugins over them.

use std::sync::Arc;

use domovoi_plugin::{Manifest, Translate, catalog::Catalog};
use tracing::error;

/// The Fluent files of the host.
pub const LOCALES: &[(&str, &str)] = &[("en", include_str!("locales/en.ftl")), ("ru", include_str!("locales/ru.ftl"))];

/// The words of a plugin over those of the host; those of the host alone for `None`.
#[must_use]
pub fn words(manifest: Option<&Manifest>) -> Arc<dyn Translate> {
    let (own, mut wrong) = Catalog::new(LOCALES);
    let words = match manifest {
        Some(manifest) => {
            let (words, errors) = own.for_plugin(manifest.locales);
            wrong.extend(errors);
            words
        }
        None => own,
    };
    for wrong in wrong {
        // A faulty file is a bug of whoever wrote it; what can be read of it is used.
        error!("{wrong}");
    }
    Arc::new(words)
}
