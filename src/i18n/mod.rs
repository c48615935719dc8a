//! The host's own words, in every language, and those of plugins over them.

use std::sync::{Arc, LazyLock};

use domovoi_plugin::{
    Manifest, Translate,
    catalog::{Catalog, CatalogError},
};
use tracing::error;

/// The Fluent files of the host.
pub const LOCALES: &[(&str, &str)] = &[("en", include_str!("locales/en.ftl")), ("ru", include_str!("locales/ru.ftl"))];

/// The host's words, read once: every plugin's lie over the same.
static OWN: LazyLock<Catalog> = LazyLock::new(|| told(Catalog::new(LOCALES)));

/// The words of a plugin over those of the host; those of the host alone for `None`.
#[must_use]
pub fn words(manifest: Option<&Manifest>) -> Arc<dyn Translate> {
    Arc::new(match manifest {
        Some(manifest) => told(OWN.for_plugin(manifest.locales)),
        None => OWN.clone(),
    })
}

/// A faulty file is a bug of whoever wrote it: it is told, and what can be read of it is used.
fn told((catalog, wrong): (Catalog, Vec<CatalogError>)) -> Catalog {
    for wrong in wrong {
        error!("{wrong}");
    }
    catalog
}
