//! A room made up for the guard: people come, say things at times, and what the guard decides takes effect at once.

use std::{sync::Arc, time::Duration};

use domovoi_plugin::{
    Affiliation, Answer, Cause, Change, Correction, Event, EventKind, GuardSetup, Leave, Message, MessageId, Nick,
    Occupant, Phase, Plugin, Reaction, Retraction, Role, RoomGuard, RoomJid, Secret, Settings, Show, StanzaId, Verdict,
    testing::PlainRoom,
};

/// The room and its guard.
pub struct Scene {
    pub guard: Box<dyn RoomGuard>,
    pub room: PlainRoom,
    n_stanzas: u64,
    n_stays: u64,
    settings: Settings,
}

pub fn nick(text: &str) -> Nick {
    Nick::new(text).unwrap()
}

pub fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

pub fn millis(n: u64) -> Duration {
    Duration::from_millis(n)
}

pub fn lines(n: usize, line: impl Fn(usize) -> String) -> Vec<String> {
    (0..n).map(line).collect()
}

/// Lines that have nothing in common.
pub fn babble(n: usize) -> String {
    const WORDS: [&str; 8] = ["river", "candle", "mutex", "potato", "window", "gravel", "sonnet", "bishop"];
    (0..5).map(|k| WORDS[(n * 3 + k * (n % 5 + 1)) % 8]).collect::<Vec<_>>().join(" ") + &format!(" {}", n * 7_919)
}

/// The first mute of the public preset.
pub const MUTE: Answer = Answer::Mute { span: Duration::from_secs(300) };

impl Scene {
    /// The bot is in a public room, alone, and was not there before.
    pub fn new() -> Self {
        Self::with(&[])
    }

    /// The same with these settings.
    pub fn with(given: &[(&str, &str)]) -> Self {
        Self::restored(given, None)
    }

    /// The same with what an earlier guard saved.
    pub fn restored(given: &[(&str, &str)], saved: Option<&[u8]>) -> Self {
        let mut scene = Self::before_joining(given, saved);
        scene.event(None, Phase::Live, EventKind::Joined);
        scene
    }

    /// The bot has sent its presence; history is not over.
    pub fn before_joining(given: &[(&str, &str)], saved: Option<&[u8]>) -> Self {
        let plugin = domovoi_guard::plugin();
        let options = plugin.manifest().options;
        let (settings, wrong) = Settings::read(&options, given.iter().map(|(name, it)| (*name, (*it).to_owned())));
        assert!(wrong.is_empty(), "{wrong:?}");
        let jid: RoomJid = "garden@chat.example".parse().unwrap();
        let guard = make(plugin.as_ref(), &jid, &settings, saved);
        let room = PlainRoom { now: "2026-11-22T12:00:00Z".parse().unwrap(), ..PlainRoom::new(jid) };
        let mut scene = Self { guard, room, n_stanzas: 0, n_stays: 0, settings };
        scene.enter("domovoi", |it| {
            it.is_self = true;
            it.role = Role::Moderator;
            it.affiliation = Affiliation::Admin;
        });
        scene
    }

    /// The bot is restarted with what its guard saved.
    pub fn restart(&mut self) {
        let saved = self.guard.save();
        self.guard = make(domovoi_guard::plugin().as_ref(), &self.room.jid, &self.settings, Some(&saved));
    }

    pub fn wait(&mut self, span: Duration) {
        self.room.now = self.room.now + span;
        for verdict in self.guard.tick(self.room.now, &self.room, &None) {
            assert!(verdict.is_pass(), "{verdict:?}");
        }
    }

    /// Puts someone into the room without telling the guard.
    pub fn enter(&mut self, who: &str, change: impl FnOnce(&mut Occupant)) {
        self.n_stays += 1;
        let mut occupant = Occupant {
            nick: nick(who),
            role: Role::Participant,
            affiliation: Affiliation::None,
            jids: vec![format!("{who}@people.example/x").parse().unwrap()],
            occupant_id: None,
            show: Show::Online,
            status: None,
            caps: None,
            avatar: None,
            joined_at: self.room.now,
            stay: self.n_stays,
            is_self: false,
        };
        change(&mut occupant);
        self.room.put(occupant);
    }

    pub fn join(&mut self, who: &str) -> Verdict {
        self.enter(who, |_| {});
        self.event(Some(who), Phase::Live, EventKind::Join)
    }

    pub fn join_as(&mut self, who: &str, change: impl FnOnce(&mut Occupant)) -> Verdict {
        self.enter(who, change);
        self.event(Some(who), Phase::Live, EventKind::Join)
    }

    /// Comes in and talks on three days like everybody: a regular.
    pub fn regular(&mut self, who: &str) {
        self.join(who);
        for day in 0..3 {
            for n in 0..8 {
                self.wait(seconds(300));
                let verdict = self.says(who, &format!("{who} talks about matter {n} of day {day}"));
                assert!(verdict.is_pass(), "{verdict:?}");
            }
            self.wait(seconds(86_400));
        }
    }

