//! One room as the host sees it: its guards, its timed acts, and who hears of what happens.
//!
//! The value belongs to the session that serves the room and moves with it. It never waits and never sends: it gives
//! back what is to be done.

mod cases;
mod filing;
mod gap;
mod grants;
mod later;
mod memos;
mod shown;
mod terms;

use std::{sync::Arc, time::Duration};

use domovoi_plugin::{
    ActError, Action, Asker, Event, GuardSetup, MemoKind, Nick, Outcome, Phase, PluginName, Role, RoomJid, Timestamp,
    View, record::Record,
};

use super::{
    acts::Act,
    commands::{self, Line},
    core::Host,
    feed::kind_word,
    finding::is_command,
    guard_chain::{GuardChain, Judged},
    incidents::Ledger,
    instance::{Installed, Job},
    keeper::Keep,
    recording,
    sentence::banned_yet_here,
    standing::{self, Standing, StandingWatch},
    tape::Tape,
    timed::{Entry, Timed, Want},
    under_way::Token,
    wakes::Wakes,
};
use crate::config::Records;

use cases::Cases;
use grants::Grants;
use later::Later;

pub use gap::{Mark, Missed, Seen};
pub use grants::Granted;

/// Something the host wants done in the room, without waiting for the answer.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Which plugin asks.
    pub plugin: PluginName,
    /// For what.
    pub action: Action,
    /// The incident that it belongs to.
    pub incident: Option<u64>,
    /// Kept until it is answered or given up.
    pub token: Option<Arc<Token>>,
}

/// What came of an action in this room.
#[derive(Debug)]
pub struct Acted<'a> {
    /// Which plugin asked.
    pub plugin: &'a PluginName,
    /// For what.
    pub action: &'a Action,
    /// On whose behalf.
    pub by: Option<&'a Asker>,
    /// What the server said.
    pub result: &'a Result<Outcome, ActError>,
    /// From asking to the answer.
    pub took: Duration,
    /// The incident that it belongs to, as it was asked for.
    pub incident: Option<u64>,
}

/// What was kept of a room.
#[derive(Clone, Debug, Default)]
pub struct Saved {
    /// Timed acts.
    pub timed: Vec<Entry>,
    /// Timed acts that were sent and never answered.
    pub intents: Vec<Entry>,
    /// What each guard saved.
    pub guards: Vec<(PluginName, Vec<u8>)>,
    /// What was seen of its messages.
    pub seen: Option<Seen>,
    /// The number of the next act.
    pub next_act: u64,
    /// The incidents that are not over.
    pub ledger: Ledger,
}

/// One room as the host sees it.
pub struct RoomHost {
    room: RoomJid,
    host: Arc<Host>,
    chain: GuardChain,
    /// Plugins that rest, and whose guards are therefore not asked.
    resting: Vec<PluginName>,
    /// What the guards remembered that are not in the chain: those of plugins that rest or are off.
    shelved: Vec<(PluginName, Vec<u8>)>,
    timed: Timed,
    tape: Tape,
    /// Which of the plugins hear of events here.
    reactors: Vec<Arc<Installed>>,
    /// When which of them is woken.
    wakes: Wakes,
    generation: u64,
    prefix: String,
    /// What is written down of the room.
    records: Records,
    /// Our own role, as the host knows it.
    own_role: Option<Role>,
    last_saved: Timestamp,
    /// What was seen of its messages.
    seen: Option<Seen>,
    /// How many messages of the last gap came.
    n_filled: usize,
    /// The newest message of the gap that is being filled.
    gap_end: Option<Mark>,
    next_act: u64,
    standing: StandingWatch,
    cases: Cases,
    later: Later,
    grants: Grants,
}

/// No generation of the configuration: what was read of it is read again.
const STALE: u64 = u64::MAX;
/// How often what guards remember is written down.
const SAVE_EVERY: Duration = Duration::from_secs(60);

impl RoomHost {
    /// A room with what was kept of it.
    #[must_use]
    pub fn new(host: Arc<Host>, room: RoomJid, saved: Saved) -> Self {
        let (chain, resting) = make_chain(&host, &room, &saved.guards);
        let last_saved = host.clock.now();
        let mut it = Self {
            room,
            chain,
            resting,
            shelved: Vec::new(),
            timed: Timed::new(saved.timed, saved.intents),
            tape: Tape::default(),
            reactors: Vec::new(),
            wakes: Wakes::default(),
            generation: 0,
            prefix: String::new(),
            records: Records::Off,
            own_role: None,
            last_saved,
            seen: saved.seen,
            n_filled: 0,
            gap_end: None,
            next_act: saved.next_act,
            standing: StandingWatch::default(),
            cases: Cases::new(saved.ledger),
            later: Later::default(),
            grants: Grants::default(),
            host,
        };
        it.shelve(saved.guards);
        it.read_config();
        it
    }

