//! The plugin `core`: all commands of the host itself, and which function carries out which.

use std::sync::{Arc, OnceLock, Weak};

use domovoi_plugin::{Call, Context, Fault, Manifest, Plugin, PluginName, Power, async_trait};

use super::{
    access, alerts,
    asked::{Answered, Asked},
    entities, explain, help, hooks, incidents, loading, options, plugins, powers, report, rooms, settings, setup,
    since, undo, why,
};
use crate::host::core::{Ending, Host, OWN_NAME};

/// Where the plugin finds its host, once there is one.
pub type Slot = Arc<OnceLock<Weak<Host>>>;

/// What the host itself does in rooms: answers, and ends what it began.
const POWERS: &[Power] = &[
    Power::Say,
    Power::Private,
    Power::Kick,
    Power::Voice,
    Power::Ban,
    Power::Affiliation,
    Power::RoomConfig,
    Power::Store,
    Power::People,
];

struct Core(Slot);

/// The plugin, and the slot for its host.
#[must_use]
pub fn plugin() -> (Arc<dyn Plugin>, Slot) {
    let slot = Slot::default();
    (Arc::new(Core(slot.clone())), slot)
}

/// What it says of itself.
#[must_use]
#[expect(clippy::expect_used, reason = "the name is a constant that fits")]
pub fn manifest() -> Manifest {
    let commands = [
        help::COMMANDS,
        entities::COMMANDS,
        report::COMMANDS,
        settings::COMMANDS,
        setup::COMMANDS,
        plugins::COMMANDS,
        options::COMMANDS,
        loading::COMMANDS,
        powers::COMMANDS,
        hooks::COMMANDS,
        access::COMMANDS,
        rooms::COMMANDS,
        incidents::COMMANDS,
        explain::COMMANDS,
        why::COMMANDS,
        undo::COMMANDS,
        since::COMMANDS,
        alerts::COMMANDS,
    ]
    .concat();
    let name = PluginName::new(OWN_NAME).expect("the name is plain");
    Manifest {
        description: "core-description",
        powers: POWERS,
        commands,
        is_on_by_default: true,
        ..Manifest::new(name)
    }
}

#[async_trait]
impl Plugin for Core {
    fn manifest(&self) -> Manifest {
        manifest()
    }

    async fn command(&self, call: &Call, cx: &Context) -> Result<(), Fault> {
        // Without a host the bot is going down, and nobody waits for an answer.
        let Some(host) = self.0.get().and_then(Weak::upgrade) else { return Ok(()) };
        let asked = Asked { roster: host.roster(), host, call, cx };
        let answer = carry_out(&asked).await?;
        asked.answer(answer).await;
        Ok(())
    }
}

async fn carry_out(it: &Asked<'_>) -> Answered {
    match it.call.command {
        "help" => help::help(it),
        "commands" => help::commands(it),
        "more" => help::more(it),
        "about" => help::about(it),
        "ping" => entities::ping(it).await,
        "version" => entities::version(it).await,
        "time" => entities::time(it).await,
        "uptime" => entities::uptime(it).await,
        "status" => report::status(it).await,
        "accounts" => report::accounts(it).await,
        "acts" => report::list_acts(it).await,
        "error" => report::error(it),
        "quit" => report::end(it, Ending::Quit).await,
        "restart" => report::end(it, Ending::Restart).await,
        "prefix" => settings::prefix(it).await,
        "language" => settings::language(it).await,
        "timezone" => settings::timezone(it).await,
        "config diff" => settings::diff(it).await,
        "setup" => setup::setup(it).await,
        "plugin list" => plugins::list(it),
        "plugin on" => plugins::switch(it, true).await,
        "plugin off" => plugins::switch(it, false).await,
        "plugin set" => plugins::set(it).await,
        "plugin unset" => plugins::unset(it).await,
        "plugin get" => options::get(it).await,
        "plugin help" => options::help(it).await,
        "plugin load" | "plugin reload" => loading::load(it).await,
        "plugin unload" => loading::unload(it).await,
        "plugin hook" => hooks::address(it).await,
        "plugin perms" => powers::show(it).await,
        "access show" => access::show(it).await,
        "access set" => access::set(it).await,
        "access unset" => access::unset(it).await,
        "ignore" => access::ignore(it).await,
        "unignore" => access::unignore(it).await,
        "rooms list" => rooms::list(it).await,
        "rooms join" => rooms::join(it).await,
        "rooms leave" => rooms::leave(it).await,
        "rooms move" => rooms::relocate(it).await,
        "invites" => rooms::invitations(it).await,
        "invites accept" => rooms::accept(it).await,
        "invites refuse" => rooms::refuse(it).await,
        "incident" => incidents::one(it).await,
        "incidents" => incidents::list(it).await,
        "case" => incidents::of_person(it).await,
        "explain" => explain::explain(it).await,
        "why" => why::why(it).await,
        "undo" => undo::undo(it).await,
        "since" => since::since(it).await,
        "alerts" => alerts::alerts(it).await,
        unknown => Err(Fault::Broken(format!("no function carries out `{unknown}`"))),
    }
}
