//! The guard of one room: finds whom an event concerns, spares whom it must, asks the rules, adds up, answers.

use domovoi_plugin::{
    Affiliation, Answer, Cause, Change, Correction, Event, EventKind, Identity, Leave, Message, Moderation, Occupant,
    Phase, Retraction, Role, RoomGuard, Shared, StanzaId, Target, Text, Timestamp, Verdict, View, format_duration,
};

use crate::{
    options::{Config, Mode},
    people::{Known, Person},
    recent::{Recent, Said},
    rules::{Hit, Rule, churn, churn::Act, rate, repeat, size},
    saved::{self, Past},
    sentence::{self, Moment},
    text,
    trust::Trust,
};
use std::time::Duration;

/// For how long a sentence is given time to take effect before the next one.
const IN_FLIGHT: Duration = Duration::from_secs(5);
/// How often what has expired is dropped.
const SWEEP: Duration = Duration::from_secs(60);
/// Corrections of one message that are not counted as copies of it.
const FREE_EDITS: u8 = 3;

/// What the guard knows of one room.
#[derive(Debug)]
pub(crate) struct Room {
    config: Config,
    past: Past,
}

/// Someone who may be judged, in the event that is.
struct Case<'a> {
    event: &'a Event,
    occupant: &'a Occupant,
    identity: Identity,
    can_retract: bool,
}