    pub fn leave(&mut self, who: &str, cause: Cause) {
        let leave = Leave { cause, actor: None, reason: None };
        self.event(Some(who), Phase::Live, EventKind::Leave(leave));
        self.room.occupants.remove(&nick(who));
    }

    pub fn renick(&mut self, old: &str, new: &str) -> Verdict {
        let occupant = self.room.occupants.remove(&nick(old)).unwrap();
        let renamed = Occupant { nick: nick(new), ..(*occupant).clone() };
        self.room.occupants.insert(nick(new), Arc::new(renamed));
        self.event(Some(new), Phase::Live, EventKind::Nick { old: nick(old) })
    }

    pub fn role(&mut self, who: &str, role: Role) {
        let occupant = self.room.occupants.get(&nick(who)).unwrap();
        let was = occupant.role;
        let changed = Occupant { role, ..(**occupant).clone() };
        self.room.occupants.insert(nick(who), Arc::new(changed));
        let change = Change { was, actor: Some(nick("domovoi")), reason: None };
        self.event(Some(who), Phase::Live, EventKind::Role(change));
    }

    /// Voice is withdrawn, and the guard is told.
    pub fn hush(&mut self, who: &str) {
        if self.has_voice(who) {
            self.role(who, Role::Visitor);
        }
    }

    /// Whether someone may speak.
    pub fn has_voice(&self, who: &str) -> bool {
        self.room.occupants.get(&nick(who)).is_some_and(|it| Role::Participant <= it.role)
    }

    /// Verdicts about others than whoever did the last event.
    pub fn others(&mut self) -> Vec<Verdict> {
        self.guard.also()
    }

    /// What the guard told since this was last asked, except what lists are told of everybody.
    pub fn memos(&mut self) -> Vec<domovoi_plugin::Memo> {
        self.guard.take_memos().into_iter().filter(|it| it.rule != "lists").collect()
    }

    /// A message with new ids.
    pub fn message(&mut self, body: &str) -> Message {
        self.n_stanzas += 1;
        Message {
            id: Some(MessageId::new(format!("m{}", self.n_stanzas))),
            stanza_id: Some(StanzaId::new(format!("s{}", self.n_stanzas))),
            body: body.to_owned(),
            ..Message::default()
        }
    }

    pub fn says(&mut self, who: &str, body: &str) -> Verdict {
        let message = self.message(body);
        self.event(Some(who), Phase::Live, EventKind::Message(message))
    }

    pub fn corrects(&mut self, who: &str, replaces: &str, body: &str) -> Verdict {
        let message = self.message(body);
        let correction = Correction { replaces: MessageId::new(replaces), message };
        self.event(Some(who), Phase::Live, EventKind::Correction(correction))
    }

    pub fn reacts(&mut self, who: &str) -> Verdict {
        let reaction = Reaction { target: "s1".to_owned(), emojis: vec!["👍".to_owned()] };
        self.event(Some(who), Phase::Live, EventKind::Reaction(reaction))
    }

    pub fn moderator_retracts(&mut self, target: &str) {
        let retraction = Retraction { target: target.to_owned(), moderator: Some(nick("boss")), reason: None };
        self.event(None, Phase::Live, EventKind::Retraction(retraction));
    }

    pub fn event(&mut self, who: Option<&str>, phase: Phase, kind: EventKind) -> Verdict {
        let occupant = who.map(|it| self.room.occupants.get(&nick(it)).expect("they are in the room").clone());
        let is_own = occupant.as_ref().is_some_and(|it| it.is_self);
        let event = Event { at: self.room.now, room: self.room.jid.clone(), phase, is_own, occupant, kind };
        self.guard.judge(&event, &self.room, &None)
    }

    /// What the server does about a verdict, and tells us.
    pub fn apply(&mut self, verdict: &Verdict) {
        let Some(target) = &verdict.target else { return };
        let who = target.nick.as_str().to_owned();
        match verdict.answer {
            Answer::Mute { .. } => self.role(&who, Role::Visitor),
            Answer::Kick => self.leave(&who, Cause::Kicked),
            Answer::Ban { .. } => self.leave(&who, Cause::Banned),
            Answer::Pass | Answer::Note | Answer::Warn | Answer::Retract => {}
        }
    }

    /// Says these lines a gap apart until muted or worse: how many reached the room, and the answer.
    pub fn floods(&mut self, who: &str, gap: Duration, lines: &[String]) -> (usize, Answer) {
        let mut strongest = Answer::Pass;
        for (n, line) in lines.iter().enumerate() {
            let verdict = self.says(who, line);
            strongest = strongest.max(verdict.answer);
            if Answer::Retract < verdict.answer {
                self.apply(&verdict);
                return (n + 1, verdict.answer);
            }
            self.wait(gap);
        }
        (lines.len(), strongest)
    }
}

fn make(plugin: &dyn Plugin, room: &RoomJid, settings: &Settings, saved: Option<&[u8]>) -> Box<dyn RoomGuard> {
    plugin.guard(&GuardSetup { room, settings, saved, secret: Secret::default() }).expect("the guard is on")
}
