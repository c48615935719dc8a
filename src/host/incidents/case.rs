//! What an incident is, as it is kept.

use std::time::Duration;

use domovoi_plugin::{
    Action, Affiliation, Answer, FormChange, Identity, Incident, Nick, Occupant, OccupantId, PluginName, Role, RoomJid,
    Said, StanzaId, Target, Text, Timestamp, Verdict, jid::BareJid,
};
use serde::{Deserialize, Serialize};

/// So many people of one incident are kept; a raid has more than a quarrel.
const MAX_PEOPLE: usize = 300;
/// So many grounds.
const MAX_GROUNDS: usize = 100;
/// So many messages.
const MAX_QUOTES: usize = 60;
/// So many bytes of them.
const MAX_QUOTED_BYTES: usize = 128 * 1024;
/// So many acts.
const MAX_DEEDS: usize = 600;

/// Whether anything was done.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Everything was decided and shown, nothing done.
    Observed,
    /// It was done, as far as the server let us.
    Enforced,
}

/// Someone whom an incident concerns, as they were when they came into it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Person {
    /// Their nick then.
    pub nick: Nick,
    /// Who they are, as rights and mutes know them.
    pub identity: Identity,
    /// Their real JID, where it was known.
    pub jid: Option<BareJid>,
    /// Their occupant id, where the room gave one.
    pub occupant_id: Option<OccupantId>,
    /// Their role before anything was done.
    pub role: Option<Role>,
    /// Their affiliation before anything was done.
    pub affiliation: Option<Affiliation>,
}

impl Person {
    /// As a verdict names them.
    #[must_use]
    pub fn of_target(target: &Target) -> Self {
        Self {
            nick: target.nick.clone(),
            jid: target.identity.jid().cloned(),
            identity: target.identity.clone(),
            occupant_id: None,
            role: None,
            affiliation: None,
        }
    }

    /// Someone of whom only the JID is known; `None` where not even a nick can be made of it.
    #[must_use]
    pub fn of_jid(jid: &BareJid) -> Option<Self> {
        let nick = Nick::new(jid.node().map_or(jid.domain().as_str(), |it| it.as_str())).ok()?;
        Some(Self::of_target(&Target { nick, identity: Identity::Jid(jid.clone()) }))
    }

    /// As a verdict names them, and as they were in the room.
    #[must_use]
    pub fn new(target: &Target, occupant: Option<&Occupant>) -> Self {
        let Some(occupant) = occupant else { return Self::of_target(target) };
        Self {
            jid: occupant.bare_jid().or_else(|| target.identity.jid().cloned()),
            occupant_id: occupant.occupant_id.clone(),
            role: Some(occupant.role),
            affiliation: Some(occupant.affiliation),
            ..Self::of_target(target)
        }
    }

    /// Whether this is the same person, by whatever both are known by.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        let same_jid = self.jid.is_some() && self.jid == other.jid;
        let same_id = self.occupant_id.is_some() && self.occupant_id == other.occupant_id;
        self.identity == other.identity || same_jid || same_id
    }

    /// Whether someone known by this is meant.
    #[must_use]
    pub fn has(&self, identity: &Identity) -> bool {
        match identity {
            Identity::Jid(jid) => self.jid.as_ref() == Some(jid) || self.identity == *identity,
            Identity::OccupantId(id) => self.occupant_id.as_ref() == Some(id) || self.identity == *identity,
            Identity::Occupancy(_) => self.identity == *identity,
        }
    }

    /// To act on them.
    #[must_use]
    pub fn target(&self) -> Target {
        Target { nick: self.nick.clone(), identity: self.identity.clone() }
    }
}

/// Why: what a guard decided about someone, and what spoke for it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Ground {
    /// When.
    pub at: Timestamp,
    /// About whom, by their place in [`Case::people`]; nobody in particular for a raid.
    pub about: Option<usize>,
    /// The word for what was decided: `retract`, `mute`, `kick`, `ban`, `raid_on`.
    pub answer: String,
    /// For how long, in seconds.
    pub seconds: Option<u64>,
    /// The rule that decided.
    pub rule: String,
    /// The points there were.
    pub score: u32,
    /// Why, in words of the plugin.
    pub reason: Text,
    /// Everything that spoke against them.
    pub because: Vec<Spoke>,
    /// Whether it happens to everybody who comes, and is no news.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_routine: bool,
}

