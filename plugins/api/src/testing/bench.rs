//! The bench itself: one plugin, its rooms, its guards and the time.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc, sync::Arc};

use jid::BareJid;

use super::{
    BenchRoom,
    made_room::MadeRoom,
    world::{Act, Entity, Line, Shelf, World},
};
use crate::{
    ActError, Affiliation, Catalog, EventKind, Fault, GuardSetup, Identity, Level, Manifest, Memo, Nick, Place, Plugin,
    Power, RoomGuard, RoomJid, Secret, Shared, Text, Translate, Verdict, Wake, grammar::Commands,
};

/// The nick of the bot on the bench.
pub(super) const OWN_NICK: &str = "domovoi";

/// One plugin in made-up rooms. Cheap to clone; clones are the same bench.
#[derive(Clone)]
pub struct Bench(pub(super) Rc<Core>);

pub(super) struct Core {
    pub(super) plugin: Box<dyn Plugin>,
    pub(super) manifest: Manifest,
    pub(super) commands: Commands,
    pub(super) catalog: Catalog,
    pub(super) shelf: Shelf,
    /// What a test may set before and during its scene.
    pub(super) given: RefCell<Given>,
    pub(super) guards: RefCell<BTreeMap<RoomJid, Box<dyn RoomGuard>>>,
    pub(super) verdicts: RefCell<Vec<Verdict>>,
    pub(super) faults: RefCell<Vec<Fault>>,
    pub(super) n_taken: RefCell<usize>,
    pub(super) n_stays: RefCell<u64>,
}

pub(super) struct Given {
    pub(super) lang: Arc<str>,
    pub(super) settings: Vec<(String, String)>,
}

impl Bench {
    /// A bench for this plugin, in English, with the settings' defaults and every power that the plugin declares.
    ///
    /// # Panics
    /// If a Fluent file of the plugin is faulty, or two of its commands have the same name.
    #[must_use]
    pub fn new(plugin: Box<dyn Plugin>) -> Self {
        Self::over(plugin, Shelf::default())
    }

    /// The same plugin after a restart of the bot: what it kept in the store is there, and nothing else is.
    ///
    /// # Panics
    /// As [`Bench::new`].
    #[must_use]
    pub fn restarted(&self, plugin: Box<dyn Plugin>) -> Self {
        let shelf = Shelf::default();
        shelf.world().state.clone_from(&self.0.shelf.world().state);
        Self::over(plugin, shelf)
    }

    fn over(plugin: Box<dyn Plugin>, shelf: Shelf) -> Self {
        let manifest = plugin.manifest();
        let (commands, collisions) = Commands::build([&manifest]);
        assert!(collisions.is_empty(), "{collisions:?}");
        let (catalog, wrong) = Catalog::new(&[]).0.for_plugin(manifest.locales);
        assert!(wrong.is_empty(), "{wrong:?}");
        shelf.world().powers = manifest.powers.to_vec();
        shelf.world().options.clone_from(&manifest.options);
        shelf.world().now = "2026-11-22T12:00:00Z".parse().unwrap_or_default();
        let given = Given { lang: "en".into(), settings: Vec::new() };
        let it = Self(Rc::new(Core {
            plugin,
            manifest,
            commands,
            catalog,
            shelf,
            given: RefCell::new(given),
            guards: RefCell::default(),
            verdicts: RefCell::default(),
            faults: RefCell::default(),
            n_taken: RefCell::default(),
            n_stays: RefCell::default(),
        }));
        if it.0.manifest.wakes_every.is_some() {
            it.world(|world| world.woken = world.now);
            it.wake(Wake::Start);
        }
        it
    }

    /// Answers come in this language from now on.
    pub fn language(&self, lang: &str) {
        self.0.given.borrow_mut().lang = lang.into();
        self.world(|world| lang.clone_into(&mut world.lang));
    }

    /// A setting of the plugin, for guards of rooms that are made later and for everything else from now on.
    ///
    /// # Panics
    /// If there is no such setting, or the value does not fit.
    pub fn set(&self, name: &str, value: &str) {
        self.0.given.borrow_mut().settings.push((name.to_owned(), value.to_owned()));
        let (_, wrong) = self.read_settings();
        assert!(wrong.is_empty(), "{wrong:?}");
    }

    /// What the rooms' guards share.
    pub fn share(&self, shared: Shared) {
        self.world(|it| it.shared = shared);
    }

    /// What its guards told beside their verdicts.
    #[must_use]
    pub fn memos(&self) -> Vec<Memo> {
        self.0.shelf.world().memos.clone()
    }

    /// Only these powers are granted.
    pub fn grant(&self, powers: &[Power]) {
        self.world(|it| it.powers = powers.to_vec());
    }

    /// From now on nothing is done, only observed.
    pub fn dry_run(&self) {
        self.world(|it| it.is_dry = true);
    }

