//! The side of a room: what lists are asked on its behalf, what is told of what they found, what waits for it.

use std::time::Duration;

use domovoi_plugin::{
    Affiliation, Answer, Event, EventKind, Identity, Memo, MemoKind, Moderation, Occupant, RoomJid, Shared, Target,
    Text, Timestamp, Verdict, View,
};
use serde_json::{Value, json};

use super::{
    Common, Finding, Occasion,
    asks::{Ask, What},
    consent,
};
use crate::{
    answer::Case,
    options::Mode,
    people::Person,
    room::Room,
    rules::{Hit, Rule, churn::Act},
    text::Look,
    trust::Trust,
};

/// The span in which a rule counts comings.
const JOINS: Duration = Duration::from_secs(120);

/// From which weight on reports of several people count, and for how many points.
const ENOUGH: u32 = 20;
const REPORTED: u32 = 60;

/// What a room has seen of what waits for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Seen {
    /// The block lists it has looked at those present with.
    blocks: u64,
    /// The last word for it.
    ask: u64,
    /// When it began: what was said before was for the guard that was here then.
    since: Option<Timestamp>,
    /// Whether it has said which word lists it names.
    has_named: bool,
}

impl Room {
    /// Asks the lists about someone who came, took a nick, or said something.
    pub(crate) fn ask_lists(&mut self, case: &Case<'_>, look: Option<&Look<'_>>, comes: bool) -> Finding {
        let shared = self.shared.clone();
        let Some(common) = Common::of(&shared) else { return Finding::default() };
        let Some(person) = self.past.people.get_mut(&case.identity) else { return Finding::default() };
        let now = case.now;
        let occasion = Occasion {
            room: &self.jid,
            now,
            occupant: case.occupant,
            identity: &case.identity,
            trust: person.standing.trust(case.occupant, &case.identity, now),
            age: person.standing.age(now),
            n_joins: n_joins(person, now),
            message: case.message,
            look,
            named: &self.word_lists,
            comes,
            heeds_campaigns: self.config.heeds_campaigns,
        };
        let finding = common.judge(&occasion);
        if !finding.entries.is_empty() {
            self.tell_reactor(now, Some(case.occupant), "hits", json!(finding.entries));
        }
        finding
    }

    /// Tells what lists must know of a verdict: who is kept out because of which list.
    pub(crate) fn tell_verdict(&mut self, case: &Case<'_>, finding: &Finding, verdict: &Verdict) {
        let is_kept_out = matches!(verdict.answer, Answer::Mute { .. } | Answer::Ban { .. });
        if self.config.mode != Mode::Observe && is_kept_out && !finding.blocked.is_empty() {
            let by: Vec<Value> = finding.blocked.iter().map(|(list, id)| json!([&**list, id])).collect();
            let data = json!({"by": by, "act": verdict.answer.as_str()});
            self.tell_reactor(case.now, Some(case.occupant), "blocked", data);
        }
    }

    /// Tells what is of interest whoever is judged: strangers who come, people whom others let in again.
    pub(crate) fn tell_event(&mut self, event: &Event, view: &dyn View) {
        self.seen.since.get_or_insert(event.at);
        match &event.kind {
            EventKind::Join => {
                let Some(occupant) = event.occupant.as_deref().filter(|it| !it.is_self && !view.is_spared(it)) else {
                    return;
                };
                let identity = occupant.identity();
                let is_stranger = self
                    .past
                    .people
                    .get_mut(&identity)
                    .is_none_or(|it| it.standing.learned(event.at) == Trust::Stranger);
                if self.config.asks_accounts && is_stranger && occupant.affiliation == Affiliation::None {
                    self.tell_reactor(event.at, Some(occupant), "stranger", Value::Null);
                }
            }
            EventKind::Absent(it) if it.affiliation != Affiliation::Outcast => {
                self.tell_reactor(event.at, None, "let in", json!(it.jid.to_string()));
            }
            EventKind::Absent(_)
            | EventKind::Message(_)
            | EventKind::Private(_)
            | EventKind::Correction(_)
            | EventKind::Retraction(_)
            | EventKind::Reaction(_)
            | EventKind::Subject { .. }
            | EventKind::Leave(_)
            | EventKind::Nick { .. }
            | EventKind::Presence
            | EventKind::Role(_)
            | EventKind::Affiliation(_)
            | EventKind::VoiceRequest { .. }
            | EventKind::Config
            | EventKind::Joined
            | EventKind::Lost { .. }
            | EventKind::Malformed { .. } => (),
        }
    }

