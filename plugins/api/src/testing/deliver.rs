//! What the host does between a room and a plugin: delivers events, asks guards, runs commands.

use std::sync::Arc;

use super::{
    Bench,
    bench::{OWN_NICK, nick},
    wait,
};
use crate::{
    Action, Answer, Asker, Call, Context, Event, EventKind, Fault, Identity, Level, Memo, Message, Nick, Occupant,
    Place, RoomJid, Secret, Services, Settings, Text, Verdict,
    grammar::{self, Around, PlaceKind},
};

/// The prefix of commands.
const PREFIX: &str = "!";
/// How many events one thing may set off before the plugin is taken to answer itself for ever.
const MAX_EVENTS: usize = 10_000;

impl Bench {
    pub(super) fn tick(&self) {
        let mut guards = self.0.guards.borrow_mut();
        let mut memos = Vec::new();
        for (room, guard) in guards.iter_mut() {
            let verdicts = {
                let world = self.0.shelf.world();
                let Some(view) = world.rooms.get(room) else { continue };
                guard.tick(world.now, view, &world.shared)
            };
            memos.extend(guard.take_memos());
            for verdict in verdicts.into_iter().filter(|it| !it.is_pass()) {
                self.carry_out(room, &verdict);
            }
        }
        drop(guards);
        self.take_in(memos);
    }

    /// Hands memos on: to the other rooms, then to the plugin's reacting half.
    fn take_in(&self, memos: Vec<Memo>) {
        for memo in memos {
            let shared = self.0.shelf.world().shared.clone();
            if let Some(shared) = self.0.plugin.share(&shared, &memo) {
                self.0.shelf.world().shared = shared;
            }
            let cx = self.context(Some(memo.room.clone()), Place::Room, None);
            let result = wait::finish(self.0.plugin.memo(&memo, &cx));
            self.answer(&cx, result);
            self.world(|it| it.memos.push(memo));
        }
    }

    /// A moderator takes an incident back, as `undo` does; gives the plugin's words, if it has any.
    pub fn undo(&self, incident: &crate::Incident) -> Option<String> {
        let cx = self.context(Some(incident.room.clone()), Place::Room, None);
        match wait::finish(self.0.plugin.undo(incident, &cx)) {
            Ok(text) => text.map(|it| self.words(&it)),
            Err(fault) => {
                self.answer(&cx, Err(fault));
                None
            }
        }
    }

    /// Delivers what happened, and what that sets off, until nothing happens any more.
    pub(super) fn settle(&self) {
        for _ in 0..MAX_EVENTS {
            let Some(event) = self.world(super::world::World::next) else { return };
            self.deliver(Arc::new(event));
        }
        panic!("the plugin answers itself for ever");
    }

    /// One event: the guard judges, then the plugin reacts, then a command runs; of what is judged spam neither.
    fn deliver(&self, event: Arc<Event>) {
        let is_flagged = self.judge(&event);
        let manifest = &self.0.manifest;
        let wants = manifest.wants_events
            && (!is_flagged || manifest.wants_flagged)
            && (!event.is_own || manifest.wants_history || event.message().is_none());
        if wants {
            let cx = self.context(Some(event.room.clone()), Place::Room, event.nick().cloned());
            let result = wait::finish(self.0.plugin.on(&event, &cx));
            self.answer(&cx, result);
        }
        let (Some(occupant), false, false) = (&event.occupant, is_flagged, event.is_own) else { return };
        // Commands are given in what is said first, never in a correction.
        if let EventKind::Message(Message { body, .. }) = &event.kind {
            self.command(Some(event.room.clone()), Place::Room, Some(occupant.clone()), body);
        } else if let EventKind::Private(Message { body, .. }) = &event.kind {
            let place = Place::Private(occupant.nick.clone());
            self.command(Some(event.room.clone()), place, Some(occupant.clone()), body);
        }
    }

    /// Has the guard judge, and does what it decided; gives whether the event is kept from whoever did not ask for such.
    fn judge(&self, event: &Event) -> bool {
        let judged = || {
            let mut guards = self.0.guards.borrow_mut();
            let guard = guards.get_mut(&event.room)?;
            let world = self.0.shelf.world();
            let view = world.rooms.get(&event.room)?;
            Some((guard.judge(event, view, &world.shared), guard.also(), guard.take_memos()))
        };
        let Some((verdict, others, memos)) = judged() else { return false };
        let is_flagged = verdict.answer.is_flagged();
        for verdict in std::iter::once(verdict).chain(others).filter(|it| !it.is_pass()) {
            self.carry_out(&event.room, &verdict);
        }
        self.take_in(memos);
        is_flagged
    }