    /// Something happened. Once what it asks for is on its way, [`RoomHost::hand_over`] is to be called.
    pub fn event(&mut self, event: Event, view: &dyn View) -> Vec<Ask> {
        self.hand_over(view);
        self.notice_config();
        self.hold_back();
        self.host.metrics.event(kind_word(&event.kind));
        let mut wants = self.timed.event(&event, view);
        if event.message().is_none() {
            // Nothing that is said changes what we are.
            self.notice_own_role(view);
        }
        self.note_seen(&event);
        self.note_removal(&event, view);
        self.overhear(&event);
        let judged = if self.is_for_guards(&event) { self.chain.judge(&event, view) } else { Judged::default() };
        self.host.metrics.judged(judged.took);
        self.host.rests.event(&event);
        self.show(&event, &judged);
        self.take_in(&judged);
        let mut asks = self.carry_out(&judged, Some(&event), view);
        if let Some(kick) = banned_yet_here(&event) {
            wants.push(Want::Act(kick));
        }
        asks.extend(self.settle(wants));
        let event = Arc::new(event);
        if let Some(draft) = recording::of_event(&self.host, self.records, &event, &judged) {
            self.tape.offer(&self.host, draft, self.host.clock.now());
        }
        self.hand_on(&event, &judged, view);
        self.file_later(judged, event.at);
        if asks.is_empty() {
            self.hand_over(view);
        }
        asks
    }

    /// A second passed.
    pub fn tick(&mut self, now: Timestamp, view: &dyn View) -> Vec<Ask> {
        self.hand_over(view);
        if self.resting.iter().any(|it| self.host.pauses.rest(it, self.host.clock.now()).is_none()) {
            self.generation = STALE;
        }
        self.notice_config();
        self.notice_standing(now, view);
        self.tape.retry(&self.host, now);
        self.wakes.tick(&self.host, &self.room, now);
        let wants = self.timed.tick(now, view);
        let mut asks = self.settle(wants);
        let judged = self.chain.tick(now, view);
        self.take_in(&judged);
        asks.extend(self.carry_out(&judged, None, view));
        self.file_all(&judged, view.now());
        self.tick_cases(now);
        if SAVE_EVERY <= now.since(self.last_saved) {
            self.save(now);
        }
        asks
    }

    /// An action was answered. Gives what whoever asked is told: someone who left is unmuted for when they return.
    ///
    /// # Errors
    /// As the room answered.
    pub fn acted(&mut self, acted: &Acted<'_>, now: Timestamp) -> Result<Outcome, ActError> {
        self.forget_sent(acted.action);
        let result = terms::left_meanwhile(acted).unwrap_or_else(|| acted.result.clone());
        let acted = &Acted { result: &result, ..*acted };
        let is_gone = matches!(acted.result, Err(ActError::Gone { .. }));
        let is_released =
            is_gone && matches!(acted.action, Action::Unmute { target, .. } if self.is_withheld(&target.identity));
        // Whoever left before a mute reached them is muted when they return.
        let is_kept = is_gone
            && matches!(acted.action, Action::Mute { target, .. } if target.identity.is_lasting())
            && !self.grant(acted.plugin).is_dry;
        let told = match (is_released, is_kept) {
            (true, _) => Ok(Outcome::Done),
            (_, true) => Ok(Outcome::AtReturn),
            (false, false) => acted.result.clone(),
        };
        let acted = &Acted { result: &told, ..*acted };
        let word = match acted.result {
            Ok(Outcome::Done | Outcome::Said(_)) => "done",
            Ok(Outcome::Already) => "already",
            Ok(Outcome::Observed) => "observed",
            Ok(Outcome::AtReturn) => "at return",
            // What it was for has come about.
            Err(ActError::Gone { .. }) if matches!(acted.action, Action::Kick { .. }) => "left",
            Err(_) => "failed",
        };
        let why = acted.result.as_ref().err().filter(|_| word == "failed");
        let result = why.map_or_else(|| word.to_owned(), ToString::to_string);
        self.host.metrics.act(acted.plugin, acted.action.as_str(), word);
        match acted.result {
            Err(ActError::NotGranted(power)) => self.host.power_denied(acted.plugin, *power),
            Ok(_) | Err(_) => self.host.power_used(acted.plugin, acted.action.power()),
        }
        let incident = self.note_deed(acted, &result, now);
        if acted.action.is_moderation() || matches!(acted.action, Action::Subject { .. }) {
            self.show_act(acted, &result, now);
            if self.records != Records::Off {
                let record = recording::of_act(&self.room, acted, &result, now);
                let rule = incident.and_then(|it| self.rule_of(it, acted));
                let record = Record { incident: incident.map(|it| it.to_string()), rule, ..record };
                self.tape.offer(&self.host, record.into(), now);
            }
        }
        if let Some(act) = Act::of(acted, &result, self.next_act, now) {
            self.next_act += 1;
            self.keep(Keep::Act { room: self.room.clone(), act });
        }
        self.note_timed(acted, is_released, now);
        told
    }

    /// Writes down what guards remember.
    pub fn save(&mut self, now: Timestamp) {
        self.put_down();
        self.last_saved = now;
        self.save_seen();
        self.tick_cases(now);
        for (plugin, bytes) in self.chain.save() {
            self.keep(Keep::Guard { room: self.room.clone(), plugin, bytes });
        }
    }