    fn tell_reactor(&mut self, now: Timestamp, about: Option<&Occupant>, what: &'static str, data: Value) {
        let target = about.map(|it| Target { nick: it.nick.clone(), identity: it.identity() });
        self.memos.push(memo((now, &self.jid), what, target, data));
    }

    /// Looks whether there is something for this room: new block lists to hold those present against, words about
    /// someone.
    pub(crate) fn lists_tick(&mut self, now: Timestamp, view: &dyn View, shared: &Shared) -> Vec<Verdict> {
        let Some(common) = Common::of(shared) else { return Vec::new() };
        self.shared.clone_from(shared);
        let mut verdicts = Vec::new();
        if self.seen.blocks != common.blocks.generation {
            self.seen.blocks = common.blocks.generation;
            verdicts.extend(self.look_at_those_present(now, view, common));
        }
        if !self.seen.has_named && !self.word_lists.is_empty() {
            self.seen.has_named = true;
            self.memos.push(memo((now, view.room()), "names", None, json!(self.word_lists)));
        }
        verdicts.extend(self.take_words(now, view, common));
        verdicts
    }

    /// Before something is judged: whoever was forgiven a moment ago is not held to it.
    pub(crate) fn hear_words(&mut self, now: Timestamp, view: &dyn View, shared: &Shared) {
        if let Some(common) = Common::of(shared) {
            let verdicts = self.take_words(now, view, common);
            self.others.extend(verdicts);
        }
    }

    /// Takes what there is to say about people of this room since the last look.
    fn take_words(&mut self, now: Timestamp, view: &dyn View, common: &Common) -> Vec<Verdict> {
        let (since, seen) = (*self.seen.since.get_or_insert(now), self.seen.ask);
        self.seen.ask = common.asks.last();
        if seen == self.seen.ask {
            return Vec::new();
        }
        let waiting: Vec<_> = common.asks.after(seen, view.room()).filter(|it| since <= it.at).cloned().collect();
        waiting.iter().filter_map(|ask| self.take_word(ask, now, view)).collect()
    }

    fn look_at_those_present(&mut self, now: Timestamp, view: &dyn View, common: &Common) -> Vec<Verdict> {
        let here: Vec<_> = view.occupants().filter(|it| !self.is_spared(it, view)).cloned().collect();
        let mut verdicts = Vec::new();
        for occupant in here {
            let is_blocked =
                occupant.bare_jid().is_some_and(|it| !common.blocks.find(Some(view.room()), &it).is_empty());
            if !is_blocked {
                continue;
            }
            self.past.people.meet(&occupant, &occupant.identity(), now);
            let case = Case::without_event(&occupant, view.features().moderation != Moderation::None, now);
            let finding = self.ask_lists(&case, None, true);
            let hits: Vec<Hit> = finding.hits.iter().filter(|it| it.rule == Rule::Block).cloned().collect();
            let certain = finding.certain.clone().filter(|it| it.1.rule == Rule::Block);
            let trust = self.trust(&occupant, now);
            let verdict = self.sentence(&case, trust, &hits, certain.as_ref());
            let verdict = self.as_observed(verdict);
            self.tell_verdict(&case, &finding, &verdict);
            verdicts.push(verdict);
        }
        verdicts
    }