/// What was said, and how.
#[derive(Clone, Copy)]
enum Utterance<'a> {
    /// To the room.
    Public(&'a Message),
    /// To us alone.
    Private(&'a Message),
    /// In place of what was said before.
    Edit(&'a Correction),
}

impl<'a> Utterance<'a> {
    const fn message(self) -> &'a Message {
        match self {
            Self::Public(it) | Self::Private(it) => it,
            Self::Edit(it) => &it.message,
        }
    }

    /// Whether anybody sees anything of it; chat states and receipts show nothing.
    const fn is_visible(self) -> bool {
        let it = self.message();
        let has_text = !it.body.is_empty() || !it.bodies.is_empty() || it.xhtml.is_some() || it.subject.is_some();
        has_text || !it.oob.is_empty() || it.is_encrypted
    }
}

impl Room {
    /// Of a room with these settings; `saved` may be anything.
    pub(crate) fn new(config: Config, saved: Option<&[u8]>) -> Self {
        Self { config, past: saved::read(saved) }
    }

    fn case<'a>(&self, event: &'a Event, view: &dyn View) -> Option<Case<'a>> {
        let occupant = event.occupant.as_deref()?;
        if event.is_own || self.is_spared(occupant, view) {
            return None;
        }
        let can_retract = view.features().moderation != Moderation::None;
        Some(Case { event, occupant, identity: occupant.identity(), can_retract })
    }

    fn is_spared(&self, occupant: &Occupant, view: &dyn View) -> bool {
        let by_affiliation = match occupant.affiliation {
            Affiliation::Owner | Affiliation::Admin => true,
            Affiliation::Member => self.config.spare_members,
            Affiliation::None | Affiliation::Outcast => false,
        };
        by_affiliation || occupant.role == Role::Moderator || occupant.is_self || view.is_spared(occupant)
    }

    fn decide(&mut self, event: &Event, view: &dyn View) -> Verdict {
        if let EventKind::Joined = event.kind {
            self.settle(event.at, view);
            return Verdict::pass();
        }
        if event.phase == Phase::History {
            // What came before us is nobody's offence, and its times are not to be trusted.
            return Verdict::pass();
        }
        self.learn(event);
        let Some(case) = self.case(event, view) else {
            return Verdict::pass();
        };
        match &event.kind {
            EventKind::Message(it) => self.said(&case, Utterance::Public(it)),
            EventKind::Private(it) => self.said(&case, Utterance::Private(it)),
            EventKind::Correction(it) => self.said(&case, Utterance::Edit(it)),
            EventKind::Reaction(_) => self.did(&case, Act::React),
            EventKind::Join => self.did(&case, Act::Join),
            EventKind::Nick { .. } => self.did(&case, Act::Nick),
            EventKind::Presence => self.did(&case, Act::Status),
            EventKind::Malformed { .. } => self.did(&case, Act::Malformed),
            EventKind::Retraction(_)
            | EventKind::Subject { .. }
            | EventKind::Leave(_)
            | EventKind::Role(_)
            | EventKind::Affiliation(_)
            | EventKind::Absent(_)
            | EventKind::VoiceRequest { .. }
            | EventKind::Config
            | EventKind::Joined
            | EventKind::Lost { .. } => Verdict::pass(),
        }
    }

    /// We are in: whoever is here the first time counts as a regular for a day.
    fn settle(&mut self, now: Timestamp, view: &dyn View) {
        for occupant in view.occupants() {
            if occupant.is_self {
                continue;
            }
            let person = self.past.people.meet(occupant, &occupant.identity(), now);
            if !self.past.is_settled {
                person.standing.was_here_before(now);
            }
        }
        self.past.is_settled = true;
    }

    /// What others did to someone: our own acts took effect, a person punished or pardoned.
    fn learn(&mut self, event: &Event) {
        let now = event.at;
        if let EventKind::Retraction(it) = &event.kind {
            self.learn_retraction(it, event);
            return;
        }
        let Some(occupant) = event.occupant.as_deref() else {
            return;
        };
        let Some(person) = self.past.people.get_mut(&occupant.identity()) else {
            return;
        };
        match &event.kind {
            EventKind::Role(it) => learn_role(person, occupant, it),
            EventKind::Leave(it) => learn_leave(person, it, now),
            EventKind::Affiliation(it) if it.was == Affiliation::Outcast || it.was < occupant.affiliation => {
                pardon(person);
            }
            EventKind::Affiliation(_)
            | EventKind::Message(_)
            | EventKind::Private(_)
            | EventKind::Correction(_)
            | EventKind::Retraction(_)
            | EventKind::Reaction(_)
            | EventKind::Subject { .. }
            | EventKind::Join
            | EventKind::Nick { .. }
            | EventKind::Presence
            | EventKind::Absent(_)
            | EventKind::VoiceRequest { .. }
            | EventKind::Config
            | EventKind::Joined
            | EventKind::Lost { .. }
            | EventKind::Malformed { .. } => {}
        }
    }

    /// A moderator took back what someone said: so it was not clean.
    fn learn_retraction(&mut self, retraction: &Retraction, event: &Event) {
        if retraction.moderator.is_none() || event.is_own {
            return;
        }
        let target = StanzaId::new(retraction.target.as_str());
        let said_it =
            |it: &Person| it.recent.memory.newest(event.at).any(|(_, it)| it.stanza_id.as_ref() == Some(&target));
        if let Some(author) = self.past.people.iter_mut().find(|it| said_it(it)) {
            author.standing.lose(event.at);
        }
    }

    fn said(&mut self, case: &Case<'_>, utterance: Utterance<'_>) -> Verdict {
        if !utterance.is_visible() {
            return Verdict::pass();
        }
        let now = case.event.at;
        let limits = self.config.limits;
        let person = self.past.people.meet(case.occupant, &case.identity, now);
        let trust = person.standing.trust(case.occupant, &case.identity, now);
        let n_clean = person.standing.n_clean();
        let is_filled = case.event.phase == Phase::Filled;
        let recent = if is_filled { &mut **person.filled.get_or_insert_default() } else { &mut person.recent };
        let shown = text::shown(utterance.message());
        let said = remember_pace(recent, utterance, &shown, now);
        let mut hits = [None; 4];
        hits[0] = rate::judge(&recent.pace, &limits, trust, now);
        if let Some(said) = said {
            hits[1] = repeat::judge(&said, &recent.memory, &limits, (trust, n_clean), now);
            if !utterance.message().is_encrypted {
                hits[2] = size::judge(&shown, &recent.pace, &limits, trust, now);
            }
            remember(recent, said, now);
        }
        if let Utterance::Edit(_) = utterance {
            recent.acts.push(now, Act::Edit);
            hits[3] = churn::judge(Act::Edit, &recent.acts, now);
        }
        let is_public = matches!(utterance, Utterance::Public(_));
        if is_public && !is_filled && hits.iter().all(Option::is_none) && person.pending.is_none() {
            person.standing.said_clean(now);
        }
        self.sentence(case, trust, &hits)
    }

    fn did(&mut self, case: &Case<'_>, act: Act) -> Verdict {
        let now = case.event.at;
        let person = self.past.people.meet(case.occupant, &case.identity, now);
        let trust = person.standing.trust(case.occupant, &case.identity, now);
        person.recent.acts.push(now, act);
        let hit = churn::judge(act, &person.recent.acts, now);
        self.sentence(case, trust, &[hit])
    }

    /// Adds up what the rules found and answers; a sentence under way is not repeated.
    fn sentence(&mut self, case: &Case<'_>, trust: Trust, hits: &[Option<Hit>]) -> Verdict {
        let now = case.event.at;
        let (limits, is_filled) = (self.config.limits, case.event.phase == Phase::Filled);
        let Some(person) = self.past.people.get_mut(&case.identity) else {
            return Verdict::pass();
        };
        if let Some(rule) = in_flight(person, now) {
            return follow_up(case, rule, person.points.sum(now));
        }
        for hit in hits.iter().flatten() {
            person.points.add(hit.rule, hit.points * trust.weight(), now);
        }
        // Of equals the first, whose order is fixed.
        let Some(hit) = hits.iter().flatten().rev().max_by_key(|it| it.points) else {
            return Verdict::pass();
        };
        let score = person.points.sum(now);
        let known = Known { occupant: case.occupant, identity: &case.identity, trust };
        let message_id = case.event.message().and_then(|it| it.stanza_id.clone());
        let can_retract = case.can_retract && message_id.is_some();
        let answer = sentence::grade(score, &person.strikes, &known, &limits, Moment { now, is_filled, can_retract });
        let recent = person.filled.as_deref().filter(|_| is_filled).unwrap_or(&person.recent);
        let retract = match answer {
            Answer::Pass | Answer::Note | Answer::Warn => Vec::new(),
            Answer::Retract => message_id.into_iter().collect(),
            Answer::Mute { .. } | Answer::Kick | Answer::Ban { .. } if !case.can_retract => Vec::new(),
            Answer::Mute { .. } | Answer::Kick | Answer::Ban { .. } => recent.offence(now),
        };
        if Answer::Retract < answer {
            person.strikes.add(answer, now);
            person.pending = Some((now.as_millis(), hit.rule));
            person.standing.lose(now);
        }
        verdict(case, answer, hit, score, retract)
    }

    /// In observe mode everything is decided and shown, nothing is done.
    fn as_observed(&self, verdict: Verdict) -> Verdict {
        if self.config.mode != Mode::Observe || verdict.answer <= Answer::Note {
            return verdict;
        }
        let reason = Text::key("observed").with("answer", answer_text(verdict.answer)).with("reason", verdict.reason);
        Verdict { answer: Answer::Note, retract: Vec::new(), reason, ..verdict }
    }
}

