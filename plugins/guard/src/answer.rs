//! What a verdict says: whom it is for, why, and everything that spoke against them.

use domovoi_plugin::{
    Answer, Because, Identity, Memo, MemoKind, Message, MessageId, Occupant, StanzaId, Target, Text, Timestamp,
    Verdict, View,
};

use crate::{
    campaign::Campaign,
    marks::Marks,
    people::{IN_FLIGHT, Person},
    points::Points,
    rules::{Hit, Rule},
    trust::Trust,
};

/// Someone who may be judged, and for what.
#[derive(Debug)]
pub(crate) struct Case<'a> {
    /// When it happened.
    pub(crate) now: Timestamp,
    /// Who did it.
    pub(crate) occupant: &'a Occupant,
    /// Who they are.
    pub(crate) identity: Identity,
    /// Both, as the room's memory knows them.
    pub(crate) marks: Marks,
    /// Whether the room's archive tells of it.
    pub(crate) is_filled: bool,
    /// Whether the room lets messages be taken back.
    pub(crate) can_retract: bool,
    /// What was said, if anything was.
    pub(crate) message: Option<&'a Message>,
    /// Whether what was said is like an advert.
    pub(crate) is_advert: bool,
    /// Whether losing voice would stop it.
    pub(crate) mute_holds: bool,
    /// The message that it stands in place of.
    pub(crate) replaces: Option<&'a MessageId>,
}

impl<'a> Case<'a> {
    /// Of someone whom something else than an event of theirs concerns.
    pub(crate) fn without_event(occupant: &'a Occupant, can_retract: bool, now: Timestamp) -> Self {
        let identity = occupant.identity();
        Self {
            now,
            occupant,
            marks: Marks::new(occupant, &identity),
            identity,
            is_filled: false,
            can_retract,
            message: None,
            is_advert: false,
            mute_holds: true,
            replaces: None,
        }
    }

    /// The room's id of what was said.
    pub(crate) fn stanza_id(&self) -> Option<StanzaId> {
        self.message.and_then(|it| it.stanza_id.clone())
    }

    /// A verdict on it.
    pub(crate) fn verdict(&self, answer: Answer, hit: &Hit, score: u32, retract: Vec<StanzaId>) -> Verdict {
        if answer == Answer::Pass {
            return Verdict::pass();
        }
        let target = Target { nick: self.occupant.nick.clone(), identity: self.identity.clone() };
        let (rule, reason, because) = (hit.rule.as_str(), hit.text(), Vec::new());
        Verdict {
            answer,
            target: Some(target),
            rule,
            score,
            retract,
            reason,
            because,
            observed: None,
            is_routine: false,
        }
    }

    /// A message that was on its way when its author was sentenced is taken back too; it costs nothing more. Where the
    /// sentence was only observed nothing stopped its author.
    pub(crate) fn follow_up(&self, rule: Rule, score: u32, is_observed: bool) -> Verdict {
        let reason = if is_observed { "reason-goes-on" } else { "reason-follows" };
        let hit = Hit::new(rule, 0, reason, 1);
        match self.stanza_id() {
            Some(id) if self.can_retract => self.verdict(Answer::Retract, &hit, score, vec![id]),
            _ => self.verdict(Answer::Note, &hit, score, Vec::new()),
        }
    }
}

/// Everything that speaks against someone: what was found just now, then what is left of before.
pub(crate) fn because(hits: &[Hit], trust: Trust, points: &Points, now: Timestamp) -> Vec<Because> {
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

/// In observe mode everything is decided and shown, nothing is done. That it is so is for the host to say, which does
/// with every word about it.
pub(crate) fn as_observed(verdict: Verdict) -> Verdict {
    if verdict.answer <= Answer::Note {
        return verdict;
    }
    let observed = Some(verdict.answer);
    Verdict { answer: Answer::Note, retract: Vec::new(), observed, ..verdict }
}

/// Tells the other rooms what was taken back in this one.
pub(crate) fn removed(campaign: &Campaign, rule: &'static str, view: &dyn View, now: Timestamp) -> Memo {
    Memo {
        at: now,
        room: view.room().clone(),
        kind: MemoKind::Own("removed"),
        about: None,
        rule,
        score: 0,
        reason: Text::key("reason-removed").with("n", 1),
        data: campaign.to_json(),
    }
}

pub(crate) fn answer_text(answer: Answer) -> Text {
    let spanned = |key, span| Text::key(key).with("span", Text::span(span));
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

/// What an answer takes back, newest first: of an edited message every version, since any of them may be shown.
pub(crate) fn taken_back(person: &Person, case: &Case<'_>, answer: Answer) -> Vec<StanzaId> {
    let recent = person.filled.as_deref().filter(|_| case.is_filled).unwrap_or(&person.recent);
    let mut ids = match answer {
        Answer::Pass | Answer::Note | Answer::Warn => return Vec::new(),
        Answer::Retract => case.stanza_id().into_iter().collect(),
        Answer::Mute { .. } | Answer::Kick | Answer::Ban { .. } => recent.offence(case.now),
    };
    for id in case.replaces.into_iter().flat_map(|it| recent.versions(it)) {
        if !ids.contains(id) {
            ids.push(id.clone());
        }
    }
    ids
}

/// The rule of a sentence whose effect is still awaited.
pub(crate) fn in_flight(person: &mut Person, now: Timestamp) -> Option<Rule> {
    let (since, rule) = person.pending?;
    let since = Timestamp::from_millis(since);
    if since <= now && now.since(since) < IN_FLIGHT {
        return Some(rule);
    }
    person.pending = None;
    None
}