/// One thing that spoke against someone.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Spoke {
    /// The rule.
    pub rule: String,
    /// The entry of a list, or the rule of an owner.
    pub name: Option<String>,
    /// Its points.
    pub points: u32,
    /// In words of the plugin.
    pub reason: Text,
}

impl Ground {
    /// Of a verdict; what is only observed counts as what it would have been.
    #[must_use]
    pub fn of(verdict: &Verdict, at: Timestamp) -> Self {
        let answer = verdict.observed.unwrap_or(verdict.answer);
        let spoke = verdict.because.iter().take(8).map(|it| Spoke {
            rule: it.rule.to_owned(),
            name: it.name.as_deref().map(str::to_owned),
            points: it.points,
            reason: it.reason.clone(),
        });
        Self {
            at,
            about: None,
            answer: answer.as_str().to_owned(),
            seconds: span_of(answer).map(|it| it.as_secs()),
            rule: verdict.rule.to_owned(),
            score: verdict.score,
            reason: verdict.reason.clone(),
            because: spoke.collect(),
            is_routine: verdict.is_routine,
        }
    }
}

fn span_of(answer: Answer) -> Option<Duration> {
    match answer {
        Answer::Mute { span } => Some(span),
        Answer::Ban { span } => span,
        Answer::Pass | Answer::Note | Answer::Warn | Answer::Retract | Answer::Kick => None,
    }
}

/// A message that belongs to an incident, as it was sent.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Quote {
    /// When.
    pub at: Timestamp,
    /// By whom, by nick.
    pub nick: String,
    /// What, raw.
    pub text: String,
    /// The room's id of it.
    pub stanza_id: Option<StanzaId>,
}

/// What was done, and what the server said to it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Deed {
    /// When it was answered.
    pub at: Timestamp,
    /// What: `mute`, `kick`, `ban`, `retract`, `configure`, …
    pub action: String,
    /// To whom, for people.
    pub target: Option<String>,
    /// To whom, by identity.
    pub identity: Option<Identity>,
    /// For how long, in seconds.
    pub seconds: Option<u64>,
    /// An affiliation or a role that was given.
    pub to: Option<String>,
    /// Fields of the room's form.
    pub form: Vec<FormChange>,
    /// What the server said, or `observed`, `held`.
    pub result: String,
    /// Whether it was done.
    pub is_done: bool,
}

impl Deed {
    /// An action as it was answered.
    #[must_use]
    pub fn of(action: &Action, result: &str, is_done: bool, at: Timestamp) -> Self {
        let (identity, span, to) = match action {
            Action::Mute { target, span, .. } => (Some(target.identity.clone()), *span, None),
            Action::Unmute { target, .. } | Action::Kick { target, .. } => (Some(target.identity.clone()), None, None),
            Action::Role { target, role, .. } => (Some(target.identity.clone()), None, Some(role.to_string())),
            Action::Ban { jid, span, .. } => (Some(Identity::Jid(jid.clone())), *span, None),
            Action::Affiliation { jid, affiliation, .. } => {
                (Some(Identity::Jid(jid.clone())), None, Some(affiliation.to_string()))
            }
            Action::Say { .. }
            | Action::Private { .. }
            | Action::React { .. }
            | Action::Share { .. }
            | Action::Correct { .. }
            | Action::Retract { .. }
            | Action::Subject { .. }
            | Action::Configure { .. }
            | Action::Invite { .. } => (None, None, None),
        };
        let form = if let Action::Configure { changes } = action { changes.clone() } else { Vec::new() };
        Self {
            at,
            action: action.as_str().to_owned(),
            target: crate::host::recording::target_of(action),
            identity,
            seconds: span.map(|it| it.as_secs()),
            to,
            form,
            result: result.chars().take(200).collect(),
            is_done,
        }
    }
}

/// One incident.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Case {
    /// Its number in the room, rising from 1.
    pub number: u64,
    /// When it began.
    pub at: Timestamp,
    /// When something was added last.
    pub last: Timestamp,
    /// Which plugin decided first.
    pub plugin: PluginName,
    /// Whether it is a raid.
    pub is_raid: bool,
    /// When the raid was over.
    pub ended: Option<Timestamp>,
    /// Whether anything was done.
    pub mode: Mode,
    /// Whom it concerns.
    pub people: Vec<Person>,
    /// Why.
    pub grounds: Vec<Ground>,
    /// What was said.
    pub quotes: Vec<Quote>,
    /// What was done.
    pub deeds: Vec<Deed>,
    /// How much was left out of all that.
    pub n_left_out: u32,
}

