//! All commands of a plugin.

use std::{collections::BTreeMap, sync::OnceLock};

use super::{
    Asked,
    command::{BoundCommand, Run},
};
use crate::{Call, CommandSpec, Context, Fault};

/// The commands of plugin `P`, kept in a `static` and made at first use.
pub struct Commands<P: 'static> {
    make: fn() -> Vec<BoundCommand<P>>,
    table: OnceLock<Table<P>>,
}

struct Table<P> {
    specs: Vec<CommandSpec>,
    runs: BTreeMap<&'static str, Run<P>>,
}

impl<P> Commands<P> {
    /// Those that this function makes; it is called once. Help shows them in their order.
    #[must_use]
    pub const fn new(make: fn() -> Vec<BoundCommand<P>>) -> Self {
        Self { make, table: OnceLock::new() }
    }

    /// What they are, for [`crate::Manifest::commands`].
    #[must_use]
    pub fn specs(&self) -> Vec<CommandSpec> {
        self.table().specs.clone()
    }

    /// Carries out what was asked, for [`crate::Plugin::command`].
    ///
    /// # Errors
    /// Those of the command's function; [`Fault::Broken`] if there is no such command, or if its arguments are not those
    /// that it declares, neither of which a host lets happen.
    pub async fn run(&self, plugin: &P, call: &Call, cx: &Context) -> Result<(), Fault> {
        match self.table().runs.get(call.command) {
            Some(run) => run(plugin, Asked { call, cx }).await,
            None => Err(Fault::Broken(format!("there is no command `{}`", call.command))),
        }
    }

    fn table(&self) -> &Table<P> {
        self.table.get_or_init(|| {
            let commands = (self.make)();
            let specs = commands.iter().map(|it| it.spec.clone()).collect();
            Table { specs, runs: commands.into_iter().map(|it| (it.spec.name, it.run)).collect() }
        })
    }
}
