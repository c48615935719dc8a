//! The one list of compiled-in plugins. Their order is the order in which guards judge and commands are found.

use std::sync::Arc;

use domovoi_plugin::Plugin;

use crate::host::lua::bundled;

/// The bundled plugins: those in Rust, then those in Lua, whose list is that of their files.
#[must_use]
pub fn plugins() -> Vec<Arc<dyn Plugin>> {
    let plugins: Vec<Box<dyn Plugin>> = vec![
        #[cfg(feature = "guard")]
        domovoi_guard::plugin(),
        #[cfg(feature = "admin")]
        domovoi_admin::plugin(),
    ];
    plugins.into_iter().map(Arc::from).chain(bundled::plugins()).collect()
}

#[cfg(test)]
mod tests {
    use domovoi_plugin::{Power, grammar::Commands};

    use super::*;

    #[test]
    fn no_two_plugins_want_the_same_words() {
        let manifests: Vec<_> = plugins().iter().map(|it| it.manifest()).collect();
        assert_eq!(Commands::build(manifests.iter()).1, []);
    }

    #[test]
    fn whoever_has_commands_may_answer_them() {
        for manifest in plugins().iter().map(|it| it.manifest()).filter(|it| !it.commands.is_empty()) {
            for power in [Power::Say, Power::Private] {
                assert!(manifest.powers.contains(&power), "{} does not declare {power:?}", manifest.name);
            }
        }
    }
}
