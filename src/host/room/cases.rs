//! From what guards decide to acts of an incident: numbered, within the budget, recorded, told.

use std::{collections::BTreeSet, sync::Arc};

use domovoi_plugin::{
    Action, Answer, Event, Memo, MemoKind, Phase, PluginName, Target, Text, Timestamp, Verdict, View,
};

use super::{Acted, Ask, RoomHost, filing::Unfiled};
use crate::{
    config::Records,
    host::{
        guard_chain::Judged,
        incidents::{
            Budget, Deed, Ground, Ledger, Mode, Opening, Person, Recent, Spent,
            alert::{self, Gate, News},
            decisions::Decision,
            kept::Writing,
        },
        keeper::Keep,
        recording,
        sentence::{is_untouchable, sentence},
    },
};

/// An incident with more acts than this is written once a second, not with each act.
const SMALL: usize = 20;

/// The incidents of one room, as far as the room itself has to know of them.
#[derive(Debug, Default)]
pub(super) struct Cases {
    pub(super) ledger: Ledger,
    pub(super) recent: Recent,
    /// Of what guards decided last, what is not put down yet.
    pub(super) unfiled: Vec<Unfiled>,
    budget: Budget,
    gate: Gate,
    /// What is to be written at the next tick.
    dirty: BTreeSet<u64>,
    /// Since when acts are held, if they are; owners are called once for that.
    called_at: Option<Timestamp>,
}

impl Cases {
    /// Goes on with what was open.
    pub(super) fn new(ledger: Ledger) -> Self {
        Self { ledger, ..Self::default() }
    }
}

/// Owners are called again for the same room after this long.
const CALL_AGAIN: std::time::Duration = std::time::Duration::from_secs(600);

impl RoomHost {
    /// Remembers what was said, for evidence.
    pub(super) fn overhear(&mut self, event: &Event) {
        if self.records != Records::Off && !self.chain.is_empty() {
            self.cases.recent.event(event);
        }
    }

    /// What the verdicts come to. What is put down of them waits for [`RoomHost::file_all`].
    pub(super) fn carry_out(&mut self, judged: &Judged, event: Option<&Event>, view: &dyn View) -> Vec<Ask> {
        let now = event.map_or_else(|| view.now(), |it| it.at);
        self.note(judged, now);
        self.observe(judged, now, view);
        let n_about_event = usize::from(judged.strongest().is_some());
        let mut asks = Vec::new();
        for (place, (plugin, verdict)) in judged.decided().enumerate() {
            let event = event.filter(|_| place < n_about_event);
            asks.extend(self.act_on((place, plugin, verdict), event, view, now));
        }
        asks
    }

    fn act_on(
        &mut self,
        (place, plugin, verdict): (usize, &PluginName, &Verdict),
        event: Option<&Event>,
        view: &dyn View,
        now: Timestamp,
    ) -> Vec<Ask> {
        let Some(target) = &verdict.target else { return Vec::new() };
        if verdict.answer < Answer::Warn {
            return Vec::new();
        }
        if view.occupant(&target.nick).is_some_and(|it| is_untouchable(it, view)) {
            tracing::warn!(room.jid = %self.room, occupant.nick = %target.nick, %plugin, rule = verdict.rule,
                "a guard wanted to act on someone whom nobody may touch");
            return Vec::new();
        }
        let is_dry = self.grant(plugin).is_dry;
        let mode = if is_dry { Mode::Observed } else { Mode::Enforced };
        let is_warned = self.was_warned(target, now);
        let about = self.person(target, view);
        let number = self.open((plugin, verdict), about.clone(), mode, now);
        self.cases.unfiled.push(Unfiled { place, number, about });
        let is_past = event.is_some_and(|it| it.phase != Phase::Live);
        let is_free = is_dry || verdict.is_routine;
        let answer = if is_free { Some(verdict.answer) } else { self.afford((plugin, verdict), target, now) };
        let reason = self.host.words_of(plugin, &self.host.room_language(&self.room), &verdict.reason);
        let numbered = self.with_number(&reason, number);
        let is_quiet = is_warned || self.cases.ledger.raid().is_some() || is_dry;
        let mut actions: Vec<Action> = match answer {
            // Nobody is warned twice in one incident, and nobody in a raid: the bot must not double the flood.
            Some(Answer::Warn) if is_quiet => Vec::new(),
            Some(Answer::Warn) => sentence(Answer::Warn, target, &reason, is_past).into_iter().collect(),
            Some(answer) => sentence(answer, target, &numbered, is_past).into_iter().collect(),
            None => Vec::new(),
        };
        let retracts = verdict.retract.iter().cloned();
        actions.extend(retracts.map(|message| Action::Retract { message, reason: reason.clone() }));
        self.keep_out(plugin, answer, target, &numbered, now);
        let token = Arc::new(self.host.under_way.begin(&self.room, number));
        let ask = |action| Ask { plugin: plugin.clone(), action, incident: Some(number), token: Some(token.clone()) };
        actions.into_iter().map(ask).collect()
    }