impl RoomGuard for Room {
    fn judge(&mut self, event: &Event, view: &dyn View, _shared: &Shared) -> Verdict {
        if self.config.mode == Mode::Off {
            return Verdict::pass();
        }
        let verdict = self.decide(event, view);
        self.as_observed(verdict)
    }

    fn tick(&mut self, now: Timestamp, _view: &dyn View) -> Vec<Verdict> {
        if SWEEP <= now.since(self.past.swept) || now < self.past.swept {
            self.past.swept = now;
            self.past.people.forget(now);
        }
        Vec::new()
    }

    fn save(&self) -> Vec<u8> {
        saved::write(&self.past)
    }
}

/// Notes how long the message is; gives what is to be compared, for what is said to the room.
fn remember_pace(recent: &mut Recent, utterance: Utterance<'_>, shown: &[&str], now: Timestamp) -> Option<Said> {
    let message = utterance.message();
    let n_chars = shown.iter().map(|it| it.chars().count()).max().unwrap_or(0);
    let n_chars = if message.is_encrypted { 0 } else { u32::try_from(n_chars).unwrap_or(u32::MAX) };
    let mut said = Said::new(message, shown);
    let mut is_small_edit = false;
    if let Utterance::Edit(correction) = utterance {
        let replaced = recent.memory.newest_mut().find(|it| it.id.as_ref() == Some(&correction.replaces));
        if let Some(old) = replaced.filter(|it| it.n_edits < FREE_EDITS) {
            // The text before the correction is gone from the screen, so that the new one is no copy of it.
            let print = old.print.take();
            is_small_edit = print.zip(said.print.as_ref()).is_some_and(|(old, new)| 700 <= old.likeness(new));
            said.n_edits = old.n_edits + 1;
        } else {
            said.n_edits = FREE_EDITS;
        }
        said.id = Some(correction.replaces.clone());
    }
    recent.pace.push(now, if is_small_edit { 0 } else { n_chars });
    (!matches!(utterance, Utterance::Private(_))).then_some(said)
}

