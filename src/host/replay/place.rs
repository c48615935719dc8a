//! One room of a replay: its records become events, its guards judge them, and what they say works at once.

mod acting;

use std::{collections::HashMap, sync::Arc, time::Duration};

use domovoi_plugin::{
    AbsentChange, Affiliation, Change, Event, EventKind, Identity, Occupant, Phase, RecordKind, Role, RoomGuard,
    Timestamp, Verdict, View as _,
};

use super::{
    clock::Clock,
    events,
    hall::{Hall, is_made_up, is_same},
    line::Fact,
    player::Heard,
    run::{Person, Run},
    sentences::{Sentences, Standing},
};

/// Acts on one person that are no further apart belong to one incident.
const ONE_INCIDENT: Duration = Duration::from_secs(600);

/// A room.
pub(super) struct Place {
    number: usize,
    hall: Hall,
    clock: Clock,
    /// The guards, each with the place of its plugin.
    guards: Vec<(usize, Box<dyn RoomGuard>)>,
    sentences: Sentences,
    incidents: HashMap<Identity, (u64, Timestamp)>,
    /// The incident of the raid that is on.
    raid: Option<u64>,
    /// When the guards are told of the time next.
    pub(super) next_tick: Timestamp,
    /// When something happened here last.
    pub(super) last_event: Timestamp,
}

impl Place {
    pub(super) fn new(
        number: usize,
        hall: Hall,
        clock: Clock,
        guards: Vec<(usize, Box<dyn RoomGuard>)>,
        run: &mut Run,
    ) -> Self {
        let now = hall.now;
        let mut it = Self {
            number,
            hall,
            clock,
            guards,
            sentences: Sentences::default(),
            incidents: HashMap::new(),
            raid: None,
            next_tick: now + Duration::from_secs(1),
            last_event: now,
        };
        // The bot is taken as always having been here, so that nobody counts as known for being here before it.
        let me = it.hall.own().clone();
        it.judge(EventKind::Joined, Some(me), run);
        it
    }

    /// Something happened.
    pub(super) fn happen(&mut self, fact: &mut Fact<'_>, run: &mut Run) -> Heard {
        fact.at = self.clock.time(fact.at, fact.raw.body.as_deref().map_or(0, str::len));
        self.hall.now = fact.at;
        self.last_event = fact.at;
        self.expire(fact.at, run);
        let kind = RecordKind::from(&*fact.raw.kind);
        match &kind {
            RecordKind::Join => self.joins(fact, run),
            RecordKind::Leave => self.leaves(fact, run),
            RecordKind::Nick => self.renames(fact, run),
            RecordKind::Presence => self.shows(fact, run),
            RecordKind::Role | RecordKind::Affiliation => self.changes(&kind, fact, run),
            RecordKind::Message
            | RecordKind::Private
            | RecordKind::Correction
            | RecordKind::Reaction
            | RecordKind::Subject => self.says(&kind, fact, run),
            RecordKind::Retraction => self.retracts(fact, run),
            RecordKind::Room => self.judge(EventKind::Config, None, run),
            // In scene files only: records never hold what could not be understood.
            RecordKind::Other(word) if word == "malformed" => {
                let why = events::owned(&fact.raw.reason).unwrap_or_else(|| "not understood".to_owned());
                self.does(EventKind::Malformed { why }, fact, run)
            }
            RecordKind::Gap | RecordKind::Action | RecordKind::Other(_) => Heard::Nothing,
        }
    }

    /// A moment passes.
    pub(super) fn tick(&mut self, now: Timestamp, run: &mut Run) {
        // What was laid out over a minute may be ahead.
        let now = now.max(self.hall.now);
        self.hall.now = now;
        self.expire(now, run);
        for at in 0..self.guards.len() {
            let Some((seat, guard)) = self.guards.get_mut(at) else { return };
            let (seat, verdicts, memos) = (*seat, guard.tick(now, &self.hall, run.shared(*seat)), guard.take_memos());
            memos.iter().for_each(|it| self.take_in(seat, it, run));
            verdicts.into_iter().for_each(|it| self.carry_out(it, run));
        }
    }