    /// Does what a guard decided. What cannot be done is left: a guard learns nothing of it.
    fn carry_out(&self, room: &RoomJid, verdict: &Verdict) {
        self.0.verdicts.borrow_mut().push(verdict.clone());
        let reason = self.words(&verdict.reason);
        let mut actions: Vec<Action> =
            verdict.retract.iter().map(|it| Action::Retract { message: it.clone(), reason: reason.clone() }).collect();
        if let Some(target) = verdict.target.clone() {
            actions.extend(match verdict.answer {
                Answer::Pass | Answer::Note | Answer::Retract => None,
                Answer::Warn => Some(Action::Private { to: target, text: reason }),
                Answer::Mute { span } => Some(Action::Mute { target, span: Some(span), reason }),
                Answer::Kick => Some(Action::Kick { target, reason }),
                Answer::Ban { span } => match target.identity.jid().cloned() {
                    Some(jid) => Some(Action::Ban { jid, span, reason }),
                    None => Some(Action::Kick { target, reason }),
                },
            });
        }
        for action in actions {
            // As above; tests see it by what is missing from the acts.
            drop(self.world(|it| it.act(room, action, None)));
        }
    }

    pub(super) fn command(&self, room: Option<RoomJid>, place: Place, occupant: Option<Arc<Occupant>>, line: &str) {
        let kind = PlaceKind::from(&place);
        let Some(line) = grammar::address(line, PREFIX, &nick(OWN_NICK), kind) else { return };
        let lang = self.0.given.borrow().lang.clone();
        let Some(found) = self.0.commands.find(line, &lang, |_| true) else { return };
        let asker = self.asker(room.as_ref(), &place, occupant);
        let cx = self.context(room.clone(), place, asker.occupant.as_ref().map(|it| it.nick.clone()));
        let spec = &found.entry.spec;
        if let Err(refusal) = grammar::decide(spec, asker.level, kind, room.is_some()) {
            self.world(|it| it.n_mistakes += 1);
            return self.say(&cx, refusal.text());
        }
        let snapshot =
            room.as_ref().and_then(|it| self.world(|world| world.rooms.get(it).map(|it| it.snapshot.clone())));
        match grammar::parse(spec, found.rest, Around { room: room.as_ref(), snapshot: snapshot.as_ref() }) {
            Err(mistake) => {
                self.world(|it| it.n_mistakes += 1);
                wait::finish(cx.private(mistake.answer(spec, &lang)));
            }
            Ok(args) => {
                let call = Call { command: spec.name, args, asker };
                let result = wait::finish(self.0.plugin.command(&call, &cx));
                self.answer(&cx, result);
            }
        }
    }

    fn asker(&self, room: Option<&RoomJid>, place: &Place, occupant: Option<Arc<Occupant>>) -> Asker {
        let identity = match (place, &occupant) {
            (Place::Direct(jid), _) => Identity::Jid(jid.clone()),
            (_, Some(occupant)) => occupant.identity(),
            (_, None) => Identity::Occupancy(0),
        };
        let world = self.0.shelf.world();
        let global = world.levels.get(&(None, identity.clone()));
        let (level, is_override) = match (room, global) {
            (Some(room), _) => world.level(room, &identity),
            (None, Some(level)) => (*level, true),
            (None, None) => (Level::VISITOR, false),
        };
        let nick = occupant.as_ref().map_or_else(|| identity.to_string(), |it| it.nick.to_string());
        let signature = self.words(&Asker::signature_of(&nick));
        Asker { identity, nick, signature, level, occupant, is_override }
    }

    pub(super) fn answer(&self, cx: &Context, result: Result<(), Fault>) {
        match result {
            Ok(()) => (),
            Err(Fault::Answer(text)) => self.say(cx, text),
            Err(Fault::Act(error)) => self.say(cx, grammar::act_error_text(&error)),
            Err(fault @ (Fault::Service(_) | Fault::Broken(_))) => {
                self.world(|it| it.tell(format!("bot fails: {fault}")));
                self.0.faults.borrow_mut().push(fault);
            }
        }
    }

    fn say(&self, cx: &Context, text: Text) {
        if !text.is_empty() {
            wait::finish(cx.reply(text));
        }
    }

    pub(super) fn read_settings(&self) -> (Settings, Vec<crate::SettingError>) {
        let given = self.0.given.borrow();
        let tuned = self.0.shelf.world().tuned.clone();
        let all = given.settings.iter().chain(&tuned).map(|(name, value)| (name.as_str(), value.clone()));
        Settings::read(&self.0.manifest.options, all)
    }

    pub(super) fn context(&self, room: Option<RoomJid>, place: Place, nick: Option<Nick>) -> Context {
        let shelf = Arc::new(self.0.shelf.clone());
        let services = Services {
            rooms: shelf.clone(),
            people: shelf.clone(),
            state: shelf.clone(),
            entities: shelf.clone(),
            clock: shelf.clone(),
            shared: shelf.clone(),
            pubsub: shelf.clone(),
            records: shelf.clone(),
            tuning: shelf.clone(),
            files: shelf.clone(),
            http: shelf.clone(),
            upload: shelf.clone(),
            timers: shelf.clone(),
            answers: shelf.clone(),
            words: Arc::new(self.0.catalog.clone()),
        };
        let (settings, _) = self.read_settings();
        Context {
            plugin: self.0.manifest.name.clone(),
            room,
            place,
            nick,
            lang: self.0.given.borrow().lang.clone(),
            prefix: Arc::from("!"),
            settings: Arc::new(settings),
            services: Arc::new(services),
            powers: Arc::new(self.0.manifest.powers.iter().copied().collect()),
            secret: Secret::default(),
            replies: shelf,
        }
    }
}
