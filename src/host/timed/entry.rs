//! One timed act: what is withheld from whom, until when, and why.

use domovoi_plugin::{
    Action, Identity, Nick, Occupant, Target, Timestamp,
    jid::{BareJid, Jid},
};
use serde::{Deserialize, Serialize};

use crate::host::core::OWN_NAME;

/// What an entry withholds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Voice.
    Mute,
    /// Entry.
    Ban,
}

impl Kind {
    /// The word for it in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mute => "mute",
            Self::Ban => "ban",
        }
    }
}

/// One timed act.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// What is withheld.
    pub kind: Kind,
    /// From whom.
    pub identity: Identity,
    /// Their nick then.
    pub nick: String,
    /// Since when.
    pub since: Timestamp,
    /// Until when; `None` until a person changes it.
    pub until: Option<Timestamp>,
    /// Why.
    pub reason: String,
    /// Who asked for it, a nick or a plugin's name.
    pub by: String,
    /// Whether they had no voice anyway, so that the end of a mute gives them none.
    #[serde(default)]
    pub was_voiceless: bool,
    /// Whether they were not muted but banned: a server may give no voice to whom comes back after that.
    #[serde(default)]
    pub after_ban: bool,
    /// The sessions that were last muted, as far as we saw real JIDs; they tell this stay from a later one.
    #[serde(default)]
    pub sessions: Vec<Jid>,
}

impl Entry {
    /// What is in force once this act is done; `None` for an act without an end of ours, or to nobody who would be
    /// known again.
    #[must_use]
    pub fn of(action: &Action, by: &str, now: Timestamp) -> Option<Self> {
        let entry = |kind, target: Target, until, reason: &str| Self {
            kind,
            identity: target.identity,
            nick: target.nick.to_string(),
            since: now,
            until,
            reason: reason.to_owned(),
            by: by.to_owned(),
            was_voiceless: false,
            after_ban: false,
            sessions: Vec::new(),
        };
        if let Action::Mute { target, span, reason } = action {
            let entry = || entry(Kind::Mute, target.clone(), span.map(|it| now + it), reason);
            return target.identity.is_lasting().then(entry);
        }
        let Action::Ban { jid, span: Some(span), reason } = action else { return None };
        let nick = Nick::new(jid.node().map_or("?", |it| it.as_str())).ok()?;
        let target = Target { nick, identity: Identity::Jid(jid.clone()) };
        Some(entry(Kind::Ban, target, Some(now + *span), reason))
    }

    /// Voice that someone is owed whose ban is over.
    #[must_use]
    pub fn owed_after_ban(jid: &BareJid, now: Timestamp) -> Self {
        Self {
            kind: Kind::Mute,
            identity: Identity::Jid(jid.clone()),
            nick: jid.node().map_or_else(|| "?".to_owned(), ToString::to_string),
            since: now,
            until: Some(now),
            reason: String::new(),
            by: OWN_NAME.to_owned(),
            was_voiceless: false,
            after_ban: true,
            sessions: Vec::new(),
        }
    }

    /// By what it is found.
    #[must_use]
    pub fn key(&self) -> (Kind, Identity) {
        (self.kind, self.identity.clone())
    }

    /// Whether its time is over.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| until <= now)
    }

    /// Whether this may be the stay that was muted: a session of then is still there, or nothing is known of either.
    #[must_use]
    pub fn may_be_stay(&self, occupant: &Occupant) -> bool {
        let has_session = |it: &Jid| it.resource().is_some() && self.sessions.contains(it);
        self.sessions.is_empty() || occupant.jids.is_empty() || occupant.jids.iter().any(has_session)
    }
}
