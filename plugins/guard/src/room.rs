//! The guard of one room: finds whom an event concerns, spares whom it must, asks the rules, adds up, answers.

use std::time::Duration;

use domovoi_plugin::{
    Affiliation, Answer, Event, EventKind, Identity, Memo, Moderation, Occupant, Phase, Role, RoomGuard, RoomJid,
    Shared, Timestamp, Verdict, View,
};

use crate::{
    answer::{self, Case, in_flight, taken_back},
    lists::{Finding, room::Seen},
    marks::Marks,
    options::{Config, Mode},
    people::Known,
    rules::{FEW_CLEAN, Hit, Rule, Speech, churn::Act, quotes, reaction, status},
    saved::{self, Past},
    sentence::{self, Moment},
    text::{Look, is_vote},
    trust::Trust,
    utterance::{Audience, Utterance, hear},
};

/// Shorter than this is a word or two.
const WORD: u32 = 16;
/// What comes sooner after what its author said before goes on with it.
const BREATH: Duration = Duration::from_secs(8);
/// How often what has expired is dropped, in milliseconds: on the minute, whenever that was done last.
const SWEEP_MILLIS: i64 = 60_000;
/// How often people are dropped who have expired, on the hour, in milliseconds: it takes a look at all of them.
const EXPIRY_MILLIS: i64 = 3_600_000;

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
    pub(crate) word_lists: Vec<String>,
    /// What of what is shared this room has seen already.
    pub(crate) seen: Seen,
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
            word_lists: Vec::new(),
            seen: Seen::default(),
        }
    }

    fn case<'a>(&self, event: &'a Event, who: Option<(Identity, Marks)>, view: &dyn View) -> Option<Case<'a>> {
        let (occupant, (identity, marks)) = event.occupant.as_deref().zip(who)?;
        if event.is_own || self.is_spared(occupant, view) {
            return None;
        }
        let replaces = if let EventKind::Correction(it) = &event.kind { Some(&it.replaces) } else { None };
        Some(Case {
            now: event.at,
            occupant,
            identity,
            marks,
            is_filled: event.phase == Phase::Filled,
            can_retract: view.features().moderation != Moderation::None,
            message: event.message(),
            replaces,
            is_advert: false,
            mute_holds: !matches!(event.kind, EventKind::Join | EventKind::Nick { .. } | EventKind::Presence),
        })
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
        let who = event.occupant.as_deref().map(|it| {
            let identity = it.identity();
            let marks = Marks::new(it, &identity);
            (identity, marks)
        });
        if let Some(campaign) = self.past.learn(event, who.as_ref().map(|it| it.1)) {
            self.tell_removed(&campaign, Rule::Removed, view, event.at);
        }
        self.tell_event(event, view);
        if let Some(verdict) = self.watch(event, view) {
            return verdict;
        }
        let Some(case) = self.case(event, who, view) else {
            return Verdict::pass();
        };
        let none = Finding::default();
        match &event.kind {
            EventKind::Message(it) => self.said(case, Utterance::Public(it), view),
            EventKind::Private(it) => self.said(case, Utterance::Private(it), view),
            EventKind::Correction(it) => self.said(case, Utterance::Edit(it), view),
            EventKind::Reaction(it) => self.did(&case, view, Some(Act::React), reaction::judge(&it.emojis), &none),
            EventKind::Join => self.entered(&case, view),
            EventKind::Nick { .. } => {
                let named = self.named(&case, view);
                let finding = self.ask_lists(&case, None, false);
                self.did(&case, view, Some(Act::Nick), named, &finding)
            }
            EventKind::Presence => {
                let status = self.status(&case);
                self.did(&case, view, Some(Act::Status), status, &none)
            }
            EventKind::Subject { text } => {
                let hit = status::judge_subject(text).filter(|_| event.phase == Phase::Live);
                self.did(&case, view, Some(Act::Subject), hit, &none)
            }
            EventKind::Malformed { .. } => self.did(&case, view, Some(Act::Malformed), None, &none),
            EventKind::Retraction(_)
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

    fn said(&mut self, mut case: Case<'_>, utterance: Utterance<'_>, view: &dyn View) -> Verdict {
        if !utterance.is_visible() {
            return Verdict::pass();
        }
        let now = case.now;
        let Past { people, company, .. } = &mut self.past;
        let person = people.meet(case.occupant, &case.identity, now);
        let trust = person.standing.trust(case.occupant, &case.identity, now);
        let mut look = Look::new(utterance.message());
        look.know_quotes(|quote| company.was_said(quote, case.marks, now));
        look.know_handles(|name| view.occupants().any(|it| it.nick.as_str().eq_ignore_ascii_case(name)));
        let n_clean = person.standing.n_clean();
        let here = person.standing.here(now.since(case.occupant.joined_at), now);
        let width = person.standing.width(trust);
        let is_addressed = !trust.is_known() && company.is_addressed(case.marks, now);
        let is_asked = (company.is_asked(case.marks, now)
            || (!trust.is_known() && n_clean <= FEW_CLEAN && company.is_answer(&look, case.marks, now)))
            && (is_addressed || !person.recent.gave_unasked(&look));
        let (is_at_home, limits) = (company.is_at_home(&look), &self.config.limits);
        let speech =
            Speech { look: &look, trust, n_clean, width, is_asked, is_addressed, is_at_home, here, limits, now };
        let called = if trust.is_known() { (0, 0) } else { company.called(&look, view) };
        let (recent, company) = if case.is_filled {
            (&mut **person.filled.get_or_insert_default(), None)
        } else {
            (&mut person.recent, Some(&mut *company))
        };
        let audience = Audience { who: &case.identity, marks: case.marks, called, is_back: person.is_back, company };
        let mut hits = hear(recent, utterance, &speech, audience);
        let is_fresh = speech.is_fresh();
        if matches!(utterance, Utterance::Public(_)) {
            self.past.company.note_call(&look, case.marks, 0 < n_clean, now);
            if trust.is_known() || FEW_CLEAN < n_clean {
                self.past.company.note_sites(&look, now);
            }
        }
        case.is_advert = look.is_like_advert() || hits.iter().any(quotes::is_advert);
        self.config.apply(&mut hits);
        // To the bot alone people may say whatever they complain of.
        let is_private = matches!(utterance, Utterance::Private(_));
        let finding = if is_private { Finding::default() } else { self.ask_lists(&case, Some(&look), false) };
        hits.extend(finding.hits.iter().cloned());
        let is_public = matches!(utterance, Utterance::Public(_)) && !case.is_filled;
        if is_public && trust == Trust::Stranger && is_outcry(&look) {
            self.watch_haste(case.occupant, &case.identity, now, view);
        }
        // What is only watched changes nothing, trust neither.
        let is_clean = hits.iter().all(|it| it.points == 0) && finding.is_watched_only();
        let is_pending = is_public && is_clean && self.learn_clean(&case, trust, &look, view);
        if is_public && hits.is_empty() && finding.is_empty() {
            return if is_pending { self.sentence(&case, trust, &[], None) } else { Verdict::pass() };
        }
        if !is_clean && !hits.is_empty() && is_fresh {
            hits.extend(self.of_wave(&case));
        }
        let verdict = self.answer(&case, trust, &hits, &finding, view);
        let are_links = hits.iter().all(|it| it.rule == Rule::Link);
        if is_public && verdict.answer <= Answer::Note && finding.is_empty() && are_links {
            self.past.people.meet(case.occupant, &case.identity, now).standing.said_link(now);
        }
        self.learn_removed(&case, (trust, &look), &hits, &verdict, view);
        self.answer_others(view, now);
        verdict
    }

    /// What someone has in common with others who came just now; it counts beside something else only.
    fn of_wave(&self, case: &Case<'_>) -> Option<Hit> {
        let wave = self.past.company.wave(case.occupant, case.marks, case.now);
        wave.filter(|it| !self.config.off.has(it.rule))
    }

    /// Remembers that nothing speaks against what was said; gives whether a sentence of theirs is under way.
    fn learn_clean(&mut self, case: &Case<'_>, trust: Trust, look: &Look<'_>, view: &dyn View) -> bool {
        let Some(person) = self.past.people.get_mut(&case.identity) else {
            return false;
        };
        let is_pending = person.pending.is_some();
        if !is_pending {
            person.standing.said_clean(case.now);
            let before = person.recent.pace.newest(case.now).nth(1);
            if before.is_none_or(|(age, _)| BREATH <= age) && self.past.company.is_turn(case.marks) {
                person.standing.took_turn();
            }
        }
        // Greetings and thanks come in choirs.
        if trust == Trust::Stranger && !look.is_courtesy() {
            let n_chars = usize::try_from(look.n_chars()).unwrap_or(usize::MAX);
            self.watch_words(case.occupant, &case.identity, n_chars, case.now, view);
        }
        is_pending
    }

    /// Answers, and tells the lists and the watch over the whole room. `hits` has those of the lists already.
    pub(crate) fn answer(
        &mut self,
        case: &Case<'_>,
        trust: Trust,
        hits: &[Hit],
        finding: &Finding,
        view: &dyn View,
    ) -> Verdict {
        let has_talked = self.past.people.get_mut(&case.identity).is_some_and(|it| 0 < it.standing.n_clean());
        let verdict = self.sentence(case, trust, hits, finding.certain.as_ref());
        self.tell_verdict(case, finding, &verdict);
        // What a room does not want to read is said by people, too, and by several about one thing.
        if !(has_talked && is_of_lists(verdict.rule)) {
            self.note_offence(case, trust, &verdict, view);
        }
        verdict
    }

    /// Offences of people little known may be those of many.
    fn note_offence(&mut self, case: &Case<'_>, trust: Trust, verdict: &Verdict, view: &dyn View) {
        if Answer::Warn <= verdict.answer && !trust.is_known() && !case.is_filled {
            self.watch_offence(case.occupant, &case.identity, case.now, view);
        }
    }

    /// Adds up what the rules found and answers; a sentence under way is not repeated.
    /// What is certain is answered whatever the sum is, unless the sum asks for more.
    pub(crate) fn sentence(
        &mut self,
        case: &Case<'_>,
        trust: Trust,
        hits: &[Hit],
        certain: Option<&(Answer, Hit)>,
    ) -> Verdict {
        let (now, is_filled, limits) = (case.now, case.is_filled, self.config.limits);
        let Some(person) = self.past.people.get_mut(&case.identity) else {
            return Verdict::pass();
        };
        if let Some(rule) = in_flight(person, now) {
            return case.follow_up(rule, person.points.sum(now), self.config.mode == Mode::Observe);
        }
        for hit in hits {
            person.points.add(hit.rule, hit.points * trust.weight(), now);
        }
        // Of equals the first, whose order is fixed.
        let strongest = hits.iter().rev().max_by_key(|it| it.points).or(certain.map(|it| &it.1));
        let Some(mut hit) = strongest else {
            return Verdict::pass();
        };
        let score = person.points.sum(now);
        let known = Known { occupant: case.occupant, identity: &case.identity, trust };
        let can_retract = case.can_retract && case.message.is_some_and(|it| it.stanza_id.is_some());
        let is_said = case.message.is_some();
        let is_about_text = hits.iter().any(|it| it.rule.is_about_text() || quotes::is_advert(it));
        let is_advert = case.is_advert && is_about_text && !trust.is_known();
        // Whoever is known from elsewhere only came: at the door a mute holds.
        let mute_holds = case.mute_holds || matches!(hit.rule, Rule::Block | Rule::Account);
        let moment = Moment { now, is_filled, can_retract, is_said, mute_holds, is_advert };
        let mut answer = sentence::grade(score, &person.strikes, &known, &limits, moment);
        let mut is_for_this_only = false;
        if let Some((by_list, its)) = certain.map(|it| (sentence::fit(it.0, &known, moment), &it.1))
            && answer < by_list
        {
            (answer, hit) = (by_list, its);
            is_for_this_only = is_of_lists(its.rule.as_str());
        }
        let is_watched = hits.iter().any(|it| self.config.watched.has(it.rule));
        let answer = if is_watched { answer.max(Answer::Note) } else { answer };
        let deed = if is_for_this_only { answer.min(Answer::Retract) } else { answer };
        let retract = if case.can_retract { taken_back(person, case, deed) } else { Vec::new() };
        if Answer::Retract < answer {
            person.lose(now);
            // The archive tells of one offence after the other, all of them before the first answer.
            if !is_filled {
                person.strikes.add(answer, now);
            }
            person.pending = Some((now.as_millis(), hit.rule));
        }
        let because = answer::because(hits, trust, &person.points, now);
        Verdict { because, ..case.verdict(answer, hit, score, retract) }
    }

    pub(crate) fn as_observed(&self, verdict: Verdict) -> Verdict {
        if self.config.mode == Mode::Observe { answer::as_observed(verdict) } else { verdict }
    }
}

