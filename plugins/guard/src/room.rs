//! The guard of one room: finds whom an event concerns, spares whom it must, asks the rules, adds up, answers.

use std::time::Duration;

use domovoi_plugin::{
    Affiliation, Answer, Because, Event, EventKind, Identity, Memo, Moderation, Occupant, Phase, Role, RoomGuard,
    RoomJid, Shared, StanzaId, Target, Text, Timestamp, Verdict, View, format_duration,
};

use crate::{
    lists::{Finding, room::Seen},
    options::{Config, Mode},
    people::{Known, Person},
    points::Points,
    rules::{
        Hit, Rule,
        churn::{self, Act},
    },
    saved::{self, Past},
    sentence::{self, Moment},
    trust::Trust,
    utterance::{Utterance, hear},
};

/// For how long a sentence is given time to take effect before the next one.
const IN_FLIGHT: Duration = Duration::from_secs(5);
/// How often what has expired is dropped.
const SWEEP: Duration = Duration::from_secs(60);

/// What the guard knows of one room.
#[derive(Debug)]
pub(crate) struct Room {
    pub(crate) jid: RoomJid,
    pub(crate) config: Config,
    pub(crate) past: Past,
    /// Verdicts about others than whoever did the event, not yet taken.
    pub(crate) others: Vec<Verdict>,
    /// What there is to tell, not yet taken.
    pub(crate) memos: Vec<Memo>,
    /// What the rooms share, as of the event that is judged.
    pub(crate) shared: Shared,
    /// The word lists that the settings name.
    pub(crate) named: Vec<String>,
    /// What of what is shared this room has seen already.
    pub(crate) seen: Seen,
}

/// Someone who may be judged, in the event that is.
struct Case<'a> {
    event: &'a Event,
    occupant: &'a Occupant,
    identity: Identity,
    can_retract: bool,
}

impl Room {
    /// Of a room with these settings; `saved` may be anything.
    pub(crate) fn new(jid: &RoomJid, config: Config, saved: Option<&[u8]>) -> Self {
        Self {
            jid: jid.clone(),
            config,
            past: saved::read(saved),
            others: Vec::new(),
            memos: Vec::new(),
            shared: None,
            named: Vec::new(),
            seen: Seen::default(),
        }
    }

