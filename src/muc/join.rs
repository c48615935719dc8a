//! Getting in: permit, disco, join presence, and what each refusal means (XEP-0045 §7.2, #enter).

use std::time::Duration;

use domovoi_plugin::{Event, EventKind, Features, Nick, Timestamp, View};

use super::{
    Membership, Outbound, Room, StanzaError, Step, Trouble,
    inbound::{Presence, Status},
    membership::Reaction,
    room::Knowledge,
};

/// How long a room may take to answer a join.
const JOIN_TIMEOUT: Duration = Duration::from_secs(30);
/// How long whoever holds the room may take to hand over an iq's answer; iqs have a time-out of their own before this.
const IQ_TIMEOUT: Duration = Duration::from_secs(45);
/// History is over when nothing comes for so long after our own presence; some servers send no subject.
const QUIET: Duration = Duration::from_secs(3);
/// The longest wait between two attempts, before jitter.
const MAX_WAIT: Duration = Duration::from_secs(15 * 60);
/// Whoever was in for so long begins to count failures anew.
const STABLE: Duration = Duration::from_secs(60);
/// Whoever was in for so long begins to count kicks anew.
const KICK_MEMORY: Duration = Duration::from_secs(3600);
/// How often we try to get our nick back.
const RECLAIM_EVERY: Duration = Duration::from_secs(60);
/// When to try again after the room refused to give our nick back.
const RECLAIM_REFUSED: Duration = Duration::from_secs(600);
/// What follows the nick when it is taken.
const SUFFIXES: [&str; 5] = ["_", "2", "3", "4", "5"];

impl Room {
    /// The service's join bucket said yes.
    pub fn join_permitted(&mut self, now: Timestamp) {
        self.now = now;
        if self.membership == Membership::Asking {
            self.membership = Membership::Checking { since: now };
            self.knowledge = Knowledge::Asked;
            self.steps.push_back(Step::Send(Outbound::QueryFeatures));
        }
    }

    /// Tries to enter at once, whatever kept us out before: a person asked for it.
    pub fn rejoin(&mut self, now: Timestamp) {
        self.now = now;
        match self.membership {
            Membership::Waiting { .. } | Membership::Stopped { .. } | Membership::Left => {
                self.n_failures = 0;
                self.n_kicks = 0;
                self.told = None;
                self.membership = Membership::Idle;
            }
            Membership::Idle
            | Membership::Asking
            | Membership::Checking { .. }
            | Membership::Naming { .. }
            | Membership::Joining { .. }
            | Membership::Joined { .. } => {}
        }
    }

    /// What the room offers, or why it does not say; no answer is the condition `remote-server-timeout`.
    pub fn on_features(&mut self, answer: Result<Features, StanzaError>, now: Timestamp) -> Vec<Event> {
        self.now = now;
        match (&self.membership, answer) {
            (Membership::Checking { .. }, Ok(features)) => {
                self.learn(features);
                self.enter(self.plan.nick.clone(), 0);
            }
            (Membership::Checking { .. }, Err(error)) => self.on_features_refused(error),
            (Membership::Joined { .. }, Ok(features)) => {
                let is_stale = self.knowledge == Knowledge::Stale;
                self.learn(features);
                if is_stale {
                    self.ask_features();
                }
            }
            (Membership::Joined { .. }, Err(_)) => self.knowledge = Knowledge::None,
            _ => {}
        }
        Vec::new()
    }

    fn on_features_refused(&mut self, error: StanzaError) {
        self.knowledge = Knowledge::None;
        match error.condition.as_str() {
            "item-not-found" if !self.plan.create => self.fail(Trouble::Missing),
            "gone" | "redirect" => self.fail(Trouble::Gone { address: error.address }),
            "remote-server-not-found" | "remote-server-timeout" => self.fail(Trouble::RemoteServer),
            // Some services tell strangers nothing about their rooms; the join will show.
            _ => {
                self.features = Features::default();
                self.enter(self.plan.nick.clone(), 0);
            }
        }
    }

    fn learn(&mut self, features: Features) {
        self.features = features;
        self.knowledge = Knowledge::Known;
        let unproven = std::mem::take(&mut self.unproven);
        if self.features.has_occupant_ids {
            self.occupants.prove(unproven);
        }
    }

    /// Asks what the room offers, unless an answer is on its way; then once more after it.
    pub(super) fn ask_features(&mut self) {
        match self.knowledge {
            Knowledge::Asked | Knowledge::Stale => self.knowledge = Knowledge::Stale,
            Knowledge::None | Knowledge::Known => {
                self.knowledge = Knowledge::Asked;
                self.steps.push_back(Step::Send(Outbound::QueryFeatures));
            }
        }
    }

