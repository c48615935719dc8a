//! What handlers hold: where they are, in which language, with which settings, powers and services.

use std::sync::Arc;

use domovoi_plugin::{Context, Event, EventKind, Place, RoomJid, Services, Target};

use super::{core::Host, instance::Installed, services};

impl Host {
    /// What a handler of an event holds.
    #[must_use]
    pub fn event_context(self: &Arc<Self>, installed: &Installed, event: &Event) -> Context {
        let nick = event.nick().cloned();
        let who = event.occupant.as_ref().map(|it| Target { nick: it.nick.clone(), identity: it.identity() });
        let place = match (&event.kind, &nick) {
            (EventKind::Private(_), Some(nick)) => Place::Private(nick.clone()),
            _ => Place::Room,
        };
        let replies = services::replies(self.clone(), installed.name().clone(), who);
        Context { place, nick, replies, ..self.context(installed, Some(&event.room)) }
    }

    /// What a handler holds in a room, or outside any.
    #[must_use]
    pub fn context(self: &Arc<Self>, installed: &Installed, room: Option<&RoomJid>) -> Context {
        Context {
            plugin: installed.name().clone(),
            room: room.cloned(),
            place: Place::Room,
            nick: None,
            lang: room.map_or_else(|| self.bot_language(), |it| self.room_language(it)),
            prefix: self.prefix(room),
            settings: self.live.settings(&installed.manifest, room),
            services: self.services(installed),
            powers: Arc::new(self.powers(&installed.manifest, room)),
            replies: services::replies(self.clone(), installed.name().clone(), None),
        }
    }

    /// The services as this plugin sees them.
    #[must_use]
    pub fn services(self: &Arc<Self>, installed: &Installed) -> Services {
        services::of(self.clone(), installed)
    }

    /// What commands begin with in a room, or in rooms in general; with a blank where it would else run into the word.
    #[must_use]
    pub fn prefix(&self, room: Option<&RoomJid>) -> Arc<str> {
        let config = self.live.config();
        let prefix = room.and_then(|it| config.rooms.get(it)).map_or(&config.bot.prefix, |it| &it.prefix).as_str();
        if prefix.ends_with(char::is_alphanumeric) { Arc::from(format!("{prefix} ")) } else { Arc::from(prefix) }
    }

    /// The language where no room says another.
    #[must_use]
    pub fn bot_language(&self) -> Arc<str> {
        Arc::from(self.live.config().bot.language.as_str())
    }

    /// The language of a room.
    #[must_use]
    pub fn room_language(&self, room: &RoomJid) -> Arc<str> {
        let config = self.live.config();
        let language = config.rooms.get(room).map_or(&config.bot.language, |it| &it.language);
        Arc::from(language.as_str())
    }
}
