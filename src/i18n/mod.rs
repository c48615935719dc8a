//! The host's own words, in every language, and those of plugins over them.

use std::sync::{Arc, LazyLock};

use domovoi_plugin::{
    Manifest, Translate,
    catalog::{Catalog, CatalogError},
};
use tracing::error;

/// The Fluent files of the host.
pub const LOCALES: &[(&str, &str)] = &[("en", include_str!("locales/en.ftl")), ("ru", include_str!("locales/ru.ftl"))];

/// The host's own words, read once: every plugin has them below its own.
static OWN: LazyLock<Catalog> = LazyLock::new(|| {
    let (own, wrong) = Catalog::new(LOCALES);
    tell(wrong);
    own
});

/// The words of a plugin over those of the host; those of the host alone for `None`.
#[must_use]
pub fn words(manifest: Option<&Manifest>) -> Arc<dyn Translate> {
    let Some(manifest) = manifest else { return Arc::new(OWN.clone()) };
    let (words, wrong) = OWN.for_plugin(manifest.locales);
    tell(wrong);
    Arc::new(words)
}

/// A faulty file is a bug of whoever wrote it; what can be read of it is used.
fn tell(wrong: Vec<CatalogError>) {
    for wrong in wrong {
        error!("{wrong}");
    }
}
