//! What signs of a raid mean for the people of a room: who is hushed, who is asked, who is let go.

use std::{sync::Arc, time::Duration};

use domovoi_plugin::{
    Affiliation, Answer, Cause, Event, EventKind, Identity, Memo, MemoKind, Occupant, Phase, Role, Target, Text,
    Timestamp, Verdict, View,
};
use serde_json::json;

use super::{
    End, HUSH, count, gate, mark,
    quarantine::{Presence, QUARANTINE, Step},
    wave::Sign,
};
use crate::{options::Mode, room::Room, trust::Trust, undo::Undone};

/// A stranger who came longer ago than this and never spoke is taken for a reader, not for a sleeper.
const SLEEPER: Duration = Duration::from_secs(2 * 3_600);
/// Nobody reads what is said and has an answer so soon after coming.
const HASTE: Duration = Duration::from_secs(15);
/// Whoever has said so many clean things and came longer ago than this has shown what they are.
const SHOWN: u32 = 2;
const SHOWN_AFTER: Duration = Duration::from_secs(120);

/// When newcomers are asked a question before they may speak.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum GateMode {
    /// While a raid lasts.
    Raid,
    /// Always.
    Always,
    /// Never.
    Off,
}

impl GateMode {
    /// The words for it in the settings.
    pub(crate) const WORDS: &'static [&'static str] = &["raid", "always", "off"];

    /// The mode of this word; `raid` for an unknown one.
    pub(crate) fn named(word: &str) -> Self {
        match word {
            "always" => Self::Always,
            "off" => Self::Off,
            _ => Self::Raid,
        }
    }
}

/// Why someone is kept without voice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Hush {
    Raid,
    Quarantine,
    Gate,
}

impl Room {
    /// Looks at an event with the whole room in mind. `Some` if that decides it: the rules are not asked then.
    pub(crate) fn watch(&mut self, event: &Event, view: &dyn View) -> Option<Verdict> {
        if event.phase != Phase::Live || event.is_own || !self.config.raid {
            return None;
        }
        if let EventKind::VoiceRequest { nick } = &event.kind {
            let occupant = view.occupant(nick)?;
            self.at_gate(occupant, event.at, true);
            return Some(Verdict::pass());
        }
        let occupant = event.occupant.as_deref()?;
        match &event.kind {
            EventKind::Join if !self.is_spared(occupant, view) => self.came(occupant, &occupant.identity(), event.at),
            EventKind::Leave(leave) => {
                match leave.cause {
                    Cause::Lost | Cause::Shutdown => self.past.alarm.wave.lost(mark(&occupant.identity()), event.at),
                    Cause::Kicked | Cause::Banned => self.past.alarm.gate.forget(&occupant.identity()),
                    Cause::Left | Cause::Removed | Cause::Destroyed => {}
                }
                None
            }
            EventKind::Role(it) if it.was < occupant.role => {
                let identity = occupant.identity();
                self.past.alarm.gate.forget(&occupant.identity());
                self.past.alarm.hushed.remove(&identity);
                None
            }
            EventKind::Private(message) => self.answered(occupant, &occupant.identity(), &message.body, event.at),
            EventKind::Message(_)
            | EventKind::Correction(_)
            | EventKind::Retraction(_)
            | EventKind::Reaction(_)
            | EventKind::Subject { .. }
            | EventKind::Join
            | EventKind::Nick { .. }
            | EventKind::Presence
            | EventKind::Role(_)
            | EventKind::Affiliation(_)
            | EventKind::Absent(_)
            | EventKind::VoiceRequest { .. }
            | EventKind::Config
            | EventKind::Joined
            | EventKind::Lost { .. }
            | EventKind::Malformed { .. } => None,
        }
    }

    /// A stranger at the door.
    fn came(&mut self, occupant: &Occupant, identity: &Identity, now: Timestamp) -> Option<Verdict> {
        if self.past.people.trust(occupant, identity, now) != Trust::Stranger {
            self.let_in(occupant, identity, now);
            return None;
        }
        let is_new = self.past.alarm.wave.joined(mark(identity), now);
        if !is_new {
            return None;
        }
        let hush = match self.config.gate {
            _ if self.past.alarm.is_on() => Hush::Raid,
            _ if self.is_because_of_spam(identity, now) => Hush::Quarantine,
            GateMode::Always => Hush::Gate,
            GateMode::Raid | GateMode::Off => return None,
        };
        self.at_gate(occupant, now, false);
        Some(self.hushed(occupant, identity, hush))
    }