    /// The nick that the room keeps for us (XEP-0045 §7.12), asked after it refused ours; `None` if it keeps none.
    pub fn on_reserved_nick(&mut self, nick: Option<Nick>, now: Timestamp) {
        self.now = now;
        if !matches!(self.membership, Membership::Naming { .. }) {
            return;
        }
        match nick.filter(|it| *it != self.plan.nick) {
            // No other nick is tried after this one.
            Some(nick) => self.enter(nick, u8::MAX),
            None => self.fail(Trouble::NickPolicy),
        }
    }

    fn enter(&mut self, nick: Nick, n_conflicts: u8) {
        self.forget_occupants();
        self.has_captcha = false;
        self.membership = Membership::Joining { since: self.now, nick: nick.clone(), n_conflicts };
        let password = self.plan.password.clone();
        self.steps.push_back(Step::Send(Outbound::Join { nick, password }));
    }

    /// A presence error: a refused join, or a refused nick change.
    pub(super) fn on_presence_error(&mut self, error: &StanzaError) {
        match self.membership {
            Membership::Joining { n_conflicts, .. } => self.on_join_refused(error, n_conflicts),
            Membership::Joined { .. } => {
                self.reclaim_at = Some(self.now + RECLAIM_REFUSED);
                self.ping.is_due |= error.condition.starts_with("remote-server-");
            }
            Membership::Idle
            | Membership::Asking
            | Membership::Checking { .. }
            | Membership::Naming { .. }
            | Membership::Waiting { .. }
            | Membership::Stopped { .. }
            | Membership::Left => {}
        }
    }

    fn on_join_refused(&mut self, error: &StanzaError, n_conflicts: u8) {
        let trouble = match error.condition.as_str() {
            _ if self.has_captcha => Trouble::Captcha,
            "conflict" => return self.try_next_nick(n_conflicts),
            "jid-malformed" | "not-acceptable" if n_conflicts < u8::MAX => {
                self.forget_occupants();
                self.membership = Membership::Naming { since: self.now };
                return self.steps.push_back(Step::Send(Outbound::QueryReservedNick));
            }
            "jid-malformed" | "not-acceptable" => Trouble::NickPolicy,
            "forbidden" => Trouble::Banned,
            "registration-required" => Trouble::MembersOnly,
            "not-authorized" => Trouble::Password,
            "service-unavailable" if error.kind == "wait" => Trouble::Full,
            "resource-constraint" => Trouble::TooMany,
            "item-not-found" => Trouble::Missing,
            "not-allowed" => Trouble::MayNotCreate,
            "gone" | "redirect" => Trouble::Gone { address: error.address.clone() },
            "remote-server-not-found" | "remote-server-timeout" | "service-unavailable" => Trouble::RemoteServer,
            condition => Trouble::Refused { condition: condition.to_owned() },
        };
        self.fail(trouble);
    }

    fn try_next_nick(&mut self, n_conflicts: u8) {
        let next = SUFFIXES.get(usize::from(n_conflicts)).and_then(|suffix| {
            let wanted = self.plan.nick.as_str();
            Nick::new(&format!("{wanted}{suffix}")).ok()
        });
        match next {
            Some(nick) => self.enter(nick, n_conflicts.saturating_add(1)),
            None => self.fail(Trouble::NickTaken),
        }
    }

    /// Our own presence came while we were joining: we are in.
    pub(super) fn entered(&mut self, nick: &Nick, presence: &Presence) {
        let has = |status| presence.statuses.contains(&status);
        self.own = Some(nick.clone());
        self.membership = Membership::Joined { since: self.now, history_until: Some(self.now + QUIET) };
        self.ping.begin(self.now, &mut self.dice);
        if has(Status::Created) && !self.plan.create {
            self.leave_quietly();
            return self.fail(Trouble::Created);
        }
        self.told = None;
        self.features.is_non_anonymous |= has(Status::NonAnonymous);
        if has(Status::Created) {
            // Until its configuration is accepted the room is locked (§10.1.2); it had no features before.
            self.steps.push_back(Step::Send(Outbound::AcceptDefaults));
            self.ask_features();
        } else if self.knowledge == Knowledge::None {
            self.ask_features();
        }
        let is_wanted = *nick == self.plan.nick || has(Status::NickAssigned);
        self.reclaim_at = (!is_wanted).then(|| self.now + RECLAIM_EVERY);
    }