    fn was_warned(&self, target: &Target, now: Timestamp) -> bool {
        let person = Person::of_target(target);
        let warned = |it: &Ground| it.answer == "warn";
        self.cases.ledger.joinable(&person, now).is_some_and(|case| {
            let place = case.people.iter().position(|it| it.is(&person));
            case.grounds.iter().any(|it| it.about == place && warned(it))
        })
    }

    fn person(&self, target: &Target, view: &dyn View) -> Person {
        let _ = self;
        let by_nick = view.occupant(&target.nick).filter(|it| it.is(&target.identity));
        let here = by_nick.or_else(|| view.occupants().find(|it| it.is(&target.identity)));
        Person::new(target, here.map(|it| &**it))
    }

    /// What was only observed is an incident too; what was merely noted is remembered for `explain`.
    fn observe(&mut self, judged: &Judged, now: Timestamp, view: &dyn View) {
        for (plugin, verdict) in judged.verdicts.iter().chain(&judged.others) {
            let Some(target) = &verdict.target else { continue };
            if Answer::Note < verdict.answer {
                continue;
            }
            let Some(would) = verdict.observed.filter(|it| Answer::Note < *it) else {
                let decision = Decision::of(plugin, verdict, self.person(target, view), now);
                self.host.decisions.add(&self.room, decision);
                continue;
            };
            let about = self.person(target, view);
            let number = self.open((plugin, verdict), about.clone(), Mode::Observed, now);
            self.file((plugin, verdict), about, number, now);
            for action in sentence(would, target, "", false).into_iter().filter(Action::is_moderation) {
                self.cases.ledger.add_deed(number, Deed::of(&action, "observed", false, now));
            }
            self.write_case(number, None);
            if Answer::Retract < would && !verdict.is_routine {
                self.alert(number, News::Deed, now);
            }
        }
    }

    /// What may be done within the budget of the verdict that is unfiled last; what is held is shown as such.
    fn afford(
        &mut self,
        (plugin, verdict): (&PluginName, &Verdict),
        target: &Target,
        now: Timestamp,
    ) -> Option<Answer> {
        let is_raid = self.cases.ledger.raid().is_some();
        let held = match self.cases.budget.spend(verdict.answer, is_raid, now) {
            Spent::All => return Some(verdict.answer),
            Spent::Mute(span) => Some(Answer::Mute { span }),
            Spent::Nothing => None,
        };
        // Owners are told of it at once, and of the evidence with it.
        let Some(Unfiled { number, about, .. }) = self.cases.unfiled.pop() else { return held };
        self.file((plugin, verdict), about, number, now);
        if let Some(action) = sentence(verdict.answer, target, "", false) {
            self.cases.ledger.add_deed(number, Deed::of(&action, "held", false, now));
            self.write_case(number, None);
        }
        if !is_raid {
            self.alert(number, News::Deed, now);
        }
        if self.cases.called_at.is_none_or(|at| CALL_AGAIN <= now.since(at)) {
            self.cases.called_at = Some(now);
            let text = Text::key("notice-budget").with("room", self.room.as_str());
            self.host.tell_owner(text.with("number", number.to_string()));
        }
        held
    }