    /// What holds for a plugin and one action: who only watches from now on may give back what was taken before.
    #[must_use]
    pub fn grant_for(&self, plugin: &PluginName, action: &Action) -> Granted {
        let granted = self.grant(plugin);
        Granted { is_dry: granted.is_dry && !self.gives_back(plugin, action), ..granted }
    }

    fn notice_config(&mut self) {
        if self.generation != self.host.live.generation() {
            let mut saved = self.chain.save();
            saved.append(&mut self.shelved);
            (self.chain, self.resting) = make_chain(&self.host, &self.room, &saved);
            self.shelve(saved);
            for (plugin, bytes) in self.shelved.clone() {
                self.keep(Keep::Guard { room: self.room.clone(), plugin, bytes });
            }
            self.read_config();
        }
    }

    /// What guards remembered that are not asked now: they go on with it once they are again.
    fn shelve(&mut self, mut saved: Vec<(PluginName, Vec<u8>)>) {
        saved.retain(|(plugin, _)| !self.chain.has(plugin));
        self.shelved = saved;
    }

    fn read_config(&mut self) {
        self.generation = self.host.live.generation();
        let config = self.host.live.config();
        let prefix = config.rooms.get(&self.room).map_or(&config.bot.prefix, |it| &it.prefix);
        prefix.as_str().clone_into(&mut self.prefix);
        self.records = config.rooms.get(&self.room).map_or(Records::Off, |it| it.records);
        let roster = self.host.roster();
        let on: Vec<_> = roster.plugins.iter().filter(|it| self.host.is_on(&it.manifest, &self.room)).collect();
        self.reactors = on.iter().filter(|it| it.manifest.wants_events).map(|it| Arc::clone(it)).collect();
        self.wakes.read(&self.host, &self.room, on.into_iter());
        // Not only once somebody is to be stopped.
        self.chain.plugins().for_each(|it| drop(self.grant(it)));
    }

    fn notice_own_role(&mut self, view: &dyn View) {
        let role = view.me().map(|it| it.role);
        if let Some(role) = role.filter(|_| role != self.own_role) {
            self.own_role = Some(role);
            self.host.note_own_role(&self.room, role);
        }
    }

    fn notice_standing(&mut self, now: Timestamp, view: &dyn View) {
        if let Some(standing) = self.standing.tick(Standing::of(view), now) {
            self.host.tasks.spawn(standing::tell(self.host.clone(), self.room.clone(), standing));
        }
    }

    /// Hands the event to plugins that want it, and a command to whom it may concern.
    fn hand_on(&self, event: &Arc<Event>, judged: &Judged, view: &dyn View) {
        let is_flagged = judged.is_flagged();
        for installed in &self.reactors {
            let manifest = &installed.manifest;
            let is_late = event.phase != Phase::Live || event.is_own;
            if (is_flagged && !manifest.wants_flagged) || (is_late && !manifest.wants_history) {
                continue;
            }
            if installed.mailbox.try_send(Job::Event(event.clone(), self.host.in_hand.hold())).is_err() {
                self.host.metrics.queue_drop(manifest.name.as_str());
            }
        }
        if is_flagged || event.is_own || event.phase != Phase::Live {
            return;
        }
        let is_heard = judged.memos.iter().any(|(_, memo)| matches!(memo.kind, MemoKind::Heard(_)));
        if let Some(line) = self.command_line(event, view).filter(|it| !is_heard || is_command(&self.host, it)) {
            self.host.take_command(line);
        }
    }

    fn command_line(&self, event: &Arc<Event>, view: &dyn View) -> Option<Line> {
        let own_nick: &Nick = view.me().map(|it| &it.nick)?;
        commands::line_of(event, &self.prefix, own_nick)
    }
}

/// The guards of a room, and which plugins rest. One that was put off stays until it has given back what it took.
fn make_chain(host: &Arc<Host>, room: &RoomJid, saved: &[(PluginName, Vec<u8>)]) -> (GuardChain, Vec<PluginName>) {
    let (mut guards, mut resting) = (Vec::new(), Vec::new());
    for installed in &host.roster().plugins {
        let is_on = host.is_on(&installed.manifest, room);
        if !is_on && saved.iter().all(|(plugin, _)| plugin != installed.name()) {
            continue;
        }
        if host.pauses.rest(installed.name(), host.clock.now()).is_some() {
            resting.push(installed.name().clone());
            continue;
        }
        let settings = host.live.settings(&installed.manifest, Some(room));
        let saved = saved.iter().find(|(plugin, _)| plugin == installed.name()).map(|(_, it)| it.as_slice());
        let secret = host.secrets.of(installed.name());
        let setup = GuardSetup { room, settings: &settings, saved, secret };
        let plugin = &installed.plugin;
        if let Some(guard) = if is_on { plugin.guard(&setup) } else { plugin.farewell(&setup) } {
            guards.push((installed.name().clone(), guard));
        }
    }
    (GuardChain::new(guards, host.shared.clone()), resting)
}