    fn trust(&mut self, occupant: &Occupant, now: Timestamp) -> Trust {
        let identity = occupant.identity();
        self.past.people.get_mut(&identity).map_or(Trust::Stranger, |it| it.standing.trust(occupant, &identity, now))
    }

    fn take_word(&mut self, ask: &Ask, now: Timestamp, view: &dyn View) -> Option<Verdict> {
        match &ask.what {
            What::Charge { rule, points, reason, n } => self.charge(ask, (*rule, *points, reason, *n), now, view),
            What::Reported(by) => {
                let n = u32::try_from(by.len()).unwrap_or(u32::MAX);
                let is_new = self.past.people.get_mut(&ask.identity).is_none_or(|it| !was_reported(it, now));
                let is_heard = is_new && ENOUGH <= self.weight(by, now, view);
                is_heard.then(|| self.charge(ask, (Rule::Report, REPORTED, "reason-reports", n), now, view)).flatten()
            }
            What::Tell => {
                let here = view.occupants().find(|it| it.is(&ask.identity)).cloned();
                let trust = here.map(|it| self.trust(&it, now));
                let is_observed = self.config.mode == Mode::Observe;
                let kept = consent::tell(&mut self.past, &ask.identity, (trust, is_observed), now);
                self.answer_word(ask, json!({"number": ask.number, "kept": kept}), now);
                None
            }
            What::State => {
                let state = consent::state(&self.past, now);
                self.answer_word(ask, json!({"number": ask.number, "state": state}), now);
                None
            }
            What::Forget => {
                let forgot = consent::forget(&mut self.past, &ask.identity, now);
                self.answer_word(ask, json!({"number": ask.number, "forgot": forgot}), now);
                None
            }
            What::Undo(undone) => {
                self.undo(undone, now);
                None
            }
        }
    }

    fn answer_word(&mut self, ask: &Ask, data: Value, now: Timestamp) {
        self.memos.push(memo((now, &ask.room), "word", None, data));
    }

    /// What the words of these people weigh together: two who are known here a little are enough, two strangers not.
    fn weight(&mut self, by: &[Identity], now: Timestamp, view: &dyn View) -> u32 {
        let occupants: Vec<_> = view.occupants().cloned().collect();
        let weight = |identity: &Identity| {
            let here = occupants.iter().find(|it| it.is(identity))?;
            Some(match self.trust(here, now) {
                Trust::Stranger => 5,
                Trust::Newcomer => 10,
                Trust::Regular => 15,
                Trust::Affiliated => 20,
            })
        };
        by.iter().filter_map(weight).sum()
    }

    fn charge(
        &mut self,
        ask: &Ask,
        (rule, points, reason, n): (Rule, u32, &'static str, u32),
        now: Timestamp,
        view: &dyn View,
    ) -> Option<Verdict> {
        let here = view.occupants().find(|it| it.is(&ask.identity)).filter(|it| !self.is_spared(it, view));
        let occupant = here?.clone();
        self.past.people.meet(&occupant, &ask.identity, now);
        let hit = Hit { n, ..Hit::new(rule, points, reason, 1) };
        let case = Case::without_event(&occupant, view.features().moderation != Moderation::None, now);
        let trust = self.trust(&occupant, now);
        let verdict = self.sentence(&case, trust, &[hit], None);
        Some(self.as_observed(verdict))
    }
}

/// Whether what was reported of someone still holds, so that it is not held against them twice.
fn was_reported(person: &Person, now: Timestamp) -> bool {
    person.points.left(now).any(|(rule, points)| rule == Rule::Report && REPORTED / 3 <= points)
}

pub(super) fn n_joins(person: &Person, now: Timestamp) -> usize {
    person.recent.acts.within(now, JOINS).filter(|it| **it == Act::Join).count()
}

fn memo((at, room): (Timestamp, &RoomJid), what: &'static str, about: Option<Target>, data: Value) -> Memo {
    let kind = MemoKind::Own(what);
    Memo { at, room: room.clone(), kind, about, rule: "lists", score: 0, reason: Text::empty(), data }
}