    /// When the guards are to be told of the time next, and not before this instant: where all of them rest and nobody's
    /// sentence ends, nothing comes of the seconds between.
    pub(super) fn next_moment(&self, earliest: Timestamp) -> Timestamp {
        let never = Timestamp::from_millis(i64::MAX);
        let rest = self.guards.iter().try_fold(never, |rest, (_, it)| it.rests_until().map(|until| until.min(rest)));
        let rest = rest.unwrap_or(earliest);
        self.sentences.next_end().map_or(rest, |end| end.min(rest)).max(earliest)
    }

    fn joins(&mut self, fact: &Fact<'_>, run: &mut Run) -> Heard {
        let standing = self.sentences.of(fact, &self.hall);
        if standing == Standing::Banned {
            return Heard::Nothing;
        }
        let Some(occupant) = self.hall.enter(fact) else { return Heard::Nothing };
        self.count(&occupant, run);
        self.sentences.came_back(fact, &self.hall, &occupant);
        let heard = self.judge(EventKind::Join, Some(occupant.clone()), run);
        if self.sentences.is_muted(occupant.stay) {
            self.give_role(&occupant.nick, Role::Visitor, run);
        }
        heard
    }

    fn leaves(&mut self, fact: &Fact<'_>, run: &mut Run) -> Heard {
        if self.is_out(fact) {
            return Heard::Nothing;
        }
        let Some(occupant) = self.meet(fact, run) else { return Heard::Nothing };
        self.hall.remove(&occupant.nick);
        self.judge(events::leave(fact), Some(occupant), run)
    }

    fn renames(&mut self, fact: &Fact<'_>, run: &mut Run) -> Heard {
        let (Some(old), Some(new)) = (&fact.nick, &fact.new_nick) else { return Heard::Nothing };
        if self.is_out(fact) {
            self.sentences.rename(old, new);
            return Heard::Nothing;
        }
        if self.meet(fact, run).is_none() {
            return Heard::Nothing;
        }
        let renamed = self.hall.rename(old, new.clone());
        self.judge(EventKind::Nick { old: old.clone() }, renamed, run)
    }

    fn shows(&mut self, fact: &Fact<'_>, run: &mut Run) -> Heard {
        if self.is_out(fact) || self.meet(fact, run).is_none() {
            return Heard::Nothing;
        }
        let shown = self.hall.show(fact);
        self.judge(EventKind::Presence, shown, run)
    }

    fn changes(&mut self, kind: &RecordKind, fact: &Fact<'_>, run: &mut Run) -> Heard {
        let here = fact.nick.as_ref().and_then(|it| self.hall.occupant(it)).filter(|it| is_same(it, fact));
        let was = here.map_or((Role::Participant, Affiliation::None), |it| (it.role, it.affiliation));
        let (actor, reason) = (events::actor(fact), events::owned(&fact.raw.reason));
        self.pardon(kind, fact, run);
        match (kind, &fact.nick, &fact.jid) {
            (RecordKind::Affiliation, None, Some(jid)) => {
                let affiliation = fact.raw.affiliation.unwrap_or(Affiliation::None);
                self.judge(EventKind::Absent(AbsentChange { jid: jid.clone(), affiliation, actor, reason }), None, run)
            }
            (RecordKind::Affiliation, ..) => {
                self.does(EventKind::Affiliation(Change { was: was.1, actor, reason }), fact, run)
            }
            _ => self.does(EventKind::Role(Change { was: was.0, actor, reason }), fact, run),
        }
    }