/// Whether it is a word or two, and neither a courtesy nor a vote.
fn is_outcry(look: &Look<'_>) -> bool {
    look.own().n_chars < WORD && !look.is_courtesy() && !look.shown().first().is_some_and(|it| is_vote(it))
}

/// Whether people of the room wrote down what was done: it is about one message.
fn is_of_lists(rule: &str) -> bool {
    rule == Rule::Words.as_str() || rule == Rule::Own.as_str()
}

impl RoomGuard for Room {
    fn judge(&mut self, event: &Event, view: &dyn View, shared: &Shared) -> Verdict {
        if self.config.mode == Mode::Off {
            return Verdict::pass();
        }
        self.shared.clone_from(shared);
        if event.phase == Phase::Live {
            self.hear_words(event.at, view, shared);
        }
        let verdict = self.decide(event, view);
        self.as_observed(verdict)
    }

    fn tick(&mut self, now: Timestamp, view: &dyn View, shared: &Shared) -> Vec<Verdict> {
        self.let_go(now);
        if self.config.mode == Mode::Off {
            return Vec::new();
        }
        self.watch_tick(now);
        let is_another = |span: i64| now.as_millis().div_euclid(span) != self.past.swept.as_millis().div_euclid(span);
        if is_another(SWEEP_MILLIS) {
            if is_another(EXPIRY_MILLIS) {
                self.past.people.expire(now);
            }
            self.past.swept = now;
            self.past.people.forget(now);
            self.past.company.forget(now);
        }
        self.lists_tick(now, view, shared)
    }

    fn rests_until(&self) -> Option<Timestamp> {
        let past = &self.past;
        // What is left where nobody said anything lately is dropped with people, on the hour.
        let span = if past.people.are_idle() && past.company.is_silent() { EXPIRY_MILLIS } else { SWEEP_MILLIS };
        let next = past.swept.as_millis().div_euclid(span).saturating_add(1).saturating_mul(span);
        past.alarm.is_at_rest().then(|| Timestamp::from_millis(next))
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
