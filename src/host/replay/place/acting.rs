//! What guards decide about one room, done at once: to whom it is done, and to what is told of it.

use std::{sync::Arc, time::Duration};

use domovoi_plugin::{
    Answer, Cause, Change, EventKind, Identity, Leave, Memo, MemoKind, Nick, Occupant, Role, Target, Timestamp,
    Verdict, View as _,
};

use super::{ONE_INCIDENT, Place};
use crate::host::{
    replay::{
        hall::is_made_up,
        report::{Deed, Done},
        run::Run,
    },
    sentence::is_untouchable,
};

impl Place {
    /// Something a guard told besides: the other rooms learn of it, and a raid is shown.
    pub(super) fn take_in(&mut self, seat: usize, memo: &Memo, run: &mut Run) {
        run.share(seat, memo);
        let (action, incident) = match memo.kind {
            MemoKind::RaidOn => {
                run.n_incidents += 1;
                self.raid = Some(run.n_incidents);
                (Done::RaidOn, run.n_incidents)
            }
            MemoKind::RaidOff => {
                // Whoever lost their voice to the raid alone, and for nothing of their own, has it again.
                self.sentences.release(memo.rule);
                self.unhold(run);
                (Done::RaidOff, self.raid.take().unwrap_or(run.n_incidents))
            }
            MemoKind::Own(_) | MemoKind::Heard(_) => return,
        };
        run.report.add(Deed {
            at: self.hall.now,
            room: self.hall.room().clone(),
            nick: None,
            jid: None,
            occupant_id: None,
            action,
            until: None,
            rule: memo.rule.to_owned(),
            score: memo.score,
            incident,
            messages: None,
        });
    }

    pub(super) fn carry_out(&mut self, verdict: Verdict, run: &mut Run) {
        let Some(target) = verdict.target.clone() else { return };
        let here = self.hall.find(&target);
        if here.as_ref().is_some_and(|it| is_untouchable(it, &self.hall)) {
            return;
        }
        let until = |span: Option<Duration>| span.map(|it| self.hall.now + it);
        match verdict.answer {
            Answer::Pass | Answer::Note => return,
            Answer::Warn => self.note(&verdict, Done::Notice, None, here.as_deref(), run),
            Answer::Retract => (),
            Answer::Mute { span } => {
                let until = until(Some(span));
                if self.sentences.mute(&verdict, &target, here.as_deref(), until) {
                    self.note(&verdict, Done::Mute, until, here.as_deref(), run);
                }
            }
            Answer::Ban { span } if is_bannable(&target) => {
                let until = until(span);
                if self.sentences.ban(&target, here.as_deref(), until) {
                    self.note(&verdict, Done::Ban, until, here.as_deref(), run);
                }
            }
            // Of whom nothing but the nick is known nobody can be kept out; out is the most that can be done.
            Answer::Kick | Answer::Ban { .. } => {
                if let Some(occupant) = &here {
                    self.sentences.kick(&target, occupant);
                    self.note(&verdict, Done::Kick, None, Some(occupant), run);
                }
            }
        }
        if !verdict.retract.is_empty() {
            self.note(&verdict, Done::Retract, None, here.as_deref(), run);
        }
        if let Some(occupant) = here {
            self.take_effect(verdict.answer, &target, &occupant, run);
        }
    }

    /// What the room then tells everybody, the guards included.
    fn take_effect(&mut self, answer: Answer, target: &Target, occupant: &Occupant, run: &mut Run) {
        let cause = match answer {
            Answer::Pass | Answer::Note | Answer::Warn | Answer::Retract => return,
            Answer::Mute { .. } => return self.give_role(&occupant.nick, Role::Visitor, run),
            Answer::Ban { .. } if is_bannable(target) => Cause::Banned,
            Answer::Kick | Answer::Ban { .. } => Cause::Kicked,
        };
        let actor = Some(self.hall.own().nick.clone());
        let removed = self.hall.remove(&occupant.nick);
        self.judge(EventKind::Leave(Leave { cause, actor, reason: None }), removed, run);
    }

    /// Gives or withdraws voice, where that changes anything.
    pub(super) fn give_role(&mut self, nick: &Nick, role: Role, run: &mut Run) {
        let Some((stay, was)) = self.hall.occupant(nick).map(|it| (it.stay, it.role)) else { return };
        if role == Role::Visitor {
            self.hall.held.insert(stay);
        } else {
            self.hall.held.remove(&stay);
        }
        if was == role {
            return;
        }
        let actor = Some(self.hall.own().nick.clone());
        if let Some((occupant, was)) = self.hall.set_role(nick, role) {
            self.judge(EventKind::Role(Change { was, actor, reason: None }), Some(occupant), run);
        }
    }

    pub(super) fn expire(&mut self, now: Timestamp, run: &mut Run) {
        if self.sentences.expire(now) {
            self.unhold(run);
        }
    }

    /// Gives voice back to everybody who is not muted any more.
    pub(super) fn unhold(&mut self, run: &mut Run) {
        let is_free = |it: &&Arc<Occupant>| self.hall.held.contains(&it.stay) && !self.sentences.is_muted(it.stay);
        let free: Vec<Nick> = self.hall.occupants().filter(is_free).map(|it| it.nick.clone()).collect();
        for nick in free {
            self.give_role(&nick, Role::Participant, run);
        }
    }

    fn note(
        &mut self,
        verdict: &Verdict,
        action: Done,
        until: Option<Timestamp>,
        occupant: Option<&Occupant>,
        run: &mut Run,
    ) {
        let Some(target) = &verdict.target else { return };
        let now = self.hall.now;
        let incident = self.incident(&target.identity, now, run);
        let id_of_target = match &target.identity {
            Identity::OccupantId(id) => Some(id.clone()),
            Identity::Jid(_) | Identity::Occupancy(_) => None,
        };
        run.report.add(Deed {
            at: now,
            room: self.hall.room().clone(),
            nick: Some(occupant.map_or_else(|| target.nick.clone(), |it| it.nick.clone())),
            jid: occupant.and_then(Occupant::bare_jid).or_else(|| target.identity.jid().cloned()),
            occupant_id: occupant.and_then(|it| it.occupant_id.clone()).or(id_of_target).filter(|it| !is_made_up(it)),
            action,
            until,
            rule: verdict.rule.to_owned(),
            score: verdict.score,
            incident,
            messages: (action == Done::Retract).then_some(verdict.retract.len()),
        });
    }

    /// The number of the incident that an act on someone belongs to: in a raid that of the raid.
    fn incident(&mut self, identity: &Identity, now: Timestamp, run: &mut Run) -> u64 {
        if let Some(raid) = self.raid {
            return raid;
        }
        if let Some((number, last)) = self.incidents.get_mut(identity)
            && now.since(*last) < ONE_INCIDENT
        {
            *last = now;
            return *number;
        }
        run.n_incidents += 1;
        self.incidents.insert(identity.clone(), (run.n_incidents, now));
        run.n_incidents
    }
}

/// Whether someone can be kept out by what is known of them: an address, or an occupant id, by which the host removes
/// whoever comes back.
fn is_bannable(target: &Target) -> bool {
    match &target.identity {
        Identity::Jid(_) => true,
        Identity::OccupantId(id) => !is_made_up(id),
        Identity::Occupancy(_) => false,
    }
}