    /// History goes on: something of it came.
    pub(super) fn prolong_history(&mut self) {
        let quiet = self.now + QUIET;
        if let Membership::Joined { history_until: Some(until), .. } = &mut self.membership {
            *until = quiet;
        }
    }

    /// History is over: from now on everything is live.
    pub(super) fn end_history(&mut self, events: &mut Vec<Event>) {
        if let Membership::Joined { history_until: history_until @ Some(_), .. } = &mut self.membership {
            *history_until = None;
            let me = self.me().cloned();
            events.push(self.event(me, EventKind::Joined));
        }
    }

    pub(super) fn tick_history(&mut self, events: &mut Vec<Event>) {
        if let Membership::Joined { history_until: Some(until), .. } = self.membership
            && until <= self.now
        {
            self.end_history(events);
        }
    }

    pub(super) fn tick_join(&mut self) {
        if self.join_wake().is_none_or(|at| self.now < at) {
            return;
        }
        if matches!(self.membership, Membership::Joining { .. }) {
            // The room may have let us in without our knowing.
            self.leave_quietly();
        }
        self.fail(if self.has_captcha { Trouble::Captcha } else { Trouble::NoAnswer });
    }

    pub(super) fn join_wake(&self) -> Option<Timestamp> {
        match self.membership {
            Membership::Joining { since, .. } => Some(since + JOIN_TIMEOUT),
            Membership::Checking { since } | Membership::Naming { since } => Some(since + IQ_TIMEOUT),
            Membership::Idle
            | Membership::Asking
            | Membership::Joined { .. }
            | Membership::Waiting { .. }
            | Membership::Stopped { .. }
            | Membership::Left => None,
        }
    }

    /// We are not in, for this reason: wait, stop or begin again, and tell whom it concerns.
    pub(super) fn fail(&mut self, why: Trouble) {
        if let Membership::Joined { since, .. } = self.membership {
            let stay = self.now.since(since);
            self.n_failures = if STABLE <= stay { 0 } else { self.n_failures };
            self.n_kicks = if KICK_MEMORY <= stay { 0 } else { self.n_kicks };
        }
        self.forget_occupants();
        let wait = match why.reaction() {
            Reaction::Again => {
                self.membership = Membership::Idle;
                return;
            }
            Reaction::Stop(retry) => return self.stop(why, retry),
            Reaction::BackOff(base) => self.back_off(base),
            Reaction::Kick => {
                self.n_kicks = self.n_kicks.saturating_add(1);
                match self.n_kicks {
                    1 => Duration::from_secs(60),
                    2 => Duration::from_secs(600),
                    _ => return self.stop(why, None),
                }
            }
        };
        if why.is_worth_telling() {
            self.tell(&why);
        }
        self.membership = Membership::Waiting { until: self.now + wait, why };
    }

    fn stop(&mut self, why: Trouble, retry: Option<Duration>) {
        self.tell(&why);
        self.membership = Membership::Stopped { why, retry: retry.map(|it| self.now + it) };
    }

    fn tell(&mut self, why: &Trouble) {
        if self.told.as_ref() != Some(why) {
            self.told = Some(why.clone());
            self.steps.push_back(Step::Tell(why.clone()));
        }
    }

    fn back_off(&mut self, base: Duration) -> Duration {
        let wait = base.saturating_mul(1 << self.n_failures.min(16)).min(MAX_WAIT);
        self.n_failures = self.n_failures.saturating_add(1);
        self.dice.around(wait, 30)
    }

    /// Our nick may be free again.
    pub(super) fn nick_was_freed(&mut self, nick: &Nick) {
        if *nick == self.plan.nick && self.reclaim_at.is_some() {
            let earliest = self.reclaimed_at.map_or(self.now, |at| at + RECLAIM_EVERY);
            self.reclaim_at = Some(earliest.max(self.now));
        }
    }

    pub(super) fn nick_wake(&self) -> Option<Timestamp> {
        self.reclaim_at.filter(|_| self.occupants.get(&self.plan.nick).is_none())
    }

    /// Takes our own nick back once it is free.
    pub(super) fn poll_nick(&mut self) -> Option<Step> {
        if self.nick_wake().is_none_or(|at| self.now < at) {
            return None;
        }
        self.reclaimed_at = Some(self.now);
        self.reclaim_at = Some(self.now + RECLAIM_REFUSED);
        Some(Step::Send(Outbound::ChangeNick { nick: self.plan.nick.clone() }))
    }
}