    /// The server answers the next action so.
    pub fn refuse(&self, error: ActError) {
        self.world(|it| it.refusals.push_back(error));
    }

    /// An owner of the bot gave someone this level, everywhere.
    ///
    /// # Panics
    /// If it is no JID.
    pub fn give_level(&self, jid: &str, level: Level) {
        let identity = Identity::Jid(bare(jid));
        self.world(|it| it.levels.insert((None, identity), level));
    }

    /// What a client or server answers when it is asked about itself.
    pub fn entity(&self, jid: &str, entity: Entity) {
        self.world(|it| it.entities.insert(jid.to_owned(), entity));
    }

    /// A room with the bot in it.
    ///
    /// # Panics
    /// If it is no JID of a room.
    #[must_use]
    pub fn room(&self, jid: &str, bot: Affiliation) -> BenchRoom {
        let jid: RoomJid = jid.parse().unwrap_or_else(|error| panic!("{error}"));
        let own_nick = nick(OWN_NICK);
        let made = self.world(|world| {
            let made = MadeRoom::new(jid.clone(), &own_nick, bot, world.now);
            world.events.push_back(made.event(made.snapshot.me().cloned(), EventKind::Joined));
            world.rooms.insert(jid.clone(), made);
            jid.clone()
        });
        let (settings, _) = self.read_settings();
        let setup = GuardSetup { room: &made, settings: &settings, saved: None, secret: Secret::default() };
        if let Some(guard) = self.0.plugin.guard(&setup) {
            self.0.guards.borrow_mut().insert(made, guard);
        }
        self.settle();
        BenchRoom::new(self.clone(), jid)
    }

    /// The guard of a room as it would be after a restart: saved and made anew.
    pub fn restart_guard(&self, room: &BenchRoom) {
        let saved = self.0.guards.borrow().get(room.jid()).map(|it| it.save());
        let (settings, _) = self.read_settings();
        let setup =
            GuardSetup { room: room.jid(), settings: &settings, saved: saved.as_deref(), secret: Secret::default() };
        if let Some(guard) = self.0.plugin.guard(&setup) {
            self.0.guards.borrow_mut().insert(room.jid().clone(), guard);
        }
    }

    /// What the plugin said and did since this was last asked, as lines of a transcript: `bot: alice: hello`,
    /// `bot to alice: psst`, `bot kicks bob: spam (by alice)`.
    #[must_use]
    pub fn answers(&self) -> Vec<String> {
        let mut n_taken = self.0.n_taken.borrow_mut();
        let world = self.0.shelf.world();
        let new = world.told.iter().skip(*n_taken).cloned().collect();
        *n_taken = world.told.len();
        new
    }

    /// Every line that the plugin sent to anybody.
    #[must_use]
    pub fn lines(&self) -> Vec<Line> {
        self.0.shelf.world().lines.clone()
    }

    /// Everything that was done in rooms, by people's word, by the plugin itself and by its guards.
    #[must_use]
    pub fn acts(&self) -> Vec<Act> {
        self.0.shelf.world().acts.clone()
    }

    /// What guards decided, all that was not a pass.
    #[must_use]
    pub fn verdicts(&self) -> Vec<Verdict> {
        self.0.verdicts.borrow().clone()
    }

    /// Faults of the plugin. A test of a sound plugin finds none.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        self.0.faults.borrow().clone()
    }

    /// What the plugin says of itself.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.0.manifest
    }

    /// A text in the language of the bench.
    #[must_use]
    pub fn words(&self, text: &Text) -> String {
        self.0.catalog.translate(&self.0.given.borrow().lang, text)
    }

    /// Someone says something to the bot outside any room; a line that begins with a room's JID is about that room.
    ///
    /// # Panics
    /// If it is no JID.
    pub fn direct(&self, jid: &str, line: &str) {
        let jid = bare(jid);
        let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
        let named = first.parse::<RoomJid>().ok().filter(|it| self.0.shelf.world().rooms.contains_key(it));
        let (room, line) = named.map_or((None, line), |it| (Some(it), rest));
        let occupant = room.as_ref().and_then(|it| {
            let world = self.0.shelf.world();
            world.rooms.get(it)?.snapshot.occupants.values().find(|it| it.has_jid(&jid)).cloned()
        });
        self.command(room, Place::Direct(jid), occupant, line);
        self.settle();
    }

    /// The language of answers.
    pub(super) fn lang(&self) -> Arc<str> {
        self.0.given.borrow().lang.clone()
    }

    pub(super) fn world<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        change(&mut self.0.shelf.world())
    }

    pub(super) fn new_stay(&self) -> u64 {
        let mut n_stays = self.0.n_stays.borrow_mut();
        *n_stays += 1;
        *n_stays
    }
}

pub(super) fn nick(text: &str) -> Nick {
    Nick::new(text).unwrap_or_else(|error| panic!("{error}"))
}

pub(super) fn bare(text: &str) -> BareJid {
    BareJid::new(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}