    fn case<'a>(&self, event: &'a Event, view: &dyn View) -> Option<Case<'a>> {
        let occupant = event.occupant.as_deref()?;
        if event.is_own || self.is_spared(occupant, view) {
            return None;
        }
        let can_retract = view.features().moderation != Moderation::None;
        Some(Case { event, occupant, identity: occupant.identity(), can_retract })
    }

    pub(crate) fn is_spared(&self, occupant: &Occupant, view: &dyn View) -> bool {
        let by_affiliation = match occupant.affiliation {
            Affiliation::Owner | Affiliation::Admin => true,
            Affiliation::Member => self.config.spare_members,
            Affiliation::None | Affiliation::Outcast => false,
        };
        by_affiliation || occupant.role == Role::Moderator || occupant.is_self || view.is_spared(occupant)
    }

    fn decide(&mut self, event: &Event, view: &dyn View) -> Verdict {
        if let EventKind::Joined = event.kind {
            self.tell_event(event, view);
            self.past.settle(event.at, view);
            return Verdict::pass();
        }
        if event.phase == Phase::History {
            // What came before us is nobody's offence, and its times are not to be trusted.
            return Verdict::pass();
        }
        if event.phase == Phase::Filled && event.message().is_none() {
            // An archive tells what was said; comings and goings of then say nothing of now.
            return Verdict::pass();
        }
        self.past.learn(event);
        self.tell_event(event, view);
        if let Some(verdict) = self.watch(event, view) {
            return verdict;
        }
        let Some(case) = self.case(event, view) else {
            return Verdict::pass();
        };
        match &event.kind {
            EventKind::Message(it) => self.said(&case, Utterance::Public(it), view),
            EventKind::Private(it) => self.said(&case, Utterance::Private(it), view),
            EventKind::Correction(it) => self.said(&case, Utterance::Edit(it), view),
            EventKind::Reaction(_) => self.did(&case, view, Act::React),
            EventKind::Join => self.did(&case, view, Act::Join),
            EventKind::Nick { .. } => self.did(&case, view, Act::Nick),
            EventKind::Presence => self.did(&case, view, Act::Status),
            EventKind::Malformed { .. } => self.did(&case, view, Act::Malformed),
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

    fn said(&mut self, case: &Case<'_>, utterance: Utterance<'_>, view: &dyn View) -> Verdict {
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
        let mut hits = hear(recent, utterance, &limits, (trust, n_clean), now);
        let is_public = matches!(utterance, Utterance::Public(_));
        let is_private = matches!(utterance, Utterance::Private(_));
        // To the bot alone people may say whatever they complain of.
        let message = case.event.message().filter(|_| !is_private);
        let finding = message.map(|it| self.ask_lists(case.event, case.occupant, Some(it))).unwrap_or_default();
        hits.extend(finding.hits.iter().cloned());
        let person = self.past.people.meet(case.occupant, &case.identity, now);
        if is_public && !is_filled && hits.is_empty() && finding.is_empty() && person.pending.is_none() {
            person.standing.said_clean(now);
        }
        if hits.is_empty() && finding.is_empty() && is_public && trust == Trust::Stranger {
            self.watch_words(case.occupant, &case.identity, utterance.n_chars(), now, view);
        }
        let verdict = self.sentence(case, trust, &hits, finding.certain.clone());
        self.tell_verdict(case.event, case.occupant, trust, &finding, &verdict);
        self.note_offence(case, trust, &verdict, view);
        verdict
    }

    fn did(&mut self, case: &Case<'_>, view: &dyn View, act: Act) -> Verdict {
        let now = case.event.at;
        let person = self.past.people.meet(case.occupant, &case.identity, now);
        let trust = person.standing.trust(case.occupant, &case.identity, now);
        person.recent.acts.push(now, act);
        let mut hits: Vec<Hit> = churn::judge(act, &person.recent.acts, now).into_iter().collect();
        let mut finding = Finding::default();
        if matches!(act, Act::Join | Act::Nick) {
            finding = self.ask_lists(case.event, case.occupant, None);
            hits.extend(finding.hits.iter().cloned());
        }
        let verdict = self.sentence(case, trust, &hits, finding.certain.clone());
        self.tell_verdict(case.event, case.occupant, trust, &finding, &verdict);
        self.note_offence(case, trust, &verdict, view);
        verdict
    }

    /// Offences of people little known may be those of many.
    fn note_offence(&mut self, case: &Case<'_>, trust: Trust, verdict: &Verdict, view: &dyn View) {
        if Answer::Warn <= verdict.answer && !trust.is_known() && case.event.phase == Phase::Live {
            self.watch_offence(case.occupant, &case.identity, case.event.at, view);
        }
    }

    /// Adds up what the rules found and answers; a sentence under way is not repeated.
    /// What is certain is answered whatever the sum is, unless the sum asks for more.
    fn sentence(&mut self, case: &Case<'_>, trust: Trust, hits: &[Hit], certain: Option<(Answer, Hit)>) -> Verdict {
        let now = case.event.at;
        let (limits, is_filled) = (self.config.limits, case.event.phase == Phase::Filled);
        let Some(person) = self.past.people.get_mut(&case.identity) else {
            return Verdict::pass();
        };
        if let Some(rule) = in_flight(person, now) {
            return follow_up(case, rule, person.points.sum(now));
        }
        for hit in hits {
            person.points.add(hit.rule, hit.points * trust.weight(), now);
        }
        // Of equals the first, whose order is fixed.
        let strongest = hits.iter().rev().max_by_key(|it| it.points).or(certain.as_ref().map(|it| &it.1));
        let Some(mut hit) = strongest else {
            return Verdict::pass();
        };
        let score = person.points.sum(now);
        let known = Known { occupant: case.occupant, identity: &case.identity, trust };
        let message_id = case.event.message().and_then(|it| it.stanza_id.clone());
        let can_retract = case.can_retract && message_id.is_some();
        let moment = Moment { now, is_filled, can_retract };
        let mut answer = sentence::grade(score, &person.strikes, &known, &limits, moment);
        if let Some((by_list, its)) = &certain
            && answer < sentence::fit(*by_list, &known, moment)
        {
            (answer, hit) = (sentence::fit(*by_list, &known, moment), its);
        }
        let recent = person.filled.as_deref().filter(|_| is_filled).unwrap_or(&person.recent);
        let retract = match answer {
            Answer::Pass | Answer::Note | Answer::Warn => Vec::new(),
            Answer::Retract => message_id.into_iter().collect(),
            Answer::Mute { .. } | Answer::Kick | Answer::Ban { .. } if !case.can_retract => Vec::new(),
            Answer::Mute { .. } | Answer::Kick | Answer::Ban { .. } => recent.offence(now),
        };
        if Answer::Retract < answer {
            // The archive tells of one offence after the other, all of them before the first answer.
            if !is_filled {
                person.strikes.add(answer, now);
            }
            person.pending = Some((now.as_millis(), hit.rule));
            person.standing.lose(now);
        }
        let because = because(hits, trust, &person.points, now);
        Verdict { because, ..verdict(case, answer, hit, score, retract) }
    }

    /// In observe mode everything is decided and shown, nothing is done.
    pub(crate) fn as_observed(&self, verdict: Verdict) -> Verdict {
        if self.config.mode != Mode::Observe || verdict.answer <= Answer::Note {
            return verdict;
        }
        let reason = Text::key("observed").with("answer", answer_text(verdict.answer)).with("reason", verdict.reason);
        let observed = Some(verdict.answer);
        Verdict { answer: Answer::Note, retract: Vec::new(), reason, observed, ..verdict }
    }
}

impl RoomGuard for Room {
    fn judge(&mut self, event: &Event, view: &dyn View, shared: &Shared) -> Verdict {
        self.shared.clone_from(shared);
        let verdict = self.decide(event, view);
        self.as_observed(verdict)
    }

    fn tick(&mut self, now: Timestamp, view: &dyn View, shared: &Shared) -> Vec<Verdict> {
        self.watch_tick(now);
        if SWEEP <= now.since(self.past.swept) || now < self.past.swept {
            self.past.swept = now;
            self.past.people.forget(now);
        }
        self.lists_tick(now, view, shared)
    }

    fn also(&mut self) -> Vec<Verdict> {
        let others = std::mem::take(&mut self.others);
        others.into_iter().map(|it| self.as_observed(it)).collect()
    }

    fn take_memos(&mut self) -> Vec<Memo> {
        std::mem::take(&mut self.memos)
    }

    fn save(&self) -> Vec<u8> {
        saved::write(&self.past)
    }
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
    let hit = Hit::new(rule, 0, "reason-follows", 1);
    match stanza_id {
        Some(id) if case.can_retract => verdict(case, Answer::Retract, &hit, score, vec![id]),
        _ => verdict(case, Answer::Note, &hit, score, Vec::new()),
    }
}

/// Everything that speaks against someone: what was found just now, then what is left of before.
fn because(hits: &[Hit], trust: Trust, points: &Points, now: Timestamp) -> Vec<Because> {
    let found = |hit: &Hit| Because {
        rule: hit.rule.as_str(),
        name: hit.name.clone(),
        points: hit.points * trust.weight() / 1_000,
        reason: hit.text(),
    };
    let is_new = |rule: Rule| hits.iter().any(|it| it.rule == rule);
    let left = points.left(now).filter(|it| !is_new(it.0)).map(|(rule, points)| Because {
        rule: rule.as_str(),
        name: None,
        points,
        reason: Text::key("reason-before"),
    });
    hits.iter().map(found).chain(left).collect()
}

fn verdict(case: &Case<'_>, answer: Answer, hit: &Hit, score: u32, retract: Vec<StanzaId>) -> Verdict {
    if answer == Answer::Pass {
        return Verdict::pass();
    }
    let target = Target { nick: case.occupant.nick.clone(), identity: case.identity.clone() };
    let because = Vec::new();
    let (rule, reason) = (hit.rule.as_str(), hit.text());
    Verdict { answer, target: Some(target), rule, score, retract, reason, because, observed: None }
}

pub(crate) fn answer_text(answer: Answer) -> Text {
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