    /// A ban of someone whose JID is not known keeps them out by whatever is known, and becomes one as soon as it is.
    fn keep_out(&mut self, plugin: &PluginName, answer: Option<Answer>, target: &Target, reason: &str, now: Timestamp) {
        let Some(Answer::Ban { span }) = answer else { return };
        if target.identity.jid().is_some() || !target.identity.is_lasting() || self.grant(plugin).is_dry {
            return;
        }
        let wants = self.timed.keep_out(target, span.map(|it| now + it), reason, plugin.as_str(), now);
        self.settle(wants);
    }

    /// The reason with the number of the incident, in the language of the room.
    fn with_number(&self, reason: &str, number: u64) -> String {
        let reason: String = reason.chars().take(250).collect();
        let text = Text::key("reason-case").with("reason", reason).with("number", number.to_string());
        self.host.own_words(&self.host.room_language(&self.room), &text)
    }

    /// A guard tells that a raid begins or is over.
    pub(super) fn note_raid(&mut self, plugin: &PluginName, memo: &Memo) {
        let is_on = match memo.kind {
            MemoKind::RaidOn => true,
            MemoKind::RaidOff => false,
            MemoKind::Own(_) | MemoKind::Heard(_) => return,
        };
        let ground = Ground {
            at: memo.at,
            about: None,
            answer: memo.kind.as_str().to_owned(),
            seconds: None,
            rule: memo.rule.to_owned(),
            score: memo.score,
            reason: memo.reason.clone(),
            because: Vec::new(),
            is_routine: false,
        };
        let mode = if self.grant(plugin).is_dry { Mode::Observed } else { Mode::Enforced };
        let number = if is_on {
            Some(self.cases.ledger.raid_on(plugin, ground, mode, memo.at).number)
        } else {
            self.cases.ledger.raid_off(ground, memo.at)
        };
        if let Some(number) = number {
            self.write_case(number, None);
            self.alert(number, if is_on { News::RaidOn } else { News::RaidOff }, memo.at);
        }
        let reason = self.host.words_of(plugin, &self.host.room_language(&self.room), &memo.reason);
        self.show_raid(memo, &reason, number);
        if self.records != Records::Off {
            let record = recording::of_memo(plugin, memo, &reason, number);
            self.tape.offer(&self.host, record.into(), self.host.clock.now());
        }
    }

    /// An act was answered: it joins its incident, which is given. What a plugin did by itself has one in any case.
    pub(super) fn note_deed(&mut self, acted: &Acted<'_>, result: &str, now: Timestamp) -> Option<u64> {
        let is_automatic = acted.by.is_none() && *acted.plugin != self.host.own_name() && acted.action.is_moderation();
        let known = acted.incident.filter(|it| self.cases.ledger.get(*it).is_some());
        // Voice that a raid took from many and gives back is no case of each of them.
        let known =
            known.or_else(|| self.cases.ledger.given_back_by(acted.plugin, acted.action).filter(|_| is_automatic));
        let number = known.or_else(|| is_automatic.then(|| self.unasked(acted, now)))?;
        let is_done = acted.result.as_ref().is_ok_and(|it| it.is_done());
        self.cases.ledger.add_deed(number, Deed::of(acted.action, result, is_done, now));
        self.write_case(number, None);
        let is_told = matches!(acted.action, Action::Mute { .. } | Action::Kick { .. } | Action::Ban { .. });
        if is_told && self.cases.ledger.raid() != Some(number) && !self.is_routine(number, acted) {
            self.alert(number, News::Deed, now);
        }
        Some(number)
    }