    /// A person's word wins: voice or standing that somebody gives ends what the replay holds against someone.
    fn pardon(&mut self, kind: &RecordKind, fact: &Fact<'_>, run: &mut Run) {
        let is_pardon = if *kind == RecordKind::Role {
            fact.raw.actor.is_some() && Some(Role::Participant) <= fact.raw.role
        } else {
            fact.raw.affiliation.is_some_and(|it| it != Affiliation::Outcast)
        };
        if is_pardon && self.sentences.of(fact, &self.hall) != Standing::Free {
            self.sentences.pardon(fact, &self.hall);
            self.unhold(run);
        }
    }

    fn says(&mut self, kind: &RecordKind, fact: &Fact<'_>, run: &mut Run) -> Heard {
        if self.sentences.of(fact, &self.hall) != Standing::Free {
            run.report.suppressed += 1;
            return Heard::Suppressed;
        }
        run.n_messages += 1;
        let Some(event) = events::said(kind, fact, run.n_messages) else { return Heard::Nothing };
        // A subject may be the room's own word; everything else is somebody's.
        if fact.nick.is_none() && *kind == RecordKind::Subject {
            return self.judge(event, None, run);
        }
        self.does(event, fact, run)
    }

    fn retracts(&mut self, fact: &Fact<'_>, run: &mut Run) -> Heard {
        let Some(event) = events::retraction(fact) else { return Heard::Nothing };
        if fact.raw.by.is_some() {
            let author = fact.nick.as_ref().and_then(|it| self.hall.occupant(it)).cloned();
            return self.judge(event, author, run);
        }
        if self.sentences.of(fact, &self.hall) != Standing::Free {
            run.report.suppressed += 1;
            return Heard::Suppressed;
        }
        self.does(event, fact, run)
    }

    /// Someone who is here, or is taken to be, does something.
    fn does(&mut self, kind: EventKind, fact: &Fact<'_>, run: &mut Run) -> Heard {
        if self.is_out(fact) {
            return Heard::Nothing;
        }
        let Some(occupant) = self.meet(fact, run) else { return Heard::Nothing };
        self.judge(kind, Some(occupant), run)
    }

    fn meet(&mut self, fact: &Fact<'_>, run: &mut Run) -> Option<Arc<Occupant>> {
        let (occupant, is_new) = self.hall.meet(fact)?;
        if is_new {
            self.count(&occupant, run);
        }
        Some(occupant)
    }

    fn count(&self, occupant: &Occupant, run: &mut Run) {
        run.people.insert(match (occupant.bare_jid(), &occupant.occupant_id) {
            (Some(jid), _) => Person::Everywhere(jid),
            (None, Some(id)) if !is_made_up(id) => Person::Known(self.number, id.clone()),
            (None, _) => Person::Called(self.number, occupant.nick.clone()),
        });
    }

    fn is_out(&self, fact: &Fact<'_>) -> bool {
        matches!(self.sentences.of(fact, &self.hall), Standing::Kicked | Standing::Banned)
    }

    /// Lets the guards judge, and does what the strongest verdict asks for: the first of equals.
    fn judge(&mut self, kind: EventKind, occupant: Option<Arc<Occupant>>, run: &mut Run) -> Heard {
        let is_own = occupant.as_ref().is_some_and(|it| it.is_self);
        let (at, room) = (self.hall.now, self.hall.room().clone());
        let event = Event { at, room, phase: Phase::Live, is_own, occupant, kind };
        let (mut strongest, mut others) = (Verdict::pass(), Vec::new());
        for at in 0..self.guards.len() {
            let Some((seat, guard)) = self.guards.get_mut(at) else { break };
            let verdict = guard.judge(&event, &self.hall, run.shared(*seat));
            others.extend(guard.also());
            if strongest.answer < verdict.answer {
                strongest = verdict;
            }
            let (seat, memos) = (*seat, guard.take_memos());
            memos.iter().for_each(|it| self.take_in(seat, it, run));
        }
        self.carry_out(strongest, run);
        others.into_iter().for_each(|it| self.carry_out(it, run));
        Heard::Judged
    }
}
