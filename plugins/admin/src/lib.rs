//! The admin plugin.

use domovoi_plugin::{Manifest, Plugin, PluginName};

/// The plugin.
#[must_use]
pub fn plugin() -> Box<dyn Plugin> {
    Box::new(Admin)
}

struct Admin;

impl Plugin for Admin {
    #[expect(clippy::expect_used, reason = "the name is a constant that fits")]
    fn manifest(&self) -> Manifest {
        Manifest { is_on_by_default: true, ..Manifest::new(PluginName::new("admin").expect("a plain name")) }
    }
}
