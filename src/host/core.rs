//! The host: the plugins that are installed, and what they share.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, OnceLock, PoisonError, RwLock},
};

use domovoi_plugin::{Manifest, Plugin, PluginName, Power, Role, RoomJid, Text, Timestamp, Translate, Wake};
use tokio::sync::{mpsc, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{error, warn};

use super::{
    access::Access,
    acts,
    answers::Rests,
    bots::Bots,
    commands::{self, Line},
    direct_answers::DirectAnswers,
    fault::Faults,
    feed::Feed,
    guard_chain::SharedParts,
    hooks::Hooks,
    in_hand::{Held, InHand},
    incidents::decisions::Decisions,
    instance::{self, Job},
    invites::Attempts,
    keeper::Keeper,
    languages::{self, Languages},
    live::Live,
    loading::Loading,
    nodes::Nodes,
    notices::{self, Notices},
    outlet::Outlet,
    own::{self, Setups},
    pauses::Pauses,
    rights,
    roster::{self, Roster},
    secrets::Secrets,
    shelves::Shelves,
    steward,
    strangers::Strangers,
    timers::{self, Timers},
    under_way::UnderWay,
    usage::{self, Usage},
};
use crate::{clock::Clock, config::Config, fetch, metrics::Metrics, store::Store};

/// The name under which the host itself acts, and of its own commands.
pub const OWN_NAME: &str = "core";

/// The host of all plugins. One a process, shared.
pub struct Host {
    /// The plugins and their commands, replaced as a whole.
    pub(super) roster: RwLock<Arc<Roster>>,
    /// The configuration.
    pub live: Live,
    /// Things kept.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// What is counted.
    pub metrics: Metrics,
    /// Faults of plugins.
    pub faults: Faults,
    /// Plugins that rest because they failed too often.
    pub(super) pauses: Pauses,
    /// Timers of plugins that ring once.
    pub(super) timers: Timers,
    /// Questions of plugins in direct chats.
    pub(super) direct_answers: DirectAnswers,
    /// How much plugins keep.
    pub(super) shelves: Shelves,
    /// What this installation alone knows.
    pub(super) secrets: Secrets,
    /// How often plugins were called from the web.
    pub(super) hooks: Hooks,
    /// What of the plugins in Lua is loaded.
    pub(super) loading: Loading,
    /// What plugins used of their powers.
    pub(super) usage: Usage,
    /// What a person watching is shown.
    pub feed: Feed,
    /// The host's own words.
    pub words: Arc<dyn Translate>,
    /// What the rooms of each guard share.
    pub shared: SharedParts,
    /// The way to the web.
    pub(super) fetch: fetch::Client,
    /// Levels that were given.
    pub access: Access,
    /// The way to the store for those who cannot wait.
    pub keeper: Keeper,
    /// Rests of long answers.
    pub rests: Rests,
    /// Other bots.
    pub bots: Bots,
    /// Which plugin wants to hear of which node.
    pub nodes: Nodes,
    /// When it was started.
    pub started: Timestamp,
    /// Commands and notices that are not done yet.
    pub in_hand: InHand,
    /// In which language people want to be answered.
    pub languages: Languages,
    /// What owners of the bot are told.
    pub notices: Notices,
    /// What guards decided last.
    pub decisions: Decisions,
    /// What they asked for that is not answered yet.
    pub under_way: UnderWay,
    /// Setups that wait for an answer.
    pub(super) setups: Setups,
    /// Strangers who wrote directly, and how often they were answered.
    pub(super) strangers: Strangers,
    /// Who invites us, and how often.
    pub(super) attempts: Attempts,
    pub(super) tasks: TaskTracker,
    pub(super) cancel: CancellationToken,
    pub(super) make_words: WordsOf,
    ending: watch::Sender<Option<Ending>>,
    on_config: OnceLock<OnConfig>,
    pub(super) own_roles: RwLock<BTreeMap<RoomJid, Role>>,
    lines: mpsc::Sender<(Line, Held)>,
    outlet: OnceLock<Arc<dyn Outlet>>,
}

/// How the bot is to end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ending {
    /// For good.
    Quit,
    /// To be started again at once.
    Restart,
}

/// A configuration that took another's place.
#[derive(Clone, Copy, Debug)]
pub struct Replaced<'a> {
    /// What it was.
    pub old: &'a Config,
    /// What it is.
    pub new: &'a Config,
    /// Whether the file was read again, and not a key changed by chat.
    pub is_reload: bool,
}

