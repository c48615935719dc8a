//! Are we still in? Asked of the room when it was silent for long (XEP-0410).

use std::time::Duration;

use domovoi_plugin::{Event, MessageId, Timestamp};

use super::{Membership, Outbound, Room, StanzaError, Step, Trouble, dice::Dice};

/// The silence after which we ask, before jitter.
const SILENCE: Duration = Duration::from_secs(120);
/// How long whoever holds the room may take to hand over the answer; the iq has a time-out of 30 s before this.
const PATIENCE: Duration = Duration::from_secs(45);
/// How often we ask again where nothing came.
const N_RETRIES: u8 = 3;

/// What came of a self-ping.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PingAnswer {
    /// A result.
    Result,
    /// An error with this defined condition.
    Error {
        /// The condition.
        condition: String,
    },
    /// Nothing within 30 s.
    NoAnswer,
}

/// When we heard of the room last, and whether we asked.
#[derive(Clone, Debug, Default)]
pub(super) struct Ping {
    heard: Timestamp,
    silence: Duration,
    asked: Option<Timestamp>,
    n_silent: u8,
    /// Ask at once, whatever was heard.
    pub(super) is_due: bool,
}

impl Ping {
    /// We came in.
    pub(super) fn begin(&mut self, now: Timestamp, dice: &mut Dice) {
        *self = Self { heard: now, silence: dice.around(SILENCE, 20), ..Self::default() };
    }
}

enum Reading {
    In,
    Out,
    Unknown,
}

fn read(answer: &PingAnswer) -> Reading {
    match answer {
        PingAnswer::Result => Reading::In,
        PingAnswer::NoAnswer => Reading::Unknown,
        PingAnswer::Error { condition } => match condition.as_str() {
            // Answered by another client under our nick, or our nick has just changed.
            "service-unavailable" | "feature-not-implemented" | "item-not-found" => Reading::In,
            "remote-server-not-found" | "remote-server-timeout" => Reading::Unknown,
            _ => Reading::Out,
        },
    }
}

impl Room {
    /// What came of the self-ping that [`Room::poll`] asked for.
    pub fn on_self_ping(&mut self, answer: &PingAnswer, now: Timestamp) -> Vec<Event> {
        self.now = now;
        let mut events = Vec::new();
        if self.is_joined() && self.ping.asked.is_some() {
            self.on_ping_answer(answer, &mut events);
        }
        events
    }

    fn on_ping_answer(&mut self, answer: &PingAnswer, events: &mut Vec<Event>) {
        self.ping.asked = None;
        match read(answer) {
            Reading::In => {
                self.ping.n_silent = 0;
                self.heard();
            }
            Reading::Out => self.lose(Trouble::SilentLoss, events),
            Reading::Unknown if self.ping.n_silent < N_RETRIES => {
                self.ping.n_silent += 1;
                self.ping.is_due = true;
            }
            Reading::Unknown => {
                // If the room still has us, it shall not when we come again.
                self.leave_quietly();
                self.lose(Trouble::NoAnswer, events);
            }
        }
    }

    /// Something came from the room.
    pub(super) fn heard(&mut self) {
        self.ping.heard = self.now;
    }

    pub(super) fn ping_wake(&self) -> Option<Timestamp> {
        let ping = match self.ping.asked {
            Some(at) => at + PATIENCE,
            None if self.ping.is_due => self.now,
            None => self.ping.heard + self.ping.silence,
        };
        [Some(ping), self.talk.echoes.overdue_at()].into_iter().flatten().min()
    }

    pub(super) fn tick_ping(&mut self, events: &mut Vec<Event>) {
        if !self.is_joined() {
            return;
        }
        if self.talk.echoes.forget_overdue(self.now) {
            self.ping.is_due = true;
        }
        if self.ping.asked.is_some_and(|at| at + PATIENCE <= self.now) {
            self.on_ping_answer(&PingAnswer::NoAnswer, events);
        }
    }

    pub(super) fn poll_ping(&mut self) -> Option<Step> {
        let is_silent = self.ping.heard + self.ping.silence <= self.now;
        if self.ping.asked.is_some() || !(self.ping.is_due || is_silent) {
            return None;
        }
        let nick = self.own.clone()?;
        self.ping.is_due = false;
        self.ping.asked = Some(self.now);
        self.ping.silence = self.dice.around(SILENCE, 20);
        Some(Step::Send(Outbound::SelfPing { nick }))
    }

    /// Something that we sent did not arrive. Where the room does not know us any more, it is asked at once.
    pub(super) fn on_message_error(&mut self, id: Option<&MessageId>, error: &StanzaError) {
        if let Some(id) = id {
            self.talk.echoes.came(id);
        }
        let condition = error.condition.as_str();
        self.ping.is_due |= condition == "not-acceptable" || condition.starts_with("remote-server-");
    }

    /// The stream is gone; it may come back.
    pub fn on_stream_lost(&mut self) {
        self.is_online = false;
    }

    /// The stream is back as it was (XEP-0198): time did not pass for us, and we ask the room whether we are still in.
    pub fn on_stream_resumed(&mut self, now: Timestamp) {
        self.now = now;
        self.is_online = true;
        self.talk.echoes.restart(now);
        match &mut self.membership {
            Membership::Checking { since } | Membership::Naming { since } | Membership::Joining { since, .. } => {
                *since = now;
            }
            Membership::Joined { .. } => {
                self.ping.asked = None;
                self.ping.is_due = true;
                self.ping.heard = now;
            }
            Membership::Idle
            | Membership::Asking
            | Membership::Waiting { .. }
            | Membership::Stopped { .. }
            | Membership::Left => {}
        }
    }

    /// A new stream took the place of the old: we are in no room, and begin again.
    pub fn on_stream_reset(&mut self, now: Timestamp) -> Vec<Event> {
        self.on_new_stream(Trouble::StreamLost, now)
    }

    /// The same, and the room's server was restarted meanwhile: nobody who is there has been there before.
    pub fn on_server_restarted(&mut self, now: Timestamp) -> Vec<Event> {
        self.on_new_stream(Trouble::Restarted, now)
    }

    fn on_new_stream(&mut self, why: Trouble, now: Timestamp) -> Vec<Event> {
        self.now = now;
        self.is_online = true;
        self.n_failures = 0;
        self.knowledge = super::room::Knowledge::None;
        self.steps.retain(|step| matches!(step, Step::Tell(_)));
        let mut events = Vec::new();
        match self.membership {
            Membership::Joined { .. } => self.lose(why, &mut events),
            Membership::Asking
            | Membership::Checking { .. }
            | Membership::Naming { .. }
            | Membership::Joining { .. } => self.membership = Membership::Idle,
            // A server that goes down may remove us first, for no reason that it says: what it was is known only now.
            Membership::Waiting { why: Trouble::Technical, .. } if why == Trouble::Restarted => {
                events.push(self.lost(&why.to_string()));
            }
            Membership::Idle | Membership::Waiting { .. } | Membership::Stopped { .. } | Membership::Left => {}
        }
        events
    }
}