fn remember(recent: &mut Recent, mut said: Said, now: Timestamp) {
    let is_resent = |it: &&mut Said| it.id.is_some() && it.id == said.id;
    if said.n_edits == 0 && recent.memory.newest_mut().find(is_resent).is_some() {
        said.is_resent = true;
    }
    recent.memory.push(now, said);
}

/// The rule of a sentence whose effect is still awaited.
fn in_flight(person: &mut Person, now: Timestamp) -> Option<Rule> {
    let (since, rule) = person.pending?;
    let since = Timestamp::from_millis(since);
    if since <= now && now.since(since) < IN_FLIGHT {
        return Some(rule);
    }
    person.pending = None;
    None
}

/// A message that was on its way when its author was sentenced is taken back too; it costs nothing more.
fn follow_up(case: &Case<'_>, rule: Rule, score: u32) -> Verdict {
    let stanza_id = case.event.message().and_then(|it| it.stanza_id.clone());
    let hit = Hit { rule, points: 0, reason: "reason-follows", n: 1 };
    match stanza_id {
        Some(id) if case.can_retract => verdict(case, Answer::Retract, &hit, score, vec![id]),
        _ => verdict(case, Answer::Note, &hit, score, Vec::new()),
    }
}

fn verdict(case: &Case<'_>, answer: Answer, hit: &Hit, score: u32, retract: Vec<StanzaId>) -> Verdict {
    if answer == Answer::Pass {
        return Verdict::pass();
    }
    let target = Target { nick: case.occupant.nick.clone(), identity: case.identity.clone() };
    let reason = Text::key(hit.reason).with("n", hit.n);
    Verdict { answer, target: Some(target), rule: hit.rule.as_str(), score, retract, reason }
}

fn answer_text(answer: Answer) -> Text {
    let spanned = |key, span| Text::key(key).with("span", format_duration(span));
    match answer {
        Answer::Mute { span } => spanned("answer-mute", span),
        Answer::Ban { span: Some(span) } => spanned("answer-ban", span),
        Answer::Ban { span: None } => Text::key("answer-ban-for-good"),
        Answer::Kick => Text::key("answer-kick"),
        Answer::Retract => Text::key("answer-retract"),
        Answer::Warn => Text::key("answer-warn"),
        Answer::Note | Answer::Pass => Text::key("answer-note"),
    }
}

fn learn_role(person: &mut Person, occupant: &Occupant, change: &Change<Role>) {
    if change.was < occupant.role {
        pardon(person);
    } else {
        person.pending = None;
    }
}

fn learn_leave(person: &mut Person, leave: &Leave, now: Timestamp) {
    match leave.cause {
        Cause::Kicked | Cause::Banned => {
            person.pending = None;
            person.standing.lose(now);
        }
        Cause::Left | Cause::Removed | Cause::Lost | Cause::Shutdown | Cause::Destroyed => {}
    }
}

/// Someone gave voice or standing back: what was held against them is settled.
fn pardon(person: &mut Person) {
    person.points.clear();
    person.pending = None;
}