/// Is told the old and the new configuration.
pub type OnConfig = Box<dyn Fn(Replaced<'_>) + Send + Sync>;

/// Gives the words of a plugin; of the host itself for `None`.
pub type WordsOf = Box<dyn Fn(Option<&Manifest>) -> Arc<dyn Translate> + Send + Sync>;

/// The parts a host is made of.
pub struct Parts {
    /// The plugins, in bundle order.
    pub plugins: Vec<Arc<dyn Plugin>>,
    /// The configuration.
    pub live: Live,
    /// Things kept.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// What is counted.
    pub metrics: Metrics,
    /// Levels that were given.
    pub access: Access,
    /// What this installation alone knows.
    pub secrets: Secrets,
    /// The words of each plugin, and of the host itself under the name of none.
    pub words: WordsOf,
}

impl Host {
    /// Puts a host together and starts the task of each plugin.
    #[must_use]
    pub fn start(parts: Parts, tasks: &TaskTracker, cancel: &CancellationToken) -> Arc<Self> {
        let mut receivers = Vec::new();
        let install = |plugin: Arc<dyn Plugin>| {
            let (mailbox, jobs) = roster::mailbox();
            let installed = roster::install(plugin, mailbox, &parts.words);
            receivers.push((installed.name().clone(), jobs));
            installed
        };
        // The host's own commands come first, so that no plugin can hide one.
        let (core, slot) = own::plugin();
        let roster = Roster::new(std::iter::once(core).chain(parts.plugins).map(install).collect());
        // 1,024 lines; what does not fit is not answered; `queue_drops{commands}` shows it.
        let (lines, command_lines) = mpsc::channel(1024);
        let in_hand = InHand::default();
        let host = Arc::new(Self {
            roster: RwLock::new(Arc::new(roster)),
            pauses: Pauses::default(),
            timers: Timers::default(),
            direct_answers: DirectAnswers::default(),
            hooks: Hooks::default(),
            shelves: Shelves::default(),
            loading: Loading::default(),
            usage: Usage::default(),
            cancel: cancel.clone(),
            keeper: Keeper::new(in_hand.clone()),
            access: parts.access,
            secrets: parts.secrets,
            rests: Rests::default(),
            bots: Bots::default(),
            nodes: Nodes::default(),
            started: parts.clock.now(),
            fetch: fetch::Client::new(parts.clock),
            in_hand,
            languages: Languages::default(),
            notices: Notices::default(),
            decisions: Decisions::default(),
            under_way: UnderWay::default(),
            setups: Setups::default(),
            strangers: Strangers::default(),
            attempts: Attempts::default(),
            tasks: tasks.clone(),
            ending: watch::Sender::new(None),
            on_config: OnceLock::new(),
            own_roles: RwLock::default(),
            lines,
            live: parts.live,
            store: parts.store,
            clock: parts.clock,
            metrics: parts.metrics,
            faults: Faults::default(),
            feed: Feed::default(),
            words: (parts.words)(None),
            make_words: parts.words,
            shared: SharedParts::default(),
            outlet: OnceLock::new(),
        });
        if slot.set(Arc::downgrade(&host)).is_err() {
            warn!("the host's own commands had a host already");
        }
        host.start_plugins(receivers);
        host.keep_house(command_lines);
        host
    }

    fn start_plugins(self: &Arc<Self>, receivers: Vec<(PluginName, mpsc::Receiver<Job>)>) {
        for (name, jobs) in receivers {
            self.tasks.spawn(instance::run(self.clone(), name, jobs, self.cancel.clone()));
        }
    }

    /// Starts what hears commands, and what looks after things that nobody asks for.
    fn keep_house(self: &Arc<Self>, command_lines: mpsc::Receiver<(Line, Held)>) {
        let (tasks, cancel) = (&self.tasks, &self.cancel);
        tasks.spawn(commands::run(self.clone(), command_lines, cancel.clone()));
        tasks.spawn(self.keeper.clone().run(self.clone(), cancel.clone()));
        tasks.spawn(notices::run(self.clone(), cancel.clone()));
        tasks.spawn(acts::tidy(self.clone(), cancel.clone()));
        tasks.spawn(languages::load(self.clone(), self.in_hand.hold()));
        tasks.spawn(steward::run(self.clone(), cancel.clone()));
        tasks.spawn(timers::run(self.clone(), cancel.clone()));
        tasks.spawn(usage::run(self.clone(), cancel.clone()));
    }

    /// Asks whoever runs the bot to end it. The first wish counts.
    pub fn end(&self, ending: Ending) {
        self.ending.send_if_modified(|wish| {
            let is_first = wish.is_none();
            wish.get_or_insert(ending);
            is_first
        });
    }

    /// Whether the bot is to be ended, and how; for whoever runs it.
    #[must_use]
    pub fn ending(&self) -> watch::Receiver<Option<Ending>> {
        self.ending.subscribe()
    }

    /// Has `told` called with the old and the new configuration after every change. It must neither wait nor change
    /// anything itself. The first one given stays.
    pub fn on_config(&self, told: OnConfig) {
        if self.on_config.set(told).is_err() {
            warn!("changes of the configuration are told to someone already");
        }
    }

    pub(super) fn config_changed(&self, it: Replaced<'_>) {
        for installed in self.roster().plugins.iter().filter(|it| it.manifest.wakes_every.is_some()) {
            if installed.mailbox.try_send(Job::Wake(Wake::Config)).is_err() {
                self.metrics.queue_drop(installed.name().as_str());
            }
        }
        if let Some(told) = self.on_config.get() {
            told(it);
        }
    }

    /// The name under which the host itself acts.
    #[must_use]
    #[expect(clippy::expect_used, reason = "the name is a constant that fits")]
    pub fn own_name(&self) -> PluginName {
        PluginName::new(OWN_NAME).expect("the name is plain")
    }

    /// Takes a command line in, without waiting.
    pub fn take_command(&self, line: Line) {
        if self.lines.try_send((line, self.in_hand.hold())).is_err() {
            self.metrics.queue_drop("commands");
        }
    }

    /// Whether the commands of a plugin are heard in a room, or outside any.
    #[must_use]
    pub fn is_command_on(&self, plugin: &PluginName, room: Option<&RoomJid>) -> bool {
        let Some(installed) = self.installed(plugin) else { return false };
        room.is_none_or(|room| self.is_on(&installed.manifest, room))
    }

    /// The words of a plugin's text.
    #[must_use]
    pub fn words_of(&self, plugin: &PluginName, lang: &str, text: &Text) -> String {
        let installed = self.installed(plugin);
        installed.as_ref().map_or(&self.words, |it| &it.words).translate(lang, text)
    }

    /// What a plugin, a command of it or a setting is for, also where its author did not write that.
    #[must_use]
    pub fn purpose_of(&self, plugin: &PluginName, lang: &str, key: &'static str) -> String {
        let words = self.words_of(plugin, lang, &Text::key(key));
        if words.trim().is_empty() { self.own_words(lang, &Text::key("undescribed")) } else { words }
    }

    /// The host's own words.
    #[must_use]
    pub fn own_words(&self, lang: &str, text: &Text) -> String {
        self.words.translate(lang, text)
    }

    /// Our own role in a room, for whoever is about to speak there.
    pub fn note_own_role(&self, room: &RoomJid, role: Role) {
        let known = self.own_roles.read().unwrap_or_else(PoisonError::into_inner).get(room) == Some(&role);
        if !known {
            self.own_roles.write().unwrap_or_else(PoisonError::into_inner).insert(room.clone(), role);
        }
    }

    /// Opens the way to the rooms. Until then nothing can be done in them.
    pub fn connect(&self, outlet: Arc<dyn Outlet>) {
        if self.outlet.set(outlet).is_err() {
            warn!("the host was connected twice; the first way to the rooms stays");
        }
    }

    /// The way to the rooms.
    #[must_use]
    pub fn outlet(&self) -> Option<&Arc<dyn Outlet>> {
        self.outlet.get()
    }

    /// Whether a plugin runs in a room.
    #[must_use]
    pub fn is_on(&self, manifest: &Manifest, room: &RoomJid) -> bool {
        rights::is_on(&self.live.config(), manifest, room)
    }

    /// Whether a plugin runs in any room at all, or is on where no room says otherwise.
    #[must_use]
    pub fn is_on_anywhere(&self, manifest: &Manifest) -> bool {
        rights::is_on_anywhere(&self.live.config(), manifest)
    }

    /// What a plugin may do in a room, or outside any.
    #[must_use]
    pub fn powers(&self, manifest: &Manifest, room: Option<&RoomJid>) -> BTreeSet<Power> {
        rights::granted(&self.live.config(), manifest, room)
    }

    /// Writes a fault down, logs it once, and gives its number.
    pub fn fault(&self, plugin: &PluginName, room: Option<&RoomJid>, doing: &str, what: &str) -> u64 {
        let (number, is_new) = self.faults.add(self.clock.now(), plugin, room, doing, what);
        self.metrics.fault(plugin);
        self.note_failure(plugin);
        if is_new {
            let room = room.map_or("", RoomJid::as_str);
            error!(%plugin, room.jid = room, number, doing, "plugin failed: {what}");
            self.show_fault(plugin, number, doing, what);
            self.notice_fault(plugin, number, doing, what);
        }
        number
    }

    fn show_fault(&self, plugin: &PluginName, number: u64, doing: &str, what: &str) {
        self.feed.show(|| super::feed::Shown {
            at: self.clock.now(),
            what: "fault",
            text: Some(format!("{plugin}, {doing}: {what} (fault {number})")),
            ..super::feed::Shown::default()
        });
    }
}