    /// In a raid the room gives newcomers no voice, and servers take everybody for one who comes back. Whoever is known
    /// and has nothing against them gets it again.
    fn let_in(&mut self, occupant: &Occupant, identity: &Identity, now: Timestamp) {
        let is_raid = self.past.alarm.is_on() && self.acts();
        if is_raid && occupant.role == Role::Visitor && self.past.people.is_clear(identity) {
            self.tell(now, MemoKind::Own("give_voice"), Some(target(occupant, identity)), serde_json::Value::Null);
        }
    }

    fn hushed(&mut self, occupant: &Occupant, identity: &Identity, hush: Hush) -> Verdict {
        if self.acts() {
            self.past.alarm.hush(identity, &occupant.nick);
        }
        if occupant.role != Role::Participant {
            return Verdict::pass();
        }
        let (rule, reason, span) = match hush {
            Hush::Raid => ("raid", "reason-raid", HUSH),
            Hush::Quarantine => ("quarantine", "reason-quarantine", QUARANTINE),
            Hush::Gate => ("gate", "reason-gate", HUSH),
        };
        Verdict {
            answer: Answer::Mute { span },
            target: Some(target(occupant, identity)),
            rule,
            reason: Text::key(reason),
            is_routine: hush == Hush::Gate,
            ..Verdict::pass()
        }
    }

    /// Someone who has no voice is asked a question; `again` for whoever asks for voice by themself.
    fn at_gate(&mut self, occupant: &Occupant, now: Timestamp, again: bool) {
        let identity = occupant.identity();
        // Where nobody loses their voice nobody is asked for it.
        let is_open = self.config.gate == GateMode::Off || !self.acts();
        let is_spam = self.is_because_of_spam(&identity, now);
        let alarm = &mut self.past.alarm;
        if is_open || (again && !alarm.hushed.contains_key(&identity)) {
            return;
        }
        if let Some(question) = alarm.gate.ask(&identity, now) {
            let data = json!({ "question": question, "is_spam": is_spam });
            self.tell(now, MemoKind::Own("gate_ask"), Some(target(occupant, &identity)), data);
        }
    }

    /// Whether someone at the gate has no voice because of a raid, or of where they come from, and not because everybody
    /// is asked.
    fn is_because_of_spam(&self, identity: &Identity, now: Timestamp) -> bool {
        let is_closed = |it: &str| self.past.alarm.quarantine.is_closed(it, now);
        self.past.alarm.is_on() || identity.jid().is_some_and(|it| is_closed(it.domain().as_str()))
    }

    /// Something said in private by someone at the gate is an answer; the reacting half knows whether it is right.
    fn answered(&mut self, occupant: &Occupant, identity: &Identity, text: &str, now: Timestamp) -> Option<Verdict> {
        if text.is_empty() || gate::is_for_the_bot(text) {
            return None;
        }
        let attempt = self.past.alarm.gate.attempt(identity, now)?;
        let text: String = text.chars().take(200).collect();
        let is_spam = self.is_because_of_spam(identity, now);
        let data = json!({ "question": attempt.question, "left": attempt.left, "text": text, "is_spam": is_spam });
        self.tell(now, MemoKind::Heard("gate_answer"), Some(target(occupant, identity)), data);
        Some(Verdict::pass())
    }