    /// Whether an action gives back what this plugin took in an incident.
    pub(super) fn is_given_back(&self, plugin: &PluginName, action: &Action) -> bool {
        self.cases.ledger.given_back_by(plugin, action).is_some()
    }

    fn unasked(&mut self, acted: &Acted<'_>, now: Timestamp) -> u64 {
        let about = match acted.action {
            Action::Mute { target, .. }
            | Action::Unmute { target, .. }
            | Action::Role { target, .. }
            | Action::Kick { target, .. } => Some(Person::of_target(target)),
            Action::Ban { jid, .. } | Action::Affiliation { jid, .. } => Person::of_jid(jid),
            Action::Retract { .. }
            | Action::Say { .. }
            | Action::Private { .. }
            | Action::React { .. }
            | Action::Share { .. }
            | Action::Correct { .. }
            | Action::Subject { .. }
            | Action::Configure { .. }
            | Action::Invite { .. } => None,
        };
        let mode = if self.grant(acted.plugin).is_dry { Mode::Observed } else { Mode::Enforced };
        let jid = about.as_ref().and_then(|it| it.jid.clone());
        let opening = Opening { plugin: acted.plugin, about, ground: None, quotes: Vec::new(), mode };
        let opened = self.cases.ledger.open_or_join(opening, now);
        self.write_case(opened.number, jid);
        opened.number
    }

    /// The rule by which something was done about someone.
    pub(super) fn rule_of(&self, number: u64, acted: &Acted<'_>) -> Option<String> {
        Some(self.ground_of(number, acted)?.rule.clone()).filter(|it| !it.is_empty())
    }

    /// Whether it was done to them as to everybody who comes.
    fn is_routine(&self, number: u64, acted: &Acted<'_>) -> bool {
        self.ground_of(number, acted).is_some_and(|it| it.is_routine)
    }

    fn ground_of(&self, number: u64, acted: &Acted<'_>) -> Option<&Ground> {
        let case = self.cases.ledger.get(number)?;
        let identity = Deed::of(acted.action, "", false, case.last).identity;
        let person = identity.and_then(|it| case.people.iter().position(|person| person.has(&it)));
        person.and_then(|it| case.ground_of(it)).or_else(|| case.grounds.last())
    }

    /// Once a second: what has many acts is written, what is over is forgotten.
    pub(super) fn tick_cases(&mut self, now: Timestamp) {
        for number in std::mem::take(&mut self.cases.dirty) {
            self.write_now(number, None);
        }
        self.cases.recent.forget(now);
        self.cases.ledger.close(now);
    }

    pub(super) fn write_case(&mut self, number: u64, jid: Option<domovoi_plugin::jid::BareJid>) {
        let is_small =
            self.cases.ledger.get(number).is_some_and(|it| it.deeds.len() < SMALL && it.people.len() < SMALL);
        if is_small || jid.is_some() {
            self.write_now(number, jid);
        } else {
            self.cases.dirty.insert(number);
        }
    }

    fn write_now(&mut self, number: u64, jid: Option<domovoi_plugin::jid::BareJid>) {
        let Some(case) = self.cases.ledger.get(number).cloned() else { return };
        let writing = Box::new(Writing { case, next: self.cases.ledger.next(), jid });
        self.keep(Keep::Incident { room: self.room.clone(), writing });
    }

    fn alert(&mut self, number: u64, news: News, now: Timestamp) {
        let Some(n_left_out) = self.cases.gate.pass(number, news, now) else { return };
        let Some(case) = self.cases.ledger.get(number).cloned() else { return };
        let (host, room, held) = (self.host.clone(), self.room.clone(), self.host.in_hand.hold());
        self.host.tasks.spawn(alert::tell(host, room, case, n_left_out, held));
    }
}
