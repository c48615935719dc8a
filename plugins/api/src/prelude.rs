//! What nearly every plugin names, to be brought in at once: `use domovoi_plugin::prelude::*;`.

pub use crate::{
    ActError, Action, Affiliation, Asked, Call, Command, Commands, Context, Event, EventKind, Fault, Identity, Level,
    Manifest, Nick, OptionSpec, Outcome, Plugin, Power, Role, RoomJid, Scope, Target, Text, Timestamp, Who, arg,
    async_trait, locales,
};