    /// Someone little known did something that was taken back or worse.
    pub(crate) fn watch_offence(&mut self, occupant: &Occupant, identity: &Identity, now: Timestamp, view: &dyn View) {
        if !self.config.raid {
            return;
        }
        let mark = mark(identity);
        // What they did themself is answered by itself: the end of the raid does not pardon it.
        self.past.alarm.hushed.remove(identity);
        if let Some(domain) = identity.jid().map(|it| it.domain().as_str()) {
            let mut quarantine = std::mem::take(&mut self.past.alarm.quarantine);
            let step = quarantine.offended(domain, mark, || self.presence(domain, now, view), now);
            self.past.alarm.quarantine = quarantine;
            self.close(domain, step, now);
        }
        self.past.alarm.goes_on(now);
        if let Some(sign) = self.past.alarm.wave.offended(mark, now) {
            self.raid(occupant, sign, now, view);
        }
    }

    /// A stranger said something that no rule has anything against.
    pub(crate) fn watch_words(
        &mut self,
        occupant: &Occupant,
        identity: &Identity,
        n_chars: usize,
        now: Timestamp,
        view: &dyn View,
    ) {
        if !self.config.raid {
            return;
        }
        let sign = self.past.alarm.wave.spoke(mark(identity), n_chars, now);
        if let Some(sign) = sign.filter(|it| self.is_invasion(*it, now, view)) {
            self.raid(occupant, sign, now, view);
        }
    }

    /// A stranger said a word or two, and no greeting, perhaps as soon as they were in.
    pub(crate) fn watch_haste(&mut self, occupant: &Occupant, identity: &Identity, now: Timestamp, view: &dyn View) {
        if !self.config.raid || HASTE <= now.since(occupant.joined_at) {
            return;
        }
        let sign = self.past.alarm.wave.hurried(mark(identity), now);
        if let Some(sign) = sign.filter(|it| self.is_invasion(*it, now, view)) {
            self.raid(occupant, sign, now, view);
        }
    }

    /// Who is here from a domain.
    fn presence(&self, domain: &str, now: Timestamp, view: &dyn View) -> Presence {
        let is_from_there = |it: &&Arc<Occupant>| it.jids.first().is_some_and(|it| it.domain().as_str() == domain);
        let n_here = view.occupants().filter(is_from_there).count();
        let mut presence = Presence { n_here, ..Presence::default() };
        for (n, occupant) in view.occupants().filter(is_from_there).enumerate() {
            let identity = occupant.identity();
            let trust = self.past.people.trust(occupant, &identity, now);
            presence.n_strangers += usize::from(trust == Trust::Stranger);
            presence.is_protected |= trust.is_known()
                || Affiliation::Member <= occupant.affiliation
                || occupant.is_self
                || view.is_spared(occupant);
            if presence.is_protected || presence.has_others(n + 1 - presence.n_strangers) {
                // Who else is there does not matter any more.
                return presence;
            }
        }
        presence.is_protected = self.past.people.is_home(domain, now);
        presence
    }

    fn close(&mut self, domain: &str, step: Option<Step>, now: Timestamp) {
        let kind = match step {
            None => return,
            Some(Step::Quarantine) => "quarantine",
            Some(Step::Ban) => "ban_domain",
        };
        self.tell(now, MemoKind::Own(kind), None, json!({ "domain": domain }));
    }

    /// It is a raid: strangers who came lately lose their voice, all but those who get an answer of their own.
    fn raid(&mut self, author: &Occupant, sign: Sign, now: Timestamp, view: &dyn View) {
        let is_answered = self.acts();
        if !self.past.alarm.sign(now, is_answered) {
            return;
        }
        let mut n_hushed = 0_usize;
        for occupant in view.occupants() {
            let identity = occupant.identity();
            // Whoever gets an answer of their own is not asked as well: they may be gone before they read it.
            let is_answered = occupant.nick == author.nick && matches!(sign, Sign::Offences(_))
                || self.past.company.due.iter().any(|it| it.who == identity)
                || self.past.people.is_sentenced(&identity, now);
            if !is_answered && self.is_suspect(occupant, &identity, now, view) {
                n_hushed += usize::from(self.hush_one(occupant, &identity, now));
            }
        }
        let reason = Text::key(match sign {
            Sign::Offences(_) => "raid-on-offences",
            Sign::Chorus(_) => "raid-on-chorus",
        });
        let n_joined = self.past.alarm.wave.n_joined(now, Duration::from_secs(600));
        let memo = self.memo(now, MemoKind::RaidOn, None, json!({ "hushed": n_hushed, "joined": n_joined }));
        self.memos.push(Memo { reason: reason.with("n", count(sign)), ..memo });
    }