impl Case {
    /// A new one with nothing in it.
    #[must_use]
    pub fn new(number: u64, plugin: &PluginName, mode: Mode, at: Timestamp) -> Self {
        Self {
            number,
            at,
            last: at,
            plugin: plugin.clone(),
            is_raid: false,
            ended: None,
            mode,
            people: Vec::new(),
            grounds: Vec::new(),
            quotes: Vec::new(),
            deeds: Vec::new(),
            n_left_out: 0,
        }
    }

    /// The place of someone in [`Case::people`]; they are added if they are new and there is room.
    pub fn person(&mut self, person: Person) -> Option<usize> {
        let known = self.people.iter().position(|it| it.is(&person));
        if known.is_none() && MAX_PEOPLE <= self.people.len() {
            self.n_left_out = self.n_left_out.saturating_add(1);
            return None;
        }
        known.or_else(|| {
            self.people.push(person);
            Some(self.people.len() - 1)
        })
    }

    /// Adds a ground; of too many the newest are left out, since the first tell how it began.
    pub fn add_ground(&mut self, ground: Ground) {
        let is_full = MAX_GROUNDS <= self.grounds.len();
        if is_full { self.leave_out() } else { self.grounds.push(ground) }
    }

    /// Adds what was done.
    pub fn add_deed(&mut self, deed: Deed) {
        let is_full = MAX_DEEDS <= self.deeds.len();
        if is_full { self.leave_out() } else { self.deeds.push(deed) }
    }

    /// Whether someone lost their voice in it.
    #[must_use]
    pub fn has_muted(&self, identity: &Identity) -> bool {
        let muted = |it: &&Deed| it.is_done && it.action == "mute";
        self.deeds.iter().filter(muted).any(|it| it.identity.as_ref() == Some(identity))
    }

    /// Whether it is a raid in which the room's form was changed, so that whoever came in then had no voice.
    #[must_use]
    pub fn has_silenced_room(&self) -> bool {
        self.is_raid && self.deeds.iter().any(|it| it.is_done && !it.form.is_empty())
    }

    /// Whether a change gives a field of the room's form the value back that it had before this.
    #[must_use]
    pub fn is_restored_by(&self, change: &FormChange) -> bool {
        let mut changes = self.deeds.iter().filter(|it| it.is_done).flat_map(|it| &it.form);
        let first = changes.find(|it| it.key == change.key);
        first.is_some_and(|first| first.before == change.after && first.after == change.before)
    }

    /// Adds what was said, each message once.
    pub fn add_quotes(&mut self, quotes: impl IntoIterator<Item = Quote>) {
        for quote in quotes {
            if self.quotes.contains(&quote) {
                continue;
            }
            let n_bytes: usize = self.quotes.iter().map(|it| it.text.len()).sum();
            if MAX_QUOTES <= self.quotes.len() || MAX_QUOTED_BYTES < n_bytes + quote.text.len() {
                self.leave_out();
            } else {
                self.quotes.push(quote);
            }
        }
    }

    fn leave_out(&mut self) {
        self.n_left_out = self.n_left_out.saturating_add(1);
    }

    /// The last ground about someone.
    #[must_use]
    pub fn ground_of(&self, person: usize) -> Option<&Ground> {
        self.grounds.iter().rev().find(|it| it.about == Some(person))
    }

    /// As plugins are shown it.
    #[must_use]
    pub fn shown(&self, room: &RoomJid) -> Incident {
        let mut rules: Vec<(String, Option<String>)> = Vec::new();
        for spoke in self.grounds.iter().flat_map(|it| &it.because) {
            let rule = (spoke.rule.clone(), spoke.name.clone());
            if !rules.contains(&rule) {
                rules.push(rule);
            }
        }
        let said = |it: &Quote| Said {
            at: it.at,
            nick: it.nick.clone(),
            text: it.text.clone(),
            stanza_id: it.stanza_id.clone(),
        };
        Incident {
            room: room.clone(),
            number: self.number,
            plugin: self.plugin.clone(),
            opened: self.at,
            last: self.last,
            is_raid: self.is_raid,
            is_observed: self.mode == Mode::Observed,
            people: self.people.iter().map(Person::target).collect(),
            rules,
            said: self.quotes.iter().map(said).collect(),
        }
    }
}
