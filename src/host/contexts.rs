//! What handlers hold: where they are, in which language, with which settings, powers and services.
//!
//! Most of it is the same for everything that happens in one room, so it is made once for each, and again when the
//! configuration is another one.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domovoi_plugin::{Context, Event, EventKind, Manifest, Place, RoomJid, Services, Target};

use super::{core::Host, instance::Installed, services};

/// So many rooms are remembered; then all are looked up anew.
const MAX_ROOMS: usize = 256;

/// The contexts of one version of a plugin. It does not keep the plugin itself.
pub(super) struct Contexts {
    host: Arc<Host>,
    manifest: Arc<Manifest>,
    services: Arc<Services>,
    known: Mutex<Known>,
}

/// By room, as of one generation of the configuration.
#[derive(Default)]
struct Known {
    generation: u64,
    rooms: HashMap<Option<RoomJid>, Arc<Context>>,
}

impl Contexts {
    pub(super) fn new(host: Arc<Host>, installed: &Installed) -> Self {
        let services = host.services(installed);
        Self { host, manifest: installed.manifest.clone(), services, known: Mutex::default() }
    }

    /// Whether these are the contexts of this version.
    pub(super) fn are_of(&self, installed: &Installed) -> bool {
        Arc::ptr_eq(&self.manifest, &installed.manifest)
    }

    /// What every handler in a room holds, or outside any.
    pub(super) fn of(&self, room: Option<&RoomJid>) -> Arc<Context> {
        let generation = self.host.live.generation();
        let key = room.cloned();
        if let Some(known) = self.known(generation).rooms.get(&key) {
            return known.clone();
        }
        let new = Arc::new(self.host.context_with(&self.manifest, self.services.clone(), room));
        self.known(generation).rooms.insert(key, new.clone());
        new
    }

    /// What is remembered as of this generation.
    fn known(&self, generation: u64) -> MutexGuard<'_, Known> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.generation != generation || MAX_ROOMS <= known.rooms.len() {
            *known = Known { generation, rooms: HashMap::new() };
        }
        known
    }

    /// What the handler of an event holds.
    pub(super) fn of_event(&self, event: &Event) -> Context {
        let nick = event.nick().cloned();
        let who = event.occupant.as_ref().map(|it| Target { nick: it.nick.clone(), identity: it.identity() });
        let place = match (&event.kind, &nick) {
            (EventKind::Private(_), Some(nick)) => Place::Private(nick.clone()),
            _ => Place::Room,
        };
        let replies = services::replies(self.host.clone(), self.manifest.name.clone(), who);
        Context { place, nick, replies, ..Context::clone(&self.of(Some(&event.room))) }
    }
}

impl Host {
    /// What a handler holds in a room, or outside any.
    #[must_use]
    pub fn context(self: &Arc<Self>, installed: &Installed, room: Option<&RoomJid>) -> Context {
        self.context_with(&installed.manifest, self.services(installed), room)
    }

    fn context_with(self: &Arc<Self>, manifest: &Manifest, services: Arc<Services>, room: Option<&RoomJid>) -> Context {
        Context {
            plugin: manifest.name.clone(),
            room: room.cloned(),
            place: Place::Room,
            nick: None,
            lang: room.map_or_else(|| self.bot_language(), |it| self.room_language(it)),
            prefix: self.prefix(room),
            settings: self.live.settings(manifest, room),
            services,
            powers: Arc::new(self.powers(manifest, room)),
            secret: self.secrets.of(&manifest.name),
            replies: services::replies(self.clone(), manifest.name.clone(), None),
        }
    }

    /// The services as this plugin sees them.
    #[must_use]
    pub fn services(self: &Arc<Self>, installed: &Installed) -> Arc<Services> {
        Arc::new(services::of(self.clone(), installed))
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
