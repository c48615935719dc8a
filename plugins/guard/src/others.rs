//! What one offence means for others: whoever took part in it is answered, too, and what was taken back nobody else need say.

use domovoi_plugin::{Answer, Moderation, Timestamp, Verdict, View};

use crate::{
    answer::{self, Case},
    campaign::Campaign,
    lists::Finding,
    options::Mode,
    room::Room,
    rules::{Hit, Rule},
    text::Look,
    trust::Trust,
};

impl Room {
    /// Whoever turned out to be one of a crowd after they had spoken is answered now.
    pub(crate) fn answer_others(&mut self, view: &dyn View, now: Timestamp) {
        // One by one: should a raid begin with one of them, it must know whose answer is still to come.
        while let Some(due) = self.past.company.due.pop_front() {
            let Some(occupant) = view.occupants().find(|it| it.is(&due.who)) else { continue };
            let mut hits = vec![due.hit];
            self.config.apply(&mut hits);
            if hits.is_empty() || self.is_spared(occupant, view) {
                continue;
            }
            let trust = self.past.people.trust(occupant, &due.who, now);
            if trust.is_known() {
                continue;
            }
            let can_retract = view.features().moderation != Moderation::None;
            let case = Case { is_advert: true, ..Case::without_event(occupant, can_retract, now) };
            let mut verdict = self.answer(&case, trust, &hits, &Finding::default(), view);
            if Answer::Retract <= verdict.answer && can_retract {
                verdict.retract.extend(due.stanza_id.filter(|it| !verdict.retract.contains(it)));
            }
            let is_removed = Answer::Retract < verdict.answer;
            self.others.push(verdict);
            if !is_removed {
                self.watch_other(occupant, &due.who, now, view);
            }
        }
    }

    /// What a rule had taken back for what it says, nobody else need say: here, and in the other rooms.
    pub(crate) fn learn_removed(
        &mut self,
        case: &Case<'_>,
        (trust, look): (Trust, &Look<'_>),
        hits: &[Hit],
        verdict: &Verdict,
        view: &dyn View,
    ) {
        let is_about_text = hits.iter().any(|it| it.rule.is_about_text());
        if verdict.answer < Answer::Retract || trust.is_known() || !is_about_text {
            return;
        }
        if let Some(new) = Campaign::seen(look).and_then(|it| self.past.company.removed.learn(it, case.now)) {
            let rule = hits.first().map_or(Rule::Removed, |it| it.rule);
            self.tell_removed(&new, rule, view, case.now);
        }
    }

    pub(crate) fn tell_removed(&mut self, campaign: &Campaign, rule: Rule, view: &dyn View, now: Timestamp) {
        // Where it only watches, nothing was taken back.
        if self.config.mode == Mode::Enforce {
            self.memos.push(answer::removed(campaign, rule.as_str(), view, now));
        }
    }
}
