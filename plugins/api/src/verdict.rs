//! What a guard decides about an event.

use std::{any::Any, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{Event, Identity, Memo, Nick, StanzaId, Text, Timestamp, View};

/// What to do, from the mildest to the strongest. Of several verdicts the strongest wins.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Nothing to say.
    Pass,
    /// Written down, shown to nobody.
    Note,
    /// Told to the person in private.
    Warn,
    /// The message is taken back.
    Retract,
    /// Voice is withdrawn for this long.
    Mute {
        /// How long.
        span: Duration,
    },
    /// Thrown out; may come back.
    Kick,
    /// Kept out.
    Ban {
        /// How long; `None` until a person lifts it.
        span: Option<Duration>,
    },
}

impl Answer {
    /// The word for it in records and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Note => "note",
            Self::Warn => "warn",
            Self::Retract => "retract",
            Self::Mute { .. } => "mute",
            Self::Kick => "kick",
            Self::Ban { .. } => "ban",
        }
    }

    /// Whether an event judged so is kept from plugins that did not ask for flagged events.
    #[must_use]
    pub fn is_flagged(self) -> bool {
        Self::Retract <= self
    }
}

/// Whom an act is meant for. The nick is where to find them, the identity who they must be.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Target {
    /// Under which nick they were seen last.
    pub nick: Nick,
    /// Who they are.
    pub identity: Identity,
}

/// A guard's decision.
#[derive(Clone, PartialEq, Debug)]
pub struct Verdict {
    /// What to do.
    pub answer: Answer,
    /// To whom; `None` with [`Answer::Pass`].
    pub target: Option<Target>,
    /// The rule that decided, for records, metrics and `why`.
    pub rule: &'static str,
    /// How many points it had.
    pub score: u32,
    /// Messages to take back besides, newest first.
    pub retract: Vec<StanzaId>,
    /// Why, for the person concerned and for moderators.
    pub reason: Text,
    /// Everything that spoke against them, newest first; what was added just now comes first.
    pub because: Vec<Because>,
    /// What it would have been if the room or the rule were not only observed; `answer` is then at most a note.
    pub observed: Option<Answer>,
    /// Whether it happens to everybody who comes, so that it speaks against nobody and no moderator need be told.
    pub is_routine: bool,
}

/// One thing that spoke against someone.
#[derive(Clone, PartialEq, Debug)]
pub struct Because {
    /// The rule.
    pub rule: &'static str,
    /// Which entry of a list or which rule of an owner, where there is one.
    pub name: Option<Arc<str>>,
    /// Points, weighed and decayed.
    pub points: u32,
    /// In words.
    pub reason: Text,
}

impl Verdict {
    /// Nothing to say.
    #[must_use]
    pub fn pass() -> Self {
        Self {
            answer: Answer::Pass,
            target: None,
            rule: "",
            score: 0,
            retract: Vec::new(),
            reason: Text::empty(),
            because: Vec::new(),
            observed: None,
            is_routine: false,
        }
    }

    /// Whether there is nothing to say.
    #[must_use]
    pub fn is_pass(&self) -> bool {
        self.answer == Answer::Pass
    }
}

/// What the rooms of one plugin share, swapped as a whole by its reacting half: lists, campaigns.
pub type Shared = Option<Arc<dyn Any + Send + Sync>>;

/// The judging half of a plugin for one room. Pure: no clock, no I/O, no randomness, nothing that waits.
///
/// It belongs to the session that serves the room and moves with the room as a value.
pub trait RoomGuard: Send {
    /// Judges one event. Called for every event of the room in order, our own included.
    fn judge(&mut self, event: &Event, view: &dyn View, shared: &Shared) -> Verdict;

    /// Called every second of room time.
    fn tick(&mut self, now: Timestamp, view: &dyn View, shared: &Shared) -> Vec<Verdict> {
        let _ = (now, view, shared);
        Vec::new()
    }

    /// Until when no second of room time makes a difference to it, should nothing happen before; `None` if each does. A
    /// running bot tells every second all the same; a replay of years leaves these out.
    fn rests_until(&self) -> Option<Timestamp> {
        None
    }

    /// Verdicts about others to whom the event just judged gave rise: a raid is known by one message and concerns
    /// everybody who came with its author. Asked after every event, so it costs nothing while there are none.
    fn also(&mut self) -> Vec<Verdict> {
        Vec::new()
    }

    /// What there is to tell since this was last asked, oldest first. Asked after every event and every tick, so it
    /// costs nothing while there is nothing.
    fn take_memos(&mut self) -> Vec<Memo> {
        Vec::new()
    }

    /// What must survive a restart, in a form that [`crate::Plugin::guard`] understands again.
    fn save(&self) -> Vec<u8> {
        Vec::new()
    }
}