    /// Takes the voice of someone in a raid, and asks them the question; gives whether they had it.
    fn hush_one(&mut self, occupant: &Occupant, identity: &Identity, now: Timestamp) -> bool {
        let verdict = self.hushed(occupant, identity, Hush::Raid);
        self.at_gate(occupant, now, false);
        let had_voice = !verdict.is_pass();
        self.others.push(verdict);
        had_voice
    }

    /// Someone who was one of a crowd was answered, and stays.
    pub(crate) fn watch_other(&mut self, occupant: &Occupant, identity: &Identity, now: Timestamp, view: &dyn View) {
        if self.past.alarm.is_on() && self.is_suspect(occupant, identity, now, view) {
            self.hush_one(occupant, identity, now);
        }
    }

    /// Whether someone may have come with the raid: a stranger who came lately and has not shown what they are.
    fn is_suspect(&self, occupant: &Occupant, identity: &Identity, now: Timestamp, view: &dyn View) -> bool {
        let since = now.since(occupant.joined_at);
        let has_shown = SHOWN <= self.past.people.n_clean(identity) && SHOWN_AFTER < since;
        !self.is_spared(occupant, view)
            && since < SLEEPER
            && !has_shown
            && self.past.people.trust(occupant, identity, now) == Trust::Stranger
    }

    /// Time went on.
    pub(crate) fn watch_tick(&mut self, now: Timestamp) {
        if let Some(end) = self.past.alarm.tick(now) {
            self.raid_is_over(end, now);
        }
    }

    /// The guard may have been told to watch only, or not even that: whom it hushed while it acted is let go at once, and
    /// the room gets its form back. A raid that was only observed begins anew once it acts.
    pub(crate) fn let_go(&mut self, now: Timestamp) {
        let acts = self.acts();
        if self.past.alarm.set_anew(acts) {
            self.raid_is_over(End::SetAnew, now);
        } else if !acts && self.past.alarm.is_armed() {
            let release = self.take_hushed();
            self.tell(now, MemoKind::Own("release"), None, release);
        }
    }

    /// Whether anything is done, and not only shown.
    fn acts(&self) -> bool {
        self.config.mode == Mode::Enforce
    }

    /// A person took an incident back: nobody is held to anything of it.
    pub(crate) fn undo(&mut self, undone: &Undone, now: Timestamp) {
        self.past.people.forgive(&undone.people, undone.since);
        self.past.company.undo(undone);
        if self.past.alarm.undo(undone) {
            self.raid_is_over(End::Undone, now);
        }
    }

    fn raid_is_over(&mut self, end: End, now: Timestamp) {
        let release = self.take_hushed();
        let reason = match end {
            End::Quiet => "raid-off-quiet",
            End::TooLong => "raid-off-too-long",
            End::Undone => "raid-off-undone",
            End::SetAnew => "raid-off-set-anew",
        };
        let memo = self.memo(now, MemoKind::RaidOff, None, release);
        self.memos.push(Memo { reason: Text::key(reason), ..memo });
    }

    /// Everybody who was hushed for nothing, as the reacting half is told of them.
    fn take_hushed(&mut self) -> serde_json::Value {
        let hushed = std::mem::take(&mut self.past.alarm.hushed);
        let release: Vec<_> = hushed.into_iter().map(|(identity, nick)| Target { nick, identity }).collect();
        json!({ "release": release })
    }

    fn tell(&mut self, now: Timestamp, kind: MemoKind, about: Option<Target>, data: serde_json::Value) {
        let memo = self.memo(now, kind, about, data);
        self.memos.push(memo);
    }

    fn memo(&self, at: Timestamp, kind: MemoKind, about: Option<Target>, data: serde_json::Value) -> Memo {
        Memo { at, room: self.jid.clone(), kind, about, rule: "raid", score: 0, reason: Text::empty(), data }
    }
}

fn target(occupant: &Occupant, identity: &Identity) -> Target {
    Target { nick: occupant.nick.clone(), identity: identity.clone() }
}
